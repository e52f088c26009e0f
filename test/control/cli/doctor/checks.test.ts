import { expect, test } from 'vitest';
import { diagnose, findingsText } from '../../../../src/control/cli/commands/doctor.ts';
import type { Verdict } from '../../../../src/control/cli/dns-verify.ts';
import type { CertificateFacts, Facts, HostFacts } from '../../../../src/control/cli/doctor/facts.ts';
import type { MessageReport, StatusReport } from '../../../../src/control/dbus/reports.ts';
import { Traffic } from '../../../../src/core/call/traffic.ts';
import { HOUSE, readConfig } from '../../../support/desk.ts';
import { SimClock } from '../../../support/sim-clock.ts';

const NOW = Date.UTC(2026, 10, 3);
const DAY = 86_400_000;
const counts = new Traffic(new SimClock()).report().total;

const status: StatusReport = {
  ...{ version: '1.2.3', pid: 7, since: NOW - 60_000, domain: 'home.example', config: '/config', state: '/state' },
  ...{ listeners: ['udp:10.0.0.1:5060'], users: 1, phones: 1, calls: 0, problems: [], buses: ['private'] },
  auth: { evaluated: 0, proved: 0, wrong: 0, stale: 0, delayed: 0 },
  ...{ traffic: counts, trafficToday: counts, trafficHour: counts },
};
const host: HostFacts = { synchronized: true, free: 5_000_000_000, modes: [], pam: true, busPolicy: true };
const user = { name: 'alice', extension: '201', display: '', published: true, dnd: false, phones: 1, password: true };
const phone = {
  id: 'p',
  user: 'alice',
  contact: 'sip:a',
  transport: 'udp',
  agent: '',
  source: '10.0.0.2:5060',
  since: 0,
  expires: 0,
};
const told = { path: '/c.pem', keyPath: '/k.pem', fault: '', keyMode: 0o600 };
const report = {
  ...{ names: ['DNS:home.example'], commonName: undefined, from: NOW - DAY, until: NOW + 60 * DAY, selfSigned: false },
  ...{ chain: 2, inOrder: true, keyFits: true },
};

/** A house in which all is well. */
function facts(more: Partial<Facts> = {}, text = HOUSE): Facts {
  const { config, problems } = readConfig(text);
  return {
    ...{
      now: NOW,
      status,
      unreachable: { why: '', advice: '' },
      stateHolder: undefined,
      folders: { config: '/config', state: '/state', service: false },
      asService: false,
      config,
      problems,
      isFirst: false,
    },
    check: { errors: 0, report: 'No problems.' },
    ...{ users: [user], phones: [phone], providers: [], messages: [], held: [], absent: [], host },
    dns: { verdicts: [], warnings: [], servers: ['192.0.2.53'], silence: '' },
    certificate: { ...told, report },
    ...more,
  };
}

/** What a check says that is not good: `bad listeners: ...`. */
const said = (more: Partial<Facts>, text?: string) =>
  diagnose(facts(more, text))
    .filter(({ state }) => state !== 'good')
    .map(({ check, state, sentence }) => `${state} ${check}: ${sentence}`)
    .filter((line) => !line.startsWith('note dialing: 112'));

test('a house in which all is well has nothing wrong, and says so line by line', () => {
  expect(said({})).toEqual([]);
  expect(findingsText(diagnose(facts()))).toMatch(
    /^ok {5}configuration {2}\/config has no errors\nok {5}daemon {9}sipwitch 1\.2\.3 runs for 1 min/,
  );
});

test('what is good is told as well: how many phones, which providers, and that records and certificate are right', () => {
  const one = { name: 'acme', preset: '', registrar: '', username: '', since: 0, server: 'udp:192.0.2.1:5060', expires: 0 };
  const up = { ...one, state: 'up', why: '', advice: '' } as const;
  const record = { name: 'sip.home.example', type: 'A', data: '192.0.2.7', hint: '' } as const;
  const dns = { ...facts().dns!, verdicts: [{ ...record, state: 'right' } as const] };
  const modes = [{ path: '/state', mode: 0o700 }];
  const all = facts({ providers: [up], phones: [phone, phone], dns, host: { ...host, modes } });
  expect(diagnose(all).flatMap(({ state, sentence }) => (state === 'good' ? [sentence] : []))).toEqual([
    ...[
      '/config has no errors',
      'sipwitch 1.2.3 runs for 1 min (process 7)',
      '1 socket is open',
      'it answers on the private bus',
    ],
    ...['2 phones are registered', 'acme is up, by udp:192.0.2.1:5060', '192.0.2.53 answers', 'its domains lead here'],
    ...['/c.pem is good for 60 d', 'it is kept right by the network', '5000 MB are free at /state'],
    'nobody else may change the files',
  ]);
  const several = ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060'];
  const sentences = diagnose(facts({ status: { ...status, listeners: several } })).map(({ sentence }) => sentence);
  expect(sentences).toEqual(expect.arrayContaining(['2 sockets are open', '1 phone is registered']));
  const extra = { ...record, state: 'extra', hint: 'callers go there as well' } as const;
  expect(said({ dns: { ...dns, verdicts: [...dns.verdicts, extra] } })).toEqual([
    'bad dns: A sip.home.example 192.0.2.7 is extra: callers go there as well',
  ]);
  const users = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({ ...user, name, password: false }));
  expect(said({ users })).toEqual(['bad users: no phone can register for a, b, c, d, e and 2 more: there is no password']);
});

test('a phone that a router stands before is named, for it hears nothing without ICE (features 3, row 9)', () => {
  const at = (contact: string, source: string, user = 'bob') => ({ ...phone, user, contact, source });
  const behind = at('sip:bob@192.168.50.2:5062;transport=tcp', '10.0.0.50:1024');
  expect(said({ phones: [behind, phone] })).toEqual([
    'note routers: a phone of bob is behind a router: it says that it is at 192.168.50.2, and comes from 10.0.0.50',
  ]);
  const direct = [
    at('sip:bob@10.0.0.3:5060', '10.0.0.3:49152'),
    at('sip:bob@[fd77::3]:5060', '[fd77::3]:5060'),
    at('sip:bob@10.0.0.3', '[fd77::3]:5060'),
    at('sip:bob@phone.invalid;transport=ws', '10.0.0.3:49152'),
    at('sip:bob@203.0.113.9', '10.0.0.3:5060'),
    at('sip:bob@10.0.0.1:5070', '127.0.0.1:5070'),
  ];
  expect(said({ phones: direct })).toEqual([]);
  const many = Array.from({ length: 5 }, (_, n) => at(`sip:bob@192.168.50.${n + 2}`, '10.0.0.50:1024'));
  expect(said({ phones: many })).toHaveLength(4);
  expect(said({ phones: many })[3]).toBe('note routers: 2 more phones are behind a router');
});

test('without a daemon it is said who sits on its ports', () => {
  const held = [{ where: 'udp:5060', holder: 'asterisk (pid 12)' }];
  expect(said({ status: undefined, unreachable: { why: 'no daemon answers', advice: 'start it' }, held })).toEqual([
    'bad daemon: no daemon answers',
    'bad listeners: udp:5060 is taken by asterisk (pid 12)',
  ]);
});

test('what the daemon of these files holds is taken by nobody else, though it cannot be asked', () => {
  const unreachable = { why: 'no daemon answers: sipwitchd (pid 12) hangs', advice: 'start it again' };
  const held = [
    { where: 'udp:5060', holder: 'sipwitchd (pid 12)' },
    { where: 'tcp:5060', holder: 'sipwitchd (pid 13)' },
  ];
  expect(said({ status: undefined, unreachable, held, stateHolder: 'sipwitchd (pid 12)' })).toEqual([
    'bad daemon: no daemon answers: sipwitchd (pid 12) hangs',
    'bad listeners: tcp:5060 is taken by sipwitchd (pid 13)',
  ]);
});

test('an address to listen on that this machine has not is why no daemon starts', () => {
  const unreachable = { why: 'no daemon answers', advice: 'start it' };
  expect(said({ status: undefined, unreachable, absent: ['192.0.2.77'] })).toEqual([
    'bad daemon: no daemon answers',
    'bad listeners: this machine has no address 192.0.2.77: no daemon starts',
  ]);
});

test('before the first start there is nothing to mend: it makes the first user itself', () => {
  const unreachable = { why: 'no daemon answers', advice: 'start it' };
  expect(said({ status: undefined, unreachable, users: [], isFirst: true })).toEqual([
    'note configuration: there is nothing in /config yet',
    'bad daemon: no daemon answers',
  ]);
});

test('who may not read the configuration is told who may', () => {
  const problem = {
    ...{ file: '/state/conf.d', line: 0, column: 0, length: 0, where: '', hint: undefined, text: '' },
    severity: 'error',
    message: 'cannot be read: operation not permitted',
    denied: true,
  } as const;
  const found = diagnose({ ...facts(), config: undefined, problems: [problem] });
  expect(found[0]).toMatchObject({ state: 'bad', advice: 'ask as the user who runs the daemon, or as root' });
});

test('of a sipwitchd that nobody can ask here it is said how to ask it', () => {
  const advice = (holder: string) =>
    diagnose(
      facts({
        status: undefined,
        unreachable: { why: 'no daemon answers', advice: 'start it' },
        held: [{ where: 'udp:5060', holder }],
      }),
    ).find(({ check }) => check === 'listeners')?.advice;
  expect(advice('sipwitchd (pid 12)')).toBe(
    'ask that one with its own --config, --state and --bus; with "--bus none" nobody can',
  );
  expect(advice('asterisk (pid 12)')).toBe('stop that program, or set another "listen" in [daemon]');
});

test('sockets, buses and complaints of the daemon are told, each once', () => {
  const more = (change: Partial<StatusReport>) => said({ status: { ...status, ...change } });
  expect(more({ listeners: [] })).toEqual(['bad listeners: it listens nowhere']);
  expect(more({ listeners: ['udp:127.0.0.1:5060', 'tcp:[::1]:5060'] })).toEqual([
    'note listeners: it listens on this machine alone: no phone of another can reach it',
  ]);
  const open = ['udp:192.0.2.7:5060'];
  expect(diagnose(facts({ status: { ...status, listeners: open } })).map(({ sentence }) => sentence)).toContain(
    '1 socket is open',
  );
  const problems = [
    'the disk is full',
    'provider acme is down: 403',
    '/etc/x.conf:3: [user a] is odd',
    '/etc: cannot be read: no',
  ];
  expect(more({ problems })).toEqual(['bad daemon: the disk is full']);
  const service = { config: '/etc/sipwitch', state: '/var/lib/sipwitch', service: true };
  expect(said({ folders: service })).toEqual(['bad bus: it is not on the system bus: users of this machine cannot ask it']);
});

test('a configuration that cannot be used is told with its places', () => {
  expect(said({}, HOUSE.replace('extension = 201', 'extension = 999'))[0]).toMatch(
    /^bad configuration: \/config\/sipwitch\.conf:8: \[user alice\] extension/,
  );
});

test('what root can read, and the daemon cannot, is no configuration without errors', () => {
  const error = '/etc/sipwitch/sipwitch.conf.d/50.conf: error: cannot be read: permission denied';
  const report = `/etc/sipwitch/sipwitch.conf:3:1: warning: [peer a]\n    3 | [peer a]\n${error}\n1 error, 1 warning.`;
  expect(said({ check: { errors: 1, report } })).toEqual([`bad configuration: the daemon cannot use it: ${error}`]);
});

test('to a user of the machine it is no fault that the files of the service are not his to read', () => {
  const denied = { ...{ line: 0, column: 0, length: 0, severity: 'error' as const, where: '', hint: undefined, text: '' } };
  const message = 'cannot be read: permission denied';
  const problems = [{ ...denied, file: '/etc/sipwitch/sipwitch.conf', message, denied: true }];
  const unread = { config: undefined, problems, check: undefined, users: undefined };
  const service = { config: '/etc/sipwitch', state: '/var/lib/sipwitch', service: true };
  const onSystemBus = { ...status, buses: ['system', 'private'] };
  expect(said({ ...unread, folders: service, status: onSystemBus })).toEqual([
    'note configuration: /etc/sipwitch cannot be read by you',
  ]);
  expect(said(unread)[0]).toBe('bad configuration: /etc/sipwitch/sipwitch.conf: cannot be read: permission denied');
});

test('a certificate that others will not believe says why (RFC 5922 §7)', () => {
  const shown = (more: Partial<CertificateFacts>, change: Partial<typeof report> = {}) =>
    said({ certificate: { ...told, report: { ...report, ...change }, ...more } });
  expect(shown({}, { until: NOW - DAY })).toEqual(['bad certificate: /c.pem has expired 1 d ago']);
  expect(shown({}, { until: NOW + 5 * DAY })).toEqual(['bad certificate: /c.pem expires in 5 d']);
  expect(shown({}, { from: NOW + DAY })).toEqual(['bad certificate: /c.pem is valid only from 2026-11-04T00:00:00.000Z']);
  expect(shown({}, { names: ['DNS:*.example'] })).toEqual([
    'bad certificate: /c.pem names *.example, and not home.example: others refuse it',
  ]);
  expect(shown({}, { keyFits: false })).toEqual(['bad certificate: the key /k.pem does not belong to /c.pem']);
  expect(shown({}, { inOrder: false })).toEqual(['bad certificate: the certificates in /c.pem are not each issued by the next']);
  expect(shown({}, { chain: 1 })).toEqual([expect.stringMatching(/^note certificate: \/c\.pem holds one certificate alone/)]);
  expect(shown({}, { chain: 1, selfSigned: true })).toEqual([
    expect.stringMatching(/^note certificate: \/c\.pem is signed by itself/),
  ]);
  expect(shown({ keyMode: 0o644 })).toEqual(['bad certificate: everybody may read the key /k.pem']);
  expect(shown({ fault: '/k.pem cannot be read: permission denied', report: undefined })).toEqual([
    'bad certificate: /k.pem cannot be read: permission denied',
  ]);
  expect(said({ certificate: undefined })).toEqual(['note certificate: there is none: nobody calls by TLS']);
});

test('name servers that are silent are one finding, and records that lead elsewhere one each', () => {
  const dns = facts().dns!;
  expect(said({ dns: { ...dns, silence: 'no name server answers' } })).toEqual([
    'bad resolver: example.org cannot be looked up at 192.0.2.53: no name server answers',
  ]);
  const told = { ...status, problems: ['name service: cannot look up a.test: no name server answers'] };
  expect(said({ status: told, dns: { ...dns, silence: 'no name server answers' } })).toHaveLength(1);
  for (const more of [{}, { dns: undefined }])
    expect(said({ status: told, ...more })).toEqual([`bad daemon: ${told.problems[0]}`]);
  const one = { name: 'sip.home.example', type: 'A', data: '192.0.2.7', hint: 'there is 192.0.2.9 instead' } as const;
  const two = { name: 'home.example', type: 'NAPTR', data: '10', state: 'right', hint: '' } as const;
  expect(said({ dns: { ...dns, verdicts: [{ ...one, state: 'wrong' }, two] } })).toEqual([
    'bad dns: A sip.home.example 192.0.2.7 is wrong: there is 192.0.2.9 instead',
  ]);
  expect(said({ dns: { ...dns, verdicts: [{ ...one, state: 'missing' }] } })).toEqual([
    'note dns: nothing is published: other domains and phones on the road do not find it by its name',
  ]);
  const optional = { ...two, state: 'optional' } as const;
  expect(said({ dns: { ...dns, verdicts: [optional, { ...one, state: 'optional' }] } })).toEqual([]);
});

test('a name server that knows the names of its own network alone is not silent: what it says of ours is looked at', () => {
  const silence = '192.0.2.53 says REFUSED';
  const own = { name: 'sip.home.example', type: 'A', data: '192.0.2.7' } as const;
  const heard = (...verdicts: readonly Verdict[]) => said({ dns: { ...facts().dns!, silence, verdicts } });
  const alone = `note resolver: 192.0.2.53 answers for names of ours, and not for those of others: ${silence}`;
  expect(heard({ ...own, state: 'right', hint: '' })).toEqual([alone]);
  expect(heard({ ...own, state: 'wrong', hint: 'there is 192.0.2.9 instead' })).toEqual([
    alone,
    'bad dns: A sip.home.example 192.0.2.7 is wrong: there is 192.0.2.9 instead',
  ]);
  expect(heard({ ...own, state: 'unknown', hint: `it cannot be said: ${silence}` })).toEqual([
    `bad resolver: example.org cannot be looked up at 192.0.2.53: ${silence}`,
  ]);
});

test('a router that changes our messages is found by what comes back in our own Via', () => {
  const message = (direction: 'in' | 'out', text: string): MessageReport => ({
    ...{ time: 0, direction, transport: 'udp', local: '10.0.0.1:5060', remote: '192.0.2.1:5060', callId: 'c' },
    text: `${text}\r\n\r\n`,
  });
  const sent = message('out', 'REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport');
  const back = (sentBy: string) =>
    message('in', `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${sentBy};received=198.51.100.1;branch=z9hG4bK1;rport=4000`);
  expect(said({ messages: [sent, back('10.0.0.1:5060')] })).toEqual([]);
  expect(said({ messages: [sent, back('198.51.100.1:4000')] })).toEqual([
    'bad alg: a router changes our messages: 10.0.0.1:5060 came back from 192.0.2.1:5060 as 198.51.100.1:4000',
  ]);
  expect(said({ messages: [back('198.51.100.1:4000')] })).toEqual([]);
});

test('users without a password, providers that are down or not dialed, and numbers without a country are told', () => {
  expect(said({ users: [{ ...user, password: false }], phones: [] })).toEqual([
    'bad users: no phone can register for alice: there is no password',
    'note phones: no phone is registered',
  ]);
  expect(said({ users: [], phones: [] })[0]).toBe('bad users: there is no user');
  const one = { name: 'acme', preset: '', registrar: '', username: '', since: 0, server: '', expires: 0 };
  const providers = [
    { ...one, state: 'down', why: '403 Forbidden', advice: 'look at the password' },
    { ...one, name: 'other', state: 'trying', why: '', advice: '' },
  ] as const;
  expect(said({ providers })).toEqual(['bad providers: acme is down: 403 Forbidden', 'note providers: other is not up yet']);
  const trunk = `${HOUSE}[provider acme]\nregistrar = sip:acme.example\nusername = u\npassword = p\n`;
  expect(said({}, trunk)).toEqual([
    'bad dialing: nothing is dialed through provider acme',
    'bad dialing: which numbers are abroad, and how they are written, is not known',
  ]);
  const rules = '[dial a]\nmatch = 0X!\nto = provider acme\n[dial b]\nmatch = 0X!\nto = bob\n';
  expect(said({}, `${trunk}${rules}`.replace('[daemon]', '[daemon]\ncountry = DE'))).toEqual([
    'bad dialing: [dial b] is never reached: an earlier rule takes all that it matches',
  ]);
});

const never = (...rules: readonly string[]) => {
  const sections = rules.map((text, i) => `[dial d${i + 1}]\nmatch = ${text.replaceAll(', ', '\n')}\n`);
  const text = `${HOUSE}[class family]\nmay = internal\n[state night]\n${sections.join('')}`;
  return said({}, text).flatMap((line) => /^bad dialing: (.*)/.exec(line)?.[1] ?? []);
};

test.each([
  ['0X!', '0900!'],
  ['0!', '0.'],
  ['X.', '[1-5]0'],
  ['N', '5'],
  ['*X!', '*21'],
  ['/0(.*)/', '/0(.*)/'],
])('a rule for %s leaves nothing to one for %s behind it', (first, second) => {
  expect(never(`${first}, to = bob`, `${second}, refuse = no`)).toEqual([
    '[dial d2] is never reached: an earlier rule takes all that it matches',
  ]);
});

test.each([
  ['0900!', '0X!'],
  ['0.', '0!'],
  ['0Z!', '00!'],
  ['0X!', '0.'],
  ['XX', 'X.'],
  ['N', 'X'],
  ['X!', '*21'],
  ['/0.*/', '0900!'],
])('a rule for %s leaves something to one for %s behind it', (first, second) => {
  expect(never(`${first}, to = bob`, `${second}, refuse = no`)).toEqual([]);
});

test('a rule that is for a class, or while a state is on, takes nothing from those behind it; nor one that rewrites a number with + in another writing', () => {
  expect(never('500, when = night, to = bob', '500, to = bob')).toEqual([]);
  expect(never('500, classes = family, to = bob', '500, to = bob')).toEqual([]);
  expect(never('0X!, strip = 1', '0900!, refuse = no')).toEqual([]);
  expect(never('0X!, strip = 1', '0900!, strip = 2')).toHaveLength(1);
});

test('a modem, which is not in use yet, calls nobody for help, and wants no rule', () => {
  const found = diagnose(facts({}, `${HOUSE}[modem gsm0]\nport = /dev/ttyUSB0\n`)).filter(({ check }) => check === 'dialing');
  expect(found.map(({ sentence }) => sentence)).toEqual(['112 and 911 reach nobody from here: there is no provider']);
});

test('a clock that was never set, a full disk and files that others may write or read are told', () => {
  const more = (change: Partial<HostFacts>) => said({ host: { ...host, ...change } });
  expect(said({ now: 0, certificate: undefined })[1]).toMatch(/^bad clock: the clock says 1970-01-01/);
  expect(more({ synchronized: false })).toEqual(['bad clock: systemd-timesyncd has not set it since this machine started']);
  expect(more({ synchronized: undefined })).toEqual(['note clock: nothing here says whether the clock is kept right']);
  expect(more({ free: 9_000_000 })).toEqual(['bad disk: 9 MB are free at /state']);
  expect(more({ free: 'read-only' })).toEqual(['bad disk: the file system of /state is read-only']);
  const modes = [
    { path: '/config/sipwitch.conf', mode: 0o666 },
    { path: '/state/digests/alice', mode: 0o640, secret: { holds: 'hashes of passwords', bits: 0o077 } },
    { path: '/state', mode: 0o755 },
  ];
  expect(more({ modes })).toEqual([
    'bad permissions: others may write /config/sipwitch.conf (mode 0666)',
    'bad permissions: others may read /state/digests/alice (mode 0640), which holds hashes of passwords',
  ]);
  const service = { config: '/etc/sipwitch', state: '/var/lib/sipwitch', service: true };
  const system = { ...status, buses: ['system'] };
  expect(said({ folders: service, status: system, host: { ...host, pam: false } })).toEqual([
    'note pam: not installed: passwords of logins are not those of phones',
  ]);
});

test('a phone whose password or user name is wrong is named, until it is right; a nonce that is stale is no wrong password (RFC 7616 §3.3)', () => {
  const turn = (name: string, answer: string, from = '192.0.2.8:5071', cseq = 1): MessageReport[] => {
    const one = { time: NOW, transport: 'udp', local: '10.0.0.1:5060', remote: from, callId: `${name}-${from}` };
    const authorization = `Authorization: Digest realm="r", username="${name}", response=(hidden)`;
    return [
      {
        ...one,
        direction: 'in',
        text: `REGISTER sip:home.example SIP/2.0\r\nCSeq: ${cseq} REGISTER\r\n${authorization}\r\n\r\n`,
      },
      { ...one, direction: 'out', text: `SIP/2.0 ${answer}\r\nCSeq: ${cseq} REGISTER\r\n\r\n` },
    ];
  };
  const wrong = '401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"';
  const about = (messages: readonly MessageReport[]) => said({ messages }).filter((line) => line.includes('passwords'));
  expect(about([...turn('alice', wrong), ...turn('alice', wrong, '192.0.2.8:5072'), ...turn('zoe', wrong)])).toEqual([
    'note passwords: a phone at 192.0.2.8 has a wrong password for alice',
    'note passwords: a phone at 192.0.2.8 calls itself zoe, and there is no such user',
  ]);
  expect(about(turn('201', wrong))).toEqual(['note passwords: a phone at 192.0.2.8 calls itself 201, the extension of alice']);
  expect(about([...turn('alice', wrong), ...turn('alice', '200 OK', '192.0.2.8:5071', 2)])).toEqual([]);
  expect(about(turn('alice', `${wrong}, stale=true`))).toEqual([]);
  expect(about(turn('alice', '100 Trying'))).toEqual([]);
  expect(about(Array.from({ length: 9 }, (_, at) => turn(`u${at}`, wrong)).flat())).toHaveLength(5);
  const auth = { ...status.auth, wrong: 2 };
  expect(said({ status: { ...status, auth } })).toEqual(['note passwords: 2 wrong ones were sent since the start']);
});

test('what to do fits the complaint: a log where there is a service, another file where a key was given for a certificate', () => {
  const advice = (more: Partial<Facts>, of: string) =>
    diagnose(facts(more)).find(({ check, state }) => check === of && state === 'bad')?.advice;
  const complaint = (problem: string, service: boolean) =>
    advice({ status: { ...status, problems: [problem] }, folders: { ...facts().folders, service } }, 'daemon');
  expect(complaint('the disk is full', true)).toBe('its log says more: "journalctl -u sipwitch"');
  expect(complaint('the disk is full', false)).toBe('its log says more');
  const again = 'mend that: it is tried again by itself';
  expect(complaint('cannot write /s/a: it is full; b is in memory until it can be written', true)).toBe(again);
  expect(complaint('there is no file /c.pem; the certificate that was read before stays in use', true)).toBe(again);
  expect(complaint('not on the system bus (it was closed); it is tried again', false)).toBe(
    'does that bus run? sipwitchctl works without it',
  );
  // The check of buses says so.
  expect(complaint('not on the system bus (it was closed); it is tried again', true)).toBeUndefined();
  expect(complaint('the configuration was read and is not in use: no key', false)).toBe('mend that, then "sipwitchctl reload"');
  expect(complaint('[peer a.test] via: cannot look up b.test: no name server answers', false)).toMatch(/name service/);
  expect(complaint('user alice has used up the limit of 2 calls an hour', false)).toMatch(/call history/);
  const certificate = (fault: string) => advice({ certificate: { ...told, fault, report: undefined } }, 'certificate');
  expect(certificate('/k.pem: it holds no certificate')).toMatch(/BEGIN CERTIFICATE/);
  expect(certificate('/c.pem: its key cannot be read: it is not PEM, or damaged')).toMatch(/BEGIN CERTIFICATE/);
  expect(certificate('/c.pem: its key is encrypted: x')).toBe('"openssl pkey -in /k.pem -out FILE" writes it without one');
  expect(certificate('/k.pem cannot be read: permission denied')).toMatch(/^the user of the daemon must/);
});

test('a machine that is on no network is not told to look at what it listens on', () => {
  const local = { status: { ...status, listeners: ['udp:127.0.0.1:5060'] } };
  const advice = (listen: string) =>
    diagnose(facts(local, HOUSE.replace('[daemon]', `[daemon]\nlisten = ${listen}`).replace(/^listen = udp:10.*\n/m, ''))).find(
      ({ check }) => check === 'listeners',
    )?.advice;
  expect(advice('udp:0.0.0.0:5060')).toBe('is there a network?');
  expect(advice('udp:127.0.0.1:5060')).toBe('see "listen" in [daemon]');
});
