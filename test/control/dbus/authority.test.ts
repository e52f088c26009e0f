import { expect, test } from 'vitest';
import { Authority } from '../../../src/control/dbus/authority.ts';
import { type Body, type BusConnection, BusError, type Destination, Standard } from '../../../src/runtime/bus.ts';
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
  const asker = (uid: number) => authority.asker({ sender: ':1.7', uid });
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
  clock.advance(999);
  await asker(1000);
  expect(asked).toEqual([1000, 1000]);
});

/** A part of a table that is asked for: the row that it begins with, by whom, and whose. */
interface Part {
  readonly first?: number;
  readonly sender?: string;
  readonly subjects?: readonly string[];
  readonly on?: BusConnection;
}

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
  const { authority, clock } = setup();
  const require = (uid: number, interactive = true, { sender = ':1.7', subjects = [''], on = bus, ...part }: Part = {}) => {
    const caller = { sender, uid };
    const call = {
      path: '/',
      interface: '',
      member: '',
      signature: '',
      args: [],
      bus: on,
      caller,
      interactive,
      turn: async () => {},
    };
    return authority.require('manage', call, { uid, name: undefined }, subjects, part.first).then(
      () => 'allowed',
      ({ message }: Error) => message,
    );
  };
  return { asked, flags, open, require, clock, bus };
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

test('a password is typed once for a table, however many parts it has, and counts for no other, nobody else and no longer, and for sixteen', async () => {
  const { asked, open, require, clock, bus } = polkit();
  /** Whether polkit is asked before the part is given; it says yes. */
  const isAsked = async (part: Part) => {
    const before = asked.length;
    const answer = require(1000, true, part);
    await new Promise((done) => setImmediate(done));
    if (asked.length > before) open.at(-1)!.answer(true);
    expect(await answer).toBe('allowed');
    return asked.length > before;
  };
  expect([await isAsked({ first: 0 }), await isAsked({ first: 500 }), await isAsked({ first: 1000 })]).toEqual([
    true,
    false,
    false,
  ]);
  for (const other of [{ subjects: ['bob'] }, { sender: ':1.8' }, { on: { ...bus } }])
    expect(await isAsked({ first: 500, ...other })).toBe(true);
  expect([await isAsked({ first: 0 }), await isAsked({ first: 0 })]).toEqual([true, true]);
  clock.advance(60_000);
  expect(await isAsked({ first: 500 })).toBe(true);
  expect([await isAsked({}), await isAsked({})]).toEqual([true, true]);
  for (let i = 0; i < 17; i++) expect(await isAsked({ first: 0, subjects: [`u${i}`] })).toBe(true);
  expect([await isAsked({ first: 500, subjects: ['u1'] }), await isAsked({ first: 500, subjects: ['u0'] })]).toEqual([
    false,
    true,
  ]);
});

test('the first part of a table that was refused gives nobody the second', async () => {
  const { open, require } = polkit();
  for (const first of [0, 500]) {
    const answer = require(1000, true, { first });
    await expect.poll(() => open.length).toBe(first === 0 ? 1 : 2);
    open.at(-1)!.answer(false);
    expect(await answer).toMatch(/^polkit does not grant /);
  }
});
