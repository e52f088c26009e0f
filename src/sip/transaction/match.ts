import { lower } from '../../text/ascii.ts';
import { sameWord } from '../message/grammar.ts';
import type { Request } from '../message/message.ts';
import { BRANCH_COOKIE } from '../message/via.ts';

const COOKIE_WORD = 'z9hg4bk';

/** Whether the client made the branch by RFC 3261's rules (§8.1.1.7). The case of the cookie's letters does not count. */
export function hasCookie(branch: string): boolean {
  return branch.startsWith(BRANCH_COOKIE) || sameWord(branch, 0, Math.min(COOKIE_WORD.length, branch.length), COOKIE_WORD);
}

/** A branch in small letters, without its cookie: tokens have no case (RFC 3261 §7.3.1). */
export function branchKey(branch: string): string {
  return lower(branch.slice(BRANCH_COOKIE.length));
}

/**
 * What server transactions are kept under: the branch, or for RFC 2543 clients what §17.2.3 lists: Request-URI, From tag, Call-ID,
 * CSeq number and topmost Via. The To tag is left out, as the ACK has one that the INVITE had not. It is of the request's text: who
 * keeps it makes it its own.
 */
export function serverKey(request: Request): string {
  const { branch } = request.via;
  if (branch.length > BRANCH_COOKIE.length && hasCookie(branch)) return branchKey(branch);
  return `${request.uriText} ${request.from.tag ?? ''} ${request.callId} ${request.cseq.number} ${request.via.text}`;
}

/** Whether a kept transaction is the one of this request: sent-by and method, an ACK belonging to its INVITE (RFC 3261 §17.2.3). */
export function sameTransaction(
  kept: { readonly sentByHost: string; readonly sentByPort: number | undefined; readonly method: string },
  request: Request,
  method: string,
): boolean {
  return kept.method === method && kept.sentByPort === request.via.port && kept.sentByHost === request.via.host;
}
