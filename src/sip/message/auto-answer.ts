import { lower } from '../../text/ascii.ts';
import { LINE, type Message, NEXT, STRIDE } from './message.ts';

/** Headers that are there for nothing else (RFC 5373, and what came before it). */
const ALWAYS = new Set(['answer-mode', 'priv-answer-mode', 'p-auto-answer']);
/** Those that some phones obey by what stands in them: `;answer-after=0`, `info=alert-autoanswer`, `Ring Answer`, `intercom`. */
const SOMETIMES = new Set(['alert-info', 'call-info']);

/** The lines that make a phone answer by itself, by their places in the index. */
export function autoAnswers({ text, index }: Message): readonly number[] {
  const places: number[] = [];
  for (let i = 0; i < index.length; i += STRIDE) {
    const line = lower(text.slice(index[i + LINE]!, index[i + NEXT]!));
    const name = line.slice(0, line.search(/[: \t]/));
    if (ALWAYS.has(name) || (SOMETIMES.has(name) && /answer|intercom/.test(line))) places.push(i);
  }
  return places;
}
