import { expect, test } from 'vitest';
import { ROOT } from '../../../src/control/dbus/paths.ts';
import { type Body, type BusConnection, BusError, type Buses } from '../../../src/runtime/bus.ts';
import { Controlled } from '../../support/controlled.ts';
import { HOUSE } from '../../support/desk.ts';

// What a program that shows the exchange hears: it keeps every property until a signal says that it changed.

/** The signals that were sent, in words. */
class Heard implements BusConnection {
  readonly heard = true;
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
  const buses: Buses = {
    open: async () => Promise.reject(new BusError('x', 'no bus')),
    join(_place, _service, events) {
      events.joined(bus);
      return async () => {};
    },
    connect: async () => Promise.reject(new BusError('x', 'no bus')),
  };
  const daemon = new Controlled(buses, { text });
  await daemon.start();
  await daemon.service.start(['/nowhere'], place);
  return { bus, daemon };
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
