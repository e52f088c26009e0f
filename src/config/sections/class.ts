import { key, kind, type Settings } from '../schema.ts';
import { integer, name, oneOf } from '../values/plain.ts';
import { list } from '../values/value.ts';

export const callClass = kind('class', name, 'What the users of a class may call, and how much each may spend.', {
  may: key(
    list(oneOf('internal', 'peers', 'paid', 'international', 'premium')),
    '',
    'The kinds of calls: inside; other domains; numbers of this country; of other countries; those that cost extra.',
  ),
  calls: key(integer(0, 1000), '4', 'The most calls through trunks that a user may have at the same time.'),
  calls_per_hour: key(integer(0, 100_000), '60', 'The most calls through trunks that a user may begin within an hour.'),
  minutes_per_day: key(
    integer(0, 1_000_000),
    '600',
    "The most minutes that a user's calls through trunks may last within 24 hours.",
    {
      unit: 'minutes',
    },
  ),
});

export type ClassSettings = Settings<typeof callClass.table>;
