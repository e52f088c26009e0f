import { expect, test } from 'vitest';
import { main } from '../../../src/control/cli/main.ts';
import { BusControl } from '../../../src/control/cli/remote.ts';
import { type BusConnection, BusError, type Destination } from '../../../src/runtime/bus.ts';
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

/** What a command prints, and its exit code, where a daemon answers every question so. */
async function ran(args: readonly string[], call: BusConnection['call']) {
  const control = new BusControl({ heard: true, signal() {}, close: async () => {}, call }, async () => false);
  const [clock, files, terminal] = [new SimClock(), { read: () => undefined, list: () => [] }, new SimTerminal()];
  const code = await main(args, {
    ...{ version: '1.2.3', terminal, surroundings: surroundingsOf(), host: new SimMachine() },
    ...{ clock, files, random: new SimRandom(), openResolver: () => new SimResolver(clock), reach: async () => control },
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
