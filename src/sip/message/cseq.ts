import { afterLws, afterToken, byteAt } from './bytes.ts';
import { isDigit } from './grammar.ts';
import { faultIn } from './params.ts';

export interface Cseq {
  readonly number: number;
  readonly method: string;
}

/**
 * Parses the value that stands from `at` to `end` in a text that is loaded.
 *
 *     CSeq = "CSeq" HCOLON 1*DIGIT LWS Method         ; the number is below 2**31 (RFC 3261 §8.1.1.5)
 *
 * @throws ParseError
 */
export function cseqIn(text: string, at: number, end: number): Cseq {
  const start = at;
  let number = 0;
  for (; at < end && number < 2 ** 31; at++) {
    const code = byteAt(at);
    if (!isDigit(code)) break;
    number = number * 10 + code - 0x30;
  }
  if (at === start || number >= 2 ** 31) throw faultIn('CSeq', text, start, end, start, 'a number below 2147483648');
  const methodAt = afterLws(at, end);
  const methodEnd = afterToken(methodAt, end);
  if (methodAt === at || methodEnd === methodAt || methodEnd !== end)
    throw faultIn('CSeq', text, start, end, methodEnd, 'a method');
  return { number, method: text.slice(methodAt, end) };
}
