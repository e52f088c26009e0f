import { expect, test } from 'vitest';
import { type Loaded, load } from '../../src/config/load.ts';
import { problemLine } from '../../src/config/report.ts';
import type { TlsFault } from '../../src/runtime/network.ts';
import { complaints, filesOf, loadText, setting } from './memory-files.ts';

/** A provider that could be used. */
const P = '[provider p]\nregistrar = sip:sip.example.com\nusername = u\npassword = s\n';

/** Each: what somebody wrote, and the one thing that they are told: severity, line and column, the words under the caret, and the message. */
const mistakes: readonly [text: string, severity: string, place: string, under: string, message: string][] = [
  // What does not fit is told once, and not also that it is missing.
  [
    '[provider p]\nregistrar = sip.example.com\nusername = u\npassword = s\n',
    'error',
    '2:13',
    'sip.example.com',
    'expected a SIP URI such as sip:sip.example.com',
  ],
  [
    '[dial a]\nmatch = 0x.\nto = 030\n',
    'error',
    '2:10',
    'x.',
    'expected digits, X (any digit), Z (1-9), N (2-9), [1-5], "." (one or more) or "!" (any number)',
  ],
  [
    '[group g]\nmembers = 201 , bob@\n',
    'error',
    '2:17',
    'bob@',
    'expected a user, a group, a number, or a URI such as bob@example.org',
  ],
  [
    '[speed 77]\nto = sip:bob\n',
    'error',
    '2:6',
    'sip:bob',
    'expected a user, a group, a number, or a URI such as bob@example.org',
  ],
  [
    '[daemon]\ntls_certificate = cert.pem\ntls_key = /key.pem\n',
    'error',
    '2:19',
    'cert.pem',
    'expected a path that begins with "/"',
  ],
  [
    '[dial a]\nmatch = 0!\nrefuse =\n',
    'error',
    '1:1',
    '[dial a]',
    'expected to = provider NAME or modem NAME, or refuse, or another number to dial',
  ],

  // Providers.
  [
    '[provider p]\nregistrar = sip:a.example\nusername = u\n',
    'warning',
    '1:1',
    '[provider p]',
    'expected a password or password_file: it cannot register',
  ],
  [
    '[provider p]\nregistrar = sip:a.example\n',
    'warning',
    '1:1',
    '[provider p]',
    'expected a username and a password or password_file: it cannot register',
  ],
  [`${P}proxy = sip:p.example:99999\n`, 'error', '5:23', '99999', 'expected a port from 1 to 65535'],
  [
    `${P}proxy = sip..example.com\n`,
    'error',
    '5:9',
    'sip..example.com',
    'expected a host name such as example.org, or an IP address',
  ],
  [
    `${P}proxy = 999.1.1.1;transport=udp\n`,
    'error',
    '5:9',
    '999.1.1.1;transport=udp',
    'expected a host name such as example.org, or an IP address',
  ],
  [`${P}proxy = p.example;transport=sctp\n`, 'error', '5:29', 'sctp', 'expected udp, tcp or tls'],
  [
    `${P}transport = udp\nencryption = required\n`,
    'warning',
    '5:13',
    'udp',
    'expected transport = tls: the key of the voice goes by udp, for all to read',
  ],
  [
    '[provider p]\nregistrar = sips:a.example\nusername = u\npassword = s\ntransport = tcp\n',
    'error',
    '5:13',
    'tcp',
    'expected transport = tls with a sips: registrar',
  ],
  [
    `${P}[provider q]\nregistrar = sip:sip.example.com\nusername = u\npassword = s\n`,
    'warning',
    '7:12',
    'u',
    'is the account of [provider p] already (sipwitch.conf:1)',
  ],
  [
    `${P}number_030123 = 0171\n`,
    'warning',
    '5:17',
    '0171',
    'expected number_+COUNTRY..., or country in [daemon]: nothing says which country this number is in',
  ],

  // Dialing.
  [`${P}[dial a]\nmatch = 0!\nto = p\n`, 'error', '7:6', 'p', 'there is no user or group p; did you mean provider p?'],
  [
    `${P}[dial a]\nmatch = 0!\nto = Provider p\n`,
    'error',
    '7:6',
    'Provider',
    'expected provider NAME or modem NAME, in small letters',
  ],
  [
    '[dial a]\nmatch = 0[5-1]\nto = 030\n',
    'error',
    '2:9',
    '0[5-1]',
    'expected a pattern that can match (Range out of order in character class)',
  ],
  [
    '[dial a]\nmatch = 9X\nreplace = 8$1\n',
    'error',
    '3:11',
    '8$1',
    '$1 stands for nothing: expected a match between slashes with as many parentheses, such as /8([0-9]{2})/',
  ],
  [
    '[dial a]\nmatch = /9(X|Y)/\nreplace = 8$2\n',
    'error',
    '3:11',
    '8$2',
    '$2 stands for nothing: expected a match between slashes with as many parentheses, such as /8([0-9]{2})/',
  ],
  [
    '[speed 77]\nto = 78\n[speed 78]\nto = 77\n',
    'error',
    '4:6',
    '77',
    'dialing 77 never ends: [speed 77], [speed 78] rewrites it again and again',
  ],
  [
    '[user a]\nextension = 200\n[speed 200]\nto = 0301\n',
    'warning',
    '3:1',
    '[speed 200]',
    'is never used: 200 is the extension of [user a] (sipwitch.conf:2)',
  ],
  ['[user a]\n[speed a/112]\nto = 0301\n', 'warning', '2:1', '[speed a/112]', 'is never used: 112 is an emergency number'],
  [
    '[codes]\ndnd = *8\n[speed *8]\nto = 0301\n',
    'warning',
    '3:1',
    '[speed *8]',
    'is never dialed: *8 is a feature code: dnd on or off',
  ],
  [
    '[user a]\n[codes]\nforward_all = *21*\n[speed a/#21#]\nto = 0301\n',
    'warning',
    '4:1',
    '[speed a/#21#]',
    'is never dialed: #21# is a feature code: no forward_all any more',
  ],
  [
    '[codes]\npickup = *8\n[dial eight]\nmatch = *82XX\nrefuse = no\n',
    'warning',
    '4:9',
    '*82XX',
    'is never dialed: *8211 is a feature code: pick up a call that rings at 211',
  ],

  // Groups and forwards.
  ['[group g]\nmembers = 0301, g\n', 'error', '2:17', 'g', 'leads back to [group g] itself'],
  ['[group g]\nmembers = 0301\nthen = noone\n', 'error', '3:8', 'noone', 'there is no user or group noone'],
  ['[group g]\nmembers = 0301\nthen = g\n', 'error', '3:8', 'g', 'leads back to [group g] itself'],
  [
    '[group g]\nextension = 600\nmembers = h\n[group h]\nmembers = 600\n',
    'error',
    '5:11',
    '600',
    '[group g], [group h] lead to one another again and again',
  ],
  [
    '[user a]\nforward_all = g\n[group g]\nmembers = 0301\nthen = a\n',
    'error',
    '2:15',
    'g',
    '[group g], [user a] lead to one another again and again',
  ],
  [
    '[daemon]\ndomain = h.example\n[user a]\nextension = 200\nforward_all = b@H.example\n[user b]\nforward_all = sip:200@h.example:5060;x=y\n',
    'warning',
    '7:15',
    'sip:200@h.example:5060;x=y',
    '[user a], [user b] lead to one another: the last of them rings',
  ],
  [
    '[domain h.example]\n[group g]\nmembers = 0301\nthen = g@h.example\n',
    'warning',
    '4:8',
    'g@h.example',
    'leads back to [group g] itself',
  ],
  ['[user a]\nforward_all = a\n', 'error', '2:15', 'a', 'leads back to [user a] itself'],
  ['[user a]\nextension = 200\nforward_noanswer = 200\n', 'error', '3:20', '200', 'leads back to a'],
  ...['busy', 'unreachable', 'offline', 'dnd'].flatMap((when): typeof mistakes => [
    [`[user a]\nforward_${when} = a\n`, 'error', `2:${12 + when.length}`, 'a', 'leads back to a'],
    [`[user a]\nforward_${when} = carol\n`, 'error', `2:${12 + when.length}`, 'carol', 'there is no user or group carol'],
  ]),
  ['[user a]\nforward_all = carol\n', 'error', '2:15', 'carol', 'there is no user or group carol'],
  [
    '[user a]\nforward_all = b\n[user b]\nforward_all = a\n',
    'warning',
    '4:15',
    'a',
    '[user a], [user b] lead to one another: the last of them rings',
  ],
  [
    '[user a]\nforward_all = 77\n[user b]\nextension = 200\nforward_all = a\n[speed a/77]\nto = 78\n[speed 78]\nto = 200\n',
    'warning',
    '5:15',
    'a',
    '[user a], [user b] lead to one another: the last of them rings',
  ],
  ['[user a]\nforward_all = 77\n[speed 77]\nto = a\n', 'warning', '2:15', '77', 'leads back to [user a] itself'],
  [
    '[user a]\n[speed a/77]\nto = 78\n[speed a/78]\nto = 77\n',
    'warning',
    '5:6',
    '77',
    'dialing 77 never ends: [speed a/77], [speed a/78] rewrites it again and again',
  ],
  [
    '[user a]\n[speed a/77]\nto = 78\n[speed 77]\nto = 78\n[speed 78]\nto = 77\n',
    'error',
    '7:6',
    '77',
    'dialing 77 never ends: [speed 77], [speed 78] rewrites it again and again',
  ],
  [
    '[user a]\nforward_offline = +49 170 1234567\n',
    'error',
    '2:22',
    ' ',
    'expected a number without anything between its digits',
  ],
  ['[user a]\n[user b]\n[group g]\nmembers = a b\n', 'error', '4:12', ' ', 'expected a comma before the next value'],

  // Files.
  [
    '[daemon]\ntls_certificate = /a.pem\ntls_key = /b.pem\n',
    'error',
    '3:11',
    '/b.pem',
    'there is no such file: no daemon starts without it',
  ],
  // Another user may be able to read it: the daemon's, who says so if not.
  [
    '[daemon]\ntls_certificate = /a.pem\ntls_key = /unreadable\n',
    'warning',
    '3:11',
    '/unreadable',
    'cannot be read: permission denied',
  ],
  [
    '[daemon]\ntls_certificate = /a.pem\ntls_key = /key.pem\ntls_authorities = /none.pem\n',
    'error',
    '4:19',
    '/none.pem',
    'there is no such file: no daemon starts without it',
  ],
  ['[daemon]\ntls_authorities = /none.pem\n', 'warning', '2:19', '/none.pem', 'there is no such file'],
  ['[daemon]\ntls_authorities = /unreadable\n', 'warning', '2:19', '/unreadable', 'cannot be read: permission denied'],
  [
    '[daemon]\ntls_authorities = /a.pem\n',
    'warning',
    '2:19',
    '/a.pem',
    'is of no use without tls_certificate and tls_key: the authorities of the system are trusted',
  ],
  [
    '[provider p]\nregistrar = sip:sip.example.com\nusername = u\npassword_file = /b\n',
    'warning',
    '4:17',
    '/b',
    'there is no such file',
  ],

  // The others.
  ['[class c]\nmay = paid international\n', 'error', '2:11', ' ', 'expected a comma before the next value'],
  ['[daemon]\ntrunk_prefix = 0 1  2\n', 'error', '2:17', ' ', 'expected a comma before the next value'],
  ['[daemon]\nextensions = 200-299; 300-399\n', 'error', '2:21', ';', 'expected a comma instead of ";"'],
  ['[access a]\nnetwork = 10.0.0.0/8; fe80::/10\n', 'error', '2:21', ';', 'expected a comma instead of ";"'],
  ['[user a]\ncertificate = sip:a@b; sip:c@d\n', 'error', '2:22', ';', 'expected a comma instead of ";"'],
  ['[dial x]\nmatch = 0X!\nto = provider p; provider q\n', 'error', '3:16', ';', 'expected a comma instead of ";"'],
  ['[daemon]\nextensions = 200-299; three\n', 'error', '2:21', ';', 'expected the end'],
  ['[class c]\n', 'warning', '1:1', '[class c]', 'its users may call nobody: expected may = internal at least'],
  ['[peer a.example]\n', 'warning', '1:1', '[peer a.example]', 'says nothing: expected via or trust'],
  ['[peer a.example]\ntrust = yes\n', 'error', '2:9', 'yes', 'expected identity'],
  ['[access a]\n', 'warning', '1:1', '[access a]', 'expected a network: nobody is meant'],
  [
    '[access a]\nnetwork = 10.0.0.0/8\n[access b]\nnetwork = 192.0.2.1, 10.0.0.0/8\n',
    'error',
    '4:22',
    '10.0.0.0/8',
    '10.0.0.0/8 is a network of [access a] already (sipwitch.conf:2)',
  ],
  ['[codes]\nforward_all = *21*\ndnd = *21*\n', 'error', '3:7', '*21*', '*21* is the code of forward_all already'],
  [
    '[daemon]\nextensions = 100-199\n[user a]\nextension = 112\n',
    'error',
    '4:13',
    '112',
    '112 is an emergency number: whoever dials it is not connected here',
  ],
  [
    '[daemon]\ncountry = UK\n',
    'warning',
    '2:11',
    'UK',
    'UK is not in the table of countries: expected country_code, trunk_prefix and international_prefix beside it; did you mean GB?',
  ],
  ['[daemon]\ncountry_code = 0049\n', 'error', '2:16', '0049', 'expected a country calling code without any prefix, such as 49'],
  ['[daemon]\ncountry = DE\narea_code = 030\n', 'warning', '3:13', '030', 'expected it without the trunk prefix 0: 30'],
  ['[daemon]\narea_code = 30\n', 'warning', '2:13', '30', 'is of no use without country or country_code'],
  ['[daemon]\nenum = yes\n', 'error', '2:8', 'yes', 'expected a suffix such as e164.arpa'],
  ['[daemon]\nlisten = 5060\n', 'error', '2:10', '5060', 'expected udp or tcp, an address and a port, such as udp:0.0.0.0:5060'],
  [
    '[daemon]\ntls_client_certificates = ask\n[user a]\ncertificate = AB:CD:EF:01\n',
    'error',
    '4:15',
    'AB:CD:EF:01',
    'expected sha256: before a fingerprint',
  ],
  ['[user a]\ndisplay = "Alice\n', 'error', '2:11', '"Alice', 'expected a text in quotes that ends with the same quote'],
];

test.each(mistakes)('%j is told as one %s at %s, under %j', (text, severity, place, under, message) => {
  const said = complaints(text).filter((_, i, all) => !all[i - (i % 3)]!.includes(': note: '));
  expect(said).toHaveLength(3);
  const [head, line, caret] = said as [string, string, string];
  expect(head).toMatch(new RegExp(`^FILE:${place}: ${severity}: `));
  const begin = caret.indexOf('^');
  expect(line.slice(begin, caret.lastIndexOf('^') + 1)).toBe(under);
  expect(caret.slice(caret.lastIndexOf('^') + 2)).toBe(message);
});

test('a name that nobody has is told at every key that asks for one', () => {
  const text = `
[user alice]
class = nix
forward_busy = nix
[group hall]
members = nix
then = nix
${P}inbound = nix
number_+49301 = nix
classes = nix
[modem m]
port = /dev/ttyUSB0
inbound = nix
classes = nix
[dial d]
match = 0!
to = provider nix, modem nix, nix, p, m
when = nix
classes = nix
[speed 77]
to = nix
[speed nix/78]
to = hall
[state s]
users = nix, hall
groups = nix, alice
forward_all = nix
[codes]
state_nix = *50
`;
  const told = loadText(text).problems.filter(({ severity }) => severity !== 'note');
  expect(told.map(problemLine).map((line) => line.replace('/etc/sipwitch/sipwitch.conf:', ''))).toEqual([
    '3: [user alice] class: there is no [class nix]',
    '4: [user alice] forward_busy: there is no user or group nix',
    '6: [group hall] members: there is no user or group nix',
    '7: [group hall] then: there is no user or group nix',
    '12: [provider p] inbound: there is no user or group nix',
    '13: [provider p] number_+49301: there is no user or group nix',
    '14: [provider p] classes: there is no [class nix]',
    '17: [modem m] inbound: there is no user or group nix',
    '18: [modem m] classes: there is no [class nix]',
    '21: [dial d] to: there is no [provider nix]',
    '21: [dial d] to: there is no [modem nix]',
    '21: [dial d] to: there is no user or group nix',
    '21: [dial d] to: there is no user or group p; did you mean provider p?',
    '21: [dial d] to: there is no user or group m; did you mean modem m?',
    '22: [dial d] when: there is no [state nix]',
    '23: [dial d] classes: there is no [class nix]',
    '25: [speed 77] to: there is no user or group nix',
    '26: [speed nix/78]: there is no [user nix]',
    '29: [state s] users: there is no [user nix]',
    '29: [state s] users: there is no [user hall]',
    '30: [state s] groups: there is no [group nix]',
    '30: [state s] groups: there is no [group alice]',
    '31: [state s] forward_all: there is no user or group nix',
    '33: [codes] state_nix: there is no [state nix]',
  ]);
});

test('what the daemon itself may not read of TLS is an error, for nobody reads it in its place', () => {
  const files = filesOf({
    [`${setting.config}/sipwitch.conf`]: '[daemon]\ntls_certificate = /c\ntls_key = /k\n',
    '/c': '',
    '/k': false,
  });
  const told = ({ problems }: Loaded) => problems.map(({ severity, where, message }) => [severity, where, message]);
  const why = 'cannot be read: permission denied';
  expect(told(load(files, setting))).toEqual([['warning', '[daemon] tls_key', why]]);
  expect(told(load(files, { ...setting, daemon: true }))).toEqual([
    ['error', '[daemon] tls_key', `${why}: no daemon starts without it`],
  ]);
});

test('a file of TLS that no server can be made of is told at the key that names it, as far as it can be read', () => {
  const main = '[daemon]\ntls_certificate = /c\ntls_key = /k\ntls_authorities = /a\n';
  const files = (key: string | false) =>
    filesOf({ [`${setting.config}/sipwitch.conf`]: main, '/c': 'certificate', '/k': key, '/a': 'authorities' });
  const asked: unknown[] = [];
  const told = (key: string | false, part: TlsFault['part']) => {
    const tlsFault = (texts: unknown) => {
      asked.push(texts);
      return { part, why: 'is not PEM' };
    };
    const { problems } = load(files(key), { ...setting, tlsFault });
    return problems.map(({ line, column, severity, where, message }) => [line, column, severity, where, message]);
  };
  const denied = [3, 11, 'warning', '[daemon] tls_key', 'cannot be read: permission denied'];
  expect(told('key', 'key')).toEqual([[3, 11, 'error', '[daemon] tls_key', 'is not PEM']]);
  expect(told(false, 'certificate')).toEqual([[2, 19, 'error', '[daemon] tls_certificate', 'is not PEM'], denied]);
  expect(told(false, 'authorities')).toEqual([denied, [4, 19, 'error', '[daemon] tls_authorities', 'is not PEM']]);
  expect(asked).toEqual(
    ['key', undefined, undefined].map((key) => ({ certificate: 'certificate', key, authorities: 'authorities' })),
  );
});

test('a hundred thousand users who forward to one another are no stack of a hundred thousand', () => {
  const text = Array.from({ length: 100_000 }, (_, i) => `[user u${i}]\nforward_all = u${(i + 1) % 100_000}\n`).join('');
  expect(complaints(text)[0]).toBe('FILE:200000:15: warning: [user u99999] forward_all');
});

test('what only begins as a feature code does, and what only may be one, is dialed', () => {
  const rules = '[dial a]\nmatch = *1X\nrefuse = no\n[dial b]\nmatch = *X\nrefuse = no\n[dial c]\nmatch = /[*]1/\nrefuse = no\n';
  expect(complaints(`[codes]\ndnd = *1\n[speed *11]\nto = 0301\n${rules}`)).toEqual([]);
});

test('a password where none is kept is told where they are set, and is not shown', () => {
  expect(complaints('[user a]\npassword = hunter2\n')).toEqual([
    'FILE:2:1: error: [user a] password',
    '    2 | password = (hidden)',
    '      | ^^^^^^^^ there is no such key in [user NAME]; "sipwitchctl passwd NAME" sets a password',
  ]);
});
