import { assert, test } from 'vitest';
import { complaints } from './memory-files.ts';

test.each([
  [
    'a state is about users and groups that there are',
    '[state night]\nusers = alcie\n[user alice]\n',
    'FILE:2:9: error: [state night] users',
    '    2 | users = alcie',
    '      |         ^^^^^ there is no [user alcie]; did you mean alice (sipwitch.conf:3)?',
  ],
  [
    'groups of a state go somewhere',
    '[user a]\n[group kitchen]\nmembers = a\n[state night]\ngroups = kitchen\n',
    'FILE:5:10: warning: [state night] groups',
    '    5 | groups = kitchen',
    '      |          ^^^^^^^ expected forward_all beside it: nothing becomes of their calls',
  ],
  [
    'a state that nobody waits for is a warning',
    '[state night]\n',
    'FILE:1:1: warning: [state night]',
    '    1 | [state night]',
    '      | ^^^^^^^^^^^^^ changes nothing: expected users, groups, or a [dial] with when',
  ],
  [
    'a dial rule waits for a state that there is',
    '[user a]\n[dial x]\nmatch = 5\nto = a\nwhen = nihgt\n[state night]\nusers = a\n',
    'FILE:5:8: error: [dial x] when',
    '    5 | when = nihgt',
    '      |        ^^^^^ there is no [state nihgt]; did you mean night (sipwitch.conf:6)?',
  ],
  [
    'a code switches a state that there is',
    '[codes]\nstate_nihgt = *50\n[state night]\nusers = a\n[user a]\n',
    'FILE:2:15: error: [codes] state_nihgt',
    '    2 | state_nihgt = *50',
    '      |               ^^^ there is no [state nihgt]; did you mean night (sipwitch.conf:3)?',
  ],
  [
    'a code means one thing',
    '[codes]\ndnd = *50\nstate_night = *50\n[state night]\nusers = a\n[user a]\n',
    'FILE:3:15: error: [codes] state_night',
    '    3 | state_night = *50',
    '      |               ^^^ *50 is the code of dnd already',
  ],
  [
    'rules of states that are never on together may undo one another',
    '[dial a]\nmatch = 5\nreplace = 6\nwhen = day\n[dial b]\nmatch = 6\nreplace = 5\nwhen = night\n[state day]\n[state night]\n',
  ],
])('%s', (_sentence, text, ...lines) => {
  assert.deepEqual(complaints(text), lines);
});
