import { expect, test } from 'vitest';
import { main } from '../../../src/control/cli/main.ts';
import { BusControl } from '../../../src/control/cli/remote.ts';
import { type BusConnection, BusError, type Destination } from '../../../src/runtime/bus.ts';
import { FileError, type Files } from '../../../src/runtime/files.ts';
import { HOUSE } from '../../support/desk.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimMachine } from '../../support/sim-machine.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimResolver } from '../../support/sim-resolver.ts';
import { SimTerminal, surroundingsOf } from '../../support/sim-terminal.ts';

/** A daemon that lets nobody in before there is an agent, and whether one can be had. */
function setup(canAsk: boolean) {
  const done: string[] = [];
  let agents = 0;
  const bus: BusConnection = {
    heard: true,
    signal() {},
    close: async () => {},
    async call({ member, interactive = false }: Destination) {
      done.push(`${member} ${interactive}`);
      if (agents > 0) return [[]];
      throw new BusError('org.sipwitch.SipWitch1.Error.InteractiveAuthorizationRequired', 'a password is wanted');
    },
  };
  const startAgent = async () => {
    done.push('agent');
    if (canAsk) agents++;
    return canAsk;
  };
  return { control: new BusControl(bus, startAgent), done };
}

test('where polkit finds nobody to ask for a password, what asks on the terminal is started, and the question is put once more', async () => {
  const { control, done } = setup(true);
  expect(await control.removeUser('bob')).toEqual([]);
  await control.removeUser('carol');
  expect(done).toEqual(['RemoveUser true', 'agent', 'RemoveUser true', 'RemoveUser true']);
});

test('where nobody is at a terminal, the refusal is said', async () => {
  const { control, done } = setup(false);
  await expect(control.removeUser('bob')).rejects.toMatchObject({ message: 'a password is wanted' });
  expect(done).toEqual(['RemoveUser true', 'agent']);
});

test('what is refused for good starts nobody who asks for a password', async () => {
  const done: string[] = [];
  const call = async () => {
    throw new BusError('org.sipwitch.SipWitch1.Error.NotAllowed', 'polkit does not grant it');
  };
  const startAgent = async () => {
    done.push('agent');
    return true;
  };
  const control = new BusControl({ heard: true, signal() {}, close: async () => {}, call }, startAgent);
  await expect(control.removeUser('bob')).rejects.toMatchObject({ name: 'NotAllowed', message: 'polkit does not grant it' });
  expect(done).toEqual([]);
});

test('a daemon that does not know the question is of another version, and what a bus says besides is handed on', async () => {
  const said = async (name: string) => {
    const { code, err } = await ran(['status'], async () => {
      throw new BusError(name, 'said by the bus');
    });
    return `${code} ${err}`;
  };
  for (const name of ['UnknownMethod', 'InvalidArgs'])
    expect(await said(`org.freedesktop.DBus.Error.${name}`)).toBe(
      '1 sipwitchctl: the daemon is of another version than this program (said by the bus); restart it\n',
    );
  expect(await said('org.freedesktop.DBus.Error.AccessDenied')).toBe('1 sipwitchctl: said by the bus\n');
});

/** What a command prints, and its exit code, where a daemon answers every question so. */
async function ran(
  args: readonly string[],
  call: BusConnection['call'],
  {
    terminal = new SimTerminal(),
    files = { read: () => undefined, list: () => [] } as Files,
    host = new SimMachine(),
    zone = '',
  } = {},
) {
  const control = new BusControl({ heard: true, signal() {}, close: async () => {}, call }, async () => false);
  const clock = new SimClock();
  const code = await main(args, {
    ...{ version: '1.2.3', terminal, surroundings: surroundingsOf(), host, files, clock, random: new SimRandom() },
    ...{ openResolver: () => new SimResolver(clock, zone), reach: async () => control },
  });
  return { code, out: terminal.printed, err: terminal.said };
}

test('where another program has an address that the configuration wants, the exit code is 69 (interface, 1)', async () => {
  const call = async () => {
    throw new BusError('org.sipwitch.SipWitch1.Error.AddressTaken', 'tcp:10.0.0.1:5060 is taken');
  };
  expect([(await ran(['reload'], call)).code, (await ran(['user', 'add', 'dave'], call)).code]).toEqual([69, 69]);
});

test.each(['Disconnected', 'NoReply', 'NoServer', 'ServiceUnknown', 'Timeout'])(
  'a daemon that ends with a question open answers no more, as its bus says by %s: the exit code is 69 (interface, 1)',
  async (name) => {
    const call = async () => {
      throw new BusError(`org.freedesktop.DBus.Error.${name}`, 'said by the bus');
    };
    const { code, err } = await ran(['provider', 'test', 'acme'], call);
    expect([code, err]).toEqual([69, 'sipwitchctl: the daemon does not answer: said by the bus; its log may say why\n']);
  },
);

const now = new SimClock().wall();
const at = (hours: number, minutes: number) => new Date(2026, 10, 2, hours, minutes).getTime();
/** What the daemon answers to questions for a listing. */
const answers: Readonly<Record<string, readonly unknown[]>> = {
  ListPhones: [
    [
      {
        ...{ Id: '1f', User: 'bob', Contact: 'sip:bob@10.0.0.3', Transport: 'udp', Agent: 'Desk\x1b 1', Source: '10.0.0.3:5060' },
        ...{ Since: BigInt(now - 65_000), Expires: BigInt(now + 3_600_000) },
      },
      {
        User: 'eve',
        Contact: 'sip:eve@10.0.0.4',
        Transport: 'tls',
        Source: '[::1]:5061',
        Since: BigInt(now),
        Expires: BigInt(now),
      },
    ],
  ],
  ListCalls: [
    [
      { Id: 'aa', From: 'alice', To: 'sip:201@home.example;x=y', State: 'ringing', Since: BigInt(now), Answered: 0n },
      { Id: 'bb', From: 'bob', To: '200', State: 'talking', AnsweredBy: 'alice', Answered: BigInt(now - 61_000) },
    ],
  ],
  ListProviders: [
    [
      {
        ...{ Name: 'acme', Preset: 'acme', Username: '1234567', State: 'up', Since: BigInt(now - 7_200_000) },
        ...{ Server: 'udp:192.0.2.1:5060' },
      },
      { Name: 'own', State: 'down', Why: 'it says 403' },
    ],
  ],
  ListStates: [
    [
      { Name: 'night', On: true, By: 'its hours' },
      { Name: 'away', On: false, By: 'bob' },
    ],
  ],
  ListBindings: [
    [
      {
        ...{ Aor: 'bob', Contact: 'sip:bob@10.0.0.3', Q: 0.5, Expires: BigInt(now + 60_000), Flow: 'udp a from b', Cseq: 7 },
        ...{ CallId: '1@a', Instance: '<urn:x>', RegId: 1, Path: ['<sip:p1;lr>', '<sip:p2;lr>'] },
      },
      { Aor: 'eve', Contact: 'sip:eve@10.0.0.4', Q: 1, Flow: 'tcp c from d', Cseq: 8, CallId: '2@a', Instance: '<urn:y>' },
      { Aor: 'kim', Contact: 'sip:kim@10.0.0.5', Q: 1, Flow: 'tcp e from f', Cseq: 9, CallId: '3@a' },
    ],
  ],
  ListTransactions: [
    [{ Kind: 'client', Method: 'INVITE', State: 'calling', Hop: 'udp:10.0.0.3:5060', Age: 12, Branch: 'z9hG4bKa' }],
  ],
  ListDialogs: [[{ Side: 'house', Role: 'uas', State: 'confirmed', Name: 'bob', Target: 'sip:bob@a', CallId: '1@a' }]],
  ListTimers: [
    [
      { Due: 9_999n, Name: 'J' },
      { Due: 10_000n, Name: 'C' },
    ],
  ],
  ListDns: [[{ Kind: 'answer', Seconds: 90, What: 'A a.example: 192.0.2.1' }]],
  Counts: [[{ Name: 'phones', Count: 12n }]],
};

test('each listing has its columns, whatever is not known or not there is a "-" (interface, 2)', async () => {
  const lines = async (words: string) => {
    const { code, out, err } = await ran(words.split(' '), async ({ member }) => answers[member]!);
    expect([code, err]).toEqual([0, '']);
    return out.split('\n').slice(0, -1);
  };
  expect(await lines('phone list')).toEqual([
    'USER  CONTACT           VIA  SOURCE         SINCE          EXPIRES  AGENT',
    'bob   sip:bob@10.0.0.3  udp  10.0.0.3:5060  1 min 5 s ago  in 1 h   Desk? 1',
    'eve   sip:eve@10.0.0.4  tls  [::1]:5061     0 s ago        in 0 s   -',
  ]);
  expect(await lines('call list')).toEqual([
    'ID  FROM   TO                ANSWERED BY  STATE    TALKING',
    'aa  alice  201@home.example  -            ringing  -',
    'bb  bob    200               alice        talking  1:01',
  ]);
  expect(await lines('provider list')).toEqual([
    'NAME  PRESET  USER     STATE  SINCE    SERVER              WHY',
    'acme  acme    1234567  up     2 h ago  udp:192.0.2.1:5060  -',
    'own   -       -        down   -        -                   it says 403',
  ]);
  expect(await lines('state list')).toEqual(['NAME   STATE  BY', 'night  on     its hours', 'away   off    bob']);
  expect(await lines('debug bindings')).toEqual([
    'AOR  CONTACT           Q    EXPIRES   FLOW          CSEQ  CALL-ID  INSTANCE          PATH',
    'bob  sip:bob@10.0.0.3  0.5  in 1 min  udp a from b  7     1@a      <urn:x> reg-id 1  <sip:p1;lr>, <sip:p2;lr>',
    'eve  sip:eve@10.0.0.4  1    in 0 s    tcp c from d  8     2@a      <urn:y>           -',
    'kim  sip:kim@10.0.0.5  1    in 0 s    tcp e from f  9     3@a      -                 -',
  ]);
  expect(await lines('debug transactions')).toEqual([
    'KIND    METHOD  STATE    HOP                AGE    BRANCH',
    'client  INVITE  calling  udp:10.0.0.3:5060  12 ms  z9hG4bKa',
  ]);
  expect(await lines('debug dialogs')).toEqual([
    'SIDE   ROLE  STATE      WHO  TARGET     CALL-ID',
    'house  uas   confirmed  bob  sip:bob@a  1@a',
  ]);
  expect(await lines('debug timers')).toEqual(['DUE         NAME', 'in 9999 ms  J', 'in 10 s     C']);
  expect(await lines('debug dns')).toEqual(['KIND    FOR         WHAT', 'answer  1 min 30 s  A a.example: 192.0.2.1']);
  expect(await lines('debug counts')).toEqual(['COUNT  WHAT', '12     phones']);
});

test('a long listing is asked for part by part, until a part is not full (interface, 5)', async () => {
  const all = Array.from({ length: 1000 }, (_, index) => ({ Name: `u${index}`, Extension: '-' }));
  const parts: unknown[] = [];
  const { out } = await ran(['user', 'list', '--json'], async (_, { values }) => {
    parts.push(values);
    const [first, most] = values as [number, number];
    return [all.slice(first, first + most)];
  });
  expect(parts).toEqual([
    [0, 500],
    [500, 500],
    [1000, 500],
  ]);
  expect(JSON.parse(out).map(({ name }: { name: string }) => name)).toEqual(all.map(({ Name }) => Name));
});

test('what is done by the daemon is asked of the object that it is done to, and said (interface, 5)', async () => {
  const told: Readonly<Record<string, readonly unknown[]>> = {
    ...{
      AddUser: [['it is new']],
      RemoveUser: [[]],
      Set: [['it is set']],
      HangUp: ['both sides said goodbye'],
      ImportUsers: [2],
    },
    ...{ AddProvider: [['it is new']], Reload: [0, 'No problems.'], ShowConfiguration: ['[daemon]\n'] },
    ...{ CheckConfiguration: [1, 'wrong'], Introspect: ['<node><interface name="org.sipwitch.SipWitch1.User"/></node>'] },
  };
  const done = async (words: string, piped = '') => {
    const asked: string[] = [];
    const { code, out, err } = await ran(
      words.split(' '),
      async ({ name, path, interface: shape, member }, { signature, values }) => {
        const own = (text: string) => text.replace(/^(org\.sipwitch|\/org\/sipwitch)/, '');
        asked.push(`${own(name)} ${own(path)} ${own(shape)}.${member} ${signature} ${JSON.stringify(values)}`);
        return told[member] ?? [];
      },
      { terminal: new SimTerminal({ piped }) },
    );
    return [...asked, `${code} ${out}${err}`];
  };
  const [manager, user] = ['.SipWitch1 /SipWitch1 .SipWitch1.Manager', '.SipWitch1 /SipWitch1/user/bob .SipWitch1.User'];
  expect(await done('user add bob --display B')).toEqual([
    `${manager}.AddUser sa(ss) ["bob",[["display","B"]]]`,
    '0 note: it is new\nbob is a user now; "sipwitchctl passwd bob" sets the password.\n',
  ]);
  expect(await done('user remove bob')).toEqual([`${manager}.RemoveUser s ["bob"]`, '0 bob is removed.\n']);
  expect(await done('user set bob dnd yes')).toEqual([`${user}.Set ss ["dnd","yes"]`, '0 note: it is set\nbob: dnd = yes\n']);
  expect(await done('user import - --set class=guest', 'a,b')).toEqual([
    `${manager}.ImportUsers sa(ss) ["a,b",[["class","guest"]]]`,
    '0 2 users are imported.\n',
  ]);
  expect(await done('passwd bob --stdin', 'secret')).toEqual([
    `${user}.SetPassword s ["secret"]`,
    expect.stringMatching(/^0 The pass/),
  ]);
  expect((await done('passwd bob --random'))[0]).toBe(
    '.SipWitch1 /SipWitch1/user/bob org.freedesktop.DBus.Introspectable.Introspect  []',
  );
  expect(await done('phone remove bob sip:bob@10.0.0.3')).toEqual([
    `${user}.RemovePhone s ["sip:bob@10.0.0.3"]`,
    '0 The phone of bob is removed; it comes back when it registers again.\n',
  ]);
  expect(await done('call hangup 1f')).toEqual([
    '.SipWitch1 /SipWitch1/call/_31f .SipWitch1.Call.HangUp  []',
    '0 The call 1f is ended: both sides said goodbye.\n',
  ]);
  expect(await done('provider add acme --user 1 --stdin --set a=b=c', 'secret')).toEqual([
    `${manager}.AddProvider sa(ss) ["acme",[["preset","acme"],["username","1"],["password","secret"],["a","b=c"]]]`,
    '0 acme is a provider now; "sipwitchctl provider test acme" says whether it works.\nnote: it is new\n',
  ]);
  expect(await done('provider remove acme')).toEqual([
    '.SipWitch1 /SipWitch1/provider/acme .SipWitch1.Provider.Remove  []',
    '0 acme is removed.\n',
  ]);
  expect(await done('state set night off')).toEqual([
    '.SipWitch1 /SipWitch1/state/night .SipWitch1.State.Set s ["off"]',
    '0 night: off\n',
  ]);
  expect(await done('reload')).toEqual([`${manager}.Reload  []`, '0 No problems.\n']);
  expect(await done('config show')).toEqual([`${manager}.ShowConfiguration  []`, '0 [daemon]\n']);
  expect(await done('config check --json')).toEqual([
    `${manager}.CheckConfiguration  []`,
    '78 {\n  "errors": 1,\n  "report": "wrong"\n}\n',
  ]);
});

test('a message is printed as it came, without what moves the cursor; of none it is said whose there is none', async () => {
  const text = 'INVITE sip:bob@home.example SIP/2.0\r\nTo:\t<sip:bob>  \r\nSubject: \x1b[2J\r\n\r\nv=0\r\n\r\n';
  const one = { Transport: 'udp', Local: '10.0.0.1:5060', Remote: '10.0.0.2:5060', CallId: '1@a', Text: text };
  const messages = [
    { ...one, Time: BigInt(at(9, 14) + 6), Direction: 'in' },
    { ...one, Time: BigInt(at(9, 15)), Direction: 'out', Text: 'SIP/2.0 100 Trying' },
  ];
  const trace = async (words: string, rows: readonly object[]) =>
    (await ran(['trace', ...words.split(' ')].filter(Boolean), async () => [rows])).out;
  expect(await trace('--format text', messages)).toBe(
    [
      '09:14:00.006 udp 10.0.0.2:5060 -> 10.0.0.1:5060',
      ...['  INVITE sip:bob@home.example SIP/2.0', '  To:?<sip:bob>', '  Subject: ?[2J', '', '  v=0', ''],
      ...['09:15:00.000 udp 10.0.0.1:5060 -> 10.0.0.2:5060', '  SIP/2.0 100 Trying', ''],
    ].join('\n'),
  );
  expect(await trace('', messages)).toMatch(/^Call-ID 1@a\n.* sipwitch\n.* INVITE F1 .*\n09:14:00\.006 .*>\|\n.* 100 Trying F2 /);
  expect(JSON.parse(await trace('--json', messages))[0]).toMatchObject({ text, time: at(9, 14) + 6, remote: '10.0.0.2:5060' });
  expect([await trace('', []), await trace('--json', []), await trace('--call 1f', [])]).toEqual([
    ...['No message has passed yet.\n', '[]\n', 'None of the last messages is of the call 1f.\n'],
  ]);
});

test('a test of a provider shows its steps, and fails where that is down (interface, 2)', async () => {
  const tried = (up: boolean, advice: string, ...more: readonly string[]) =>
    ran(['provider', 'test', 'acme', ...more], async () => [up, ['asks \x1b', 'hears 403'], advice]);
  expect(await tried(true, '')).toEqual({ code: 0, out: '  asks ?\n  hears 403\nacme is up.\n', err: '' });
  expect(await tried(false, '')).toEqual({ code: 1, out: '  asks ?\n  hears 403\nacme is down.\n', err: '' });
  expect((await tried(false, 'mend it')).out).toMatch(/\nacme is down: mend it\.\n$/);
  const { code, out } = await tried(false, 'mend it', '--json');
  expect([code, JSON.parse(out)]).toEqual([1, { up: false, steps: ['asks \x1b', 'hears 403'], advice: 'mend it' }]);
});

test('that somebody has none is said of him, and a count or a time that is none is refused before anybody is asked', async () => {
  const none = async () => [[]];
  const out = async (...words: readonly string[]) => (await ran(words, none)).out;
  expect([await out('phone', 'list'), await out('phone', 'list', 'bob')]).toEqual([
    ...['No phone is registered.\n', 'No phone of bob is registered.\n'],
  ]);
  expect([await out('call', 'list'), await out('call', 'list', 'bob')]).toEqual(['Nobody is calling.\n', 'bob has no call.\n']);
  const asked: unknown[] = [];
  const history = async (...words: readonly string[]) => {
    const { code, err } = await ran(['call', 'history', ...words], async (_, { values }) => {
      asked.push(...values);
      return [[]];
    });
    return code === 0 ? asked.splice(0) : `${code} ${asked.length} ${err.split('\n')[0]}`;
  };
  expect(await history()).toEqual([0n, 100]);
  expect(await history('--since', '1h', '--most', '1')).toEqual([BigInt(now - 3_600_000), 1]);
  expect(await history('--most', '500')).toEqual([0n, 500]);
  for (const most of ['0', '501', 'ten', '-1', '1.5'])
    expect(await history('--most', most)).toMatch(/^2 0 .* Expected 1 to 500\./);
  expect(await history('--since', 'noon')).toMatch(/^2 0 sipwitchctl: --since noon: expected 2h, 3d, /);
});

test('that no call has ended is said of the time that was asked for', async () => {
  const none = async () => [[]];
  expect((await ran(['call', 'history'], none)).out).toBe('No call has ended.\n');
  expect((await ran(['call', 'history', '--since', '2h'], none)).out).toBe('No call has ended since then.\n');
});

test('doctor looks around, and has nobody asked for a password', async () => {
  const { control, done } = setup(true);
  const [clock, files] = [new SimClock(), { read: () => undefined, list: () => [] }];
  await main(['doctor'], {
    ...{ version: '1.2.3', terminal: new SimTerminal(), surroundings: surroundingsOf(), host: new SimMachine() },
    ...{ clock, files, random: new SimRandom(), openResolver: () => new SimResolver(clock), reach: async () => control },
  });
  expect(new Set(done)).toEqual(new Set(['GetAll false', 'ListUsers false', 'DnsRecords false']));
});

test('doctor asks the daemon that answers, and looks at its files, not at those of whoever asks', async () => {
  const asked: Record<string, readonly unknown[] | BusError> = {
    GetAll: [
      {
        ...{ Version: '1.2.3', Pid: 7, Since: BigInt(now - 60_000), Config: '/etc/sipwitch', State: '/var/lib/sipwitch' },
        ...{ Listeners: ['udp:10.0.0.1:5060'], Buses: ['system'], Auth: { wrong: 1 } },
      },
    ],
    ...{ ListUsers: [[{ Name: 'alice', Password: false }]], ListPhones: [[]], Trace: [[]], CheckConfiguration: [0, ''] },
    ...{ ListProviders: [[{ Name: 'acme', State: 'down', Why: '403' }]], DnsRecords: [[], ['there is no public address']] },
  };
  const texts = new Map([
    ['/etc/sipwitch/sipwitch.conf', HOUSE.replace('[daemon]', '[daemon]\ntls_certificate = /c.pem\ntls_key = /k.pem')],
    ...[['/c.pem', 'a certificate'] as const, ['/k.pem', 'a key'] as const],
  ]);
  const files = {
    read: (path: string) => {
      if (texts.get(path) === 'denied') throw new FileError(path, 'permission denied', undefined, true);
      return texts.get(path);
    },
    list: (folder: string) => (folder === '/var/lib/sipwitch/digests' ? ['alice'] : []),
  };
  let zone = 'example.org 60 A 192.0.2.1\n';
  const host = new SimMachine();
  host.modes.set('/var/lib/sipwitch/digests/alice', 0o640).set('/etc/sipwitch', 0o775);
  const doctor = (...more: readonly string[]) => {
    const call = async ({ member }: Destination) => {
      const answer = asked[member]!;
      if (answer instanceof BusError) throw answer;
      return answer;
    };
    return ran(['doctor', ...more], call, { files, host, zone });
  };
  const found = async (check: RegExp) => {
    const { out } = await doctor('--json');
    const findings: { check: string; state: string; sentence: string }[] = JSON.parse(out);
    return findings.filter((one) => check.test(one.check)).map((one) => `${one.state} ${one.check}: ${one.sentence}`);
  };
  expect(await found(/./)).toEqual([
    'good configuration: /etc/sipwitch has no errors',
    'good daemon: sipwitch 1.2.3 runs for 1 min (process 7)',
    'bad listeners: there is a certificate, and nothing listens for TLS',
    'good bus: it answers on the system bus',
    'bad users: no phone can register for alice: there is no password',
    'note phones: no phone is registered',
    'note passwords: 1 wrong one was sent since the start',
    'bad providers: acme is down: 403',
    'note dialing: 112 and 911 reach nobody from here: there is no provider',
    'good resolver: the name service of this machine answers',
    'note dns: there is no public address',
    'bad certificate: /c.pem: it holds no certificate',
    'note clock: nothing here says whether the clock is kept right',
    'good disk: 5000 MB are free at /var/lib/sipwitch',
    'bad permissions: others may write /etc/sipwitch (mode 0775)',
    'bad permissions: others may read /var/lib/sipwitch/digests/alice (mode 0640), which holds hashes of passwords',
    'note pam: not installed: passwords of logins are not those of phones',
  ]);
  texts.set('/k.pem', 'denied');
  expect(await found(/certificate/)).toEqual(['bad certificate: /k.pem cannot be read: permission denied']);
  texts.set('/k.pem', 'a key');
  zone = '* SERVFAIL';
  expect(await found(/resolver/)).toEqual([
    'bad resolver: example.org cannot be looked up at the name service of this machine: the name server says SERVFAIL',
  ]);
  // What is refused is not known, and of the rest it is said all the same.
  const refused = new BusError('org.sipwitch.SipWitch1.Error.NotAllowed', 'it is not for you');
  for (const member of ['ListUsers', 'ListPhones', 'ListProviders', 'Trace', 'CheckConfiguration', 'DnsRecords'])
    asked[member] = refused;
  expect(await found(/^(?!certificate|permissions|listeners|pam)/)).toEqual([
    'good configuration: /etc/sipwitch has no errors',
    'good daemon: sipwitch 1.2.3 runs for 1 min (process 7)',
    'good bus: it answers on the system bus',
    'note dialing: 112 and 911 reach nobody from here: there is no provider',
    'note clock: nothing here says whether the clock is kept right',
    'good disk: 5000 MB are free at /var/lib/sipwitch',
  ]);
  // Notes are nothing wrong.
  texts.set('/etc/sipwitch/sipwitch.conf', HOUSE);
  host.modes.clear();
  expect(await doctor()).toMatchObject({ code: 0, err: '' });
  host.modes.set('/etc/sipwitch', 0o775);
  expect(await doctor()).toMatchObject({ code: 1, err: 'sipwitchctl: 1 thing is wrong\n' });
  host.modes.set('/var/lib/sipwitch', 0o770);
  expect((await doctor()).err).toBe('sipwitchctl: 2 things are wrong\n');
  asked.GetAll = refused;
  expect(await found(/daemon/)).toEqual(['bad daemon: it is not for you']);
});
