import { key, kind, optional, type Settings } from '../schema.ts';
import { hours } from '../values/hours.ts';
import { integer, name, yesNo } from '../values/plain.ts';
import { destination } from '../values/telephone.ts';
import { list } from '../values/value.ts';

export const state = kind(
  'state',
  name,
  'A state such as night: while it is on, what it says of calls counts instead of what their users say. Of several the first that says it.',
  {
    hours: key(
      list(hours),
      '',
      'When the clock of this host switches it on; without any only a command or a code does. What they say lasts until "auto".',
    ),
    users: key(list(name), '', 'Whose calls it is about.'),
    groups: key(list(name), '', 'The groups whose calls forward_all is about.'),
    dnd: optional(yesNo, 'As of a user.'),
    forward_all: optional(destination, 'As of a user; and where calls to the groups go.'),
    forward_busy: optional(destination, 'As of a user.'),
    forward_noanswer: optional(destination, 'As of a user.'),
    no_answer: optional(integer(1, 600), 'As of a user.', { unit: 'seconds' }),
    forward_unreachable: optional(destination, 'As of a user.'),
    forward_offline: optional(destination, 'As of a user.'),
    forward_dnd: optional(destination, 'As of a user.'),
  },
);

export type StateSettings = Settings<typeof state.table>;
