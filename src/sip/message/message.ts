import { ParseError } from '../../text/parse-error.ts';
import { type Address, addressIn } from './address.ts';
import { byteAt, load, numberIn } from './bytes.ts';
import { type DigestParams, digestIn } from './challenge.ts';
import { type Cseq, cseqIn } from './cseq.ts';
import { Field, fieldName } from './fields.ts';
import { isToken, sameWord, unfold } from './grammar.ts';
import { endOfValue, faultIn, splitList } from './params.ts';
import { type Uri, uriIn } from './uri.ts';
import { type Via, viaIn } from './via.ts';

const { via: VIA, from: FROM, to: TO, callId: CALL_ID, cseq: CSEQ, maxForwards: MAX_FORWARDS } = Field;

/** Numbers that the index keeps for each header line, in this order. */
export const ID = 0;
/** Where the line begins. */
export const LINE = 1;
/** Where the value begins and ends, without the white space around it; a folded value holds its line ends. */
export const VALUE = 2;
export const END = 3;
/** Where the next line begins. */
export const NEXT = 4;
export const STRIDE = 5;

/** One replacement in the text of a message: `text` stands for what was between `at` and `end`. */
export interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A received message: its text, and where each header stands in it. Read-only; a field is parsed when it is first asked for, and the
 * result kept. What is sent on is this text with a list of edits (`print.ts`), so whatever nobody touches stays as it came.
 */
export abstract class Message {
  /** The whole message in latin1 dress, cut at the end of its body. */
  readonly text: string;
  /** STRIDE numbers a header line, in the order of the message. */
  readonly index: readonly number[];
  readonly bodyAt: number;
  private cachedVia: Via | undefined = undefined;
  private cachedFrom: Address | undefined = undefined;
  private cachedTo: Address | undefined = undefined;
  private cachedCseq: Cseq | undefined = undefined;
  private cachedCallId: string | undefined = undefined;

  constructor(text: string, index: readonly number[], bodyAt: number) {
    this.text = text;
    this.index = index;
    this.bodyAt = bodyAt;
  }

  /** The place in the index of the first line of a field, or -1. */
  find(id: number, from = 0): number {
    const { index } = this;
    for (let i = from; i < index.length; i += STRIDE) if (index[i] === id) return i;
    return -1;
  }

  /** The value of the line at a place of the index, as it was written. */
  valueAt(place: number): string {
    return this.text.slice(this.index[place + VALUE], this.index[place + END]);
  }

  /** The value of the first line of a field, folded lines joined by one space; undefined if there is none. */
  get(id: number): string | undefined {
    const place = this.find(id);
    return place < 0 ? undefined : unfold(this.valueAt(place));
  }

  /** The value of the first header with a name that is not in the table of fields (small letters). */
  other(name: string): string | undefined {
    for (let i = 0; i < this.index.length; i += STRIDE) {
      if (this.index[i] !== Field.other) continue;
      const line = this.index[i + LINE]!;
      const end = line + name.length;
      if (sameWord(this.text, line, end, name) && !isToken(this.text.charCodeAt(end))) return unfold(this.valueAt(i));
    }
    return undefined;
  }

  /** Every value of a field that may be a list, from all its lines, in order. */
  list(id: number): string[] {
    let values: string[] | undefined;
    for (let i = this.find(id); i >= 0; i = this.find(id, i + STRIDE)) {
      const text = unfold(this.valueAt(i));
      if (text === '') continue;
      const more = text.includes(',') ? splitList(text).filter((value) => value !== '') : [text];
      values = values === undefined ? more : values.concat(more);
    }
    return values ?? [];
  }

  /** The topmost via-parm. @throws ParseError */
  get via(): Via {
    if (this.cachedVia === undefined) {
      const place = this.place(VIA);
      this.load();
      this.cachedVia = viaIn(this.text, this.index[place + VALUE]!, this.topViaEnd(place));
    }
    return this.cachedVia;
  }

  /** Where the topmost via-parm ends in the text, white space before a comma included. */
  topViaEnd(place: number): number {
    return endOfValue(this.text, this.index[place + VALUE]!, this.index[place + END]!);
  }

  /** @throws ParseError */
  get from(): Address {
    this.cachedFrom ??= this.address(FROM);
    return this.cachedFrom;
  }

  /** @throws ParseError */
  get to(): Address {
    this.cachedTo ??= this.address(TO);
    return this.cachedTo;
  }

  /** @throws ParseError */
  get cseq(): Cseq {
    if (this.cachedCseq === undefined) {
      const place = this.place(CSEQ);
      this.load();
      this.cachedCseq = cseqIn(this.text, this.index[place + VALUE]!, this.index[place + END]!);
    }
    return this.cachedCseq;
  }

  /** Compared byte by byte, so anything goes in it but what would break a line or a log. @throws ParseError */
  get callId(): string {
    if (this.cachedCallId === undefined) {
      const place = this.place(CALL_ID);
      const start = this.index[place + VALUE]!;
      const end = this.index[place + END]!;
      this.load();
      for (let at = start; at < end; at++) if (byteAt(at) <= 0x20) throw faultIn('Call-ID', this.text, start, end, at, 'a word');
      if (start === end) throw new ParseError('Call-ID', '', 0, 'a word');
      this.cachedCallId = this.text.slice(start, end);
    }
    return this.cachedCallId;
  }

  /** The Digest parameters of the line at a place of the index; undefined for another scheme. @throws ParseError */
  digestAt(place: number): DigestParams | undefined {
    this.load();
    return digestIn(fieldName(this.index[place + ID]!), this.text, this.index[place + VALUE]!, this.index[place + END]!);
  }

  get body(): string {
    return this.text.slice(this.bodyAt);
  }

  /** The parsers read the bytes of start line and headers. */
  protected load(): void {
    load(this.text, this.bodyAt, this);
  }

  private address(id: number): Address {
    const place = this.place(id);
    this.load();
    return addressIn(fieldName(id), this.text, this.index[place + VALUE]!, this.index[place + END]!);
  }

  /** The place of a field that must be there. */
  private place(id: number): number {
    const place = this.find(id);
    if (place < 0) throw new ParseError(fieldName(id), '', 0, `a ${fieldName(id)} header`);
    return place;
  }
}

export class Request extends Message {
  readonly kind = 'request';
  readonly method: string;
  /** The Request-URI stands in `text` from here ... */
  readonly uriAt: number;
  /** ... to here. */
  readonly uriEnd: number;
  private cachedUri: Uri | undefined = undefined;

  constructor(text: string, index: readonly number[], bodyAt: number, method: string, uriEnd: number) {
    super(text, index, bodyAt);
    this.method = method;
    this.uriAt = method.length + 1;
    this.uriEnd = uriEnd;
  }

  get uriText(): string {
    return this.text.slice(this.uriAt, this.uriEnd);
  }

  /** The Request-URI. @throws ParseError */
  get uri(): Uri {
    if (this.cachedUri === undefined) {
      this.load();
      this.cachedUri = uriIn(this.text, 'Request-URI', this.uriAt, this.uriEnd);
    }
    return this.cachedUri;
  }

  /** undefined if the header is absent. @throws ParseError */
  get maxForwards(): number | undefined {
    const place = this.find(MAX_FORWARDS);
    if (place < 0) return undefined;
    this.load();
    const hops = numberIn(this.index[place + VALUE]!, this.index[place + END]!, 255);
    if (hops < 0) throw new ParseError('Max-Forwards', this.valueAt(place), 0, 'a number from 0 to 255');
    return hops;
  }
}

/** Where the phrase begins: `SIP/2.0 200 OK`. */
const REASON = 12;

export class Response extends Message {
  readonly kind = 'response';
  readonly status: number;

  constructor(text: string, index: readonly number[], bodyAt: number, status: number) {
    super(text, index, bodyAt);
    this.status = status;
  }

  /** The phrase as it may be said again: without the NUL that a relayed response keeps. */
  get reason(): string {
    return this.text.slice(REASON, this.text.indexOf('\r\n')).replaceAll('\0', '');
  }
}

/** What is not SIP as it should be, with whatever of it can still be answered. */
export interface Malformed {
  readonly kind: 'malformed';
  /** The answer it deserves; undefined where none may be sent: a response, an ACK, or no usable Via. */
  readonly answer: { readonly status: number; readonly reason: string } | undefined;
  readonly error: ParseError;
  readonly text: string;
  readonly index: readonly number[];
  /** Its topmost Via, if that could be read. */
  readonly via: Via | undefined;
}
