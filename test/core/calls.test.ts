import { assert, test } from 'vitest';
import { Calls } from '../../src/core/calls.ts';
import { LocationService } from '../../src/core/location/service.ts';
import type { CallStart } from '../../src/core/proxy/observer.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { TransactionLayer } from '../../src/sip/transaction/layer.ts';
import type { ServerTransaction } from '../../src/sip/transaction/user.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { TransportLayer } from '../../src/sip/transport/layer.ts';
import { HOUSE } from '../support/desk.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimLog } from '../support/sim-log.ts';
import { SimNetwork } from '../support/sim-network.ts';
import { SimRandom } from '../support/sim-random.ts';
import { SimStorage } from '../support/sim-storage.ts';
import { Talk } from './talk.ts';

test('a call is in the table from its INVITE to the BYE of the caller', async () => {
  const talk = await Talk.open();
  const events: string[] = [];
  const stop = talk.calls.subscribe((event, call) => events.push(`${event} ${call.state}`));
  talk.dial();
  assert.deepEqual(talk.listed, ['alice sip:202@home.example calling']);
  talk.bob.answer(talk.arrived, 180);
  talk.bob.answer(talk.arrived, 183);
  assert.deepEqual(talk.listed, ['alice sip:202@home.example ringing']);
  talk.answer();
  assert.deepEqual(talk.listed, ['alice sip:202@home.example answered']);
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  assert.deepEqual(talk.listed, []);
  assert.deepEqual(talk.endings, ['200 the caller hung up']);
  assert.deepEqual(events, ['started calling', 'changed ringing', 'changed answered', 'ended answered']);
  stop();
  talk.dial();
  assert.equal(events.length, 4);
});

test('what is listed says who calls whom, since when, and which phone answered', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.desk.run(1_500);
  talk.answer(['Server: kitchen phone']);
  const { id, ...view } = facts(talk.calls.list()[0]!);
  assert.match(id, /^[0-9a-f]{8}$/);
  assert.deepEqual(view, {
    callId: 'talk',
    from: 'alice',
    uri: 'sip:alice@home.example',
    to: 'sip:202@home.example',
    users: ['alice', 'bob'],
    principal: 'user',
    since: Date.UTC(2026, 10, 2, 9, 0, 0),
    answered: Date.UTC(2026, 10, 2, 9, 0, 1, 500),
    phone: 'sip:bob@10.0.0.3:5060',
    agent: 'kitchen phone',
  });
});

test.each([
  ['learns the year', 56 * 365 * 86_400_000, 56 * 365 * 86_400_000],
  ['is set back by an hour', -3_600_000, -3_600_000],
  ['went on in a sleep', 8 * 3_600_000, 0],
])(
  'a call that goes on while the clock %s is told with when it began by the clock of now (features, history)',
  async (_, step, told) => {
    const talk = await Talk.open();
    const { clock } = talk.desk;
    const began = clock.wall() + told;
    talk.dial();
    talk.desk.run(1_500);
    talk.answer();
    clock.step(step);
    talk.desk.run(60_000);
    const [now] = talk.calls.list();
    assert.deepEqual([now!.since, now!.answered], [began, began + 1_500]);
    talk.alice.within(talk.invite, talk.ok, 'BYE');
    const [past] = talk.calls.history(0, 1);
    assert.deepEqual([past!.since, past!.answered, past!.talked, past!.ended - clock.wall()], [began, began + 1_500, 60_000, 0]);
  },
);

test('a call is told by the clock that it ended by, though that is set before its line is written', async () => {
  const talk = await Talk.open();
  const { clock } = talk.desk;
  const began = clock.wall();
  talk.dial().answer();
  talk.desk.run(61_000);
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  clock.step(2 * 365 * 86_400_000);
  const [past] = talk.calls.history(0, 1);
  assert.deepEqual([past!.since, past!.answered, past!.ended], [began, began, began + 61_000]);
});

test('a call that rings at several is that of who answered, and so is its line in the history', async () => {
  const group = '[group sales]\nextension = 400\nmembers = bob, carol\n';
  const talk = await Talk.open({ config: `${HOUSE}${group}` });
  const carol = await talk.desk.phone('carol', '10.0.0.4');
  carol.register();
  talk.alice.call('INVITE', 'sip:400@home.example', { headers: [`Contact: ${talk.alice.contact}`] });
  talk.bob.answer(talk.bob.take('INVITE'), 180);
  assert.equal(talk.calls.list()[0]!.answeredBy, undefined);
  const rung = carol.take('INVITE');
  carol.answer(rung, 200, 'OK', [], 'carol');
  const [call] = talk.calls.list();
  assert.deepEqual([call!.to, call!.answeredBy, call!.users.includes('carol')], ['sip:400@home.example', 'carol', true]);
  talk.alice.response(200);
  carol.back(rung, 'carol', 'BYE');
  const [past] = talk.calls.history(0, 1);
  assert.equal(past!.answeredBy, 'carol');
});

function facts(view: ReturnType<Calls['list']>[number]) {
  const { id, callId, from, uri, to, users, principal, since, answered, phone, agent } = view;
  return { id, callId, from, uri, to, users, principal, since, answered, phone, agent };
}

test('the BYE of the callee ends a call, one with an invented tag does not (RFC 3261 §15)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.back(talk.arrived, 'invented', 'BYE');
  assert.deepEqual(talk.listed, ['alice sip:202@home.example answered']);
  talk.bob.back(talk.arrived, 'bob-answers', 'BYE');
  assert.deepEqual(talk.listed, []);
  assert.deepEqual(talk.endings, ['200 the callee hung up']);
});

test('a call that the caller gives up, or nobody takes, is in the history with its status', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.bob.answer(talk.arrived, 180);
  talk.alice.cancel(talk.invite);
  talk.bob.answer(talk.arrived, 487);
  talk.dial();
  talk.bob.answer(talk.arrived, 486);
  assert.deepEqual(talk.listed, []);
  assert.deepEqual(talk.endings, ['486 busy', '487 the caller gave up']);
  const { started, answered, failed, cancelled } = talk.calls.counts;
  assert.deepEqual({ started, answered, failed, cancelled }, { started: 2, answered: 0, failed: 1, cancelled: 1 });
});

test('whose caller gave up while a phone is silent, or does not end its INVITE, is soon listed no more: a 2xx that crosses has its moment (RFC 3261 §9.1)', async () => {
  for (const rings of [false, true]) {
    const talk = await Talk.open();
    const { desk, alice, bob, calls } = talk;
    talk.dial();
    if (rings) bob.answer(talk.arrived, 180);
    desk.run(9_000);
    alice.cancel(talk.invite);
    desk.run(1_999);
    assert.equal(talk.listed.length, 1);
    desk.run(9_001);
    assert.deepEqual([talk.listed, talk.endings], [[], ['487 the caller gave up']]);
    desk.run(40_000);
    assert.equal(alice.waiting.includes('487 INVITE'), true);
    assert.deepEqual([talk.endings.length, calls.counts.cancelled], [1, 1]);
  }
  const crossed = await Talk.open();
  crossed.dial();
  crossed.desk.run(9_000);
  crossed.alice.cancel(crossed.invite);
  crossed.alice.response(200);
  crossed.desk.run(1_500);
  crossed.answer();
  crossed.desk.run(60_000);
  assert.deepEqual(crossed.listed, ['alice sip:202@home.example answered']);
});

test('a call of one of ours that is refused is in the history, with whom it meant and why; a stranger who is refused is not', async () => {
  const talk = await Talk.open();
  for (const uri of ['sip:999@home.example', 'sip:203@home.example', 'sip:x@away.example'])
    talk.alice.ack(talk.alice.call('INVITE', uri), talk.alice.response(uri.includes('203') ? 480 : 404));
  talk.alice.call('MESSAGE', 'sip:999@home.example');
  talk.alice.request('INVITE', 'sip:999@home.example', { from: '<sip:x@away.example>' });
  const past = talk.calls.history(0, 10);
  assert.deepEqual(
    past.map(({ from, callee, status, trace }) => [from, callee, status, trace.at(-1)]),
    [
      ['alice', 'sip:x@away.example', 404, 'away.example is another domain, to be found by DNS'],
      ['alice', 'carol', 480, 'carol has no phone registered'],
      ['alice', '999', 404, 'there is no user, extension or guest 999'],
    ],
  );
  assert.deepEqual(talk.listed, []);
});

test('two phones that both answered are one call until the last dialog ends (RFC 3261 §13.2.2.4)', async () => {
  const talk = await Talk.open();
  const second = await talk.desk.phone('bob', '10.0.0.4');
  second.register();
  talk.dial();
  const other = second.take('INVITE');
  talk.bob.answer(talk.arrived, 200);
  talk.bob.answer(talk.arrived, 200); // a retransmission is no third dialog
  second.answer(other, 200, 'OK', [], 'second');
  const [ok, , late] = [talk.alice.response(200), talk.alice.response(200), talk.alice.response(200)];
  assert.deepEqual([ok.to.tag, late.to.tag], ['bob-answers', 'second']);
  assert.equal(talk.calls.size, 1);
  talk.alice.within(talk.invite, late, 'BYE');
  assert.equal(talk.calls.size, 1);
  talk.alice.within(talk.invite, ok, 'BYE');
  assert.equal(talk.calls.size, 0);
  assert.deepEqual(talk.endings, ['200 the caller hung up']);
  const { started, answered, bye } = talk.calls.counts;
  assert.deepEqual({ started, answered, bye }, { started: 1, answered: 1, bye: 1 });
});

test('a 2xx that comes again after its dialog is over, while another goes on, begins no new one (RFC 3261 §13.2.2.4)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.answer(talk.arrived, 200, 'OK', [], 'cell');
  const late = talk.alice.response(200);
  talk.alice.within(talk.invite, late, 'BYE');
  talk.bob.answer(talk.bob.take('BYE'), 200);
  talk.bob.answer(talk.arrived, 200, 'OK', [], 'cell');
  assert.deepEqual(talk.listed, ['alice sip:202@home.example answered']);
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  assert.deepEqual(talk.listed, []);
});

test('a late 2xx whose From cannot be read goes to the caller, and is no bug of ours (RFC 3261 §16.7 step 5)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.answer(talk.arrived, 200, 'OK', [], 'cell');
  const { text } = talk.desk.net.wire.find(({ from }) => from.host === '10.0.0.3')!;
  talk.bob.send(text.replace(/\r\nFrom: [^\r]*/, '\r\nFrom: "alice <sip:alice@home.example>;tag=alice-tag'));
  talk.desk.run();
  assert.deepEqual(talk.alice.waiting, ['200 INVITE', '200 INVITE']);
  assert.equal(talk.desk.exchange.bugs, 0);
});

test('a late dialog goes on when the first one is over, and so does the call (RFC 3261 §13.2.2.4)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.answer(talk.arrived, 200, 'OK', [], 'cell');
  const late = talk.alice.response(200);
  talk.alice.within(talk.invite, late, 'ACK');
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  assert.deepEqual(talk.listed, ['alice sip:202@home.example answered']);
  talk.alice.within(talk.invite, late, 'BYE');
  assert.deepEqual(talk.listed, []);
});

test('a late dialog that the caller takes no notice of is no call any more once the first one is over (RFC 3261 §13.2.2.4)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.answer(talk.arrived, 200, 'OK', [], 'cell');
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  assert.deepEqual(talk.listed, []);
});

test('a call whose session nobody refreshed leaves the table 32 s after it expired (RFC 4028 §10)', async () => {
  const talk = await Talk.open();
  talk.dial().answer(['Session-Expires: 90;refresher=uas']);
  talk.desk.run(120_000);
  assert.equal(talk.calls.size, 1);
  talk.desk.run(10_000);
  assert.equal(talk.calls.size, 0);
  assert.deepEqual(talk.endings, ['200 neither side refreshed the session in time']);
});

test('the 2xx to an UPDATE says how long the session lives from then on (RFC 4028 §7.4)', async () => {
  const talk = await Talk.open();
  talk.dial().answer(['x: 90']);
  talk.desk.run(100_000);
  talk.bob.back(talk.arrived, 'bob-answers', 'UPDATE', { headers: ['Session-Expires: 90'] });
  talk.alice.answer(talk.alice.take('UPDATE'), 200, 'OK', ['Session-Expires: 600;refresher=uac']);
  talk.desk.run(620_000);
  assert.equal(talk.calls.size, 1);
  talk.desk.run(20_000);
  assert.equal(talk.calls.size, 0);
});

test('a re-INVITE whose 2xx names no interval ends the session timer (RFC 4028 §7.2)', async () => {
  const talk = await Talk.open();
  talk.dial().answer(['Session-Expires: 90']);
  talk.alice.within(talk.invite, talk.ok, 'INVITE', { headers: [`Contact: ${talk.alice.contact}`] });
  talk.bob.answer(talk.bob.take('INVITE'), 200);
  talk.desk.run(600_000);
  assert.deepEqual(talk.listed, ['alice sip:202@home.example answered']);
});

test('a call of which nothing was heard for 12 hours leaves the table, one with requests in it stays', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.desk.run(11 * 3_600_000);
  const info = talk.alice.within(talk.invite, talk.ok, 'INFO');
  talk.bob.answer(talk.bob.take('INFO'), 200);
  assert.equal(info.method, 'INFO');
  talk.desk.run(2 * 3_600_000);
  assert.equal(talk.calls.size, 1);
  talk.desk.run(10 * 3_600_000 + 10_000);
  assert.equal(talk.calls.size, 0);
  assert.deepEqual(talk.endings, ['200 nothing was heard of it for 12 hours']);
});

test('nothing is armed once the table is empty', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.alice.within(talk.invite, talk.ok, 'BYE');
  talk.desk.run(64_000);
  const names = talk.desk.clock.armed().map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => name.includes('call') || name.includes('history')),
    [],
  );
});

// What follows hands the table its calls directly: connections, and calls that no phone makes.

/** A table without a proxy. */
function setup() {
  const clock = new SimClock();
  const log = new SimLog();
  const random = new SimRandom();
  const network = new SimNetwork(clock, random).host('10.0.0.1');
  const transport = new TransportLayer({ clock, network, random, log });
  const transactions = new TransactionLayer({ clock, random, transport });
  const calls = new Calls({
    clock,
    log,
    random,
    storage: new SimStorage(),
    transport,
    transactions,
    location: new LocationService(clock, log),
  });
  return { clock, log, calls };
}

class Connection implements Flow {
  readonly transport = 'tcp';
  readonly local = { host: '10.0.0.1', port: 5060 };
  readonly remote = { host: '10.0.0.9', port: 40_000 };
  readonly connection = 'c';
  readonly reliable = true;
  readonly peer = undefined;
  readonly point = { transport: 'tcp', address: this.local, sentBy: '10.0.0.1:5060' } as const;
  open = true;
  trust(): void {}
  send(): void {}
}

const message = (start: string, method: string, toTag = '', callId = 'c1') =>
  read(
    `${start}\r\nVia: SIP/2.0/TCP 10.0.0.9;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=f\r\nTo: <sip:b@x>${toTag}\r\nCall-ID: ${callId}\r\nCSeq: 1 ${method}\r\nContact: <sip:a@10.0.0.9>\r\nContent-Length: 0\r\n\r\n`,
  );
const request = (method: string, toTag = '', callId = 'c1') =>
  message(`${method} sip:b@x SIP/2.0`, method, toTag, callId) as Request;
const answer = (tag: string, callId = 'c1') => message('SIP/2.0 200 OK', 'INVITE', `;tag=${tag}`, callId) as Response;

function start(flow: Flow, callId = 'c1', completed = false): CallStart {
  const invite = request('INVITE', '', callId);
  const transaction: ServerTransaction = {
    ...{ request: invite, flow, completed, toTag: 't', cancelled: undefined, ended: undefined },
    respond() {},
    relay() {},
    respondStateless() {},
    abandon() {},
  };
  return { request: invite, transaction, principal: { kind: 'anonymous' }, callee: 'b', trace: [] };
}

test('a call that lost the connections of both sides leaves the table within a second', () => {
  const { clock, calls } = setup();
  const [near, far] = [new Connection(), new Connection()];
  calls.started(start(near))?.answered(answer('t'), far);
  near.open = false;
  calls.connectionClosed();
  clock.advance(20_000);
  assert.equal(calls.size, 1);
  far.open = false;
  calls.connectionClosed();
  clock.advance(1_000);
  assert.equal(calls.size, 0);
  assert.deepEqual(
    calls.history(0, 1).map(({ how, reason }) => [how, reason]),
    [['lost', 'neither side could be reached any more']],
  );
});

test('a call by UDP outlives a link that is gone for half a minute and can be hung up then, and not an address that stays away (RFC 3261 §12)', async () => {
  const back = await Talk.open({ config: HOUSE.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060') });
  const away = await Talk.open({ config: HOUSE.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060') });
  for (const talk of [back, away]) {
    talk.dial().answer();
    talk.desk.run(100_000);
    talk.desk.host.removeAddress('10.0.0.1');
    talk.desk.run(30_000);
    assert.deepEqual(talk.listed, ['alice sip:202@home.example answered']);
  }
  back.desk.host.addAddress('10.0.0.1');
  for (let looks = 0; looks < 9; looks++) {
    back.desk.run(1_000);
    await Promise.resolve();
  }
  back.desk.run(600_000);
  assert.deepEqual(back.listed, ['alice sip:202@home.example answered']);
  back.alice.within(back.invite, back.ok, 'BYE');
  assert.deepEqual(back.endings, ['200 the caller hung up']);
  away.desk.run(50_000);
  assert.deepEqual(away.listed, []);
  assert.deepEqual(away.endings, ['200 neither side could be reached any more']);
});

test.each([
  ['speaks over another', true],
  ['has spoken over another while that seemed open', false],
])('a side that lost its connection and %s has that one from then on (RFC 5626 §5.3)', (_, closes) => {
  const { clock, calls } = setup();
  const [near, far, again] = [new Connection(), new Connection(), new Connection()];
  calls.started(start(near))?.answered(answer('t'), far);
  near.open = !closes;
  calls.request(request('INFO', ';tag=t'), 'callee', again);
  near.open = false;
  far.open = false;
  calls.connectionClosed();
  clock.advance(10_000);
  assert.equal(calls.size, 1);
  again.open = false;
  clock.advance(10_000);
  assert.equal(calls.size, 0);
});

test('a 2xx that is told twice is one dialog (RFC 3261 §13.3.1.4)', () => {
  const { calls } = setup();
  const flow = new Connection();
  const progress = calls.started(start(flow));
  progress?.answered(answer('t'), flow);
  progress?.answered(answer('t'), flow);
  calls.request(request('BYE', ';tag=t'), 'callee', flow);
  assert.equal(calls.size, 0);
});

test('a session interval that is no number is none', () => {
  const { clock, calls } = setup();
  const flow = new Connection();
  const odd = answer('t').text.replace('\r\nContact', '\r\nSession-Expires: 9x\r\nContact');
  calls.started(start(flow))?.answered(read(odd) as Response, flow);
  clock.advance(100_000);
  assert.equal(calls.size, 1);
});

test('a guest is no local user, and its address-of-record says so', () => {
  const { calls } = setup();
  const guest = { kind: 'guest', aor: 'gustav@open.example' } as const;
  calls.started({ ...start(new Connection()), principal: guest, callee: 'gerda@open.example' });
  assert.deepEqual(
    calls.list().map(({ from, users, principal }) => [from, users, principal]),
    [['sip:a@x', [], 'guest']],
  );
});

test('an INVITE that came by two paths is two calls, each ended by the BYE of its own dialog', () => {
  const { calls } = setup();
  const flow = new Connection();
  const [first, second, third] = [calls.started(start(flow)), calls.started(start(flow)), calls.started(start(flow))];
  first?.answered(answer('t1'), flow);
  second?.answered(answer('t2'), flow);
  third?.answered(answer('t3'), flow);
  assert.deepEqual(new Set(calls.list().map(({ id }) => id)).size, 3);
  calls.request(request('BYE', ';tag=t2'), 'callee', flow);
  assert.equal(calls.size, 2);
  calls.request(request('BYE', ';tag=t3'), 'callee', flow);
  calls.request(request('BYE', ';tag=t1'), 'callee', flow);
  assert.deepEqual([calls.size, calls.list().length, calls.counts.bye], [0, 0, 3]);
});

test('a call whose INVITE was answered before it had a branch is swept out', () => {
  const { clock, calls } = setup();
  calls.started(start(new Connection(), 'looped', true));
  assert.equal(calls.size, 1);
  clock.advance(10_000);
  assert.equal(calls.size, 0);
  assert.equal(calls.history(0, 1)[0]?.how, 'failed');
});

test('a 2xx with a broken To is no fault of ours, and still the answer', () => {
  const { calls } = setup();
  const flow = new Connection();
  const broken = message('SIP/2.0 200 OK', 'INVITE', ';=') as Response;
  calls.started(start(flow))?.answered(broken, flow);
  assert.deepEqual(
    calls.list().map(({ state }) => state),
    ['answered'],
  );
});

test('beyond 100,000 calls the table takes no more, and says so once', () => {
  const { log, calls } = setup();
  const begin = start(new Connection());
  for (let i = 0; i < 100_000; i++) calls.started(begin);
  assert.equal(calls.started(begin), undefined);
  assert.equal(calls.started(begin), undefined);
  assert.deepEqual([calls.size, calls.counts.unseen], [100_000, 2]);
  assert.deepEqual(log.of('warning'), ['there are 100000 calls: those beyond are not listed']);
});

test('strangers and guests list 500 calls with each other at most, and none of the users loses its place by that (security S12)', () => {
  const { log, calls } = setup();
  const begin = { ...start(new Connection()), callee: 'gus@open.example' };
  const first = calls.started(begin);
  for (let i = 1; i < 500; i++) calls.started(begin);
  assert.equal(calls.started(begin), undefined);
  assert.equal(calls.started(begin), undefined);
  assert.deepEqual([calls.size, calls.counts.unseen], [500, 2]);
  const ours = { ...begin, principal: { kind: 'user', name: 'alice' } } as const;
  assert.isDefined(calls.started(ours));
  assert.isDefined(calls.started({ ...begin, callee: 'alice' }));
  first?.failed(486);
  assert.isDefined(calls.started(begin));
  assert.equal(calls.started(begin), undefined);
  assert.deepEqual(log.of('warning'), ['strangers and guests have 500 calls with each other: those beyond are not listed']);
});

test('of a call between strangers neither a long INVITE nor a second dialog is kept (security S12)', () => {
  const { calls } = setup();
  const flow = new Connection();
  const begin = { ...start(flow), callee: 'gus@open.example' };
  const call = calls.started(begin);
  call?.answered(answer('one'), flow);
  call?.answered(answer('two'), flow);
  calls.request(request('BYE', ';tag=one'), 'callee', flow);
  assert.equal(calls.size, 0);
  assert.equal(calls.started({ ...begin, request: request('INVITE', `;x=${'x'.repeat(16_384)}`) }), undefined);
});

test('the history says in words why nobody took a call: our own reason, what the status means, how the other side put it (house 8)', async () => {
  const talk = await Talk.open({ config: `${HOUSE}[user dave]\ndnd = yes\n` });
  const { desk, alice, bob } = talk;
  const ends = (status: number, rings: boolean, reason?: string) => {
    talk.dial();
    if (rings) bob.answer(talk.arrived, 180);
    bob.answer(talk.arrived, status, reason);
  };
  ends(480, false);
  ends(480, true);
  ends(603, true);
  ends(488, false, 'no such codec: sip:x:secret@y');
  talk.dial();
  desk.run(33_000);
  for (const dialed of [
    'sip:dave@home.example',
    'sip:carol@home.example',
    'sip:m%C3%BCller@home.example',
    'sip:x@nowhere.example',
  ]) {
    alice.call('INVITE', dialed, { callId: dialed });
    desk.run(1_000);
  }
  assert.deepEqual(talk.endings.reverse(), [
    '480 not available',
    '480 nobody answered',
    '603 declined',
    '488 nobody took it: no such codec: sip:x:(hidden)@y',
    '408 no response came',
    '486 dave does not want to be disturbed',
    '480 carol has no phone registered',
    '404 there is no user, extension or guest müller',
    '404 nowhere.example has no address',
  ]);
});

test('a phone that cannot be reached, or says 503, stands in the history with the 500 that the caller got (RFC 3261 §16.7 step 6)', async () => {
  const talk = await Talk.open();
  const { desk, alice, bob } = talk;
  talk.dial();
  bob.answer(talk.arrived, 503, 'No room');
  alice.ack(talk.invite, alice.response(500));
  desk.host.noRoute.add('10.0.0.3');
  alice.call('INVITE', 'sip:202@home.example', { callId: 'gone' });
  alice.response(500);
  assert.deepEqual(talk.endings, ['500 nobody could be reached', '500 nobody took it: No room']);
});

test('each step of the way that a call took stands in the history as a person reads it', async () => {
  const { desk, alice, calls } = await Talk.open();
  alice.call('INVITE', 'sip:m%C3%BCller@home.example');
  const step = 'there is no user, extension or guest müller';
  assert.equal(calls.history(0, 1)[0]?.trace.at(-1), step);
  await desk.clock.pass(1_000);
  assert.include(desk.storage.read('history.jsonl'), `${step}"]}`);
});

test('a call without breadth is over at once (RFC 5393 §5.3.3)', async () => {
  const talk = await Talk.open();
  talk.alice.call('INVITE', 'sip:202@home.example', { headers: [`Contact: ${talk.alice.contact}`, 'Max-Breadth: 0'] });
  talk.alice.response(440);
  assert.deepEqual([talk.listed, talk.endings], [[], ['440 nobody took it (440)']]);
});

test('a call through a gateway is over when the gateway says so: it watches over connections and sessions itself', () => {
  const { clock, calls } = setup();
  const near = new Connection();
  const progress = calls.started(start(near));
  const gateway = { hangUp: () => undefined };
  progress?.answered(read(answer('g').text.replace('\r\nContact', '\r\nSession-Expires: 90\r\nContact')) as Response, gateway);
  near.open = false;
  calls.connectionClosed();
  clock.advance(200_000);
  assert.equal(calls.size, 1);
  progress?.over({ hangUp: () => undefined }, 'callee');
  assert.equal(calls.size, 1);
  progress?.over(gateway, 'callee');
  assert.deepEqual(
    calls.history(0, 1).map(({ how, reason }) => [how, reason]),
    [['bye', 'the callee hung up']],
  );
  progress?.over(gateway, 'callee');
  assert.equal(calls.counts.bye, 1);
});

test('a call through a gateway is hung up by the gateway, whose ACK nobody else sees', () => {
  const { calls } = setup();
  const said: string[] = [];
  const progress = calls.started(start(new Connection()));
  progress?.answered(answer('g'), { hangUp: (reason) => void said.push(reason) });
  const outcomes: unknown[] = [];
  calls.hangup(calls.list()[0]!.id, (outcome) => outcomes.push(outcome));
  assert.deepEqual(said, ['Q.850;cause=16;text="Ended by the operator"']);
  assert.deepEqual(outcomes, [{ kind: 'bye', confirmed: true, farewells: [] }]);
  assert.equal(calls.size, 0);
});
