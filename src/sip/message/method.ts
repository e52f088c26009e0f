import { lower } from '../../text/ascii.ts';
import { sameWord } from './grammar.ts';

/** The methods that come all the time; one text stands for each of them in every message, and no message is kept for its method. */
const methods = new Map(
  [
    'INVITE',
    'ACK',
    'BYE',
    'CANCEL',
    'OPTIONS',
    'REGISTER',
    'MESSAGE',
    'SUBSCRIBE',
    'NOTIFY',
    'INFO',
    'UPDATE',
    'PRACK',
    'REFER',
    'PUBLISH',
  ].map((method) => [method, method] as const),
);

/** The method that a start line says. */
export function methodNamed(text: string): string {
  return methods.get(text) ?? text;
}

/** The method that some take an unknown one for: its name in other letters, or the beginning of it. PJSIP takes `invite` and `INV` for INVITE. */
export function mistakenFor(method: string): string | undefined {
  if (methods.has(method)) return undefined;
  const small = lower(method);
  for (const known of methods.keys()) if (sameWord(known, 0, method.length, small)) return known;
  return undefined;
}
