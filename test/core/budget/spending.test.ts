import { assert, test } from 'vitest';
import { begin, EMPTY, type Ledger, printLedger, readLedger, spentOf, talked } from '../../../src/core/budget/ledger.ts';
import { overdrawn, timeLeft } from '../../../src/core/budget/limits.ts';
import { type Spendable, Spending } from '../../../src/core/budget/spending.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimStorage } from '../../support/sim-storage.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const none = { calls: Number.POSITIVE_INFINITY, callsPerHour: Number.POSITIVE_INFINITY, minutesPerDay: Number.POSITIVE_INFINITY };

const limits = { calls: 2, callsPerHour: 3, minutesPerDay: 10 };
test.each([
  [{ calls: 1, hour: 2, talk: 10 * MINUTE - 1 }, undefined],
  [{ calls: 2, hour: 0, talk: 0 }, '2 calls at the same time'],
  [{ calls: 0, hour: 3, talk: 0 }, '3 calls an hour'],
  [{ calls: 0, hour: 0, talk: 10 * MINUTE }, '10 minutes a day'],
])('%j leaves room for one more call, or says which limit does not', (spent, which) =>
  assert.equal(overdrawn(spent, limits), which),
);

test('one more call may last as long as there are minutes left', () => {
  assert.equal(timeLeft({ calls: 0, hour: 0, talk: 9 * MINUTE }, limits), MINUTE);
  assert.equal(timeLeft({ calls: 0, hour: 0, talk: 11 * MINUTE }, limits), 0);
  assert.equal(timeLeft({ calls: 0, hour: 0, talk: HOUR }, none), Number.POSITIVE_INFINITY);
});

test('calls count for an hour, talk for the hours of a day in which it was', () => {
  const at = 100 * HOUR;
  const of = (ledger: Ledger, now: number) => spentOf(ledger, 0, 0, now);
  const twice = begin(begin(EMPTY, at), at + 30 * MINUTE);
  assert.deepEqual(
    [0, 30, 59, 60, 89, 90].map((minutes) => of(twice, at + minutes * MINUTE).hour),
    [1, 2, 2, 1, 1, 0],
  );
  // From a quarter to two until a quarter past three.
  const talk = talked(EMPTY, at + HOUR + 45 * MINUTE, at + 3 * HOUR + 15 * MINUTE);
  const left = (hours: number) => of(talk, at + hours * HOUR).talk / MINUTE;
  assert.deepEqual([3, 24, 25, 26, 27].map(left), [90, 90, 75, 15, 0]);
  assert.equal(of(talk, at - HOUR).talk, 0, 'a clock that was wrong locks nobody out');
  assert.equal(spentOf(talk, 1, HOUR, at + 4 * HOUR).talk, 150 * MINUTE, 'a call that goes on counts too');
});

test('what still counts stays when more is added: calls of 59 minutes ago, talk of 23 hours ago (security S3)', () => {
  const at = 100 * HOUR;
  assert.equal(spentOf(begin(begin(EMPTY, at), at + 59 * MINUTE), 0, 0, at + 59 * MINUTE).hour, 2);
  const evening = at + 23 * HOUR;
  const talk = talked(talked(EMPTY, at, at + MINUTE), evening, evening + MINUTE);
  assert.equal(spentOf(talk, 0, 0, evening + MINUTE).talk, 2 * MINUTE);
});

test('a ledger is a line, and anything else is none', () => {
  const ledger = talked(begin(EMPTY, 5 * HOUR), 5 * HOUR, 6 * HOUR + 1);
  const line = printLedger('user alice', ledger);
  assert.equal(line, '["user alice",[[300,1]],[[5,3600000],[6,1]]]\n');
  assert.deepEqual(readLedger(line), ['user alice', ledger]);
  const counts = ['7', '[7]', '[null]', '[[1]]', '[[1,"2"]]', '[[1,-2]]'].flatMap((no) => [`["a",${no},[]]`, `["a",[],${no}]`]);
  for (const wrong of ['', '{}', '[1,[],[]]', '["a",[', 'null', ...counts]) assert.equal(readLedger(wrong), undefined, wrong);
});

function setup(storage = new SimStorage(), clock = new SimClock(0)) {
  const log = new SimLog();
  const spending = new Spending({ storage, clock, log });
  spending.restore();
  return { storage, clock, log, spending, text: () => storage.read('spending') ?? '' };
}
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const call = (more: Partial<Spendable> = {}): Spendable => ({
  payer: { name: 'alice', class: none },
  trunk: { kind: 'provider', name: 'acme' },
  limits: none,
  emergency: false,
  ...more,
});

test('what users and trunks spend is counted from the start of a call, talk from its answer, both ends once', () => {
  const { clock, spending } = setup();
  const first = spending.start(call())!;
  const second = spending.start(call({ payer: { name: 'bob', class: none } }))!;
  clock.advance(10_000);
  first.answered();
  first.answered();
  clock.advance(30_000);
  assert.deepEqual(spending.user('alice'), { calls: 1, hour: 1, talk: 30_000 });
  assert.deepEqual(spending.user('bob'), { calls: 1, hour: 1, talk: 0 });
  assert.deepEqual(spending.trunk({ kind: 'provider', name: 'acme' }), { calls: 2, hour: 2, talk: 30_000 });
  assert.deepEqual(spending.trunk({ kind: 'modem', name: 'acme' }), { calls: 0, hour: 0, talk: 0 });
  for (const ticket of [first, second, first, second]) ticket.ended();
  second.answered();
  clock.advance(10_000);
  assert.deepEqual(spending.trunk({ kind: 'provider', name: 'acme' }), { calls: 0, hour: 2, talk: 30_000 });
});

test('a call that nobody answered ends, and those that are talked on go on to count (security S3)', () => {
  const { clock, spending } = setup();
  const [talks, rings] = [spending.start(call())!, spending.start(call())!];
  talks.answered();
  clock.advance(10_000);
  rings.ended();
  clock.advance(10_000);
  assert.deepEqual(spending.user('alice'), { calls: 1, hour: 2, talk: 20_000 });
});

test('of calls that overlap, each counts for as long as it lasts, whichever ends first', () => {
  const { clock, spending } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  const talk: number[] = [];
  const after = (seconds: number, event: () => void) => {
    clock.advance(seconds * 1000);
    event();
    talk.push(spending.trunk({ kind: 'provider', name: 'acme' }).talk / 1000);
  };
  const [first, second, third] = [spending.start(call())!, spending.start(call())!, spending.start(call())!];
  after(0.1, () => first.answered());
  after(20, () => second.answered());
  after(30.3, () => first.ended());
  after(10, () => second.ended());
  after(60, () => third.answered());
  after(5, () => third.ended());
  after(60, () => {});
  assert.deepEqual(talk, [0, 20, 80.6, 90.6, 90.6, 95.6, 95.6]);
});

test('the last place is given once: a call that was decided upon before is not started after it (security S3)', () => {
  const { spending } = setup();
  const one = { ...none, calls: 1 };
  const ticket = spending.start(call({ limits: one }));
  assert.notEqual(ticket, undefined);
  assert.equal(spending.start(call({ limits: one })), undefined);
  assert.equal(spending.start(call({ payer: { name: 'alice', class: one } })), undefined);
  assert.notEqual(spending.start(call({ limits: one, emergency: true })), undefined);
  assert.equal(spending.user('alice').calls, 2);
  ticket!.ended();
  assert.equal(spending.start(call({ limits: one })), undefined, 'the emergency call goes on');
});

test('calls at once use up the minutes of a day together, and end together once there are none (security S3)', () => {
  const { clock, spending } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  const ended: string[] = [];
  const talk = (name: string, more: Partial<Spendable> = {}) => {
    const ticket = spending.start(call({ payer: { name: 'alice', class: limits }, ...more }), () => {
      ended.push(`${name} ${clock.now() / MINUTE}`);
      ticket.ended();
    })!;
    ticket.answered();
    return ticket;
  };
  const limits = { ...none, minutesPerDay: 10 };
  talk('first');
  clock.advance(4 * MINUTE);
  talk('second');
  const third = talk('third');
  spending.start(call({ payer: { name: 'alice', class: limits } }), () => ended.push('one that still rings'));
  clock.advance(MINUTE);
  third.ended(); // 7 minutes are used up by then
  clock.advance(1.5 * MINUTE - 1);
  assert.deepEqual(ended, []);
  clock.advance(1);
  assert.deepEqual(ended, ['first 6.5', 'second 6.5']);
  assert.equal(spending.user('alice').talk, 10 * MINUTE);

  // Of a trunk as well, whoever calls; and never one for help.
  const shared = { payer: { name: 'bob', class: none }, trunk: { kind: 'modem', name: 'gsm0' }, limits };
  talk('bob', shared);
  talk('help', { ...shared, emergency: true });
  clock.advance(HOUR);
  assert.deepEqual(ended.slice(2), ['bob 11.5']);
  assert.equal(
    clock.armed().some(({ name }) => name === 'budget'),
    false,
  );
});

test('what was talked a day ago counts no more for who still talks', () => {
  const { clock, spending } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  const limits = { ...none, minutesPerDay: 90 };
  const before = spending.start(call({ payer: { name: 'alice', class: limits } }))!;
  before.answered();
  clock.advance(HOUR);
  before.ended();
  clock.advance(22.75 * HOUR);
  let ended = false;
  const ticket = spending.start(call({ payer: { name: 'alice', class: limits } }), () => {
    ended = true;
    ticket.ended();
  })!;
  ticket.answered();
  clock.advance(90 * MINUTE - 1);
  assert.equal(ended, false);
  clock.advance(1);
  assert.equal(ended, true);
});

test('the operator may set the clock: a call has lasted as long as it has', () => {
  const { clock, spending } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  const ticket = spending.start(call())!;
  ticket.answered();
  clock.step(5 * HOUR);
  clock.advance(MINUTE);
  assert.equal(spending.user('alice').talk, MINUTE);
  ticket.ended();
  assert.equal(spending.user('alice').talk, MINUTE);
});

const YEAR = 365 * 24 * HOUR;

test.each([
  ['learns the year', 56 * YEAR + 17 * MINUTE],
  ['is set back by an hour', -HOUR],
  ['is set back by decades', -20 * YEAR - 43 * MINUTE],
])(
  'a clock that %s gives nobody an hour or a day anew, and takes nobody any, also after a restart (security S3)',
  async (_, step) => {
    const { storage, clock, spending } = setup(new SimStorage(), new SimClock(30 * YEAR + 29 * MINUTE));
    const before = spending.start(call())!;
    before.answered();
    clock.advance(20 * MINUTE);
    before.ended();
    const during = spending.start(call())!;
    during.answered();
    clock.advance(5 * MINUTE);
    clock.step(step);
    clock.advance(5 * MINUTE);
    assert.deepEqual(spending.user('alice'), { calls: 1, hour: 2, talk: 30 * MINUTE });
    during.ended();
    assert.deepEqual(spending.user('alice'), { calls: 0, hour: 2, talk: 30 * MINUTE });
    clock.advance(29 * MINUTE);
    assert.equal(spending.user('alice').hour, 2);
    await spending.close();
    const next = setup(storage, new SimClock(clock.wall()));
    assert.deepEqual(next.spending.user('alice'), { calls: 0, hour: 2, talk: 30 * MINUTE });
    next.clock.advance(HOUR);
    assert.deepEqual(next.spending.user('alice'), { calls: 0, hour: 0, talk: 30 * MINUTE });
    next.clock.advance(24 * HOUR);
    assert.deepEqual(next.spending.user('alice'), { calls: 0, hour: 0, talk: 0 });
  },
);

test('who stops the daemon after the clock was set finds the same spent by the new one (security S3)', async () => {
  const { storage, clock, spending } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  spending.start(call())!.ended();
  clock.advance(2_000);
  await settle();
  clock.step(56 * YEAR);
  await spending.close();
  assert.equal(setup(storage, new SimClock(clock.wall())).spending.user('alice').hour, 1);
});

test('the end waits until all that was spent is written, one write after the other (security S3)', async () => {
  const storage = new SimStorage();
  const slow: (() => void)[] = [];
  const write = storage.write.bind(storage);
  storage.write = async (path, text) => {
    await new Promise<void>((done) => slow.push(done));
    await write(path, text);
  };
  const { clock, spending } = setup(storage, new SimClock(1000 * HOUR));
  spending.start(call())!.ended();
  clock.advance(2_000);
  spending.start(call())!.ended();
  let over = false;
  const end = spending.close().then(() => {
    over = true;
  });
  for (const _ of [1, 2]) {
    await settle();
    assert.deepEqual([slow.length, over], [1, false]);
    slow.shift()!();
  }
  await end;
  assert.equal(setup(storage, new SimClock(1000 * HOUR)).spending.user('alice').hour, 2);
});

test('a board that starts in 1970 takes nothing of what was spent for over before it learns the year (security S3)', async () => {
  const before = setup(new SimStorage(), new SimClock(56 * YEAR));
  const ticket = before.spending.start(call())!;
  ticket.answered();
  before.clock.advance(MINUTE);
  ticket.ended();
  await before.spending.close();
  const { storage, clock, spending } = setup(before.storage, new SimClock(MINUTE));
  spending.start(call({ payer: { name: 'bob', class: none } }))!.ended();
  clock.advance(2_000);
  await settle();
  // What she talks now turns out to be of the same hour as what she talked before.
  const another = spending.start(call())!;
  another.answered();
  clock.advance(MINUTE);
  another.ended();
  clock.step(56 * YEAR + 5 * MINUTE);
  assert.deepEqual(spending.user('alice'), { calls: 0, hour: 2, talk: 2 * MINUTE });
  assert.equal(spending.user('bob').hour, 1);
  await spending.close();
  assert.deepEqual(setup(storage, new SimClock(clock.wall())).spending.user('alice'), { calls: 0, hour: 2, talk: 2 * MINUTE });
});

test('a night of sleep is time that passed (security S3)', () => {
  const { clock, spending } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  spending.start(call())!.ended();
  clock.step(8 * HOUR);
  assert.equal(spending.user('alice').hour, 0);
});

test('hours and days survive kill -9 in the middle of a call, and a restart (security S3)', async () => {
  const before = setup(new SimStorage(), new SimClock(1000 * HOUR));
  before.spending.start(call())!.answered();
  for (let i = 0; i < 5; i++) {
    before.clock.advance(MINUTE);
    await settle();
  }
  before.clock.advance(30_000);
  const killed = setup(before.storage, new SimClock(1000 * HOUR + 6 * MINUTE));
  assert.deepEqual(killed.spending.user('alice'), { calls: 0, hour: 1, talk: 5 * MINUTE });
  await before.spending.close();
  assert.deepEqual(before.clock.armed(), []);
  const stopped = setup(before.storage, new SimClock(1000 * HOUR + 6 * MINUTE));
  assert.deepEqual(stopped.spending.user('alice'), { calls: 0, hour: 1, talk: 5.5 * MINUTE });
  assert.deepEqual(setup(before.storage, new SimClock(1025 * HOUR)).spending.user('alice'), { calls: 0, hour: 0, talk: 0 });
});

test('talk counts for a day, also where no call began within the hour and the daemon was started anew (security S3)', async () => {
  const before = setup(new SimStorage(), new SimClock(1000 * HOUR));
  const ticket = before.spending.start(call())!;
  ticket.answered();
  before.clock.advance(MINUTE);
  ticket.ended();
  await before.spending.close();
  const after = setup(before.storage, new SimClock(1023 * HOUR));
  after.spending.start(call({ payer: { name: 'bob', class: none } }))!.ended();
  await after.spending.close();
  assert.equal(setup(after.storage, new SimClock(1023 * HOUR)).spending.user('alice').talk, MINUTE);
});

test('calls of half an hour ago stay written when somebody else calls (security S3)', async () => {
  const { clock, spending, storage } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  spending.start(call())!.ended();
  clock.advance(40 * MINUTE);
  spending.start(call({ payer: { name: 'bob', class: none } }))!.ended();
  await spending.close();
  assert.equal(setup(storage, new SimClock(clock.wall())).spending.user('alice').hour, 1);
});

test('a call that begins while others are talked on is written within a second, not with their next minute (security S3)', async () => {
  const { clock, spending, text } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  spending.start(call())!.answered();
  clock.advance(1_000);
  await settle();
  spending.start(call({ payer: { name: 'bob', class: none } }));
  clock.advance(1_000);
  assert.match(text(), /"user bob",\[\[60000,1\]\]/);
});

test('what is over is forgotten, and an idle daemon sleeps', async () => {
  const { clock, spending, text } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  spending.start(call())!.ended();
  clock.advance(1_000);
  await settle();
  assert.equal(text(), '["user alice",[[60000,1]],[]]\n["provider acme",[[60000,1]],[]]\n');
  assert.deepEqual(clock.armed(), []);
  clock.advance(2 * HOUR);
  spending.start(call({ payer: { name: 'bob', class: none } }))!.ended();
  clock.advance(1_000);
  await settle();
  assert.equal(text(), '["provider acme",[[60120,1]],[]]\n["user bob",[[60120,1]],[]]\n');
});

test('a disk that refuses is told once, and written as soon as it takes something', async () => {
  const { clock, spending, storage, log, text } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  storage.fails = 'ENOSPC';
  spending.start(call())!.ended();
  for (let i = 0; i < 3; i++) {
    clock.advance(MINUTE);
    await settle();
  }
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0]!, /^error: .*ENOSPC; what calls cost is kept in memory only until it can be written$/);
  storage.fails = undefined;
  clock.advance(MINUTE);
  await settle();
  assert.match(text(), /^\["user alice",\[\[60000,1\]\],\[\]\]\n/);
  assert.equal(log.lines[1], 'notice: spending is written again: budgets survive a restart');
  assert.deepEqual(clock.armed(), []);
});

test('a disk that refuses is asked once a minute, whatever changes meanwhile, and once more at the end', async () => {
  const { clock, spending, storage, text } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  storage.fails = 'ENOSPC';
  const refused: number[] = [];
  const write = storage.write.bind(storage);
  storage.write = (path, written) => {
    refused.push(clock.now());
    return write(path, written);
  };
  for (let second = 0; second < 120; second++) {
    spending.start(call())!.ended();
    clock.advance(1_000);
    await settle();
  }
  assert.deepEqual(refused, [1_000, 61_000]);
  clock.advance(2_000);
  await settle();
  assert.equal(refused.length, 3);
  storage.fails = undefined;
  await spending.close();
  assert.match(text(), /"user alice"/);
});

test('lines that cannot be read are left out, and the log says so', () => {
  const storage = new SimStorage();
  storage.put('spending', `["user alice",[[0,1]],[]]\n["user b`, 0o600);
  const { spending, log } = setup(storage);
  assert.equal(spending.user('alice').hour, 1);
  assert.deepEqual(log.lines, ['warning: spending: 1 lines cannot be read and are left out']);
});

test('who makes as many calls at once as allowed is no news to the operator', () => {
  const { spending, log } = setup();
  spending.start(call({ limits: { ...none, calls: 1 } }));
  assert.deepEqual(log.lines, []);
});

test('who has used up an hour or a day is told to the operator, once until there is room again (security S3)', () => {
  const { clock, spending, log } = setup(new SimStorage(), new SimClock(1000 * HOUR));
  const payer = { name: 'alice', class: { ...none, callsPerHour: 2 } };
  const limits = { ...none, minutesPerDay: 1 };
  for (let i = 0; i < 4; i++) {
    const ticket = spending.start(call({ payer, limits }));
    ticket?.answered();
    assert.equal(log.lines.length, i < 1 ? 0 : 1, 'while it is talked, however long that takes');
    clock.advance(25_000);
    ticket?.ended();
  }
  assert.deepEqual(log.lines, ['warning: user alice has used up the limit of 2 calls an hour']);
  clock.advance(HOUR);
  const last = spending.start(call({ payer, limits }))!;
  last.answered();
  clock.advance(25_000);
  last.ended();
  assert.deepEqual(log.lines.slice(1), ['warning: provider acme has used up the limit of 1 minutes a day']);
  clock.advance(1_000);
  spending.start(call({ payer, limits: none }))!.ended();
  assert.equal(log.lines.length, 3, 'it had room in between');
});
