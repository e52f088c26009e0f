import { Field } from './fields.ts';
import { isDigit } from './grammar.ts';
import type { Response } from './message.ts';

/** delta-seconds; undefined for what is absent, no number, or above 2**32 - 1 (RFC 3261 §20.19). */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text.length > 10) return undefined;
  for (let i = 0; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return undefined;
  const seconds = Number(text);
  return seconds < 2 ** 32 ? seconds : undefined;
}

/** The seconds of Retry-After, without its comment and parameters (RFC 3261 §20.33); undefined if there is none. */
export function retryAfter(response: Response): number | undefined {
  return parseSeconds(/^[0-9]+/.exec(response.get(Field.retryAfter) ?? '')?.[0]);
}
