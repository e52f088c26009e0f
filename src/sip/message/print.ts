import { Field } from './fields.ts';
import { own, sameWord, skipLws, skipToken } from './grammar.ts';
import { type Edit, END, ID, LINE, type Malformed, NEXT, Request, STRIDE, VALUE } from './message.ts';
import { endOfValue } from './params.ts';

/**
 * The text with the edits spliced in; they may come in any order, those at one place stay in theirs, and none may reach into another.
 * Untouched bytes are copied.
 *
 * @throws RangeError for a code unit that is no byte: written as one, it might be a line end.
 */
export function splice(text: string, edits: readonly Edit[]): string {
  let out = '';
  let at = 0;
  for (const edit of inOrder(edits)) {
    out += text.slice(at, edit.at) + edit.text;
    at = edit.end;
  }
  out += text.slice(at);
  if (NO_BYTE.test(out)) throw new RangeError('what is put into a message must be bytes');
  return out;
}

const NO_BYTE = /[^\x00-\xff]/;

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  let sorted: Edit[] | undefined;
  // By insertion: there are a handful, and one or two of them are late.
  for (let i = 1; i < edits.length; i++) {
    const edit = edits[i]!;
    if (edit.at >= (sorted ?? edits)[i - 1]!.at) continue;
    sorted ??= edits.slice();
    let place = i;
    for (; place > 0 && sorted[place - 1]!.at > edit.at; place--) sorted[place] = sorted[place - 1]!;
    sorted[place] = edit;
  }
  return sorted ?? edits;
}

/** What can be answered: a request, or what is left of one. */
export type Answerable = Pick<Request | Malformed, 'text' | 'index'>;

/**
 * Prints a response of our own: Via as received (the topmost as `via`), From, To, Call-ID and CSeq of the request, then `extra`
 * (whole lines, each with its CRLF) and the body (RFC 3261 §8.2.6). `toTag` is added if the request has none; `''` adds nothing.
 *
 * @throws RangeError for a reason of several lines, and for a code unit that is no byte.
 */
export function printResponse(
  request: Answerable,
  via: string,
  status: number,
  reason: string,
  toTag: string,
  extra = '',
  body = '',
): string {
  const { text, index } = request;
  let out = `SIP/2.0 ${status} ${phrase(reason)}\r\n`;
  // Lines that are said again as they came mostly stand together, and are cut from the request as one.
  let from = 0;
  let to = 0;
  let top = true;
  for (let i = 0; i < index.length; i += STRIDE) {
    const id = index[i + ID];
    const start = index[i + LINE]!;
    const next = index[i + NEXT]!;
    if (id === Field.via && top) {
      out += `${text.slice(from, to)}Via: ${via}`;
      from = endOfValue(text, index[i + VALUE]!, index[i + END]!);
      top = false;
    } else if (isRepeated(id)) {
      if (start !== to) {
        out += text.slice(from, to);
        from = start;
      }
      if (id === Field.to && toTag !== '' && !hasTag(request, index[i + VALUE]!, index[i + END]!)) {
        out += `${text.slice(from, index[i + END])};tag=${toTag}`;
        from = next - 2;
      }
    } else continue;
    to = next;
  }
  out += text.slice(from, to);
  out = `${out}${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
  if (NO_BYTE.test(out)) throw new RangeError('a response must be bytes');
  return out;
}

/**
 * A reason in the letters that one may have (RFC 3261 §25.1): who reads by the grammar drops the whole response for another.
 *
 * @throws RangeError for several lines, and for a code unit that is no byte.
 */
function phrase(reason: string): string {
  const known = phrases.get(reason);
  if (known !== undefined) return known;
  if (NO_LINE.test(reason)) throw new RangeError('a reason phrase must be one line of bytes');
  const kept = own(reason);
  const printed = kept.replace(NO_PHRASE, (letter) => KIN[OTHERS.indexOf(letter)] ?? '_');
  if (phrases.size >= PHRASES) phrases.clear();
  phrases.set(kept, printed);
  return printed;
}

/** Reasons as they are printed: we have few, and some that say what is wrong with a message. */
const phrases = new Map<string, string>();
const PHRASES = 64;
const NO_PHRASE = /[\x00-\x08\x0a-\x1f"#<>[\\\]^`{|}\x7f]|%(?![0-9A-Fa-f]{2})/g;
const OTHERS = '"`<>[]{}';
const KIN = "''()()()";

/** What a response has of its request, but for the topmost Via (RFC 3261 §8.2.6.2). */
function isRepeated(id: number | undefined): boolean {
  return id === Field.via || id === Field.from || id === Field.to || id === Field.callId || id === Field.cseq;
}

/** Whether the To has a tag; one of a malformed request is looked through for what seems to be one. */
function hasTag(request: Answerable, at: number, end: number): boolean {
  if (request instanceof Request) return request.to.tag !== undefined;
  const { text } = request;
  for (let semicolon = text.indexOf(';', at); semicolon >= 0 && semicolon < end; semicolon = text.indexOf(';', semicolon + 1)) {
    const name = skipLws(text, semicolon + 1, end);
    if (sameWord(text, name, skipToken(text, name, end), 'tag')) return true;
  }
  return false;
}

const NO_LINE = /[\r\n\0]|[^\x00-\xff]/;

/** One header line; what may not stand in a message (a line end, a code unit that is no byte) is refused here, whoever wrote it. */
export function line(name: string, value: string): string {
  if (NO_LINE.test(value)) throw new RangeError(`${name}: a header value must be one line of bytes`);
  return `${name}: ${value}\r\n`;
}
