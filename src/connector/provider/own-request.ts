import { line } from '../../sip/message/print.ts';
import { type Flow, transportParam, viaLine } from '../../sip/transport/flow.ts';
import { version } from '../../text/version.ts';

export const USER_AGENT = `User-Agent: sipwitch/${version}\r\n`;

/** A request of our own to a provider, outside of any dialog. */
export interface OwnRequest {
  readonly method: 'REGISTER' | 'OPTIONS';
  readonly uri: string;
  /** Values of the Route header. */
  readonly routes: readonly string[];
  /** Our address there: From and To. */
  readonly aor: string;
  readonly tag: string;
  readonly callId: string;
  readonly cseq: number;
  /** Whole header lines: Contact, Expires, credentials. */
  readonly extra: string;
}

/** Prints it with our Via for a flow on top (RFC 3261 §8.1.1). */
export function printOwnRequest(request: OwnRequest, flow: Flow, branch: string): string {
  const { method, uri, routes, aor, tag, callId, cseq, extra } = request;
  const to = method === 'REGISTER' ? aor : uri;
  let out = `${method} ${uri} SIP/2.0\r\n${viaLine(flow, branch)}Max-Forwards: 70\r\n`;
  for (const route of routes) out += line('Route', route);
  out +=
    line('From', `<${aor}>;tag=${tag}`) + line('To', `<${to}>`) + line('Call-ID', callId) + line('CSeq', `${cseq} ${method}`);
  return `${out}${extra}${USER_AGENT}Content-Length: 0\r\n\r\n`;
}

/**
 * What a REGISTER says of Contacts (RFC 3261 §10.2.1 and §10.2.2). `bound`: what is bound there from before, empty for nothing; `asked` in
 * seconds, 0 to end it. A former address of ours is taken back, or calls would ring at whoever has that now.
 */
export function registerFields(contact: string, bound: string, asked: number): string {
  const ended = bound === '' || bound === contact ? '' : line('Contact', `${bound};expires=0`);
  const current = line('Contact', `${contact};expires=${asked}`);
  return `${current}${ended}Expires: ${asked}\r\nSupported: path\r\n`;
}

/**
 * Our Contact at a provider, in angle brackets. User and line are a token that nobody can guess, so that a request to it proves where it
 * comes from; twice, for some replace the user by the number that was called, and some drop what they do not know.
 */
export function tokenContact(flow: Flow, token: string): string {
  return `<sip:${token}@${flow.point.sentBy}${transportParam(flow.transport)};line=${token}>`;
}
