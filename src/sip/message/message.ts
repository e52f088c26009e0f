import { ParseError } from '../../text/parse-error.ts';
import { type Address, parseAddress } from './address.ts';
import { type Cseq, parseCseq } from './cseq.ts';
import { Field } from './fields.ts';
import { endOfValue, splitList } from './params.ts';
import { parseUri, type Uri } from './uri.ts';
import { parseVia, type Via } from './via.ts';

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
      const line = this.text.slice(this.index[i + LINE], this.index[i + VALUE]);
      if (
        line.length > name.length &&
        lowerAscii(line.slice(0, name.length)) === name &&
        /^[ \t]*:/.test(line.slice(name.length))
      )
        return unfold(this.valueAt(i));
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
      const place = this.find(Field.via);
      if (place < 0) throw new ParseError('Via', '', 0, 'a Via header');
      this.cachedVia = parseVia(this.text.slice(this.index[place + VALUE], this.topViaEnd(place)));
    }
    return this.cachedVia;
  }

  /** Where the topmost via-parm ends in the text, white space before a comma included. */
  topViaEnd(place: number): number {
    return endOfValue(this.text, this.index[place + VALUE]!, this.index[place + END]!);
  }

  /** @throws ParseError */
  get from(): Address {
    this.cachedFrom ??= parseAddress('From', this.needed(Field.from, 'From'));
    return this.cachedFrom;
  }

  /** @throws ParseError */
  get to(): Address {
    this.cachedTo ??= parseAddress('To', this.needed(Field.to, 'To'));
    return this.cachedTo;
  }

  /** @throws ParseError */
  get cseq(): Cseq {
    this.cachedCseq ??= parseCseq(this.needed(Field.cseq, 'CSeq'));
    return this.cachedCseq;
  }

  /** @throws ParseError */
  get callId(): string {
    if (this.cachedCallId === undefined) {
      this.cachedCallId = this.needed(Field.callId, 'Call-ID');
      if (this.cachedCallId === '' || /[ \t\r\n]/.test(this.cachedCallId))
        throw new ParseError('Call-ID', this.cachedCallId, 0, 'a word');
    }
    return this.cachedCallId;
  }

  get body(): string {
    return this.text.slice(this.bodyAt);
  }

  private needed(id: number, name: string): string {
    const place = this.find(id);
    if (place < 0) throw new ParseError(name, '', 0, `a ${name} header`);
    return this.valueAt(place);
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
    this.cachedUri ??= parseUri(this.uriText, 'Request-URI');
    return this.cachedUri;
  }

  /** undefined if the header is absent. @throws ParseError */
  get maxForwards(): number | undefined {
    const place = this.find(Field.maxForwards);
    if (place < 0) return undefined;
    const value = this.valueAt(place);
    const hops = /^[0-9]{1,10}$/.test(value) ? Number(value) : -1;
    if (hops < 0 || hops > 255) throw new ParseError('Max-Forwards', value, 0, 'a number from 0 to 255');
    return hops;
  }
}

export class Response extends Message {
  readonly kind = 'response';
  readonly status: number;
  readonly reason: string;

  constructor(text: string, index: readonly number[], bodyAt: number, status: number, reason: string) {
    super(text, index, bodyAt);
    this.status = status;
    this.reason = reason;
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

/** Joins folded lines by one space (RFC 3261 §7.3.1). */
export function unfold(value: string): string {
  return value.includes('\n') ? value.replace(/[ \t]*\r\n[ \t]+/g, ' ') : value;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 32));
}
