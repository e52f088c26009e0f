import { assert, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import { report } from '../../src/config/report.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { filesOf, loadText, setting } from './memory-files.ts';

const main = '/etc/sipwitch/sipwitch.conf';
const dropIn = (name: string) => `/etc/sipwitch/sipwitch.conf.d/${name}`;
const written = (name: string) => `/var/lib/sipwitch/conf.d/${name}`;

test('an empty configuration is the defaults, and the domain is the host name', () => {
  const { config, problems, files } = load(filesOf({}), setting);
  assert.deepEqual(problems, []);
  assert.deepEqual(files, []);
  assert.equal(config?.daemon.domain, 'pc.home.example');
  assert.deepEqual(config?.daemon.listen, [
    { transport: 'udp', host: '0.0.0.0', port: 5060 },
    { transport: 'tcp', host: '0.0.0.0', port: 5060 },
    { transport: 'udp', host: '::', port: 5060 },
    { transport: 'tcp', host: '::', port: 5060 },
  ]);
  assert.deepEqual(config?.daemon.tlsListen, []);
  assert.deepEqual(config?.daemon.digest, ['MD5']);
  assert.deepEqual(config?.daemon.extensions, [{ first: '200', last: '699' }]);
  assert.equal(config?.daemon.localAccounts, 'sipusers');
  assert.equal(config?.daemon.strangers, 'answer');
  assert.deepEqual([...(config?.domains.keys() ?? [])], ['pc.home.example']);
  assert.equal(config?.domains.get('pc.home.example')?.register, 'authenticated');
});

test('local accounts are off for one user alone, and a host name that is none becomes localhost', () => {
  const { config } = load(filesOf({}), { ...setting, service: false, hostName: 'my_pc' });
  assert.equal(config?.daemon.localAccounts, 'none');
  assert.equal(config?.daemon.domain, 'localhost');
});

test('with a certificate TLS is heard at its own port unless tls_listen says where', () => {
  const certificate = '[daemon]\ntls_certificate = /a.pem\ntls_key = /key.pem\n';
  assert.deepEqual(loadText(certificate).config?.daemon.tlsListen, [
    { transport: 'tls', host: '0.0.0.0', port: 5061 },
    { transport: 'tls', host: '::', port: 5061 },
  ]);
  assert.deepEqual(loadText(`${certificate}tls_listen = tls:127.0.0.1:15061\n`).config?.daemon.tlsListen, [
    { transport: 'tls', host: '127.0.0.1', port: 15061 },
  ]);
});

test('files are read in order, what a person dropped in last; other names in the folders are not', () => {
  const { files } = load(
    filesOf({
      [main]: '',
      [dropIn('10-a.conf')]: '',
      [dropIn('20-b.conf')]: '',
      [dropIn('.hidden.conf')]: '',
      [dropIn('old.conf~')]: '',
      [written('user-alice.conf')]: '',
    }),
    setting,
  );
  assert.deepEqual(files, [main, written('user-alice.conf'), dropIn('10-a.conf'), dropIn('20-b.conf')]);
});

test('later keys win, lists are replaced whole, and a section keeps its first place', () => {
  const { config, problems } = load(
    filesOf({
      [main]: '[daemon]\nemergency = 112, 110\n[user bob]\n[user alice]\nphones = 3\ndisplay = A\n',
      [written('user-bob.conf')]: '[user bob]\nphones = 5\n',
      [dropIn('x.conf')]: '[user alice]\nphones = 4\n[daemon]\nemergency = 999\n',
    }),
    setting,
  );
  assert.deepEqual(
    problems.map((problem) => `${problem.severity} ${problem.where}`),
    [],
  );
  assert.deepEqual(config?.daemon.emergency, ['999']);
  assert.deepEqual([...(config?.users.keys() ?? [])], ['bob', 'alice']);
  assert.equal(config?.users.get('bob')?.phones, 5);
  assert.equal(config?.users.get('alice')?.phones, 4);
  assert.equal(config?.users.get('alice')?.display, 'A');
});

test('key = restores the default, or empties a list that may be empty', () => {
  const { config } = load(
    filesOf({
      [main]: '[daemon]\nlisten = udp:127.0.0.1:5060\nemergency = 110\ndigest = SHA-256\n[user a]\nphones = 3\ndisplay = A\n',
      [dropIn('x.conf')]: '[daemon]\nlisten =\nemergency =\ndigest =\n[user a]\nphones =\ndisplay =\n',
    }),
    setting,
  );
  assert.equal(config?.daemon.listen.length, 4);
  assert.deepEqual(config?.daemon.emergency, []);
  assert.deepEqual(config?.daemon.digest, ['MD5']);
  assert.equal(config?.users.get('a')?.phones, 10);
  assert.equal(config?.users.get('a')?.display, undefined);
});

test('the keys of every kind arrive typed', () => {
  const { config, problems } = loadText(`
[daemon]
domain = Home.Example.
listen = udp:127.0.0.1:5060, tcp:[::1]:5060
digest = SHA-256, MD5
extensions = 20-29, 300
[domain BÜCHER.example]
inbound = anonymous
[domain [2001:DB8:0::1]]
register = anonymous
[user alice]
extension = 20
forward_busy = bob@example.org
forward_all = +491701234567
[group kitchen]
extension = 300
members = alice, 20, sip:x@y.example;transport=tcp
strategy = rotate
[provider acme]
registrar = sip:sip.example.com
username = u
password = s
inbound = alice
number_+4930123456 = kitchen
prefixes_allowed = +49, +33
[modem gsm0]
port = /dev/ttyUSB2
[dial outside]
match = 0X!
strip = 1
to = provider acme, modem gsm0
[class guest]
may = internal
[speed 77]
to = sip:bob@example.org
[codes]
forward_all = *21*
[access lan]
network = 192.168.0.0/16, fe80::/10
[peer example.net]
via = sip.example.net;transport=tls
trust = identity
`);
  assert.deepEqual(
    problems.filter((problem) => problem.severity !== 'note'),
    [],
  );
  assert.equal(config?.daemon.domain, 'home.example');
  assert.deepEqual(config?.daemon.listen, [
    { transport: 'udp', host: '127.0.0.1', port: 5060 },
    { transport: 'tcp', host: '::1', port: 5060 },
  ]);
  assert.deepEqual(config?.daemon.digest, ['SHA-256', 'MD5']);
  assert.deepEqual(config?.daemon.extensions, [
    { first: '20', last: '29' },
    { first: '300', last: '300' },
  ]);
  assert.deepEqual([...(config?.domains.keys() ?? [])], ['xn--bcher-kva.example', '[2001:db8::1]', 'home.example']);
  assert.deepEqual(config?.users.get('alice')?.forwardBusy, { kind: 'uri', uri: 'sip:bob@example.org' });
  assert.deepEqual(config?.users.get('alice')?.forwardAll, { kind: 'number', number: '+491701234567' });
  assert.deepEqual(config?.groups.get('kitchen')?.members, [
    { kind: 'name', name: 'alice' },
    { kind: 'number', number: '20' },
    { kind: 'uri', uri: 'sip:x@y.example;transport=tcp' },
  ]);
  assert.deepEqual([...(config?.providers.get('acme')?.numbers ?? [])], [['+4930123456', { kind: 'name', name: 'kitchen' }]]);
  assert.deepEqual(config?.dial.get('outside')?.to, [
    { kind: 'provider', name: 'acme' },
    { kind: 'modem', name: 'gsm0' },
  ]);
  assert.equal(config?.dial.get('outside')?.match?.expression.source, '^(?:0[0-9].*)$');
  assert.equal(config?.access.get('lan')?.network[0]?.prefix, 16);
  assert.equal(config?.codes.forwardAll, '*21*');
  assert.deepEqual(config?.peers.get('example.net')?.trust, ['identity']);
});

test('what is not yet in use is named once for a key, once for a kind of which nothing is', () => {
  const { problems } = loadText(
    '[daemon]\nlocal_accounts = none\n[modem m]\nport = /dev/x\nfamily = auto\n[modem n]\nport = /dev/y\n[modem o]\nport = /dev/z\n',
  );
  assert.deepEqual(
    problems.map(({ line, severity, where, message }) => `${line} ${severity} ${where}: ${message}`),
    [
      '2 note [daemon] local_accounts: is not yet in use',
      '3 note [modem m]: is not yet in use (and so are 2 others of its kind)',
    ],
  );
});

test('a wrong name is shown where it was written last', () => {
  const { problems } = load(
    filesOf({ [main]: '[user a]\nforward_all = nobody\n', [dropIn('x.conf')]: '; later\n[user a]\nforward_all = noone\n' }),
    setting,
  );
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error').map(({ file, line, message }) => `${file}:${line} ${message}`),
    [`${dropIn('x.conf')}:3 there is no user or group noone`],
  );
});

test('a file that may not be read is an error of the file', () => {
  const { config, problems } = load(filesOf({ [main]: false }), setting);
  assert.equal(config, undefined);
  assert.equal(report(problems), `${main}: error: cannot be read: permission denied\n1 error.`);
  const files = filesOf({ [main]: '[user alice]\nextensio = 200\n', [dropIn('x.conf')]: false });
  const told = load(files, { ...setting, daemon: true }).problems.map(
    ({ file, message, hint }) => `${file}: ${message}; ${hint}`,
  );
  assert.deepEqual(told, [
    `${dropIn('x.conf')}: cannot be read: permission denied; the user whom sipwitchd runs as must be able to read it`,
    `${main}: there is no such key in [user NAME]; did you mean extension?`,
  ]);
});

test('ten thousand users are loaded and checked in 60 ms (five times that here)', () => {
  let users = '[daemon]\nextensions = 100000-199999\n';
  for (let i = 0; i < 10_000; i++)
    users += `[user user${i}]\nextension = ${100_000 + i}\ndisplay = Number ${i}\npublished = yes\n`;
  const files = filesOf({ [main]: '', [written('import-all.conf')]: users });
  let loaded = load(files, setting);
  const took = cpuTime(() => {
    loaded = load(files, setting);
  });
  assert.isBelow(took, 300);
  const { config, problems } = loaded;
  assert.deepEqual(problems, []);
  assert.equal(config?.users.size, 10_000);
});

test('a file in which every line is wrong, as one of another kind, is told of to its end, however long it is', () => {
  const rows = load(filesOf({ [main]: `[daemon]\n${'x\n'.repeat(130_000)}` }), setting);
  assert.equal(rows.problems.length, 130_000);
  let users = '';
  for (let i = 0; i < 130_000; i++) users += `[user u${i}]\nextension = ${1_000_000 + i}\n`;
  const outside = load(filesOf({ [main]: users }), setting);
  assert.equal(outside.problems.length, 130_000);
});
