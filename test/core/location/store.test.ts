import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import { printLine } from '../../../src/core/location/line.ts';
import { LocationService } from '../../../src/core/location/service.ts';
import { BindingStore } from '../../../src/core/location/store.ts';
import { type Journal, StorageError } from '../../../src/runtime/storage.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { binding, udp } from '../../support/routing.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimStorage } from '../../support/sim-storage.ts';

const PATH = 'bindings.journal';
const HOUR = 3_600_000;

function setup(storage = new SimStorage(), clock = new SimClock(0)) {
  const log = new SimLog();
  const location = new LocationService(clock, log);
  const store = new BindingStore({ storage, location, clock, log });
  store.restore();
  return { storage, clock, log, location, store, text: () => storage.read(PATH) ?? '' };
}

const at = (aor: string, uri: string, more: Partial<Binding> = {}): Binding =>
  binding(uri, 1, { aor, callId: 'a', expires: 3_600_000, flow: udp, ...more });

/** What a daemon finds that starts after this one was killed, `later` milliseconds on. */
function afterKill(storage: SimStorage, later = 0): LocationService {
  const clock = new SimClock(later);
  return setup(storage, clock).location;
}

const contacts = (location: LocationService): readonly string[] => [...location.all()].map(({ aor, uri }) => `${aor} ${uri}`);

test('bindings survive kill -9 from 100 ms after the answer (issue: registrar)', async () => {
  const { storage, clock, location } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1'), at('alice', 'sip:a@h2')]);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await clock.pass(99);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1', 'alice sip:a@h2', 'bob sip:b@h1']);
});

test('a change after a quiet time is stored at once, those within 50 ms of a write together', async () => {
  const { storage, clock, location } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(1);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1']);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await clock.pass(48);
  location.commit('carol', [at('carol', 'sip:c@h1')]);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1']);
  await clock.pass(1);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1', 'bob sip:b@h1', 'carol sip:c@h1']);
});

test('changes within a batch make one append, and the last state of each counts', async () => {
  const { clock, location, text } = setup();
  for (let cseq = 1; cseq <= 5; cseq++) location.commit('alice', [at('alice', 'sip:a@h1', { cseq })]);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  location.commit('bob', []);
  assert.equal(text(), '');
  await clock.pass(50);
  assert.equal(text(), printLine('alice', [at('alice', 'sip:a@h1', { cseq: 5 })]) + printLine('bob', []));
  assert.deepEqual(
    clock.armed().map((timer) => timer.name),
    ['expire bindings'],
  );
});

test('what was removed and what expired stays away after a restart', async () => {
  const { storage, clock, location } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1', { expires: 10_000 }), at('alice', 'sip:a@h2')]);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await clock.pass(100);
  assert.deepEqual(contacts(afterKill(storage, 10_000)), ['alice sip:a@h2', 'bob sip:b@h1']);
  assert.equal(afterKill(storage, 10_000).count, 2);
  location.commit('bob', []);
  await clock.pass(20_000);
  assert.deepEqual(contacts(afterKill(storage, 20_100)), ['alice sip:a@h2']);
});

test('connections of a former life are closed: what had no other way is gone, the rest is tried by its contact (RFC 5626 §7)', async () => {
  const { storage, clock, location } = setup();
  const tcp: FlowName = { ...udp, transport: 'tcp', connection: 'c1' };
  location.commit('alice', [
    at('alice', 'sip:a@192.0.2.7', { flow: tcp }),
    at('alice', 'sip:a@192.0.2.7:2', { flow: tcp, instance: 'i', regId: 1 }),
    at('alice', 'sip:a@10.0.0.7', { flow: tcp, routeToSource: true }),
    at('alice', 'sip:a@10.0.0.8', { routeToSource: true }),
  ]);
  await clock.pass(100);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@192.0.2.7', 'alice sip:a@10.0.0.8']);
});

test('a last line that kill -9 tore is ignored, cut off, and nothing is written behind it', async () => {
  const { storage, clock, location } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(100);
  const whole = storage.read(PATH)!;
  for (const torn of [1, 20, whole.length - 1]) {
    storage.put(PATH, whole + whole.replace('h1', 'h9').slice(0, torn), 0o600);
    const next = setup(storage);
    assert.deepEqual(contacts(next.location), ['alice sip:a@h1']);
    await next.clock.pass(0);
    assert.equal(next.text(), whole);
    next.location.commit('bob', [at('bob', 'sip:b@h1')]);
    await next.clock.pass(50);
    assert.equal(next.text(), whole + printLine('bob', [at('bob', 'sip:b@h1')]));
  }
});

test('lines that cannot be read are left out, and the log says how many', () => {
  const storage = new SimStorage();
  storage.put(PATH, `nonsense\n${printLine('alice', [at('alice', 'sip:a@h1')])}{"aor":"bob","bindings":[1]}\n`, 0o600);
  const { location, log } = setup(storage);
  assert.deepEqual(contacts(location), ['alice sip:a@h1']);
  assert.deepEqual(log.of('warning'), ['bindings.journal: 2 lines cannot be read and are left out']);
});

test('the journal is compacted at start, and not touched if there is nothing to gain', async () => {
  const { storage, clock, location } = setup();
  for (let cseq = 1; cseq <= 3; cseq++) {
    location.commit('alice', [at('alice', 'sip:a@h1', { cseq })]);
    await clock.pass(100);
  }
  const next = setup(storage);
  await next.clock.pass(0);
  assert.equal(next.text(), printLine('alice', [at('alice', 'sip:a@h1', { cseq: 3 })]));
  storage.fails = 'EROFS';
  const again = setup(storage);
  await again.clock.pass(1_000);
  assert.deepEqual(again.log.lines, []);
});

test('the journal never grows beyond 4 times what is alive and 1 MB', async () => {
  const { clock, location, text } = setup();
  const agent = 'x'.repeat(10_000);
  const line = printLine('alice', [at('alice', 'sip:a@h1', { agent })]).length;
  let most = 0;
  for (let cseq = 1; cseq <= 300; cseq++) {
    location.commit('alice', [at('alice', 'sip:a@h1', { agent, cseq })]);
    await clock.pass(50);
    most = Math.max(most, text().length);
  }
  assert.isAtMost(most, 4 * line + 1_048_576 + line);
  assert.isAbove(most, 1_000_000);
  assert.isBelow(text().length, most);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await clock.pass(50);
  assert.match(text(), /"aor":"alice".*"cseq":300[\s\S]*"aor":"bob"/);
});

test('a big journal is rewritten over several turns, and changes meanwhile are not lost', async () => {
  const storage = new SimStorage();
  let lines = 'nonsense\n';
  for (let i = 0; i < 5_000; i++) lines += printLine(`u${i}`, [at(`u${i}`, 'sip:u@h1')]);
  storage.put(PATH, lines, 0o600);
  const { clock, location, text } = setup(storage);
  location.commit('u0', [at('u0', 'sip:u@h2')]);
  location.commit('u4999', []);
  location.commit('new', [at('new', 'sip:n@h1')]);
  await clock.pass(100);
  assert.notInclude(text(), 'nonsense');
  const found = afterKill(storage);
  assert.equal(found.count, 5_000);
  assert.deepEqual(
    [found.bindings('u0')[0]?.uri, found.bindings('u4999').length, found.bindings('new').length],
    ['sip:u@h2', 0, 1],
  );
});

test('a journal that somebody took away, or emptied, is written whole with the next change', async () => {
  const { storage, clock, location } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(100);
  storage.files.delete(PATH);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await clock.pass(100);
  const again = setup(storage);
  assert.deepEqual([...contacts(again.location)].sort(), ['alice sip:a@h1', 'bob sip:b@h1']);
  storage.put(PATH, '', 0o600);
  again.location.commit('carol', [at('carol', 'sip:c@h1')]);
  await again.clock.pass(100);
  assert.equal(contacts(afterKill(storage)).length, 3);
  assert.deepEqual(
    again.clock.armed().map(({ name }) => name),
    ['expire bindings'],
  );
});

test('on a full disk bindings stay in memory, the log says so once, and nothing of what was there is lost (issue: a full disk)', async () => {
  const { storage, clock, location, log, store } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(100);
  storage.fails = 'ENOSPC';
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await clock.pass(10_000);
  location.commit('carol', [at('carol', 'sip:c@h1')]);
  await clock.pass(10_000);
  assert.deepEqual(contacts(location), ['alice sip:a@h1', 'bob sip:b@h1', 'carol sip:c@h1']);
  const problems = ['cannot write bindings.journal: ENOSPC; bindings are kept in memory only until it can be written'];
  assert.deepEqual([log.of('error'), store.problems], [problems, problems]);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1']);
  storage.fails = undefined;
  await clock.pass(60_000);
  assert.deepEqual(store.problems, []);
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1', 'bob sip:b@h1', 'carol sip:c@h1']);
  assert.deepEqual(log.of('notice'), ['bindings.journal is written again: bindings survive a restart']);
  location.commit('dave', [at('dave', 'sip:d@h1')]);
  await clock.pass(50);
  assert.equal(afterKill(storage).count, 4);
});

test('after a full disk a change is one line again, and the next full disk is said once more (issue: a full disk)', async () => {
  const { storage, clock, location, log, text } = setup();
  for (const bytes of [1, 2]) {
    storage.fails = 'ENOSPC';
    location.commit('alice', [at('alice', 'sip:a@h1', { cseq: bytes })]);
    await clock.pass(100);
    storage.fails = undefined;
    await clock.pass(60_000);
    const before = text();
    location.commit('bob', [at('bob', 'sip:b@h1', { cseq: bytes })]);
    await clock.pass(100);
    assert.equal(text(), before + printLine('bob', [at('bob', 'sip:b@h1', { cseq: bytes })]));
  }
  assert.equal(log.of('error').length, 2);
  assert.equal(log.of('notice').length, 2);
});

test('a journal that cannot even be opened is as a full disk', async () => {
  let locked = true;
  class Locked extends SimStorage {
    override journal(path: string): Journal {
      if (locked) throw new StorageError('EROFS', `cannot open ${path}: EROFS`);
      return super.journal(path);
    }
  }
  const { storage, clock, location, log } = setup(new Locked());
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(10_000);
  assert.deepEqual(log.of('error'), [
    'cannot open bindings.journal: EROFS; bindings are kept in memory only until it can be written',
  ]);
  locked = false;
  await clock.pass(60_000);
  assert.equal(afterKill(storage).count, 1);
});

test('a refused write is tried again after 1, 2, 4 and up to 60 seconds', async () => {
  const { storage, clock, location } = setup();
  storage.fails = 'ENOSPC';
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  const waits: number[] = [];
  await clock.pass(0);
  for (let i = 0; i < 8; i++) {
    const wait = clock.armed().find((timer) => timer.name === 'store bindings')!.due - clock.now();
    waits.push(wait);
    await clock.pass(wait);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

test('close stores what is not yet stored and leaves no timer', async () => {
  const { storage, clock, location, store } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await store.close();
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1']);
  location.commit('alice', []);
  assert.deepEqual(clock.armed(), []);
});

test('a daemon that ends on a full disk tries once more, and waits for nothing after that (issue: a full disk)', async () => {
  const { storage, clock, location, log, store } = setup();
  storage.fails = 'ENOSPC';
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(100);
  await store.close();
  assert.equal(log.of('error').length, 1);
  assert.deepEqual(
    clock.armed().map(({ name }) => name),
    ['expire bindings'],
  );
  assert.deepEqual(contacts(afterKill(storage)), []);
});

test('a daemon that ends when the disk has room again stores what was refused (issue: a full disk)', async () => {
  const { storage, clock, location, store } = setup();
  storage.fails = 'ENOSPC';
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(100);
  storage.fails = undefined;
  await store.close();
  assert.deepEqual(contacts(afterKill(storage)), ['alice sip:a@h1']);
});

test('a restart goes by the wall clock: after it was set, all that is stored is written anew by it', async () => {
  const { storage, clock, location } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1')]);
  await clock.pass(100);
  clock.step(10 * HOUR);
  location.commit('bob', [at('bob', 'sip:b@h1', { expires: HOUR / 2 })]);
  await clock.pass(100);
  assert.deepEqual(contacts(afterKill(storage, 10 * HOUR + 1_000)), ['alice sip:a@h1', 'bob sip:b@h1']);
  assert.deepEqual(contacts(afterKill(storage, 10.5 * HOUR + 1_000)), ['alice sip:a@h1']);
  assert.deepEqual(contacts(afterKill(storage, 11 * HOUR + 1_000)), []);
});

test('the same in the last write of a daemon that ends, however much there is', async () => {
  const { storage, clock, location, store } = setup();
  for (let i = 0; i < 2_001; i++) location.commit(`u${i}`, [at(`u${i}`, 'sip:u@h1')]);
  await clock.pass(100);
  clock.step(10 * HOUR);
  location.commit('bob', [at('bob', 'sip:b@h1')]);
  await store.close();
  assert.equal(afterKill(storage, 10 * HOUR + 1_000).count, 2_002);
});

test.each([56 * 365 * 24 * HOUR, -HOUR])(
  'a restart after the clock was set by %d ms keeps what nobody refreshed since, and by its new times (RFC 3261 §10.3)',
  async (step) => {
    for (const end of ['stopped', 'killed'] as const) {
      const { storage, clock, location, store } = setup(new SimStorage(), new SimClock(100 * HOUR));
      location.commit('alice', [at('alice', 'sip:a@h1', { expires: 100 * HOUR + HOUR / 2 })]);
      await clock.pass(100);
      clock.step(step);
      if (end === 'stopped') await store.close();
      else store.lookAtClock();
      await clock.pass(1);
      const next = (later: number) => contacts(afterKill(storage, 100 * HOUR + step + later));
      assert.deepEqual([next(HOUR / 2 - 1), next(HOUR / 2)], [['alice sip:a@h1'], []], end);
    }
  },
);

test('the same of a clock that is set while the journal is written (RFC 3261 §10.3)', async () => {
  const { storage, clock, location, store } = setup();
  location.commit('alice', [at('alice', 'sip:a@h1', { expires: HOUR })]);
  clock.advance(0);
  clock.step(10 * HOUR);
  store.lookAtClock();
  await clock.pass(100);
  assert.deepEqual(contacts(afterKill(storage, 10 * HOUR + 1_000)), ['alice sip:a@h1']);
});

test('where nothing is stored a clock that is set makes no journal', async () => {
  const { storage, clock, store } = setup();
  clock.step(10 * HOUR);
  store.lookAtClock();
  assert.deepEqual(clock.armed(), []);
  await store.close();
  assert.equal(storage.read(PATH), undefined);
});

test('a phone that was stored before a board started in 1970 is told as registered since then, not since a time to come', async () => {
  const now = 56 * 365 * 24 * HOUR;
  const before = setup(new SimStorage(), new SimClock(now));
  before.location.commit('alice', [at('alice', 'sip:a@h1', { since: now - HOUR, expires: now + HOUR })]);
  await before.clock.pass(100);
  const { clock, location, storage, store } = setup(before.storage, new SimClock(60_000));
  clock.step(now);
  assert.equal(location.bindings('alice')[0]!.since + location.ahead, now + 60_000);
  await store.close();
  const [stored] = afterKill(storage, now + 60_000).bindings('alice');
  assert.equal(stored!.since, now + 60_000);
});

test('what a clock of another year has written lasts an hour, the longest that anything is granted', async () => {
  const { storage, clock, location } = setup(new SimStorage(), new SimClock(50 * 365 * 24 * HOUR));
  location.commit('alice', [at('alice', 'sip:a@h1', { expires: 50 * 365 * 24 * HOUR + HOUR })]);
  await clock.pass(100);
  const next = setup(storage, new SimClock(0));
  next.clock.advance(HOUR - 1);
  assert.deepEqual(contacts(next.location), ['alice sip:a@h1']);
  next.clock.advance(1);
  assert.deepEqual(contacts(next.location), []);
});
