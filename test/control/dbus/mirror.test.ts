import { expect, test } from 'vitest';
import { NAME, ROOT } from '../../../src/control/dbus/paths.ts';
import { type Body, type BusConnection, BusError, type Buses } from '../../../src/runtime/bus.ts';
import { Controlled } from '../../support/controlled.ts';
import { HOUSE } from '../../support/desk.ts';
import type { Phone } from '../../support/phone.ts';
import { SimRandom } from '../../support/sim-random.ts';

// A program that asked for all objects once and then listens knows, after whatever happens, what it would be told if it asked again, and
// the listings say the same (interface, 5).

type Properties = readonly (readonly [name: string, value: unknown])[];
type Interfaces = readonly (readonly [name: string, properties: Properties])[];
type Objects = ReadonlyMap<string, ReadonlyMap<string, string>>;

const noBus = async () => Promise.reject(new BusError('x', 'no bus'));
const shown = (value: unknown) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? Number(one) : one));
const valuesOf = (properties: Properties) => new Map(properties.map(([name, value]) => [name, shown(value)]));

class Mirror implements BusConnection {
  readonly heard = true;
  readonly objects = new Map<string, Map<string, string>>();
  /** What no listener can make sense of. */
  readonly faults: string[] = [];
  readonly call = noBus;

  signal({ path, member }: { path: string; member: string }, { values }: Body): void {
    const [subject, second] = values as [string, unknown];
    const where = member === 'PropertiesChanged' ? path : subject;
    if (this.objects.has(where) !== (member !== 'InterfacesAdded')) this.faults.push(`${member} ${where}`);
    if (member === 'InterfacesRemoved') this.objects.delete(where);
    else if (member === 'InterfacesAdded') this.objects.set(where, valuesOf((second as Interfaces)[0]![1]));
    else for (const [name, value] of valuesOf(second as Properties)) this.objects.get(where)?.set(name, value);
  }

  async close(): Promise<void> {}
}

const NIGHT = `${HOUSE}[state night]\n`;
const TEXTS = [
  ...[NIGHT, NIGHT, HOUSE, `${NIGHT}[state day]\n`, NIGHT.replace(/\[user bob\][^[]*/, '')],
  NIGHT.replace('[user bob]', '[user bob]\ndisplay = B'),
  `${NIGHT}[provider acme]\nregistrar = sip:10.9.0.1\nusername = u\npassword = p\ninbound = alice\n`,
];
const DEVICE = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';
/** What of an object changes without a signal. */
const SILENT: Readonly<Record<string, readonly string[]>> = { user: ['Phones', 'Password'], phone: ['Expires'] };
const LISTINGS = [
  ['user', 'ListUsers', 'uu', [0, 500]],
  ['phone', 'ListPhones', 'suu', ['', 0, 500]],
  ['call', 'ListCalls', 's', ['']],
  ['provider', 'ListProviders', '', []],
  ['state', 'ListStates', '', []],
] as const;

async function house(seed: number) {
  const random = new SimRandom(seed);
  const one = <T>(of: readonly T[]): T => of[random.below(of.length)]!;
  const bus = new Mirror();
  const join: Buses['join'] = (_place, _service, events) => {
    events.joined(bus);
    return async () => {};
  };
  const daemon = new Controlled({ open: noBus, join, connect: noBus }, { text: NIGHT });
  await daemon.start();
  await daemon.service.start(['/nowhere'], 'session');
  const ask = async (path: string, its: string, member: string, signature: string, args: readonly unknown[]) => {
    const made = { path, interface: its, member, signature, args, bus };
    return (await daemon.service.call({ ...made, interactive: true, turn: async () => {}, caller: { sender: ':1.7', uid: 0 } }))
      .values;
  };
  /** A command; what it refuses changes nothing. */
  const tell = (path: string, kind: string, member: string, signature = '', args: readonly unknown[] = []) =>
    ask(`${ROOT}${path}`, `${NAME}.${kind}`, member, signature, args).catch(() => []);
  const managed = async () => (await ask(ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', '', []))[0];
  const phones: Phone[] = [];
  for (const [at, name] of ['alice', 'bob', 'carol', 'bob'].entries()) phones.push(await daemon.at(name, `10.0.0.${at + 2}`));
  for (const phone of phones.slice(0, 3)) phone.register();

  const phone = () => one(phones.filter(({ user }) => daemon.exchange.config.users.has(user)));
  const ringing = () => phones.find(({ waiting }) => waiting.includes('INVITE'));
  const sip: readonly (() => unknown)[] = [
    () => phone().register(),
    () => phone().register([`Contact: <sip:x@10.0.0.77>${one(['', DEVICE])}`, `Expires: ${one([60, 3600])}`]),
    () => phone().register([`Contact: <sip:y@10.0.0.77>${DEVICE}, <sip:z@10.0.0.77>${DEVICE}`, 'Expires: 300']),
    () => phone().register(['Contact: *', 'Expires: 0']),
    () => phone().call('INVITE', `sip:${one(['alice', 'bob', 'carol'])}@home.example`, { body: 'v=0\r\n' }),
    () => ringing()?.answer(ringing()!.take('INVITE'), one([180, 486, 200, 200])),
    () => daemon.exchange.calls.hangup(daemon.exchange.calls.list()[0]?.id ?? ''),
    () => daemon.clock.pass(one([1_000, 40_000, 61_000, 400_000])),
  ];
  const account = ['sip', Object.entries({ registrar: 'sip:10.9.0.2', username: 'q', password: 'z' })];
  const control: readonly (() => unknown)[] = [
    () => tell('', 'Manager', 'AddUser', 'sa(ss)', ['dave', [['extension', '204']]]),
    () => tell('/user/dave', 'User', 'Remove'),
    () => tell(`/user/${one(['bob', 'dave'])}`, 'User', 'Set', 'ss', [one(['dnd', 'published']), one(['yes', 'no'])]),
    () => tell('/state/night', 'State', 'Set', 's', [one(['on', 'off', 'auto'])]),
    () => tell('', 'Manager', 'AddProvider', 'sa(ss)', account),
    () => tell('/provider/sip', 'Provider', 'Remove'),
    () => tell([...bus.objects.keys()].find((path) => path.includes('/phone/'))?.slice(ROOT.length) ?? '', 'Phone', 'Remove'),
    () => {
      daemon.text = one(TEXTS);
      return tell('', 'Manager', 'Reload');
    },
  ];
  const step = async () => {
    await one([...sip, ...sip, ...control])();
    await daemon.clock.pass(1_100); // what has expired is told within a second
  };
  return { bus, daemon, ask, managed, step };
}

/** Every property but those without a signal. */
function told(objects: Objects): readonly string[] {
  return [...objects].map(([path, properties]) => `${path} ${loud(path, properties)}`).sort();
}

function loud(path: string, properties: ReadonlyMap<string, string>): string {
  const silent = SILENT[path.slice(ROOT.length + 1).split('/')[0]!] ?? [];
  return [...properties]
    .flatMap(([name, value]) => (silent.includes(name) ? [] : [`${name}=${value}`]))
    .sort()
    .join(' ');
}

test('10 random houses: signals lead to what GetManagedObjects says, and so do the listings (interface, 5)', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { bus, daemon, ask, managed, step } = await house(seed);
    for (const [path, [[, properties]]] of (await managed()) as [string, [[string, Properties]]][])
      bus.objects.set(path, valuesOf(properties));
    for (let steps = 0; steps < 30; steps++) {
      await step();
      const objects = (await managed()) as [string, [[string, Properties]]][];
      const now = new Map(objects.map(([path, [[, properties]]]) => [path, valuesOf(properties)]));
      const what = `seed ${seed}, step ${steps}`;
      expect([now.size, bus.faults], what).toEqual([objects.length, []]);
      expect(told(bus.objects), what).toEqual(told(now));
      for (const [kind, member, signature, args] of LISTINGS) {
        const [rows] = (await ask(ROOT, `${NAME}.Manager`, member, signature, args)) as [Properties[]];
        const stand = objects.filter(([path]) => path.startsWith(`${ROOT}/${kind}/`));
        const listed = rows.map(shown).sort();
        const said = stand.map(([, [[, properties]]]) => shown(properties));
        expect(listed, `${member}, ${what}`).toEqual(said.sort());
      }
    }
    expect(daemon.exchange.bugs).toBe(0);
  }
});
