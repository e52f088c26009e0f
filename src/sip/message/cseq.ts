import { ParseError } from '../../text/parse-error.ts';
import { isDigit, skipLws, skipToken } from './grammar.ts';

export interface Cseq {
  readonly number: number;
  readonly method: string;
}

/**
 *     CSeq = "CSeq" HCOLON 1*DIGIT LWS Method         ; the number is below 2**31 (RFC 3261 §8.1.1.5)
 *
 * @throws ParseError
 */
export function parseCseq(text: string): Cseq {
  let at = 0;
  let number = 0;
  while (isDigit(text.charCodeAt(at)) && number < 2 ** 31) number = number * 10 + text.charCodeAt(at++) - 0x30;
  if (at === 0 || number >= 2 ** 31) throw new ParseError('CSeq', text, 0, 'a number below 2147483648');
  const start = skipLws(text, at, text.length);
  const end = skipToken(text, start, text.length);
  if (start === at || end === start || end !== text.length) throw new ParseError('CSeq', text, start, 'a method');
  return { number, method: text.slice(start) };
}
