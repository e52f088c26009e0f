import { ParseError } from '../../text/parse-error.ts';
import { Field, fieldAt, hashStep, singleBit } from './fields.ts';
import { isToken, skipLws, skipLwsBack, skipToken } from './grammar.ts';
import { END, type Malformed, type Message, Request, Response, STRIDE, VALUE } from './message.ts';
import { endOfValue } from './params.ts';
import { parseVia } from './via.ts';

/** What one message may hold (RFC 3261 sets no bounds; security.md S18 does). */
export const limits = { message: 65_535, line: 8_192, headers: 256, via: 64, route: 32, contact: 64 } as const;

/**
 * Reads one message from a datagram, or from a stream that was cut at its Content-Length. The one door of the parser: nothing is thrown
 * past it. A request is checked as far as the proxy and the registrar rely on it; undefined is what is not SIP at all and gets silence.
 *
 * Octets after the body are dropped (RFC 3261 §18.3); a body shorter than Content-Length makes the message malformed.
 */
export function read(received: string): Request | Response | Malformed | undefined {
  const draft = new Draft();
  let message: Request | Response | undefined;
  try {
    message = draft.read(received);
    if (message !== undefined) check(message);
    return message;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return malformed(draft, error);
  }
}

/** The message while its lines are noted: what is known of it when a fault shows. */
class Draft {
  text = '';
  response = false;
  method = '';
  uriEnd = 0;
  status = 0;
  reasonAt = 0;
  version = true;
  readonly index: number[] = [];

  read(received: string): Request | Response | undefined {
    let at = 0;
    while (received.charCodeAt(at) === 0x0d && received.charCodeAt(at + 1) === 0x0a) at += 2;
    const text = at === 0 ? received : received.slice(at);
    this.text = text;
    const lineEnd = text.indexOf('\r\n');
    if (lineEnd < 0) return undefined;
    this.response = text.startsWith('SIP/');
    if (this.response ? !this.readStatusLine(lineEnd) : !this.readRequestLine(lineEnd)) return undefined;
    const fault = this.startFault(lineEnd);
    const bodyAt = this.noteHeaders(lineEnd + 2);
    if (text.length > limits.message) throw new ParseError('message', '', 0, `at most ${limits.message} bytes`, 513);
    if (fault !== undefined) throw fault;
    const end = this.bodyEnd(bodyAt);
    const whole = end === text.length ? text : text.slice(0, end);
    return this.response
      ? new Response(whole, this.index, bodyAt, this.status, text.slice(this.reasonAt, lineEnd))
      : new Request(whole, this.index, bodyAt, this.method, this.uriEnd);
  }

  /** `Method SP Request-URI SP SIP-Version`; false if this cannot be meant as SIP. */
  private readRequestLine(end: number): boolean {
    const { text } = this;
    const stop = skipToken(text, 0, end);
    const version = text.lastIndexOf('SIP/', end);
    if (stop === 0 || text.charCodeAt(stop) !== 0x20 || version < stop) return false;
    this.method = text.slice(0, stop);
    this.uriEnd = version - 1;
    return true;
  }

  /** `SIP-Version SP Status-Code SP Reason-Phrase` */
  private readStatusLine(end: number): boolean {
    const { text } = this;
    if (!text.startsWith('SIP/2.0 ')) return false;
    for (let at = 8; at < 11; at++) {
      const digit = text.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) return false;
      this.status = this.status * 10 + digit;
    }
    this.reasonAt = text.charCodeAt(11) === 0x20 ? 12 : 11;
    return this.status >= 100 && this.status <= 699 && (end === 11 || text.charCodeAt(11) === 0x20);
  }

  /** What is wrong with a request line whose ends could be found; the headers are noted first, so that it can be answered. */
  private startFault(end: number): ParseError | undefined {
    const { text } = this;
    if (this.response) return undefined;
    const line = text.slice(0, end);
    if (!line.startsWith('SIP/2.0', this.uriEnd + 1))
      return new ParseError('Request-Line', line, this.uriEnd + 1, 'version SIP/2.0', 505);
    if (this.uriEnd + 8 !== end) return new ParseError('Request-Line', line, this.uriEnd + 8, 'the end of the line');
    const uri = this.method.length + 1;
    if (text.charCodeAt(this.uriEnd) !== 0x20 || uri >= this.uriEnd)
      return new ParseError('Request-Line', line, uri, 'a Request-URI');
    for (let at = uri; at < this.uriEnd; at++)
      if (text.charCodeAt(at) <= 0x20)
        return new ParseError('Request-Line', line, at, 'one space on each side of the Request-URI');
    if (this.uriEnd - uri > limits.line) return new ParseError('Request-Line', '', 0, 'a shorter Request-URI', 414);
    return undefined;
  }

  /** Notes where each header begins and ends; the position after the empty line. @throws ParseError */
  private noteHeaders(at: number): number {
    const { text, index } = this;
    let seen = 0;
    let fault: ParseError | undefined;
    while (text.charCodeAt(at) !== 0x0d) {
      let hash = 0;
      let stop = at;
      for (let code = text.charCodeAt(stop); isToken(code); code = text.charCodeAt(++stop)) hash = hashStep(hash, code);
      let value = stop;
      while (text.charCodeAt(value) === 0x20 || text.charCodeAt(value) === 0x09) value++;
      const end = endOfLine(text, at);
      if (stop === at || text.charCodeAt(value) !== 0x3a)
        throw new ParseError('header', text.slice(at, end), stop - at, 'a header name and ":"');
      const id = fieldAt(text, at, stop, hash);
      value = skipLws(text, value + 1, end);
      index.push(id, at, value, skipLwsBack(text, value, end), end + 2);
      const bit = singleBit[id]!;
      if ((seen & bit) !== 0) fault ??= new ParseError('header', text.slice(at, end), 0, 'no second header of this name');
      seen |= bit;
      if (end - at > limits.line) fault ??= new ParseError('header', '', 0, `a line of at most ${limits.line} bytes`);
      if (index.length > limits.headers * STRIDE) throw new ParseError('header', '', 0, `at most ${limits.headers} headers`);
      at = end + 2;
    }
    if (text.charCodeAt(at + 1) !== 0x0a) throw new ParseError('header', '', 0, 'an empty line after the headers');
    if (fault !== undefined) throw fault;
    return at + 2;
  }

  /** Where the body ends: at Content-Length, or with the datagram (RFC 3261 §18.3). @throws ParseError */
  private bodyEnd(bodyAt: number): number {
    const { text, index } = this;
    for (let i = 0; i < index.length; i += STRIDE) {
      if (index[i] !== Field.contentLength) continue;
      const value = text.slice(index[i + VALUE], index[i + END]);
      if (!/^[0-9]{1,8}$/.test(value)) throw new ParseError('Content-Length', value, 0, 'a number');
      const end = bodyAt + Number(value);
      if (end > text.length)
        throw new ParseError('Content-Length', value, 0, `at most the ${text.length - bodyAt} bytes that follow`);
      return end;
    }
    return text.length;
  }
}

/** The end of the header line that begins at `at`, its folded lines included; CR and LF stand only there (RFC 3261 §7.3.1). */
function endOfLine(text: string, at: number): number {
  for (let from = at; ; ) {
    const lf = text.indexOf('\n', from);
    if (lf < 0) throw new ParseError('header', text.slice(at, at + limits.line), 0, 'CRLF at the end of the line');
    if (text.charCodeAt(lf - 1) !== 0x0d || text.indexOf('\r', from) !== lf - 1)
      throw new ParseError('header', text.slice(at, lf), 0, 'CR and LF together only');
    const next = text.charCodeAt(lf + 1);
    if (next !== 0x20 && next !== 0x09) return lf - 1;
    from = lf + 1;
  }
}

/** What every message must have: RFC 3261 §8.1.1, §16.3 step 1. @throws ParseError */
function check(message: Request | Response): void {
  message.via;
  message.callId;
  const cseq = message.cseq;
  if (message.kind === 'response') return;
  message.from;
  message.to;
  message.maxForwards;
  if (cseq.method !== message.method) throw new ParseError('CSeq', cseq.method, 0, `the method ${message.method}`);
  const uri = message.uri;
  if (uri.headers !== '') throw new ParseError('Request-URI', uri.text, uri.text.indexOf('?'), 'a URI without headers');
  count(message, Field.via, limits.via);
  count(message, Field.route, limits.route);
  count(message, Field.recordRoute, limits.via);
}

/** Counts the values of a list field; more than one line or a comma is needed before that costs anything. */
function count(message: Message, id: number, most: number): void {
  let values = 0;
  for (let i = message.find(id); i >= 0; i = message.find(id, i + STRIDE)) {
    const end = message.index[i + END]!;
    for (let at = message.index[i + VALUE]!; at <= end; at = endOfValue(message.text, at, end) + 1) values++;
    if (values > most) throw new ParseError('header', '', 0, `at most ${most} values of it`);
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  414: 'Request-URI Too Long',
  505: 'Version Not Supported',
  513: 'Message Too Large',
};

function malformed(draft: Draft, error: ParseError): Malformed {
  const { text, index } = draft;
  let via: Malformed['via'];
  for (let i = 0; i < index.length; i += STRIDE) {
    if (index[i] !== Field.via) continue;
    via = readableVia(text.slice(index[i + VALUE], endOfValue(text, index[i + VALUE]!, index[i + END]!)));
    break;
  }
  const silent = draft.response || draft.method === 'ACK' || via === undefined;
  // The fault, in words: a person who looks at a trace sees what to mend.
  const reason =
    error.status === 400 ? `Bad Request (${error.field}: expected ${error.expected})` : (reasons[error.status] ?? 'Bad Request');
  return { kind: 'malformed', answer: silent ? undefined : { status: error.status, reason }, error, text, index, via };
}

/** A Via with broken parameters, or of a version to come, still says where the answer goes. */
function readableVia(text: string): Malformed['via'] {
  for (const attempt of [text, text.replace(/;.*$/s, ''), text.replace(/^SIP\/[0-9]+\.[0-9]+\//, 'SIP/2.0/')]) {
    try {
      return parseVia(attempt);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }
  return undefined;
}
