import { expect, test } from 'vitest';
import { Authority } from '../../../src/control/dbus/authority.ts';
import { type Body, BusError, type Destination, Standard } from '../../../src/runtime/bus.ts';
import { SimClock } from '../../support/sim-clock.ts';

/** Somebody on the bus, and an authority that notes whose login name it asked for. */
function setup() {
  const clock = new SimClock();
  const asked: number[] = [];
  const loginName = async (uid: number) => {
    asked.push(uid);
    return `login-${uid}-${asked.length}`;
  };
  const authority = new Authority({ daemonUid: 990, loginName }, clock);
  const asker = (uid: number) => authority.asker({ sender: ':1.7', uid: async () => uid });
  return { clock, asked, asker, authority };
}

test('calls that come in a heap ask once who has the uid: each would be a process (security S25)', async () => {
  const { clock, asked, asker } = setup();
  const askers = await Promise.all(Array.from({ length: 100 }, (_, n) => asker(n % 2 === 0 ? 1000 : 1001)));
  expect(askers.slice(0, 2)).toEqual([
    { uid: 1000, name: 'login-1000-1' },
    { uid: 1001, name: 'login-1001-2' },
  ]);
  clock.advance(999);
  await asker(1000);
  expect(asked).toEqual([1000, 1001]);
});

test('a login that was made or renamed counts within a second', async () => {
  const { clock, asked, asker } = setup();
  await asker(1000);
  clock.advance(1000);
  expect(await asker(1000)).toEqual({ uid: 1000, name: 'login-1000-2' });
  expect(asked).toEqual([1000, 1000]);
});

/** A bus on which polkit answers when the test says so. */
function polkit() {
  const asked: string[] = [];
  const flags: unknown[] = [];
  const open: { answer(granted: boolean, challenge?: boolean): void; timeOut(): void }[] = [];
  const bus = {
    heard: true,
    call({ member }: Destination, { values }: Body): Promise<readonly unknown[]> {
      asked.push(`${member} ${values.at(-1)}`);
      if (member === 'CancelCheckAuthorization') return Promise.resolve([]);
      flags.push(values[3]);
      return new Promise((done, fail) => {
        open.push({
          answer: (granted, challenge = false) => done([[granted, challenge, {}]]),
          timeOut: () => fail(new BusError(Standard.timeout, 'no reply')),
        });
      });
    },
    signal() {},
    async close() {},
  };
  const { authority } = setup();
  const require = (uid: number, interactive = true) => {
    const caller = { sender: ':1.7', uid: async () => uid };
    const call = {
      path: '/',
      interface: '',
      member: '',
      signature: '',
      args: [],
      bus,
      caller,
      interactive,
      turn: async () => {},
    };
    return authority.require('manage', call, { uid, name: undefined }, []).then(
      () => 'allowed',
      ({ message }: Error) => message,
    );
  };
  return { asked, flags, open, require };
}

test('who leaves questions of polkit open keeps nobody else from being asked (security S25)', async () => {
  const { asked, open, require } = polkit();
  const mine = Array.from({ length: 16 }, () => require(1000));
  expect(await require(1000)).toBe('polkit has not answered 16 questions about you yet; answer those first');
  const another = require(1001);
  await expect.poll(() => open.length).toBe(17);
  open[16]!.answer(true);
  expect(await another).toBe('allowed');
  open[0]!.answer(false);
  expect(await mine[0]).toMatch(/^polkit does not grant org.sipwitch.sipwitch1.manage; /);
  const next = require(1000);
  await expect.poll(() => open.length).toBe(18);
  for (const one of open) one.answer(true);
  expect(await Promise.all([next, ...mine.slice(1)])).toEqual(Array(16).fill('allowed'));
  expect(asked).toEqual(Array.from({ length: 18 }, (_, n) => `CheckAuthorization ${n + 1}`));
});

test('a question that polkit does not answer in time is taken back', async () => {
  const { asked, open, require } = polkit();
  const answer = require(1000);
  await expect.poll(() => open.length).toBe(1);
  open[0]!.timeOut();
  expect(await answer).toMatch(/polkit cannot be asked: no reply; /);
  expect(asked).toEqual(['CheckAuthorization 1', 'CancelCheckAuthorization 1']);
});

test('a person is asked where the caller waits for that, and that there is nobody to ask is said (D-Bus, ALLOW_INTERACTIVE_AUTHORIZATION)', async () => {
  const { flags, open, require } = polkit();
  const refused = [require(1000, false), require(1000, true)];
  await expect.poll(() => open.length).toBe(2);
  expect(flags).toEqual([0, 1]);
  open[0]!.answer(false, true);
  open[1]!.answer(false, true);
  const why = 'polkit wants a password for org.sipwitch.sipwitch1.manage, and no program is there to ask for it; ask as root';
  expect(await Promise.all(refused)).toEqual([why, why]);
});
