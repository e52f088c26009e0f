import { assert, test } from 'vitest';
import { History } from '../../src/core/call/history.ts';
import { StorageError } from '../../src/runtime/storage.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimLog } from '../support/sim-log.ts';
import { SimStorage } from '../support/sim-storage.ts';
import { Talk } from './talk.ts';

test('a call is one line, with why it went where it went', async () => {
  const talk = await Talk.open();
  talk.dial(['Subject: x']);
  talk.desk.run(2_000);
  talk.answer(['User-Agent: "kitchen"']);
  talk.desk.run(61_050);
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  const id = talk.calls.history(0, 1)[0]!.id;
  await talk.desk.clock.pass(1_000);
  assert.deepEqual(talk.desk.storage.read('history.jsonl')?.split('\n'), [
    `{"id":"${id}","start":"2026-11-02T09:00:00.000Z","answered":"2026-11-02T09:00:02.000Z","end":"2026-11-02T09:01:03.050Z",` +
      '"duration":61.05,"from":"sip:alice@home.example","to":"sip:202@home.example","caller":"alice","callee":"bob","answeredBy":"bob","principal":"user",' +
      '"phone":"sip:bob@10.0.0.3:5060","agent":"\\"kitchen\\"","status":200,"how":"bye","by":"caller","reason":"the caller hung up",' +
      '"callId":"talk","trace":["caller: the user alice","home.example is our domain home.example: inbound = anonymous",' +
      '"202 is the user bob","phone sip:bob@10.0.0.3:5060 (q=1)"]}',
    '',
  ]);
});

test('what is read back is what was written, bytes of a Call-ID included', async () => {
  const talk = await Talk.open();
  talk.alice.call('INVITE', 'sip:202@home.example', {
    callId: 'k\xc3\xa4se',
    from: '"J\xc3\xb6rg \\"J\\"" <sip:alice@home.example>',
  });
  talk.bob.answer(talk.bob.take('INVITE'), 600);
  const now = talk.calls.history(0, 10);
  await talk.desk.clock.pass(1_000);
  assert.deepEqual(talk.calls.history(0, 10), now);
  const { from, display, caller, principal } = JSON.parse(talk.desk.storage.read('history.jsonl')!);
  assert.deepEqual([from, display, caller, principal], ['sip:alice@home.example', 'Jörg "J"', 'alice', 'user']);
  const { id, trace, ...rest } = now[0]!;
  assert.equal(trace.length, 4);
  assert.match(id, /^[0-9a-f]{8}$/);
  assert.deepEqual(rest, {
    callId: 'k\xc3\xa4se',
    from: 'alice',
    to: 'sip:202@home.example',
    callee: 'bob',
    answeredBy: undefined,
    since: Date.UTC(2026, 10, 2, 9, 0, 0),
    answered: undefined,
    ended: Date.UTC(2026, 10, 2, 9, 0, 0),
    talked: 0,
    status: 600,
    how: 'failed',
    reason: 'busy',
  });
});

test('calls that go on while the daemon stops are written down', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  await talk.calls.close();
  const lines = talk.desk.storage.read('history.jsonl')!.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).reason),
    ['the daemon stopped'],
  );
});

function setup(before?: string) {
  const clock = new SimClock(0);
  const log = new SimLog();
  const storage = new SimStorage();
  if (before !== undefined) storage.put('history.jsonl', before, 0o600);
  const history = new History({ storage, clock, log });
  return { clock, log, storage, history, text: () => storage.read('history.jsonl') ?? '' };
}

/** What a line holds at least. */
const fields = (id: string, ended: number) => {
  const texts = { id, callee: 'bob', from: 'sip:a', to: 'sip:b', callId: id, reason: 'busy' };
  return { ...texts, start: isoText(0), end: isoText(ended), duration: 0, status: 486, trace: [] as string[] };
};
const line = (id: string, ended = 0): string => JSON.stringify(fields(id, ended));
const isoText = (at: number): string => new Date(at).toISOString();
const ids = (history: History, since = 0, most = 100): string =>
  history
    .since(since, most)
    .map(({ id }) => id)
    .join(' ');

test('lines of one second are one append, and can be read before it', async () => {
  const { clock, history, text } = setup();
  history.add(() => line('a'));
  await clock.pass(999);
  history.add(() => line('b'));
  assert.equal(text(), '');
  assert.equal(ids(history), 'b a');
  await clock.pass(1);
  assert.equal(text(), `${line('a')}\n${line('b')}\n`);
  assert.equal(ids(history), 'b a');
  assert.deepEqual(clock.armed(), []);
});

test('no call is printed twice, and none waits long to be: it would keep its messages', async () => {
  const { clock, history, text } = setup();
  const printed = new Map<string, number>();
  const add = (id: string) =>
    history.add(() => {
      printed.set(id, (printed.get(id) ?? 0) + 1);
      return line(id);
    });
  const names = Array.from({ length: 70 }, (_, at) => `c${at}`);
  for (const id of names) add(id);
  assert.equal(printed.size, 64);
  assert.equal(ids(history), [...names].reverse().join(' '));
  add('last');
  await clock.pass(1_000);
  add('closing');
  await history.close();
  assert.equal(text(), [...names, 'last', 'closing'].map((id) => `${line(id)}\n`).join(''));
  assert.deepEqual([...new Set(printed.values())], [1]);
});

test('a call that cannot be printed, which would be a bug, takes none along that end later', async () => {
  const { clock, history, text } = setup();
  history.add(() => {
    throw new Error('a bug');
  });
  let told = 0;
  await clock.pass(1_000).catch(() => told++);
  for (const id of ['a', 'b']) history.add(() => line(id));
  await clock.pass(1_000);
  assert.equal(told, 1);
  assert.equal(text(), `${line('a')}\n${line('b')}\n`);
});

test('the newest come first, from a time on, so many at most', async () => {
  const { clock, history } = setup();
  for (const [id, ended] of Object.entries({ a: 1_000, b: 2_000, c: 3_000, d: 4_000 })) history.add(() => line(id, ended));
  await clock.pass(1_000);
  assert.equal(ids(history), 'd c b a');
  assert.equal(ids(history, 2_000), 'd c b');
  assert.equal(ids(history, 2_001), 'd c');
  assert.equal(ids(history, 0, 1), 'd');
});

test('calls of a board that had not learned the year hide none of those before it started (interface, call history)', async () => {
  const { clock, history } = setup();
  const year = 56 * 365 * 86_400_000;
  const calls = Object.entries({ old: year, a: year + 10, b: year + 20, early: 1_000, late: 2_000, c: year + 30 });
  for (const [id, ended] of calls) history.add(() => line(id, ended));
  await clock.pass(1_000);
  assert.equal(ids(history, year + 10), 'c b a');
});

test('calls from before the clock was set back are found (interface, call history)', async () => {
  const { clock, history } = setup();
  for (const [id, ended] of Object.entries({ a: 1_000, b: 5_000, c: 2_000, d: 3_000 })) history.add(() => line(id, ended));
  await clock.pass(1_000);
  assert.equal(ids(history, 3_000), 'd b');
});

test('a question about long ago reads as much of the file as it needs, and every line once', async () => {
  const { clock, history, storage } = setup();
  for (let i = 0; i < 8_000; i++) history.add(() => line(`č${i}`, i));
  await clock.pass(1_000);
  const asked: (number | undefined)[] = [];
  const read = storage.read.bind(storage);
  storage.read = (path, last) => {
    asked.push(last);
    return read(path, last);
  };
  assert.equal(history.since(7_990, 100).length, 10);
  assert.equal(history.since(0, 2_500).at(-1)?.id, 'č5500');
  assert.equal(new Set(history.since(0, 10_000).map(({ id }) => id)).size, 8_000);
  assert.deepEqual(asked.splice(0), [65_536, 65_536, 524_288, 65_536, 524_288, 4_194_304, 33_554_432]);
  assert.equal(history.since(-1, 8_000).length, 8_000);
});

test('a state directory that cannot be opened is as a full disk', async () => {
  const { clock, history, log, storage, text } = setup();
  const open = storage.journal.bind(storage);
  storage.journal = () => {
    throw new StorageError('EACCES', 'cannot open history.jsonl: EACCES');
  };
  history.add(() => line('a'));
  await clock.pass(1_000);
  assert.equal(log.of('error').length, 1);
  storage.journal = open;
  await clock.pass(1_000);
  assert.equal(text(), `${line('a')}\n`);
});

test('a line that is torn or foreign hides no other', async () => {
  const { clock, history, text } = setup(`${line('a')}\nnull\n7\n{"id":3}\n${line('b')}\n{"id":"c","star`);
  history.add(() => line('d'));
  await clock.pass(1_000);
  assert.equal(ids(history), 'd b a');
  assert.equal(text().endsWith(`{"id":"c","star\n${line('d')}\n`), true);
});

test('a line of which a byte is damaged, or that a person has broken, hides no other (interface, call history)', async () => {
  const broken = Object.keys(fields('x', 0)).map((key) => line('x').replace(`"${key}"`, `"${key}~"`));
  for (const part of [{ start: '19' }, { answered: 'x' }, { end: '' }, { trace: [7] }, { duration: '1' }])
    broken.push(JSON.stringify({ ...fields('x', 0), ...part }));
  const { history } = setup([line('a'), ...broken, line('b')].join('\n'));
  assert.equal(broken.length, 16);
  assert.equal(ids(history), 'b a');
});

test('while the disk refuses, lines wait in order, and the log says so once', async () => {
  const { clock, history, log, storage, text } = setup();
  storage.fails = 'ENOSPC';
  history.add(() => line('a'));
  await clock.pass(2_000);
  history.add(() => line('b'));
  await clock.pass(120_000);
  assert.equal(ids(history), 'b a');
  assert.deepEqual(log.lines, [
    'error: cannot write history.jsonl: ENOSPC; the last 10000 calls are kept in memory until it can be written',
  ]);
  storage.fails = undefined;
  await clock.pass(60_000);
  assert.equal(text(), `${line('a')}\n${line('b')}\n`);
  assert.deepEqual(log.of('notice'), ['history.jsonl is written again']);
  history.add(() => line('c'));
  await clock.pass(1_000);
  assert.equal(text(), `${line('a')}\n${line('b')}\n${line('c')}\n`);
  assert.deepEqual(clock.armed(), []);
});

test('a disk that stays full costs the oldest lines, not memory', async () => {
  const { clock, history, log, storage } = setup();
  storage.fails = 'ENOSPC';
  for (let i = 0; i < 6_000; i++) history.add(() => line(`a${i}`));
  await clock.pass(1_000);
  for (let i = 0; i < 6_000; i++) history.add(() => line(`b${i}`));
  storage.fails = undefined;
  await clock.pass(2_000);
  const kept = history.since(0, 20_000);
  assert.deepEqual([kept.length, kept.at(-1)?.id], [10_000, 'a2000']);
  assert.deepEqual(log.of('notice'), ['history.jsonl is written again; 2000 calls are not in it']);
});

test('lines that come while a write is refused count too', async () => {
  const { clock, history, log, storage } = setup();
  storage.fails = 'ENOSPC';
  for (let i = 0; i < 10_000; i++) history.add(() => line(`a${i}`));
  clock.advance(1_000); // the write is under way
  for (let i = 0; i < 3; i++) history.add(() => line(`b${i}`));
  await clock.pass(0);
  assert.equal(history.since(0, 20_000).length, 10_000);
  storage.fails = undefined;
  await clock.pass(2_000);
  assert.deepEqual(log.of('notice'), ['history.jsonl is written again; 3 calls are not in it']);
});

test('at 50 MB the older half goes, at the end of a line', async () => {
  const each = line('old').length + 1;
  const many = 2 * Math.ceil(25_000_000 / each); // so that the middle is not the end of a line
  const { clock, history, text } = setup(`${line('old')}\n`.repeat(many));
  history.add(() => line('new'));
  await clock.pass(1_000);
  const left = text();
  assert.equal(left.length > 24_999_000 && left.length < 25_001_000, true);
  assert.equal(left.startsWith(`${line('old')}\n${line('old')}\n`), true);
  assert.equal(left.endsWith(`${line('old')}\n\n${line('new')}\n`), true);
  assert.equal(ids(history, 0, 2), 'new old');
  history.add(() => line('newer'));
  await clock.pass(1_000);
  assert.equal(text().length, left.length + line('newer').length + 1);
});

test('where the disk has no room for the younger half, dropping the older one is tried again, and it is a problem no longer than that', async () => {
  const many = Math.ceil(50_000_000 / (line('old').length + 1));
  const { clock, history, log, storage, text } = setup(`${line('old')}\n`.repeat(many));
  history.add(() => line('new'));
  clock.advance(1_000); // the line is written, and what comes next is refused
  storage.fails = 'ENOSPC';
  await clock.pass(10_000);
  assert.equal(history.problems.length, 1);
  storage.fails = undefined;
  await clock.pass(10_000);
  assert.deepEqual(history.problems, []);
  assert.equal(text().length < 25_001_000, true);
  assert.equal(ids(history, 0, 2), 'new old');
  assert.deepEqual([log.of('error').length, log.of('notice').length], [1, 1]);
  assert.deepEqual(clock.armed(), []);
});

test('what waits is written when the history is closed', async () => {
  const { clock, history, text } = setup();
  history.add(() => line('a'));
  await history.close();
  assert.equal(text(), `${line('a')}\n`);
  assert.deepEqual(clock.armed(), []);
});

test('a history that ends on a full disk waits for nothing after that (issue: a full disk)', async () => {
  const [clock, storage] = [new SimClock(0), new SimStorage()];
  const history = new History({ storage, clock, log: new SimLog() });
  storage.fails = 'ENOSPC';
  history.add(() => '{}');
  await clock.pass(1_000);
  history.add(() => '{}');
  await history.close();
  assert.deepEqual(clock.armed(), []);
});
