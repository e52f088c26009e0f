import { expect, test } from 'vitest';
import { NAME, ROOT } from '../../../src/control/dbus/paths.ts';
import { type Body, type BusConnection, BusError, type BusEvents, type Buses } from '../../../src/runtime/bus.ts';
import { Controlled, noBuses } from '../../support/controlled.ts';
import { HOUSE } from '../../support/desk.ts';

// What a program that shows the exchange hears: it keeps every property until a signal says that it changed.

/** The signals that were sent, in words. */
class Heard implements BusConnection {
  heard = true;
  private readonly signals: string[] = [];

  async call(): Promise<readonly unknown[]> {
    throw new BusError('x', 'nobody is asked');
  }

  signal({ path, member }: { path: string; member: string }, { values }: Body): void {
    const [subject, changed, gone] = values as [string, [string, [string, unknown]][], string[]];
    const where = (member === 'PropertiesChanged' ? path : subject).slice(ROOT.length + 1);
    const now = member === 'PropertiesChanged' ? changed.map(([name, [, value]]) => `${name}=${String(value)}`) : [];
    const stale = member === 'PropertiesChanged' ? gone.map((name) => `${name}?`) : [];
    this.signals.push([member, where, ...now, ...stale].join(' '));
  }

  async close(): Promise<void> {}

  take(): string[] {
    return this.signals.splice(0);
  }
}

async function on(place: string, text = HOUSE) {
  const bus = new Heard();
  let given: BusEvents | undefined;
  const buses: Buses = {
    ...noBuses,
    join(_place, _service, events) {
      given = events;
      events.joined(bus);
      return async () => {};
    },
  };
  const daemon = new Controlled(buses, { text });
  await daemon.start();
  await daemon.service.start(['/nowhere'], place);
  const ask = async (path: string, interfaceName: string, member: string, signature = '', args: readonly unknown[] = []) => {
    const made = { path, interface: interfaceName, member, signature, args, bus };
    const { values } = await daemon.service.call({
      ...{ ...made, interactive: true, turn: async () => {}, caller: { sender: ':1.7', uid: 0 } },
    });
    return values;
  };
  const reload = () => ask(ROOT, `${NAME}.Manager`, 'Reload');
  return { bus, daemon, ask, reload, events: given! };
}

test('whose phone answered is told with the answer (interface, 5: the standard signals are the changes)', async () => {
  const { bus, daemon } = await on('session');
  const alice = await daemon.registered('alice', '10.0.0.2');
  const bob = await daemon.registered('bob', '10.0.0.3');
  bus.take();
  const sdp = 'v=0\r\n';
  alice.call('INVITE', 'sip:bob@home.example', { body: sdp });
  bob.answer(bob.take('INVITE'), 200);
  const id = daemon.exchange.calls.list()[0]!.id;
  const [begun, answered] = bus
    .take()
    .map((one) => one.replace(/_[0-9a-f]{2}/, (c) => String.fromCharCode(Number.parseInt(c.slice(1), 16))));
  expect(begun).toBe(`InterfacesAdded call/${id}`);
  expect(answered).toMatch(new RegExp(`^PropertiesChanged call/${id} AnsweredBy=bob State=answered Answered=[1-9][0-9]+$`));
});

test('what of a user or provider is set otherwise is told, and nothing of the others (interface, 5)', async () => {
  const acme = '[provider acme]\nregistrar = sip:10.9.0.1\nusername = u\npassword = p\n';
  for (const [place, told] of [
    ['session', ['PropertiesChanged user/bob Display=Bob B. Dnd=true', 'PropertiesChanged provider/acme Username=v']],
    ['system', ['PropertiesChanged user/bob Display? Dnd?', 'PropertiesChanged provider/acme Username?']],
  ] as const) {
    const { bus, daemon, ask, reload } = await on(place, `${HOUSE}${acme}`);
    await reload();
    expect(bus.take()).toEqual([]);
    daemon.text = daemon.text!.replace('[user bob]', '[user bob]\ndisplay = Bob B.\ndnd = yes').replace('= u\n', '= v\n');
    await reload();
    expect(bus.take().filter((one) => !one.includes('State'))).toEqual(told);
    await ask(`${ROOT}/user/bob`, `${NAME}.User`, 'Set', 'ss', ['dnd', 'no']);
    expect(bus.take()).toEqual([`PropertiesChanged user/bob ${place === 'session' ? 'Dnd=false' : 'Dnd?'}`]);
  }
});

test('a phone that registers again is told of where it moved, and not where it is as it was (RFC 5626 §6)', async () => {
  const { bus, daemon } = await on('session');
  const phone = await daemon.at('alice', '10.0.0.2');
  const device = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';
  const register = (contact: string) => phone.register([`Contact: <${contact}>${device}`, 'Expires: 3600']);
  register('sip:alice@10.0.0.2');
  expect(bus.take()).toEqual([expect.stringMatching(/^InterfacesAdded phone\//)]);
  daemon.clock.advance(60_000);
  register('sip:alice@10.0.0.2');
  expect(bus.take()).toEqual([]);
  register('sip:alice@10.0.0.2:5062');
  expect(bus.take()).toEqual([
    expect.stringMatching(/^PropertiesChanged phone\/[0-9a-f_]+ Contact=sip:alice@10\.0\.0\.2:5062 Transport=udp /),
  ]);
});

test('a phone that begins to say which device it is, or to use flows, is told as the one that there is now (RFC 5626 §6)', async () => {
  const { bus, daemon, ask } = await on('session');
  const phone = await daemon.at('alice', '10.0.0.2');
  const instance = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';
  const known = new Set<string>();
  for (const params of ['', instance, `${instance};reg-id=1`, instance]) {
    phone.register([`Contact: <sip:alice@10.0.0.2>${params}`, 'Expires: 3600', 'Supported: outbound']);
    for (const [, added, path] of bus
      .take()
      .join('\n')
      .matchAll(/^Interfaces(Added|Removed) (\S+)$/gm))
      if (added === 'Added') known.add(path!);
      else known.delete(path!);
    const [objects] = await ask(ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects');
    const paths = (objects as [string][])
      .map(([path]) => path.slice(ROOT.length + 1))
      .filter((path) => path.startsWith('phone/'));
    expect([...known]).toEqual(paths);
    expect(paths).toHaveLength(1);
  }
});

test('a phone that takes its contact back and names it anew in one request is told of since when it is there (RFC 3261 §10.3 step 7)', async () => {
  const { bus, daemon } = await on('session');
  const phone = await daemon.at('alice', '10.0.0.2');
  phone.register();
  daemon.clock.advance(60_000);
  bus.take();
  phone.register([`Contact: ${phone.contact};expires=0, ${phone.contact}`, 'Expires: 3600']);
  const { since } = daemon.exchange.location.bindings('alice')[0]!;
  expect(bus.take()).toEqual([expect.stringMatching(new RegExp(`^PropertiesChanged phone/.* Since=${since}$`))]);
});

test('of two devices with one private address the one is removed that was meant (RFC 5626 §6)', async () => {
  const { bus, daemon, ask } = await on('session');
  const phone = await daemon.at('alice', '10.0.0.2');
  for (const n of [1, 2])
    phone.register([`Contact: <sip:alice@192.168.1.5>;+sip.instance="<urn:uuid:${n}>";reg-id=1`, 'Supported: outbound']);
  const [first, second] = bus.take().map((one) => one.slice('InterfacesAdded '.length));
  await ask(`${ROOT}/${first}`, `${NAME}.Phone`, 'Remove');
  expect(bus.take()).toEqual([`InterfacesRemoved ${first}`]);
  await ask(`${ROOT}/${second}`, `${NAME}.Phone`, 'Remove');
  expect(daemon.exchange.location.count).toBe(0);
});

test('two contacts of one device are two phones, and the one is removed that was meant (RFC 3261 §10.3 step 7)', async () => {
  const { bus, daemon, ask } = await on('session');
  const phone = await daemon.at('alice', '10.0.0.2');
  const [a, b] = ['', ';transport=tcp'].map((more) => `<sip:alice@10.0.0.2${more}>;+sip.instance="<urn:uuid:1>"`);
  phone.register([`Contact: ${a}, ${b}`, 'Expires: 3600']);
  const [first, second] = bus.take().map((one) => one.slice('InterfacesAdded '.length));
  const contact = async (path?: string) =>
    (await ask(`${ROOT}/${path}`, 'org.freedesktop.DBus.Properties', 'Get', 'ss', [`${NAME}.Phone`, 'Contact']))[0];
  expect(await contact(first)).toEqual(['s', 'sip:alice@10.0.0.2']);
  expect(await contact(second)).toEqual(['s', 'sip:alice@10.0.0.2;transport=tcp']);
  await ask(`${ROOT}/${second}`, `${NAME}.Phone`, 'Remove');
  expect(bus.take()).toEqual([`InterfacesRemoved ${second}`]);
  expect(daemon.exchange.location.bindings('alice').map(({ uri }) => uri)).toEqual(['sip:alice@10.0.0.2']);
});

test('introspection names the properties that no signal tells of (D-Bus Specification, Introspection Data Format)', async () => {
  const { daemon, ask } = await on('session');
  await daemon.registered('alice', '10.0.0.2');
  const introspect = async (path: string) =>
    String((await ask(`${ROOT}${path}`, 'org.freedesktop.DBus.Introspectable', 'Introspect'))[0]);
  const marked =
    /<property name="([A-Za-z]+)" type="[a-z{}]+" access="read">\s*<annotation name="org\.freedesktop\.DBus\.Property\.EmitsChangedSignal" value="false"\/>/g;
  const silent = async (path: string) => [...(await introspect(path)).matchAll(marked)].map(([, name]) => name);
  const [, phone] = /<node name="([^"]+)"/.exec(await introspect('/phone'))!;
  expect(await silent(`/phone/${phone}`)).toEqual(['Expires']);
  expect(await silent('/user/alice')).toEqual(['Phones', 'Password']);
  expect(await silent('')).toEqual(expect.arrayContaining(['Phones', 'Calls', 'Problems']));
});

test('a bus that was lost hears nothing more, the one that is there after it does; where nobody listens nothing is told of what is', async () => {
  const { bus, daemon, events } = await on('session');
  events.lost('it was closed');
  const next = new Heard();
  events.joined(next);
  const bob = await daemon.registered('bob', '10.0.0.3');
  expect([bus.take(), next.take()]).toEqual([[], [expect.stringMatching(/^InterfacesAdded phone\//)]]);
  next.heard = false;
  await daemon.registered('alice', '10.0.0.2');
  bob.call('INVITE', 'sip:alice@home.example', { body: 'v=0\r\n' });
  expect(next.take()).toEqual([]);
  next.heard = true;
  await daemon.service.stop();
  daemon.exchange.calls.hangup(daemon.exchange.calls.list()[0]!.id);
  expect(next.take()).toEqual([]);
});

test('a user is removed by its object, with its phones, and each is told (interface, 5)', async () => {
  const { bus, daemon, ask } = await on('session');
  await ask(ROOT, `${NAME}.Manager`, 'AddUser', 'sa(ss)', ['dave', []]);
  await daemon.secrets.set('dave', 'passwd', 'dave');
  await daemon.registered('dave', '10.0.0.5');
  bus.take();
  await ask(`${ROOT}/user/dave`, `${NAME}.User`, 'Remove');
  expect(bus.take()).toEqual([expect.stringMatching(/^InterfacesRemoved phone\//), 'InterfacesRemoved user/dave']);
  expect([daemon.exchange.config.users.has('dave'), daemon.secrets.has('dave')]).toEqual([false, false]);
  await expect(ask(`${ROOT}/user/dave`, `${NAME}.User`, 'Remove')).rejects.toThrow('there is no user dave');
});
