import { expect, test } from 'vitest';
import { NAME, pathOf, ROOT } from '../../../src/control/dbus/paths.ts';
import { minuteOfWeek } from '../../../src/core/routing/states.ts';
import {
  type Body,
  type BusConnection,
  BusError,
  type BusEvents,
  type Buses,
  type MethodCall,
} from '../../../src/runtime/bus.ts';
import { StorageError } from '../../../src/runtime/storage.ts';
import { Controlled, noBuses } from '../../support/controlled.ts';
import { HOUSE } from '../../support/desk.ts';
import { SimHost } from '../../support/sim-host.ts';

// Who may do what on a system bus: calls are handed to the service as a bus would, with the uid that the bus vouches for.

const DAEMON = 990;
const ALICE = 1000;
const STRANGER = 1001;
const logins = new Map([
  [ALICE, 'alice'],
  [STRANGER, 'eve'],
]);

/** The bus as polkit is asked on it. */
class AskedBus implements BusConnection {
  readonly asked: unknown[] = [];
  readonly signals: string[] = [];
  readonly heard = true;
  readonly answer: boolean | BusError;
  readonly #meanwhile: () => void;

  constructor(answer: boolean | BusError, meanwhile = () => {}) {
    this.answer = answer;
    this.#meanwhile = meanwhile;
  }

  async call(_to: unknown, { values }: Body): Promise<readonly unknown[]> {
    this.asked.push(values[1]);
    this.#meanwhile();
    if (this.answer instanceof BusError) throw this.answer;
    return [[this.answer, false, {}]];
  }

  signal({ member }: { member: string }, { values }: Body): void {
    this.signals.push(`${member} ${JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? Number(value) : value))}`);
  }

  async close(): Promise<void> {}
}

interface As {
  readonly uid: number | undefined;
  readonly polkit?: boolean | BusError;
  /** What happens while polkit is asked. */
  readonly meanwhile?: () => void;
}

async function setup(text = HOUSE) {
  const daemon = new Controlled(noBuses, { uid: DAEMON, logins, text });
  await daemon.start();
  const call = async (
    as: As,
    path: string,
    interfaceName: string,
    member: string,
    signature = '',
    args: readonly unknown[] = [],
  ) => {
    const bus = new AskedBus(as.polkit ?? false, as.meanwhile);
    const made: MethodCall = {
      path,
      interface: interfaceName,
      member,
      signature,
      args,
      bus,
      interactive: true,
      turn: async () => {},
      caller: { sender: ':1.7', uid: as.uid },
    };
    const answer = await daemon.service.call(made).then(
      ({ values }) => ({ values, error: '', message: '' }),
      (error: Error) => ({ values: [] as readonly unknown[], error: error.name.replace(/.*\./, ''), message: error.message }),
    );
    return { ...answer, asked: bus.asked };
  };
  return { daemon, call };
}

const manager = `${NAME}.Manager`;
const user = `${NAME}.User`;
const account = (name: string) => `${ROOT}/user/${name}`;

test('since when the daemon runs is told by the clock of now, which a board learns minutes after its start (interface, status)', async () => {
  const { daemon } = await setup();
  const started = daemon.clock.wall();
  daemon.clock.step(56 * 365 * 86_400_000);
  expect(daemon.service.status(true).since).toBe(started + 56 * 365 * 86_400_000);
});

test('a stranger reads the status and nothing of anybody, whatever is asked for', async () => {
  const { daemon, call } = await setup();
  await daemon.registered('alice', '10.0.0.2');
  const stranger = { uid: STRANGER };
  expect((await call(stranger, ROOT, 'org.freedesktop.DBus.Properties', 'GetAll', 's', [manager])).values).toHaveLength(1);
  expect((await call(stranger, ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')).values).toEqual([[]]);
  const refused: readonly (readonly [
    path: string,
    interfaceName: string,
    member: string,
    signature: string,
    args: readonly unknown[],
  ])[] = [
    [ROOT, manager, 'ListUsers', 'uu', [0, 10]],
    [ROOT, manager, 'ListPhones', 'suu', ['alice', 0, 10]],
    [ROOT, manager, 'ListPhones', 'suu', ['', 0, 10]],
    [ROOT, manager, 'ListCalls', 's', ['']],
    [ROOT, manager, 'AddUser', 'sa(ss)', ['mallory', []]],
    [ROOT, manager, 'RemoveUser', 's', ['alice']],
    [ROOT, manager, 'AddProvider', 'sa(ss)', ['acme', []]],
    [ROOT, manager, 'ImportUsers', 'sa(ss)', ['mallory,x', []]],
    [ROOT, manager, 'History', 'xu', [0n, 10]],
    [ROOT, manager, 'Explain', 'ssss', ['alice', '', 'INVITE', '']],
    [ROOT, manager, 'CheckConfiguration', '', []],
    [ROOT, manager, 'ShowConfiguration', '', []],
    [ROOT, manager, 'Reload', '', []],
    [ROOT, manager, 'ListBindings', 'uu', [0, 10]],
    [ROOT, manager, 'ListTransactions', 'uu', [0, 10]],
    [ROOT, manager, 'Trace', 's', ['']],
    [account('alice'), user, 'Show', '', []],
    [account('alice'), user, 'Set', 'ss', ['dnd', 'yes']],
    [account('alice'), user, 'SetPassword', 's', ['x']],
    [account('alice'), user, 'RemovePhone', 's', ['sip:x']],
    [account('alice'), user, 'Remove', '', []],
    [account('alice'), 'org.freedesktop.DBus.Properties', 'GetAll', 's', [user]],
  ];
  for (const [path, interfaceName, member, signature, args] of refused) {
    const answer = await call(stranger, path, interfaceName, member, signature, args);
    expect(answer, member).toMatchObject({ error: 'NotAllowed' });
    expect(answer.asked, member).toHaveLength(1);
  }
  expect(daemon.exchange.config.users.has('mallory')).toBe(false);
});

test('that somebody has used up a budget is told to who may see his calls, and to no other user of the machine (interface, 5)', async () => {
  const tight = HOUSE.replace('[user alice]', '[class tight]\nmay = paid\ncalls_per_hour = 1\n[user alice]\nclass = tight');
  const { daemon, call } = await setup(tight);
  const limits = { calls: 9, callsPerHour: 9, minutesPerDay: 9 };
  const trunk = { kind: 'provider', name: 'gone' };
  daemon.exchange.spending.start({ payer: { name: 'alice', class: limits }, trunk, limits, emergency: false })!.ended();
  for (const [uid, told] of [
    [0, true],
    [DAEMON, true],
    [STRANGER, false],
  ] as const) {
    const { values } = await call({ uid }, ROOT, 'org.freedesktop.DBus.Properties', 'GetAll', 's', [manager]);
    const text = JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
    expect([uid, text.includes('user alice has used up the limit of 1 calls an hour')]).toEqual([uid, told]);
  }
});

test('status names the interface of a link-local address, for each has its own (RFC 4007 §11)', async () => {
  const daemon = new Controlled(noBuses, { uid: DAEMON, text: HOUSE.replace('tcp:10.0.0.1:5060', 'udp:[::]:5060') });
  const { network } = daemon.exchange.parts;
  if (network instanceof SimHost) network.addAddress('fe80::1%eth0');
  await daemon.start();
  expect(daemon.service.status(true).listeners).toEqual(['udp:10.0.0.1:5060', 'udp:[fe80::1%eth0]:5060']);
});

test('a user reads and sets what is its own, and polkit is not asked', async () => {
  const { daemon, call } = await setup();
  await daemon.registered('alice', '10.0.0.2');
  await daemon.registered('bob', '10.0.0.3');
  const alice = { uid: ALICE };
  for (const [path, interfaceName, member, signature, args] of [
    [account('alice'), user, 'Show', '', []],
    [account('alice'), user, 'Set', 'ss', ['dnd', 'yes']],
    [account('alice'), user, 'SetPassword', 's', ['new']],
    [ROOT, manager, 'ListPhones', 'suu', ['alice', 0, 10]],
    [ROOT, manager, 'ListCalls', 's', ['alice']],
  ] as const) {
    const answer = await call(alice, path, interfaceName, member, signature, args);
    expect(answer, member).toMatchObject({ error: '', asked: [] });
  }
  const { values } = await call(alice, ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects');
  const paths = (values as unknown as [[string, unknown][]])[0].map(([path]) => path.replace(/phone\/.*/, 'phone/...'));
  expect(paths).toEqual([account('alice'), `${ROOT}/phone/...`]);
});

test('a user may not raise its own class, nor publish itself', async () => {
  const { call } = await setup();
  for (const key of ['class', 'published', 'extension']) {
    const answer = await call({ uid: ALICE }, account('alice'), user, 'Set', 'ss', [key, 'yes']);
    expect(answer).toMatchObject({ error: 'NotAllowed', asked: ['org.sipwitch.sipwitch1.manage'] });
  }
});

test('polkit is asked about the action, and its yes is enough', async () => {
  const { daemon, call } = await setup();
  const granted = { uid: STRANGER, polkit: true };
  expect(await call(granted, ROOT, manager, 'AddUser', 'sa(ss)', ['dave', []])).toMatchObject({
    values: [[]],
    asked: ['org.sipwitch.sipwitch1.manage'],
  });
  expect(daemon.exchange.snapshot.byName('dave')).toBeDefined();
  expect((await call(granted, account('dave'), user, 'SetPassword', 's', ['pw'])).asked).toEqual([
    'org.sipwitch.sipwitch1.secrets',
  ]);
});

test('what is gone once a password is typed is no bug: of a call it is said, and a phone is away as it was meant to be', async () => {
  const { daemon, call } = await setup();
  const alice = await daemon.registered('alice', '10.0.0.2');
  const bob = await daemon.registered('bob', '10.0.0.3');
  alice.call('INVITE', 'sip:bob@home.example', { body: 'v=0\r\n' });
  const asked = (path: string, shape: string, member: string, meanwhile: () => void) =>
    call({ uid: STRANGER, polkit: true, meanwhile }, path, `${NAME}.${shape}`, member);
  const { calls, location } = daemon.exchange;
  const its = pathOf('call', calls.list()[0]!.id);
  const ended = await asked(its, 'Call', 'HangUp', () => bob.answer(bob.take('INVITE'), 486));
  expect(ended.values).toEqual(['it had ended already']);
  expect(await asked(its, 'Call', 'HangUp', () => {})).toMatchObject({ error: 'NoSuchCall', asked: [] });
  const [objects] = (await call({ uid: 0 }, ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')).values;
  const phone = (objects as [string][]).flatMap(([path]) => (path.includes('/phone/') ? [path] : []))[0]!;
  const gone = await asked(phone, 'Phone', 'Remove', () => location.commit('alice', []));
  expect([gone.error, location.count]).toEqual(['', 1]);
  expect(await asked(phone, 'Phone', 'Remove', () => {})).toMatchObject({ error: 'NoSuchPhone', asked: [] });
});

test('a trace is of a call by its Call-ID too, and holds what nobody can read', async () => {
  const { daemon, call } = await setup();
  const alice = await daemon.registered('alice', '10.0.0.2');
  alice.send('OPTIONS sip:home.example SIP/9.0\r\nCall-ID: 7@a\r\n\r\n');
  daemon.clock.advance(100);
  const ids = async (which: string) => {
    const { values } = await call({ uid: 0 }, ROOT, manager, 'Trace', 's', [which]);
    const [messages] = values as [[string, [string, unknown]][][]];
    return messages.map((one) => one.flatMap(([name, [, value]]) => (name === 'CallId' ? [value] : []))[0]);
  };
  const all = await ids('');
  const registered = all[0] as string;
  expect(all).toEqual([registered, registered, registered, registered, '']);
  expect(await ids(registered)).toEqual(all.slice(0, 4));
  expect(await ids('nothing')).toEqual([]);
});

test('without polkit the sentence says so, and what to do', async () => {
  const { call } = await setup();
  const absent = new BusError('org.freedesktop.DBus.Error.ServiceUnknown', 'no such service');
  expect(await call({ uid: ALICE, polkit: absent }, ROOT, manager, 'Reload')).toMatchObject({
    error: 'NotAllowed',
    message: 'this needs org.sipwitch.sipwitch1.manage, and polkit cannot be asked: no such service; ask as root',
  });
});

test('who is refused what everybody may ask about himself is told so, and of nothing else (interface, 5)', async () => {
  const { call } = await setup();
  const refused = async (member: string, signature: string, args: readonly unknown[]) =>
    (await call({ uid: ALICE }, ROOT, manager, member, signature, args)).message;
  const no = 'polkit does not grant org.sipwitch.sipwitch1.manage; ask as root';
  expect(await refused('ListPhones', 'suu', ['', 0, 10])).toBe(`${no}, or ask about alice only`);
  expect(await refused('ListCalls', 's', ['bob'])).toBe(`${no}, or ask about alice only`);
  expect(await refused('AddUser', 'sa(ss)', ['dave', []])).toBe(no);
  expect(await refused('Counts', '', [])).toBe(no);
});

test('whom the bus does not know is refused without asking polkit', async () => {
  const { call } = await setup();
  expect(await call({ uid: undefined }, ROOT, manager, 'Reload')).toMatchObject({ error: 'NotAllowed', asked: [] });
});

test('long tables are given in parts', async () => {
  const { daemon, call } = await setup();
  const all = [...daemon.exchange.config.users.keys()];
  const part = async (first: number, most: number) => {
    const { values } = await call({ uid: 0 }, ROOT, manager, 'ListUsers', 'uu', [first, most]);
    return (values[0] as readonly (readonly (readonly [string, readonly [string, string]])[])[]).map((row) => row[0]![1][1]);
  };
  expect([await part(0, 1), await part(1, 1), await part(0, 500)]).toEqual([[all[0]], [all[1]], all]);
});

test('root and the user of the daemon may do all', async () => {
  const { call } = await setup();
  for (const uid of [0, DAEMON])
    expect(await call({ uid }, ROOT, manager, 'Reload')).toMatchObject({
      values: [0, 'No problems. The configuration is in use now.'],
      asked: [],
    });
});

test('signals on a system bus say what changed, and not how it is', async () => {
  const system = new AskedBus(false);
  const session = new AskedBus(false);
  for (const [place, bus] of [
    ['system', system],
    ['session', session],
  ] as const) {
    const daemon = new Controlled(
      {
        ...noBuses,
        join(_place, _service, events) {
          events.joined(bus);
          return async () => {};
        },
      },
      { uid: DAEMON, logins, text: `${HOUSE}[state night]\n` },
    );
    await daemon.start();
    await daemon.service.start(['/nowhere'], place);
    await daemon.registered('alice', '10.0.0.2');
    await daemon.exchange.features.states.set('night', 'on');
    await daemon.service.stop();
  }
  expect(system.signals).toHaveLength(2);
  expect(system.signals[0]).toMatch(
    /^InterfacesAdded \["\/org\/sipwitch\/SipWitch1\/phone\/[0-9a-f_]+",\[\["org.sipwitch.SipWitch1.Phone",\[\]\]\]\]$/,
  );
  expect(system.signals[1]).toBe('PropertiesChanged ["org.sipwitch.SipWitch1.State",[],["On","By"]]');
  expect(session.signals[0]).toContain('["User",["s","alice"]]');
  expect(session.signals[1]).toBe(
    'PropertiesChanged ["org.sipwitch.SipWitch1.State",[["On",["b",true]],["By",["s","hand"]]],[]]',
  );
});

/** A daemon on a session bus whose signals are on record, asked by root. */
async function onSession(text?: string) {
  const bus = new AskedBus(false);
  const daemon = new Controlled(
    {
      ...noBuses,
      join(_place, _service, events) {
        events.joined(bus);
        return async () => {};
      },
    },
    { uid: DAEMON, logins, ...(text === undefined ? {} : { text }) },
  );
  await daemon.start();
  const { service } = daemon;
  await service.start(['/nowhere'], 'session');
  return { bus, daemon, service };
}

test('signals tell of a provider that is added, comes up and is removed', async () => {
  const { bus, daemon, service } = await onSession();
  const acme = await daemon.at('acme', '10.9.0.1');
  const settings = [
    ['registrar', 'sip:10.9.0.1'],
    ['username', 'u'],
    ['password', 'p'],
  ];
  const by = { caller: { sender: ':1.7', uid: 0 }, interactive: true, turn: async () => {} };
  await service.call({
    ...{ path: ROOT, interface: manager, member: 'AddProvider', signature: 'sa(ss)', args: ['acme', settings], bus },
    ...by,
  });
  daemon.clock.advance(0);
  acme.answer(acme.take('REGISTER'), 200);
  await service.call({
    ...{ path: `${ROOT}/provider/acme`, interface: `${NAME}.Provider`, member: 'Remove', signature: '', args: [], bus },
    ...by,
  });
  const told = bus.signals.filter((signal) => signal.includes('State') || signal.startsWith('InterfacesRemoved'));
  expect(told.map((signal) => [/^[^ ]*/.exec(signal)![0], /"State",\["s","([a-z]*)"/.exec(signal)?.[1]])).toEqual([
    ['InterfacesAdded', 'trying'],
    ['PropertiesChanged', 'up'],
    ['InterfacesRemoved', undefined],
  ]);
});

test('signals tell of a state that is there, is switched by hand and by the clock, and is gone', async () => {
  const { bus, daemon, service } = await onSession();
  const time = (minutes: number) => {
    const minute = (minuteOfWeek(daemon.clock.wall()) + minutes) % 1_440;
    return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
  };
  const by = { caller: { sender: ':1.7', uid: 0 }, interactive: true, turn: async () => {} };
  const reload = () =>
    service.call({ ...{ path: ROOT, interface: manager, member: 'Reload', signature: '', args: [], bus }, ...by });
  const set = (to: string) =>
    service.call({
      ...{ path: `${ROOT}/state/night`, interface: `${NAME}.State`, member: 'Set', signature: 's', args: [to], bus },
      ...by,
    });
  const told = () => bus.signals.splice(0).filter((signal) => signal.includes('night') || signal.includes('.State'));
  const changed = (on: boolean, by: string) =>
    `PropertiesChanged ["org.sipwitch.SipWitch1.State",[["On",["b",${on}]],["By",["s","${by}"]]],[]]`;

  const text = daemon.text;
  daemon.text = `${text}[state night]\nusers = bob\nhours = ${time(60)}-${time(120)}\n`;
  await reload();
  expect(told()).toEqual([
    'InterfacesAdded ["/org/sipwitch/SipWitch1/state/night",[["org.sipwitch.SipWitch1.State",' +
      '[["Name",["s","night"]],["On",["b",false]],["By",["s","clock"]]]]]]',
  ]);
  await set('on');
  await set('on');
  await set('off');
  await set('auto');
  expect(told()).toEqual([changed(true, 'hand'), changed(false, 'hand'), changed(false, 'clock')]);
  daemon.clock.advance(3_540_000);
  expect(told()).toEqual([]);
  daemon.clock.advance(60_000);
  expect(told()).toEqual([changed(true, 'clock')]);
  daemon.text = text;
  await reload();
  expect(told()).toEqual(['InterfacesRemoved ["/org/sipwitch/SipWitch1/state/night",["org.sipwitch.SipWitch1.State"]]']);
  expect(daemon.clock.armed().filter(({ name }) => name === 'states')).toEqual([]);
});

test('a state that is none, or is to be nothing that it can be, is refused by its name', async () => {
  const { daemon, call } = await setup();
  daemon.text += '[state night]\nusers = bob\n';
  await call({ uid: 0 }, ROOT, manager, 'Reload');
  const set = (name: string, to: string, uid = 0) => call({ uid }, `${ROOT}/state/${name}`, `${NAME}.State`, 'Set', 's', [to]);
  expect(await set('nihgt', 'on')).toMatchObject({
    error: 'NoSuchState',
    message: 'there is no state nihgt; did you mean night?',
  });
  expect(await set('night', 'maybe')).toMatchObject({ error: 'InvalidArgument' });
  expect(await set('night', 'on', ALICE)).toMatchObject({ error: 'NotAllowed', asked: ['org.sipwitch.sipwitch1.manage'] });
  expect(daemon.exchange.features.states.list()).toEqual([{ name: 'night', on: false, by: 'clock' }]);
});

test('no text on the bus holds a NUL, whatever is dialed', async () => {
  const { call } = await setup();
  const explained = await call({ uid: 0 }, ROOT, manager, 'Explain', 'ssss', ['sip:al%00ice@home.example', '', 'INVITE', '']);
  expect(explained.error).toBe('');
  expect(JSON.stringify(explained.values)).toContain('al\ufffdice');
  expect(JSON.stringify(explained.values)).not.toContain('\\u0000');
});

test.each(['_00', 'a_1b_5b31m', '_0a'])('nobody can have the name of the path user/%s', async (label) => {
  const { call } = await setup();
  const answer = await call({ uid: 0 }, account(label), user, 'Remove');
  expect(answer).toMatchObject({ error: 'UnknownObject', message: `there is no object ${account(label)}` });
});

test('of changes at the same moment each is tried on what the one before left, and none is lost', async () => {
  const { daemon, call } = await setup();
  const root = { uid: 0 };
  const add = (name: string) => call(root, ROOT, manager, 'AddUser', 'sa(ss)', [name, [['extension', '299']]]);
  const added = await Promise.all([add('dave'), add('erin')]);
  expect(added.map(({ error }) => error)).toEqual(['', 'InvalidArgument']);
  expect(added[1]!.message).toContain('299 is the extension of [user dave] already');
  const set = (key: string, value: string) => call(root, account('dave'), user, 'Set', 'ss', [key, value]);
  const changed = await Promise.all([
    set('display', 'Dave'),
    set('dnd', 'yes'),
    set('no_answer', 'soon'),
    set('published', 'yes'),
  ]);
  expect(changed.map(({ error }) => error)).toEqual(['', '', 'InvalidArgument', '']);
  expect(await call(root, ROOT, manager, 'CheckConfiguration')).toMatchObject({ values: [0, expect.any(String)] });
  expect(daemon.exchange.config.users.get('dave')).toMatchObject({ display: 'Dave', dnd: true, published: true });
});

test('a bus that was lost, or that the service is to be on, is told of until it is there, and the log says that it is; a session that nobody has is not', async () => {
  const told: Record<string, readonly (readonly string[])[]> = {};
  for (const place of ['session', 'system']) {
    let events: BusEvents | undefined;
    const join: Buses['join'] = (_place, _service, given) => {
      events = given;
      return async () => {};
    };
    const daemon = new Controlled({ ...noBuses, join });
    await daemon.service.start([], place);
    const problems = () => daemon.service.status(true).problems.filter((one) => !one.startsWith('no private bus'));
    events!.lost('no bus answers');
    const before = problems();
    events!.joined(new AskedBus(true));
    const there = problems();
    events!.lost('it was closed');
    told[place] = [before, there, problems()];
    events!.joined(new AskedBus(true));
    const said = daemon.log.of('notice').map((line) => /^control: (.*?) \(|is (on .*)/.exec(line)?.slice(1).join(''));
    const [away, back] = [`not on the ${place} bus`, `on the ${place} bus`];
    expect(said).toEqual([away, back, away, back]);
  }
  expect(told).toEqual({
    session: [[], [], ['not on the session bus (it was closed); it is tried again']],
    system: [
      ['not on the system bus (no bus answers); it is tried again'],
      [],
      ['not on the system bus (it was closed); it is tried again'],
    ],
  });
});

test('polkit is asked once for all parts of a table', async () => {
  const daemon = new Controlled(noBuses, { uid: DAEMON, logins });
  await daemon.start();
  const bus = new AskedBus(true);
  const list = (member: string, signature: string, args: readonly unknown[]) =>
    daemon.service.call({
      ...{ path: ROOT, interface: manager, member, signature, args, bus, interactive: true, turn: async () => {} },
      caller: { sender: ':1.7', uid: STRANGER },
    });
  for (const member of ['ListUsers', 'ListPhones', 'ListBindings', 'ListTransactions', 'ListDialogs', 'ListTimers', 'ListDns'])
    for (const first of [0, 1, 2])
      await (member === 'ListPhones' ? list(member, 'suu', ['', first, 1]) : list(member, 'uu', [first, 1]));
  expect(bus.asked).toHaveLength(7);
});

test('a value that cannot be one is called by its key', async () => {
  const { call } = await setup();
  const add = (settings: unknown) => call({ uid: 0 }, ROOT, manager, 'AddUser', 'sa(ss)', ['eve', settings]);
  const told = [
    await add([
      ['dnd', 'no'],
      ['display', 'a\nb'],
    ]),
    await add([['display', 'x'.repeat(1_025)]]),
    await add([['a\nb', '']]),
  ];
  expect(told.map(({ message }) => message)).toEqual([
    'display: expected no control characters',
    'display: expected 1024 characters at most',
    'settings: expected no control characters',
  ]);
});

test('a file that cannot be read is no bug: it is named, with who must own it, and hides nobody else (house 8)', async () => {
  const { daemon, call } = await setup();
  const { storage } = daemon;
  const read = storage.read.bind(storage);
  storage.read = (path, last) => {
    if (/^(?:history|digests.alice.passwd)/.test(path))
      throw new StorageError('EACCES', `cannot read ${path}: permission denied`);
    return read(path, last);
  };
  const list = storage.list.bind(storage);
  storage.list = (path) => {
    if (path === 'digests/bob') throw new StorageError('EMFILE', `cannot read ${path}: too many open files`);
    return list(path);
  };
  const root = { uid: 0 };
  expect(await call(root, ROOT, manager, 'History', 'xu', [0n, 10])).toMatchObject({
    error: 'StorageFailed',
    message: 'cannot read history.jsonl: permission denied; the user of the daemon must own it',
  });
  expect(await call(root, account('bob'), user, 'Show')).toMatchObject({
    error: 'StorageFailed',
    message: 'cannot read digests/bob: too many open files',
  });
  const { values } = await call(root, ROOT, manager, 'ListUsers', 'uu', [0, 10]);
  expect(JSON.stringify(values).match(/"Name",\["s","[a-z]+"\]|"Password",\["b",[a-z]+\]/g)).toEqual([
    ...['"Name",["s","alice"]', '"Password",["b",true]'],
    ...['"Name",["s","bob"]', '"Password",["b",true]'],
    ...['"Name",["s","carol"]', '"Password",["b",true]'],
  ]);
  expect((await call(root, ROOT, manager, 'Trace', 's', [''])).error).toBe('');
  expect(daemon.log.of('error').filter((line) => line.startsWith('bug'))).toEqual([]);
});

test.each([
  ['AddUser', ['carol', []]],
  ['ImportUsers', ['carol,new\n', []]],
] as const)('the phones of an earlier user of the name do not ring for whom %s makes', async (member, args) => {
  const { daemon, call } = await setup();
  const root = { uid: 0 };
  await daemon.registered('carol', '10.0.0.4');
  await daemon.registered('bob', '10.0.0.3');
  daemon.text = HOUSE.replace('[user carol]\nextension = 203\n', '');
  expect(await call(root, ROOT, manager, 'Reload')).toMatchObject({ values: [0, expect.any(String)] });
  expect(await call(root, ROOT, manager, member, 'sa(ss)', args)).toMatchObject({ error: '' });
  expect([...daemon.exchange.location.aors]).toEqual(['bob']);
});
