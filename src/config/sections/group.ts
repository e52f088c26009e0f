import { key, kind, optional, type Settings } from '../schema.ts';
import { integer, name, oneOf } from '../values/plain.ts';
import { destination, digits } from '../values/telephone.ts';
import { list } from '../values/value.ts';

export const group = kind('group', name, 'A ring group: several that are called by one extension.', {
  extension: optional(digits, 'The number of this group.'),
  members: key(
    list(destination),
    '',
    'Who rings, each phone once. Who set dnd is left out, and of a member who calls the phone that does; what else a member does with calls, a group among them with "then", does not count here.',
  ),
  strategy: key(
    oneOf('all', 'order', 'rotate'),
    'all',
    'Whether all ring at once, one after the other, or each call begins with the next.',
  ),
  delay: key(integer(0, 600), '5', 'How long each member rings before the next does too, for order and rotate.', {
    unit: 'seconds',
  }),
  timeout: key(integer(1, 3600), '30', 'How long the whole group rings.', { unit: 'seconds' }),
  // biome-ignore lint/suspicious/noThenProperty: the word of the file
  then: optional(destination, 'Where a call goes that nobody answered.'),
});

export type GroupSettings = Settings<typeof group.table>;
