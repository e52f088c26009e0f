import { key, kind, type Settings } from '../schema.ts';
import { name, oneOf } from '../values/plain.ts';
import { list } from '../values/value.ts';

const later = true;

export const callClass = kind('class', name, 'What the users of a class may call.', {
  may: key(list(oneOf('internal', 'peers', 'paid', 'international', 'premium')), '', 'The kinds of calls.', { later }),
});

export type ClassSettings = Settings<typeof callClass.table>;
