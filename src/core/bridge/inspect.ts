import { contactUri } from '../../sip/dialog/dialog.ts';
import { answerSession } from '../../sip/dialog/session.ts';
import type { Request } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import type { TrunkRefusal } from '../connector.ts';
import { SESSION_EXPIRES } from './answering.ts';
import { isTooLarge, unsupported } from './carried.ts';
import { replacesMany } from './refer-to.ts';

/** Why a call is not taken. */
export interface Refusal extends TrunkRefusal {
  /** Whole header lines. */
  readonly extra?: string;
}

export const full: Refusal = { status: 503, reason: 'Service Unavailable', extra: line('Retry-After', '30') };
/** Its Replaces names no call (RFC 3891 §3). Nor is it a new one: the Contact of a stranger that it is sent to may be a number (security S1). */
export const replacesNothing: Refusal = { status: 481, reason: 'Call/Transaction Does Not Exist' };
/** It forked on its way, and came together again here (RFC 3261 §8.2.2.2). Who is called counts: two of ours ring for two branches. */
export const merged: Refusal = { status: 482, reason: 'Loop Detected (this call came by another way already)' };

/** What a UAS refuses of an INVITE before it does anything (RFC 3261 §8.2). */
export function inspect(request: Request): Refusal | undefined {
  const unknown = unsupported(request);
  if (unknown !== undefined) return { status: 420, reason: 'Bad Extension', extra: unknown };
  if (isTooLarge(request)) return { status: 513, reason: 'Message Too Large' };
  if (replacesMany(request)) return { status: 400, reason: 'Bad Request (more than one Replaces)' };
  const session = answerSession(request, SESSION_EXPIRES);
  if (session.kind === 'tooSmall') return { status: 422, reason: 'Session Interval Too Small', extra: session.lines };
  if (contactUri(request) === undefined) return { status: 400, reason: 'Bad Request (an INVITE needs a Contact)' };
  return undefined;
}
