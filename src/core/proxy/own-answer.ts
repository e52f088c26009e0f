import { Field } from '../../sip/message/fields.ts';
import type { Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import type { SipWarning } from '../routing/decision.ts';

/** An answer that we make in a callee's place. */
export interface OwnAnswer {
  readonly status: number;
  readonly reason: string;
  /** Whole header lines. */
  readonly lines: string;
}

/** A 503 would keep the caller from us, who are well: it becomes 500 (RFC 3261 §16.7 step 6). */
export const ownStatus = (status: number): number => (status === 503 ? 500 : status);

/**
 * How it is said that nobody took a request.
 *
 * `why`: one sentence for the caller's user. `agent`: the domain that speaks. Both are wire text. `refused`: the 503 that came, if one did: its
 * phrase and the cause behind it (RFC 3326, RFC 6432 §4) speak of the call, and hold for whoever is told 500.
 */
export function ownAnswer(status: number, why: string | undefined, agent: string, refused?: Response): OwnAnswer {
  const lines = why === undefined ? '' : warning(agent, why);
  if (status !== 503) return { status, reason: reasons[status] ?? 'Temporarily Unavailable', lines };
  const said = refused === undefined ? 'the next hop cannot be reached' : `503 ${refused.reason}`.trimEnd();
  const causes = refused?.list(Field.reason).filter((cause) => !cause.includes('\0')) ?? [];
  const more = causes.length === 0 ? '' : line('Reason', causes.join(', '));
  return { status: ownStatus(status), reason: `Server Internal Error (${said})`, lines: lines + more };
}

/** A Warning line: 399 is for people to read (RFC 3261 §20.43). What no line can hold is left out. */
export function warning(agent: string, why: string, code: 399 | SipWarning = 399): string {
  const said = why
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .slice(0, LONGEST)
    .replace(/["\\]/g, '\\$&');
  return line('Warning', `${code} ${agent} "${said}"`);
}

const LONGEST = 300;

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  416: 'Unsupported URI Scheme',
  430: 'Flow Failed',
  480: 'Temporarily Unavailable',
  487: 'Request Terminated',
  502: 'Bad Gateway',
  504: 'Server Time-out',
};
