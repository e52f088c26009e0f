import { lower } from '../../text/ascii.ts';
import { Field } from './fields.ts';
import type { Message } from './message.ts';
import type { Uri } from './uri.ts';

/**
 * What a caller wants to be kept from others, in small letters: `id`, `user`, `header`, `history` (RFC 3323 §4.2). Each line counts: one that a
 * proxy has added takes nothing back of what the caller wrote.
 */
export function privacy(message: Message): readonly string[] {
  return message.list(Field.privacy).flatMap((value) => lower(value).split(/[ \t;]+/));
}

/** Whether the URI of a From names nobody: `sip:anonymous@anonymous.invalid`, or what comes near to it (RFC 3323 §4.1.1.3). */
export const namesNobody = ({ user, host }: Uri): boolean => user === 'anonymous' || host.endsWith('.invalid');
