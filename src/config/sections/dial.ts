import { key, kind, optional, type Settings } from '../schema.ts';
import { integer, name, text } from '../values/plain.ts';
import { dialPattern, dialString, dialTarget, replacement } from '../values/telephone.ts';
import { list } from '../values/value.ts';

export const dial = kind('dial', name, 'A rule for dialed digits; in file order, the first whose every part fits.', {
  match: optional(dialPattern, 'What was dialed: X digit, Z 1-9, N 2-9, [1-5], "." one or more, "!" zero or more of anything.'),
  strip: key(integer(0, 40), '0', 'How many digits are taken away in front.', { unit: 'digits' }),
  prepend: optional(dialString, 'What is put in front after that.'),
  replace: optional(replacement, 'What stands in place of all that was dialed; $1 to $9 are the parts of a regular expression.'),
  to: key(
    list(dialTarget),
    '',
    'Tried in order until one takes the call. Without any, what strip, prepend and replace made of it is dialed anew.',
  ),
  when: key(list(name), '', 'The states that the rule is for, any of them being on; without any, always.'),
  refuse: optional(text, 'Why such calls are refused; the caller reads it.'),
  classes: key(list(name), '', 'The classes whose users the rule is for; without any, every local user.'),
});

export type DialSettings = Settings<typeof dial.table>;
