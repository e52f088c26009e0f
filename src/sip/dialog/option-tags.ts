import { lower } from '../../text/ascii.ts';
import { Field } from '../message/fields.ts';
import type { Request } from '../message/message.ts';
import { line } from '../message/print.ts';
import { tidy } from './dialog.ts';

/** Whether a request requires an extension of whoever answers it. */
export function requires(request: Request, tag: string): boolean {
  return request.find(Field.require) >= 0 && request.list(Field.require).some((one) => lower(one) === tag);
}

/**
 * The Unsupported line of a 420: the option tags of Require or Proxy-Require that `knows`, which is asked in small letters, does not;
 * undefined if it knows all (RFC 3261 §8.2.2.3, §16.3 step 5).
 */
export function unsupportedLine(request: Request, field: number, knows: (tag: string) => boolean): string | undefined {
  if (request.find(field) < 0) return undefined;
  const unknown = request.list(field).filter((tag) => !knows(lower(tag)));
  return unknown.length === 0 ? undefined : line('Unsupported', tidy(unknown.join(', ')));
}
