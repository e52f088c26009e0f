import { lower } from '../../text/ascii.ts';
import { Field } from './fields.ts';
import { ID, type Message, STRIDE } from './message.ts';

/** Headers that are there for nothing else (RFC 5373, and what came before it). */
const always: ReadonlySet<number> = new Set([Field.answerMode, Field.privAnswerMode, Field.autoAnswer]);
/** Those that some phones obey by what stands in them: `;answer-after=0`, `info=alert-autoanswer`, `Ring Answer`, `intercom`. */
const sometimes: ReadonlySet<number> = new Set([Field.alertInfo, Field.callInfo]);

/** The lines that make a phone answer by itself, by their places in the index. */
export function autoAnswers(message: Message): readonly number[] {
  const { index } = message;
  const places: number[] = [];
  for (let i = 0; i < index.length; i += STRIDE) {
    const id = index[i + ID]!;
    if (always.has(id) || (sometimes.has(id) && /answer|intercom/.test(lower(message.valueAt(i))))) places.push(i);
  }
  return places;
}
