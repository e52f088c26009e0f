import { assert, test } from 'vitest';
import { complaints, loadText } from './memory-files.ts';

/** Each: a configuration, and all that a person is told about it. */
const cases: readonly [sentence: string, text: string, ...lines: string[]][] = [
  [
    'two users with one extension are an error that names both and both places',
    '[user alice]\nextension = 201\n[user bob]\nextension = 201\n',
    'FILE:4:13: error: [user bob] extension',
    '    4 | extension = 201',
    '      |             ^^^ 201 is the extension of [user alice] already (sipwitch.conf:2)',
  ],
  [
    'an extension outside the ranges is an error that names them',
    '[daemon]\nextensions = 200-299, 600\n[user alice]\nextension = 301\n',
    'FILE:4:13: error: [user alice] extension',
    '    4 | extension = 301',
    '      |             ^^^ expected an extension in 200-299, 600, the extensions of [daemon]',
  ],
  [
    "a user named like another's extension is an error",
    '[user 201]\n[user bob]\nextension = 201\n',
    'FILE:1:1: error: [user 201]',
    '    1 | [user 201]',
    '      | ^^^^^^^^^^ 201 is the extension of [user bob] (sipwitch.conf:3)',
  ],
  ['a user may be named like the extension it has', '[user 201]\nextension = 201\n'],
  [
    'a published name of digits is a warning',
    '[user 201]\npublished = yes\n',
    'FILE:2:13: warning: [user 201] published',
    '    2 | published = yes',
    '      |             ^^^ 201 is a number and is never published; give the user a name',
  ],
  [
    'a user name may hold letters, digits, ".", "_" and "-"',
    '[user al/ice]\n',
    'FILE:1:9: error: [user al/ice]',
    '    1 | [user al/ice]',
    '      |         ^^^^ expected a name of letters, digits, ".", "_" and "-" that does not begin with "." or "-"',
  ],
  [
    'a user name does not begin with a dot',
    '[user .alice]\n',
    'FILE:1:7: error: [user .alice]',
    '    1 | [user .alice]',
    '      |       ^^^^^^ expected a name of letters, digits, ".", "_" and "-" that does not begin with "." or "-"',
  ],
  [
    'a name does not begin as an option of a command does',
    '[provider -x]\n',
    'FILE:1:11: error: [provider -x]',
    '    1 | [provider -x]',
    '      |           ^^ expected a name of letters, digits, ".", "_" and "-" that does not begin with "." or "-"',
  ],
  [
    'one domain in two spellings is given twice',
    '[domain example.org]\n\n[domain Example.ORG.]\n',
    'FILE:3:1: error: [domain Example.ORG.]',
    '    3 | [domain Example.ORG.]',
    '      | ^^^^^^^^^^^^^^^^^^^^^ is given twice in this file; the first is in line 1 as [domain example.org]',
  ],
  [
    'a section given twice in one file names both lines',
    '[user a]\n[user a]\n',
    'FILE:2:1: error: [user a]',
    '    2 | [user a]',
    '      | ^^^^^^^^ is given twice in this file; the first is in line 1',
  ],
  [
    'an unknown kind of section is told what was meant',
    '[usr alice]\n',
    'FILE:1:1: error: [usr alice]',
    '    1 | [usr alice]',
    '      | ^^^^^^^^^^^ there is no such kind of section; did you mean user?',
  ],
  [
    'an unknown key is told what was meant',
    '[user alice]\nextention = 201\n',
    'FILE:2:1: error: [user alice] extention',
    '    2 | extention = 201',
    '      | ^^^^^^^^^ there is no such key in [user NAME]; did you mean extension?',
  ],
  [
    'a user section needs a name and the daemon has none',
    '[user]\n[daemon x]\n',
    'FILE:1:1: error: [user]',
    '    1 | [user]',
    '      | ^^^^^^ expected a name, as in [user NAME]',
    'FILE:2:1: error: [daemon x]',
    '    2 | [daemon x]',
    '      | ^^^^^^^^^^ expected [daemon], which has no name',
  ],
  [
    'a comment behind a value is told where comments stand',
    '[user alice]\nextension = 201 ; the desk\n',
    'FILE:2:16: error: [user alice] extension',
    '    2 | extension = 201 ; the desk',
    '      |                ^ expected 1 to 15 digits; a comment stands on a line of its own',
  ],
  [
    'a wrong item is pointed at inside its list',
    '[daemon]\nlisten = udp:0.0.0.0:5060,  tls:0.0.0.0:5061, tcp:[::]:0\n',
    'FILE:2:29: error: [daemon] listen',
    '    2 | listen = udp:0.0.0.0:5060,  tls:0.0.0.0:5061, tcp:[::]:0',
    '      |                             ^^^^^^^^^^^^^^^^ expected udp or tcp, an address and a port, such as udp:0.0.0.0:5060',
  ],
  [
    'a class that nobody defined is named, with what was meant and where that is',
    '[class family]\nmay = internal\n[user alice]\nclass = famly\n',
    'FILE:4:9: error: [user alice] class',
    '    4 | class = famly',
    '      |         ^^^^^ there is no [class famly]; did you mean family (sipwitch.conf:1)?',
  ],
  [
    'a member that does not exist is an error, an extension that nobody has a warning',
    '[user alice]\n[group kitchen]\nmembers = alise, 205, 0301234\n',
    'FILE:3:11: error: [group kitchen] members',
    '    3 | members = alise, 205, 0301234',
    '      |           ^^^^^ there is no user or group alise; did you mean alice (sipwitch.conf:1)?',
    'FILE:3:18: warning: [group kitchen] members',
    '    3 | members = alise, 205, 0301234',
    '      |                  ^^^ nobody has extension 205',
  ],
  [
    'a group without members is an error',
    '[group a]\n[group b]\nmembers =\n',
    'FILE:1:1: error: [group a]',
    '    1 | [group a]',
    '      | ^^^^^^^^^ expected members: nobody rings',
    'FILE:3:1: error: [group b] members',
    '    3 | members =',
    '      | ^^^^^^^ expected members: nobody rings',
  ],
  [
    'the domain of the daemon is one of ours, whether or not a section names it',
    '[daemon]\ndomain = home.example\n[group g]\nmembers = 0301\nthen = g@home.example\n',
    'FILE:5:8: warning: [group g] then',
    '    5 | then = g@home.example',
    '      |        ^^^^^^^^^^^^^^ leads back to [group g] itself',
  ],
  [
    'whoever has the same name in another domain is somebody else, and no way back',
    '[user alice]\nforward_all = alice@other.example\n[group g]\nmembers = alice\nthen = sip:g@other.example\n',
  ],
  [
    'a group named like a user is an error',
    '[user a]\n[group a]\nmembers = a\n',
    'FILE:2:1: error: [group a]',
    '    2 | [group a]',
    '      | ^^^^^^^^^ there is [user a] too (sipwitch.conf:1)',
  ],
  [
    'the callee of a number at a provider must exist',
    '[provider p]\npreset = x\nregister = no\nnumber_+4930 = nobody\n',
    'FILE:4:16: error: [provider p] number_+4930',
    '    4 | number_+4930 = nobody',
    '      |                ^^^^^^ there is no user or group nobody',
  ],
  [
    'a certificate needs its key',
    '[daemon]\ntls_certificate = /a.pem\n',
    'FILE:2:19: error: [daemon] tls_certificate',
    '    2 | tls_certificate = /a.pem',
    '      |                   ^^^^^^ expected tls_key beside it',
  ],
  [
    'a key needs its certificate',
    '[daemon]\ntls_key = /key.pem\n',
    'FILE:2:11: error: [daemon] tls_key',
    '    2 | tls_key = /key.pem',
    '      |           ^^^^^^^^ expected tls_certificate beside it',
  ],
  [
    'a TLS listener needs a certificate',
    '[daemon]\ntls_listen = tls:0.0.0.0:5061\n',
    'FILE:2:14: error: [daemon] tls_listen',
    '    2 | tls_listen = tls:0.0.0.0:5061',
    '      |              ^^^^^^^^^^^^^^^^ expected tls_certificate and tls_key beside it',
  ],
  [
    'a provider without a preset must be written out',
    '[provider p]\nusername = u\n',
    'FILE:1:1: error: [provider p]',
    '    1 | [provider p]',
    '      | ^^^^^^^^^^^^ expected a preset or a registrar',
  ],
  [
    'a dial rule needs a pattern, and says what becomes of the call',
    '[dial d]\nclasses =\n',
    'FILE:1:1: error: [dial d]',
    '    1 | [dial d]',
    '      | ^^^^^^^^ expected a match',
    'FILE:1:1: error: [dial d]',
    '    1 | [dial d]',
    '      | ^^^^^^^^ expected to = provider NAME or modem NAME, or refuse, or another number to dial',
  ],
  ['a dial rule may make another number of what was dialed', '[dial d]\nmatch = 9X!\nstrip = 1\n'],
  [
    'a dial rule leads to whatever exists, and a number may be anywhere',
    '[user bob]\n[dial d]\nmatch = 9\nto = bob, bub, 0301234, sip:x@example.org\n',
    'FILE:4:11: error: [dial d] to',
    '    4 | to = bob, bub, 0301234, sip:x@example.org',
    '      |           ^^^ there is no user or group bub; did you mean bob (sipwitch.conf:1)?',
  ],
  [
    'a dial rule that refuses does nothing else',
    '[dial d]\nmatch = 0900!\nrefuse = too dear\nprepend = 1\n',
    'FILE:3:10: error: [dial d] refuse',
    '    3 | refuse = too dear',
    '      |          ^^^^^^^^ expected nothing beside it but match and classes: the call goes nowhere',
  ],
  [
    'a dial rule that refuses replaces nothing',
    '[dial d]\nmatch = 0900!\nrefuse = too dear\nreplace = 1\n',
    'FILE:3:10: error: [dial d] refuse',
    '    3 | refuse = too dear',
    '      |          ^^^^^^^^ expected nothing beside it but match and classes: the call goes nowhere',
  ],
  [
    'a dial rule takes digits away or replaces all of them',
    '[dial d]\nmatch = 0900!\nreplace = 5\nstrip = 1\n',
    'FILE:4:9: error: [dial d] strip',
    '    4 | strip = 1',
    '      |         ^ expected either strip or replace',
  ],
  ["a user's own speed dial", '[user alice]\n[speed alice/77]\nto = 0301234\n[speed 77]\nto = alice\n'],
  [
    'a speed dial of nobody is an error',
    '[user alice]\n[speed alicia/77]\nto = alice\n',
    'FILE:2:1: error: [speed alicia/77]',
    '    2 | [speed alicia/77]',
    '      | ^^^^^^^^^^^^^^^^^ there is no [user alicia]; did you mean alice (sipwitch.conf:1)?',
  ],
  [
    'a dial rule for a state may end when that is off',
    '[state night]\nhours = 18:00-8:00\n[dial d]\nmatch = 0X!\nprepend = 0\nwhen = night\n',
  ],
  ['a dial rule for an emergency number is passed over', '[dial d]\nmatch = 112\nreplace = 112\n'],
  [
    'a member of a group who forwards every call to it rings there',
    '[user alice]\nforward_all = g\n[group g]\nmembers = alice\n',
  ],
  [
    'a dial rule that comes back to itself never ends',
    '[dial d]\nmatch = 0X!\nstrip = 1\nprepend = 00\n',
    'FILE:4:11: error: [dial d] prepend',
    '    4 | prepend = 00',
    '      |           ^^ dialing 01 never ends: [dial d] rewrites it again and again',
  ],
  [
    'a place that cannot be read makes no loop of its rule',
    '[dial d]\nmatch = 0X!\nto = provider\n',
    'FILE:3:6: error: [dial d] to',
    '    3 | to = provider',
    '      |      ^^^^^^^^ there is no user or group provider',
  ],
  [
    'nor does one that does not fit',
    '[dial d]\nmatch = 0X!\nto = provider a/b\n',
    'FILE:3:16: error: [dial d] to',
    '    3 | to = provider a/b',
    '      |                ^^ expected the end',
  ],
  [
    'two dial rules that lead to each other never end',
    '[dial a]\nmatch = 81\nreplace = 82\n[dial b]\nmatch = 8[2-4]\nto = 81\n',
    'FILE:6:6: error: [dial b] to',
    '    6 | to = 81',
    '      |      ^^ dialing 81 never ends: [dial a], [dial b] rewrites it again and again',
  ],
  [
    'a speed dial and a rule that lead to each other never end, for one class alone too',
    '[class c]\nmay = paid\n[speed 77]\nto = 5577\n[dial d]\nmatch = 55X!\nstrip = 2\nclasses = c\n',
    'FILE:7:9: error: [dial d] strip',
    '    7 | strip = 2',
    '      |         ^ dialing 77 never ends: [speed 77], [dial d] rewrites it again and again',
  ],
  [
    'the speed dials of two users make no loop together, nor does a forward by the speed dial of another',
    '[user a]\nforward_all = 77\n[user b]\nforward_all = a\n[speed a/77]\nto = 78\n[speed b/77]\nto = b\n[speed b/78]\nto = 77\n',
  ],
  [
    'rules that rewrite and come to an end are none that loop',
    '[user 201]\n[dial a]\nmatch = 9XXX\nstrip = 1\n[dial b]\nmatch = 1XX\nreplace = 201\n[dial c]\nmatch = 0X!\nprepend = +49\n',
  ],
  [
    'a rule comes to an end at an emergency number, at a user, by an earlier rule, and by one of another class',
    '[user 201]\n[class c]\nmay = paid\n[class d]\nmay = paid\n[dial a]\nmatch = 11X\nreplace = 112\n[dial b]\nmatch = 2XX\nreplace = 201\n[dial c]\nmatch = 3X\nto = 0301\n[dial d]\nmatch = 3X\nreplace = 31\n[dial e]\nmatch = 6X\nreplace = 71\nclasses = c\n[dial f]\nmatch = 71\nreplace = 61\nclasses = d\n',
  ],
];

test.each(cases)('%s', (_, text, ...lines) => {
  assert.deepEqual(
    complaints(text).filter((_, i, all) => {
      // Three lines a problem; notes on what is not yet in use are another test's.
      const head = all[i - (i % 3)]!;
      return !head.includes(': note: ');
    }),
    lines,
  );
});

test('an error leaves no configuration, a warning does', () => {
  assert.equal(loadText('[user 201]\nextension = x\n').config, undefined);
  assert.notEqual(loadText('[user 201]\npublished = yes\n').config, undefined);
});
