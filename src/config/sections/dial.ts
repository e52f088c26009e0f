import { key, kind, optional, type Settings } from '../schema.ts';
import { integer, name } from '../values/plain.ts';
import { dialPattern, dialString, trunk } from '../values/telephone.ts';
import { list } from '../values/value.ts';

const later = true;

export const dial = kind('dial', name, 'A rule for dialed digits; in file order, the first whose every part fits.', {
  match: optional(dialPattern, 'What was dialed: X digit, Z 1-9, N 2-9, [1-5], "." one or more, "!" zero or more of anything.', {
    later,
  }),
  strip: key(integer(0, 40), '0', 'How many digits are taken away in front.', { later, unit: 'digits' }),
  prepend: optional(dialString, 'What is put in front after that.', { later }),
  to: key(list(trunk), '', 'Tried in order until one takes the call.', { later }),
  classes: key(list(name), '', 'The classes whose users the rule is for; without any, every local user.', { later }),
});

export type DialSettings = Settings<typeof dial.table>;
