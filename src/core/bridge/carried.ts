import { unsupportedLine } from '../../sip/dialog/option-tags.ts';
import { Field, fieldName } from '../../sip/message/fields.ts';
import { LINE, type Message, NEXT, type Request, type Response, STRIDE } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { lower, trimLws } from '../../text/ascii.ts';

/** What passes from one leg to the other: whole header lines as they came, and the body, unread. */
export interface Carried {
  readonly lines: string;
  readonly body: string;
}

export const nothing: Carried = { lines: '', body: '' };

/**
 * What passes at most: header lines, and characters of all of it. With the lines of our own and the route that a request of the other leg took
 * it still makes a message that anybody can read.
 */
const MOST_LINES = 64;
const MOST_LENGTH = 24_576;
/** Header lines of an INVITE that makes a dialog of ours: its Vias and its route come back in every answer. */
const MOST_HEADERS = 128;

/**
 * The headers that mean the same on both legs, by name and compact name. All others are of one leg alone (RFC 3261 §12) or of one network
 * alone: who calls is told to a provider by its own rules, never by what a phone wrote.
 */
const passing = new Set([
  ...['content-type', 'c', 'content-encoding', 'e', 'content-language', 'content-disposition', 'content-id', 'mime-version'],
  ...['accept', 'accept-encoding', 'accept-language', 'subject', 's', 'reason', 'warning', 'retry-after', 'in-reply-to'],
  ...['alert-info', 'call-info', 'priority', 'info-package', 'recv-info', 'user-to-user', 'p-early-media', 'unsupported', 'date'],
]);

/** Whether a field of the table is one of them, by its number. */
const passes: readonly boolean[] = Object.values(Field).map((id) => passing.has(lower(fieldName(id))));

/** What of a message goes on to the other leg; what is more than anybody has to say is left out. */
export function carried(message: Message): Carried {
  const { text, index, body } = message;
  let lines = '';
  let count = 0;
  for (let i = 0; i < index.length && count < MOST_LINES; i += STRIDE) {
    const start = index[i + LINE]!;
    const id = index[i]!;
    const goes = id === Field.other ? passing.has(lower(trimLws(text.slice(start, text.indexOf(':', start))))) : passes[id]!;
    if (!goes) continue;
    lines += text.slice(start, index[i + NEXT]);
    count++;
  }
  return lines.length + body.length > MOST_LENGTH ? nothing : { lines, body };
}

export const hasBody = ({ text, bodyAt }: Message): boolean => bodyAt < text.length;

/** Whether a request is more than passes. */
export function isTooLarge({ text, index }: Message): boolean {
  return text.length > MOST_LENGTH || index.length > MOST_HEADERS * STRIDE;
}

/** Who led a call on before it came to the provider: in the house that counts, so that no circle goes through a telephone network. */
export function ledOn({ text, index }: Message): string {
  let lines = '';
  for (let i = 0; i < index.length; i += STRIDE)
    if (index[i] === Field.diversion || index[i] === Field.historyInfo) lines += text.slice(index[i + LINE]!, index[i + NEXT]);
  return lines.length > MOST_LENGTH ? '' : lines;
}

/** The body and what describes it, without what else passed with it. */
export function content({ lines, body }: Carried): Carried {
  const about = lines.match(/^(?:c|e|content-[a-z]+|mime-version)[ \t]*:.*\r\n(?:[ \t].*\r\n)*/gim) ?? [];
  return { lines: about.join(''), body };
}

/**
 * What one leg is told of a refusal on the other: challenges, session intervals and redirects are each side's own to deal with,
 * and nobody else's (security S9, RFC 4028 §7.3).
 */
export function refusal(response: Response): { readonly status: number; readonly reason: string; readonly carried: Carried } {
  const { status, reason, cseq } = response;
  const owned = status === 401 || status === 407 || status === 422;
  const late = status === 408 && cseq.method !== 'INVITE'; // nobody may say that (RFC 4320 §4.2)
  const told = owned ? 503 : late ? 504 : status < 400 ? 480 : status;
  return told === status
    ? { status, reason, carried: carried(response) }
    : { status: told, reason: 'Not Reached', carried: nothing };
}

/** Option tags that both ends settle between themselves. */
const between = new Set(['100rel', 'precondition', 'early-session']);
/** Those that we know ourselves, on each leg. */
const own = new Set(['timer', 'replaces', 'norefersub', 'tdialog', 'histinfo', 'from-change']);

/** Says in a 420 what a Require wants that neither we nor the other end could know; undefined if there is nothing (RFC 3261 §8.2.2.3). */
export function unsupported(request: Request): string | undefined {
  return unsupportedLine(request, Field.require, (tag) => between.has(tag) || own.has(tag));
}

/** What we know ourselves of those, in what we say of our own (RFC 4028 §7.1, RFC 3891 §6.1). */
export const SUPPORTED = line('Supported', 'timer, replaces');

/** Require and Supported of a request that is made from one of the other leg. `reliable`: 100rel may be agreed on. */
export function optionLines(message: Message, reliable: boolean): string {
  const pass = (id: number) => message.list(id).filter((tag) => between.has(lower(tag)) && (reliable || lower(tag) !== '100rel'));
  const required = pass(Field.require);
  return (
    line('Supported', [...pass(Field.supported), 'timer', 'replaces'].join(', ')) +
    (required.length > 0 ? line('Require', required.join(', ')) : '')
  );
}

/** Methods that we answer ourselves, whatever the other end knows. */
const answered = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REFER', 'NOTIFY'];
/** Those that the other end must know. */
const relayed = ['PRACK', 'UPDATE', 'INFO', 'MESSAGE'];

/** What one end may send, as far as the other one has said what it knows (RFC 3261 §20.5). */
export function allowLine(other: Message | undefined): string {
  const said = other === undefined || other.find(Field.allow) < 0 ? undefined : other.list(Field.allow);
  const known = said === undefined ? relayed : relayed.filter((method) => said.includes(method));
  return line('Allow', [...answered, ...known].join(', '));
}
