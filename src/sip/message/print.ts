import { Field } from './fields.ts';
import { type Edit, END, ID, LINE, type Malformed, NEXT, type Request, STRIDE, VALUE } from './message.ts';
import { endOfValue } from './params.ts';

/** The text with the edits spliced in; they may come in any order, those at one place stay in theirs. Untouched bytes are copied. */
export function splice(text: string, edits: Edit[]): string {
  edits.sort((a, b) => a.at - b.at);
  let out = '';
  let at = 0;
  for (const edit of edits) {
    out += text.slice(at, edit.at) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at);
}

/** What can be answered: a request, or what is left of one. */
export type Answerable = Pick<Request | Malformed, 'text' | 'index'>;

/**
 * Prints a response of our own: Via as received (the topmost as `via`), From, To, Call-ID and CSeq of the request, then `extra`
 * (whole lines, each with its CRLF) and the body (RFC 3261 §8.2.6). `toTag` is added if the request has none; `''` adds nothing.
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
  let out = `SIP/2.0 ${status} ${reason}\r\n`;
  let top = true;
  for (let i = 0; i < index.length; i += STRIDE) {
    const id = index[i + ID];
    if (id === Field.via) {
      if (top) {
        const rest = endOfValue(text, index[i + VALUE]!, index[i + END]!);
        out += `Via: ${via}${text.slice(rest, index[i + NEXT])}`;
        top = false;
      } else out += text.slice(index[i + LINE], index[i + NEXT]);
    } else if (id === Field.to && toTag !== '') out += `${text.slice(index[i + LINE], index[i + END])};tag=${toTag}\r\n`;
    else if (id === Field.from || id === Field.to || id === Field.callId || id === Field.cseq)
      out += text.slice(index[i + LINE], index[i + NEXT]);
    else if (id === Field.timestamp && status === 100) out += text.slice(index[i + LINE], index[i + NEXT]);
  }
  return `${out}${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** One header line; what may not stand in a message (a line end, a code unit that is no byte) is refused here, whoever wrote it. */
export function line(name: string, value: string): string {
  if (/[\r\n\0]|[^\x00-\xff]/.test(value)) throw new RangeError(`${name}: a header value must be one line of bytes`);
  return `${name}: ${value}\r\n`;
}
