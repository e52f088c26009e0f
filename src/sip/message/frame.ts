import { beginsLength, isDigit, isLws, sameWord, skipLws, skipLwsBack, skipToken } from './grammar.ts';
import { limits } from './read.ts';

/** What a stream held: one message, a keep-alive to answer (RFC 5626 §3.5.1), or what cannot be cut any more, for being `large` or else. */
export type Frame =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'broken'; readonly text: string; readonly large: boolean }
  | { readonly kind: 'ping' };

/**
 * A message as it goes over a stream: without the NUL that a quoted string of its headers may hold (RFC 3261 §25.1).
 *
 * Deviation: each is a question mark there, or no other message of that connection would be read by belle-sip and Sofia-SIP, which look for the
 * end of the headers up to a NUL. It is no blank, for behind one a folded line could begin like a Content-Length (`beginsLength`).
 */
export function forStream(text: string): string {
  const nul = text.indexOf('\0');
  if (nul < 0) return text;
  const head = text.indexOf('\r\n\r\n');
  return nul > head ? text : text.slice(0, head).replaceAll('\0', '?') + text.slice(head);
}

/**
 * Cuts a stream into messages by Content-Length (RFC 3261 §18.3). After a message whose length cannot be known the stream is lost:
 * the frame is `broken`, to be answered once, and nothing after it is looked at (guessing would let one message hide in another).
 */
export class Framer {
  private buffer = '';
  /** Nothing can be cut before the buffer has this length. */
  private need = 1;
  /** The last three characters of the buffer while its headers are not whole: only there can their end have begun. */
  private tail = '';
  /** A line end was taken away; another one at once makes it a ping. */
  private halfPing = false;
  private lost = false;

  /** Whether a message has begun and not ended. */
  get waiting(): boolean {
    return this.buffer !== '' && !this.lost;
  }

  push(data: string): Frame[] {
    const frames: Frame[] = [];
    if (this.lost) return frames;
    if (this.tail !== '') {
      // The buffer is a rope here; looking into it at every push would copy it each time.
      const seam = this.tail + data;
      this.buffer += data;
      this.tail = seam.slice(-3);
      if (!seam.includes('\r\n\r\n') && this.buffer.length <= limits.message) return frames;
      this.tail = '';
    } else this.buffer += data;
    while (!this.lost && this.buffer.length >= this.need) {
      const frame = this.cut();
      if (frame === undefined) break;
      if (frame !== 'nothing') frames.push(frame);
    }
    return frames;
  }

  private cut(): Frame | 'nothing' | undefined {
    const { buffer } = this;
    if (buffer.charCodeAt(0) === 0x0d && (buffer.length === 1 || buffer.charCodeAt(1) === 0x0a)) return this.cutLineEnd();
    this.halfPing = false;
    const head = buffer.indexOf('\r\n\r\n');
    if (head < 0) {
      if (buffer.length > limits.message) return this.lose(true, limits.message);
      this.tail = buffer.slice(-3);
      return undefined;
    }
    const length = contentLength(buffer, head + 2);
    if (length === undefined) return this.lose(false, head + 4);
    if (head + 4 + length > limits.message) return this.lose(true, head + 4);
    const end = head + 4 + length;
    if (buffer.length < end) {
      this.need = end;
      return undefined;
    }
    this.keep(end);
    return { kind: 'message', text: end === buffer.length ? buffer : buffer.slice(0, end) };
  }

  /** Two line ends are a ping; a single one is the answer to ours, or stands before a message (RFC 3261 §7.5). */
  private cutLineEnd(): Frame | 'nothing' | undefined {
    if (this.buffer.length === 1) {
      this.need = 2;
      return undefined;
    }
    this.keep(2);
    this.halfPing = !this.halfPing;
    return this.halfPing ? 'nothing' : { kind: 'ping' };
  }

  private keep(from: number): void {
    this.buffer = this.buffer.slice(from);
    this.need = 1;
  }

  private lose(large: boolean, end: number): Frame {
    this.lost = true;
    const text = this.buffer.slice(0, end);
    this.buffer = '';
    return { kind: 'broken', text, large };
  }
}

/**
 * The one Content-Length of the headers that end at `end`; undefined if there is none, two, something that is no number, a folded one, which the
 * next reader of this stream might take for another number, or what looks like one in a folded line, by which the last one may have cut it.
 */
function contentLength(text: string, end: number): number | undefined {
  let length: number | undefined;
  for (let at = text.indexOf('\r\n') + 2; at < end; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const stop = skipToken(text, at, lineEnd);
    if (stop === at && beginsLength(text, at, lineEnd)) return undefined;
    if (sameWord(text, at, stop, 'l') || sameWord(text, at, stop, 'content-length')) {
      let colon = stop;
      while (text.charCodeAt(colon) === 0x20 || text.charCodeAt(colon) === 0x09) colon++;
      const start = skipLws(text, colon + 1, lineEnd);
      const last = skipLwsBack(text, start, lineEnd);
      if (length !== undefined || text.charCodeAt(colon) !== 0x3a || last === start || last - start > 10) return undefined;
      if (lineEnd + 2 < end && isLws(text.charCodeAt(lineEnd + 2))) return undefined;
      length = 0;
      for (let i = start; i < last; i++) {
        if (!isDigit(text.charCodeAt(i))) return undefined;
        length = length * 10 + text.charCodeAt(i) - 0x30;
      }
    }
    at = lineEnd + 2;
  }
  return length;
}
