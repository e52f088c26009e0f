import { lower } from '../../text/ascii.ts';
import { Field } from '../message/fields.ts';
import { sameWord } from '../message/grammar.ts';
import type { Message, Request, Response } from '../message/message.ts';
import { line } from '../message/print.ts';
import { parseSeconds } from '../message/seconds.ts';

/** The least that a session may last, in seconds (RFC 4028 §5). */
const MIN_SE = 90;

export type Refresher = 'uac' | 'uas';

/** The value of a Session-Expires header. */
export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: Refresher | undefined;
}

/** What two sides agreed on: how long the session lives without a refresh, and who sends that. */
export interface Session {
  readonly seconds: number;
  readonly refresher: Refresher;
}

/** undefined if the header is absent or no number (RFC 4028 §4). */
export function sessionExpires(message: Message): SessionExpires | undefined {
  const value = message.get(Field.sessionExpires);
  const seconds = parseSeconds(/^[0-9]+(?=$|[; \t])/.exec(value ?? '')?.[0]);
  if (value === undefined || seconds === undefined) return undefined;
  const written = /;[ \t]*refresher[ \t]*=[ \t]*(ua[cs])(?![0-9a-z])/.exec(lower(value))?.[1];
  return { seconds, refresher: written === 'uac' || written === 'uas' ? written : undefined };
}

/** Min-SE in seconds; 0 if there is none. */
export function minSe(message: Message): number {
  return parseSeconds(/^[0-9]+/.exec(message.other('min-se') ?? '')?.[0]) ?? 0;
}

/** Whether an option tag (small letters) stands in Supported or Require. */
export function supports(message: Message, tag: string): boolean {
  return [...message.list(Field.supported), ...message.list(Field.require)].some((word) => sameWord(word, 0, word.length, tag));
}

/** What a UAS answers to an INVITE or UPDATE: a session, or that its interval is too small (RFC 4028 §9). */
export type SessionAnswer =
  | { readonly kind: 'session'; readonly session: Session | undefined; readonly lines: string }
  | { readonly kind: 'tooSmall'; readonly lines: string };

/**
 * The UAS's side (RFC 4028 §9, table 2). A session of `wanted` seconds is made where the request asks for none; `wanted` undefined: then there
 * is none. Who wants it refreshes it: that is us where the request asked for nothing, though its UAC may know how (GNOME Calls ends itself with
 * its first re-INVITE).
 */
export function answerSession(request: Request, wanted: number | undefined): SessionAnswer {
  const asked = sessionExpires(request);
  const knows = supports(request, 'timer');
  if (asked !== undefined && knows && asked.seconds < MIN_SE) return { kind: 'tooSmall', lines: line('Min-SE', `${MIN_SE}`) };
  const least = asked?.seconds ?? wanted;
  if (least === undefined) return { kind: 'session', session: undefined, lines: '' };
  const refresher: Refresher = knows && asked !== undefined ? (asked.refresher ?? 'uac') : 'uas';
  const seconds = Math.max(least, minSe(request), MIN_SE);
  const lines = line('Session-Expires', `${seconds};refresher=${refresher}`) + (knows ? line('Require', 'timer') : '');
  return { kind: 'session', session: { seconds, refresher }, lines };
}

/** The lines of a request of ours that asks for a session timer or goes on with one (RFC 4028 §7.1, §7.4). */
export function askSession(seconds: number, refresher: Refresher | undefined, least: number): string {
  const who = refresher === undefined ? '' : `;refresher=${refresher}`;
  return line('Session-Expires', `${Math.max(seconds, least)}${who}`) + (least > 0 ? line('Min-SE', `${least}`) : '');
}

/** What the 2xx to a request of ours says; undefined: no session timer runs (RFC 4028 §7.2). */
export function agreedSession(response: Response): Session | undefined {
  const said = sessionExpires(response);
  return said === undefined ? undefined : { seconds: Math.max(said.seconds, MIN_SE), refresher: said.refresher ?? 'uas' };
}

/** Milliseconds after which the refresher refreshes (RFC 4028 §7.2: half of it). */
export const refreshAfter = ({ seconds }: Session): number => seconds * 500;

/** Milliseconds after which the other side gives the session up: a BYE goes out just before it expires (RFC 4028 §10). */
export const expiresAfter = ({ seconds }: Session): number => (seconds - Math.min(32, Math.floor(seconds / 3))) * 1_000;
