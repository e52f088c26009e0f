import { ParseError } from '../../text/parse-error.ts';
import { adopt, afterLws, afterToken, beforeLws, byteAt, isWord, load, numberIn, word } from './bytes.ts';
import { Field, fieldAtNode, fieldName, mostValues, nameColumn, nextNode, START_OF_NAME, singleBit } from './fields.ts';
import { beginsLength, isLws, sameWord, skipLwsBack } from './grammar.ts';
import { END, LINE, type Malformed, NEXT, Request, Response, STRIDE, VALUE } from './message.ts';
import { methodNamed } from './method.ts';
import { isMistakenName } from './mistaken-name.ts';
import { endOfValue, faultIn } from './params.ts';
import { parseVia } from './via.ts';

/** What one message may hold (RFC 3261 sets no bounds). How many values a list may have stands in the table of fields. */
export const limits = { message: 65_535, line: 8_192, headers: 256 } as const;

/**
 * Reads one message from a datagram, or from a stream that was cut at its Content-Length. The one door of the parser: nothing is thrown
 * past it. A request is checked as far as the proxy and the registrar rely on it; undefined is what is not SIP at all and gets silence.
 *
 * Octets after the body are dropped (RFC 3261 §18.3); a body shorter than Content-Length makes the message malformed.
 */
export function read(received: string): Request | Response | Malformed | undefined {
  const draft = new Draft();
  try {
    const message = draft.read(received);
    if (message !== undefined) check(message);
    return message;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return malformed(draft, error);
  }
}

const SIP = word('sip/');
const CONTENT_LENGTH = Field.contentLength;
const OTHER = Field.other;
const CONTENT_ENCODING = Field.contentEncoding;
const BARE = 'CR and LF together only';
const NO_LENGTH = 'no Content-Length in a folded line';

/** The index of the message that is being read; it gets a copy of its own length, where a list that grows would be copied three times. */
const noted: number[] = new Array<number>((limits.headers + 1) * STRIDE).fill(0);

/** Values of each list field in the message that is being read. */
const tally = new Uint32Array(mostValues.length);

/** The message while its lines are noted: what is known of it when a fault shows. Noting goes on after a fault, to find the Via. */
class Draft {
  text = '';
  /** Whether the start line was that of a SIP message. */
  sip = true;
  response = false;
  method = '';
  uriEnd = 0;
  status = 0;
  private lengthAt = -1;
  private fault: ParseError | undefined = undefined;
  /** How much of `noted` is this message's. */
  private length = 0;

  /** @throws ParseError */
  read(received: string): Request | Response | undefined {
    let at = 0;
    while (received.startsWith('\r\n', at)) at += 2;
    if (received.length - at > limits.message)
      this.fault = new ParseError('message', '', 0, `at most ${limits.message} bytes`, 513);
    const text = this.fault === undefined && at === 0 ? received : received.slice(at, at + limits.message);
    this.text = text;
    const lineEnd = text.indexOf('\r\n');
    if (lineEnd < 0) return undefined;
    const head = text.indexOf('\r\n\r\n', lineEnd);
    load(text, head < 0 ? text.length : head + 4, this);
    this.response = isWord(0, Math.min(4, lineEnd), SIP);
    if (this.response) this.readStatusLine(lineEnd);
    else this.readRequestLine(lineEnd);
    const bodyAt = this.noteHeaders(lineEnd + 2);
    if (this.fault !== undefined) throw this.fault;
    const end = this.bodyEnd(bodyAt);
    const whole = end === text.length ? text : text.slice(0, end);
    const index = this.index();
    const message = this.response
      ? new Response(whole, index, bodyAt, this.status)
      : new Request(whole, index, bodyAt, this.method, this.uriEnd);
    adopt(message);
    return message;
  }

  /** What was noted until now. */
  index(): readonly number[] {
    return noted.slice(0, this.length);
  }

  private startFault(at: number, expected: string, status = 400): void {
    const line = this.text.slice(0, this.text.indexOf('\r\n'));
    this.fault ??= new ParseError(this.response ? 'Status-Line' : 'Request-Line', line, at, expected, status);
  }

  /** `Method SP Request-URI SP SIP-Version`; the characters of the Request-URI are looked at when it is parsed. */
  private readRequestLine(end: number): void {
    const { text } = this;
    const stop = afterToken(0, end);
    this.method = methodNamed(text.slice(0, stop));
    this.uriEnd = end - 8;
    if (!text.startsWith(' SIP/2.0', this.uriEnd)) {
      const last = skipLwsBack(text, stop, end);
      const version = Math.max(stop, text.lastIndexOf(' ', last - 1)) + 1;
      this.sip = sameWord(text, version, Math.min(version + 4, end), 'sip/');
      this.uriEnd = version - 1;
      if (!sameWord(text, version, last, 'sip/2.0')) this.startFault(version, 'version SIP/2.0', this.sip ? 505 : 400);
      else if (last !== end) this.startFault(last, 'the end of the line');
    }
    if (stop === 0) this.sip = false;
    if (stop === 0 || byteAt(stop) !== 0x20) this.startFault(stop, 'a method and a space');
    else if (stop + 1 >= this.uriEnd) this.startFault(stop + 1, 'a Request-URI');
    else if (this.uriEnd - stop > limits.line) this.startFault(0, `a Request-URI of at most ${limits.line} bytes`, 414);
  }

  /** `SIP-Version SP Status-Code SP Reason-Phrase`; some leave out the last space with the phrase. */
  private readStatusLine(end: number): void {
    const { text } = this;
    if (!sameWord(text, 0, Math.min(8, end), 'sip/2.0 ')) return this.startFault(4, 'version SIP/2.0');
    this.status = numberIn(8, Math.min(11, end), 699);
    if (this.status < 100 || (end > 11 && text.charCodeAt(11) !== 0x20))
      this.startFault(8, 'a status from 100 to 699 and a space');
    // As in a header: it would be a line end to someone.
    for (let at = 11; at < end; at++)
      if (byteAt(at) === 0x0d || byteAt(at) === 0x0a)
        return this.startFault(at, 'CR and LF together, and only at the end of the line');
  }

  /** Notes where each header begins and ends; the position after the empty line. */
  private noteHeaders(at: number): number {
    const { text } = this;
    const index = noted;
    const columns = nameColumn;
    const nodes = nextNode;
    let seen = 0;
    let place = 0;
    for (let i = 0; i < tally.length; i++) tally[i] = 0;
    for (;;) {
      // CR and LF stand together and only at the end of a line: anything else would be a line end to someone (RFC 3261 §7.3.1).
      let lf = text.indexOf('\n', at);
      let wrong = '';
      for (let from = at; ; lf = text.indexOf('\n', from)) {
        if (lf < 0) {
          this.lineFault(at, text.length, text.length, 'an empty line after the headers');
          return text.length;
        }
        if (byteAt(lf - 1) !== 0x0d) wrong = BARE;
        else {
          if (text.indexOf('\r', from) !== lf - 1) wrong = BARE;
          const next = byteAt(lf + 1);
          if (next !== 0x20 && next !== 0x09) break;
          if (beginsLength(text, lf + 1, text.length)) wrong = NO_LENGTH;
        }
        from = lf + 1;
      }
      const end = lf - 1;
      if (end === at) return at + 2;
      let stop = at;
      let node = START_OF_NAME;
      for (let column = columns[byteAt(stop)]!; column !== 0; column = columns[byteAt(++stop)]!) node = nodes[node + column]!;
      let value = stop;
      while (byteAt(value) === 0x20 || byteAt(value) === 0x09) value++;
      if (wrong !== '' || stop === at || byteAt(value) !== 0x3a) {
        this.lineFault(at, end, stop, wrong === '' ? 'a header name and ":"' : wrong);
        at = end + 2;
        continue;
      }
      value = afterLws(value + 1, end);
      const valueEnd = isLws(byteAt(end - 1)) ? beforeLws(value, end) : end;
      const id = fieldAtNode(node);
      if (id === CONTENT_LENGTH) this.lengthAt = place;
      else if (id === OTHER && isMistakenName(at, stop, value, valueEnd))
        this.lineFault(at, end, at, 'no name that is another field to some');
      // Nothing stands for no coding (RFC 3261 §25.1), and every Linphone that is told so ends.
      else if (id === CONTENT_ENCODING && value === valueEnd) this.lineFault(at, end, value, 'the coding of the body');
      const bit = singleBit[id]!;
      if ((seen & bit) !== 0) this.lineFault(at, end, at, 'no second header of this name');
      seen |= bit;
      if (mostValues[id] !== 0) this.countValues(id, value, valueEnd);
      if (end - at > limits.line) this.lineFault(at, at, at, `a line of at most ${limits.line} bytes`);
      index[place] = id;
      index[place + LINE] = at;
      index[place + VALUE] = value;
      index[place + END] = valueEnd;
      index[place + NEXT] = end + 2;
      place += STRIDE;
      this.length = place;
      at = end + 2;
      if (place > limits.headers * STRIDE) {
        this.lineFault(at, at, at, `at most ${limits.headers} headers`);
        return at;
      }
    }
  }

  private lineFault(start: number, end: number, at: number, expected: string): void {
    this.fault ??= faultIn('header', this.text, start, end, at, expected);
  }

  private countValues(id: number, at: number, end: number): void {
    const { text } = this;
    const comma = text.indexOf(',', at);
    if (comma < 0 || comma >= end) tally[id]!++;
    else for (; at <= end; at = endOfValue(text, at, end) + 1) tally[id]!++;
    if (tally[id]! > mostValues[id]!) this.fault ??= new ParseError(fieldName(id), '', 0, `at most ${mostValues[id]} values`);
  }

  /** Where the body ends: at Content-Length, or with the datagram (RFC 3261 §18.3). @throws ParseError */
  private bodyEnd(bodyAt: number): number {
    const { text, lengthAt } = this;
    if (lengthAt < 0) return text.length;
    const start = noted[lengthAt + VALUE]!;
    const end = noted[lengthAt + END]!;
    const length = numberIn(start, end, 2 ** 31);
    if (length < 0) throw faultIn('Content-Length', text, start, end, start, 'a number');
    if (bodyAt + length > text.length)
      throw faultIn('Content-Length', text, start, end, start, `at most the ${text.length - bodyAt} bytes that follow`);
    return bodyAt + length;
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
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  414: 'Request-URI Too Long',
  505: 'Version Not Supported',
  513: 'Message Too Large',
};

function malformed(draft: Draft, error: ParseError): Malformed | undefined {
  const { text } = draft;
  const index = draft.index();
  const via = readableVia(text, index);
  if (!draft.sip && via === undefined) return undefined;
  const silent = draft.response || draft.method === 'ACK' || via === undefined;
  // The fault, in words: a person who looks at a trace sees what to mend.
  const reason =
    error.status === 400 ? `Bad Request (${error.field}: expected ${error.expected})` : (reasons[error.status] ?? 'Bad Request');
  return { kind: 'malformed', answer: silent ? undefined : { status: error.status, reason }, error, text, index, via };
}

/** A Via with broken parameters, or of a version to come, still says where the answer goes. */
function readableVia(text: string, index: readonly number[]): Malformed['via'] {
  for (let i = 0; i < index.length; i += STRIDE) {
    if (index[i] !== Field.via) continue;
    const start = index[i + VALUE]!;
    try {
      return parseVia(text, start, endOfValue(text, start, index[i + END]!), true);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return undefined;
    }
  }
  return undefined;
}
