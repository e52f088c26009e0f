import { assert, test } from 'vitest';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import { collect } from '../../support/collect.ts';
import { Lab, OPTIONS, Told, US, US_6 } from './lab.ts';

test('a connection that brings no whole message within 10 s is closed, one that drips too (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const silent = lab.dial(lab.net.host('10.0.0.2'));
  const slow = lab.dial(lab.net.host('10.0.0.3'));
  for (let second = 0; second < 10; second++) {
    slow.stream.write(OPTIONS.slice(second, second + 1));
    lab.clock.advance(999);
  }
  assert.deepEqual([silent.closed, slow.closed], [false, false]);
  lab.clock.advance(100);
  assert.deepEqual([silent.closed, slow.closed], [true, true]);
  assert.deepEqual(lab.taken, []);
  assert.deepEqual(lab.clock.armed(), []);
});

test('each message that was begun has to end within 10 s, also the second (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const alice = lab.dial(lab.net.host('10.0.0.2'));
  alice.stream.write(OPTIONS);
  lab.clock.advance(5_000);
  alice.stream.write(OPTIONS.slice(0, 50));
  lab.clock.advance(9_999);
  assert.equal(alice.closed, false);
  lab.clock.advance(1);
  assert.equal(alice.closed, true);
  assert.equal(lab.taken.length, 1);
});

test('a message that is begun on a connection which has been idle for long has to end within 10 s as well (security S19)', async () => {
  for (const trusted of [false, true]) {
    const lab = await Lab.open('tcp');
    const alice = lab.dial(lab.net.host('10.0.0.2'));
    alice.stream.write(OPTIONS);
    lab.clock.advance(20_000);
    if (trusted) lab.taken[0]!.flow.trust();
    alice.stream.write(OPTIONS.slice(0, 50));
    lab.clock.advance(9_999);
    assert.equal(alice.closed, false);
    lab.clock.advance(1);
    assert.equal(alice.closed, true);
  }
});

test('of a message that never ended nothing is kept once its connection has closed, however long the flow is known (security S12)', async () => {
  const lab = await Lab.open('tcp');
  lab.net.recording = false;
  const host = lab.net.host('10.0.0.2');
  const before = await collect();
  for (let i = 0; i < 200; i++) {
    const { stream } = lab.dial(host);
    stream.write(OPTIONS);
    stream.write(`${OPTIONS.slice(0, 50)}${String(i).repeat(20_000)}`);
    lab.clock.advance(0);
    stream.destroy();
    lab.clock.advance(0);
  }
  assert.deepEqual([lab.taken.length, lab.taken.some(({ flow }) => flow.open)], [200, false]);
  assert.isBelow((await collect()) - before, 2_000_000); // 10 MB were written
});

test('whoever proved nothing may be idle for a minute, whoever did for an hour (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const stranger = lab.dial(lab.net.host('10.0.0.2'));
  const phone = lab.dial(lab.net.host('10.0.0.3'));
  stranger.stream.write(OPTIONS);
  phone.stream.write(OPTIONS);
  lab.clock.advance(0);
  lab.taken[1]!.flow.trust();
  lab.clock.advance(59_999);
  assert.equal(stranger.closed, false);
  lab.clock.advance(1);
  assert.deepEqual([stranger.closed, phone.closed], [true, false]);
  lab.clock.advance(3_599_999);
  assert.equal(phone.closed, false);
  lab.clock.advance(1);
  assert.equal(phone.closed, true);
});

test('a transaction keeps the connection of who proved nothing for four minutes at most; ten seconds after its end it is idle (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const [ringing, answered] = [lab.dial(lab.net.host('10.0.0.2')), lab.dial(lab.net.host('10.0.0.3'))];
  for (const side of [ringing, answered]) side.stream.write(OPTIONS);
  lab.clock.advance(0);
  for (const { flow } of lab.taken) flow.waits!(1);
  lab.clock.advance(70_000);
  assert.deepEqual([ringing.closed, answered.closed], [false, false]);
  lab.taken[1]!.flow.waits!(-1);
  lab.clock.advance(9_999);
  assert.equal(answered.closed, false);
  lab.clock.advance(1);
  assert.equal(answered.closed, true);
  lab.clock.advance(159_999);
  assert.equal(ringing.closed, false);
  lab.clock.advance(1);
  assert.equal(ringing.closed, true);
  assert.deepEqual(lab.clock.armed(), []);
});

test('the oldest unproven connection of a host makes room for its 21st; proven ones and other hosts stay (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const host = lab.net.host('10.0.0.2');
  const phone = lab.dial(host);
  phone.stream.write(OPTIONS);
  lab.clock.advance(0);
  lab.taken[0]!.flow.trust();
  const other = lab.dial(lab.net.host('10.0.0.3'));
  const flood = Array.from({ length: 25 }, () => lab.dial(host));
  lab.clock.advance(0);
  assert.deepEqual(
    flood.map(({ closed }) => closed),
    [...new Array<boolean>(5).fill(true), ...new Array<boolean>(20).fill(false)],
  );
  assert.deepEqual([phone.closed, other.closed], [false, false]);
});

test('beyond 4,000 connections the oldest that proved nothing makes room, whoever comes (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const flooding = Array.from({ length: 200 }, (_, n) => lab.net.host(`10.1.0.${n + 1}`));
  const [phone, oldest] = [flooding[0]!, flooding[1]!].map((host) => lab.dial(host));
  phone!.stream.write(OPTIONS);
  lab.clock.advance(0);
  lab.taken[0]!.flow.trust();
  const others = Array.from({ length: 3_998 }, (_, n) => lab.dial(flooding[199 - (n % 200)]!));
  assert.deepEqual([lab.layer.connections, oldest!.closed], [4_000, false]);
  const late = lab.dial(lab.net.host('10.0.0.2'));
  lab.clock.advance(0);
  assert.deepEqual([lab.layer.connections, oldest!.closed, phone!.closed, late.closed], [4_000, true, false, false]);
  assert.isTrue(others.every(({ closed }) => !closed));
});

test('all addresses of a /64 are one host, of which anybody has a whole one (security S19)', async () => {
  const lab = await Lab.open();
  await lab.layer.listen('tcp', US_6);
  const dial = (address: string) => lab.dial(lab.net.host(address), US_6);
  const other = dial('2001:db8:0:1::1');
  const flood = Array.from({ length: 25 }, (_, n) => dial(`2001:db8::${n + 1}`));
  lab.clock.advance(0);
  assert.equal(flood.filter(({ closed }) => closed).length, 5);
  assert.equal(other.closed, false);
});

test('what is sent while a connection comes up waits for it, and one connection serves a next hop (RFC 5626 §3.5.1)', async () => {
  const lab = await Lab.open('tcp');
  lab.net.link('*', '*', { delay: 50 });
  const heard: string[] = [];
  let connections = 0;
  await lab.net.host('10.0.0.2').listen({ host: '10.0.0.2', port: 5060 }, () => {
    connections++;
    return { data: (text) => void heard.push(text), closed() {} };
  });
  const hop = { transport: 'tcp', host: '10.0.0.2', port: 5060 } as const;
  const told = new Told();
  (lab.layer.flowTo(hop) as Flow).send('one', told);
  (lab.layer.flowTo(hop) as Flow).send('two', told);
  assert.deepEqual(heard, []);
  lab.clock.advance(200);
  (lab.layer.flowTo(hop) as Flow).send('three', told);
  lab.clock.advance(200);
  assert.equal(heard.join(''), 'onetwothree');
  assert.equal(connections, 1);
  assert.deepEqual(told.whys, []);
});

test('what waits for its connection can be taken back, and what has left cannot', async () => {
  const lab = await Lab.open('tcp');
  lab.net.link('*', '*', { delay: 50 });
  const heard: string[] = [];
  await lab.net
    .host('10.0.0.2')
    .listen({ host: '10.0.0.2', port: 5060 }, () => ({ data: (text) => void heard.push(text), closed() {} }));
  const flow = lab.layer.flowTo({ transport: 'tcp', host: '10.0.0.2', port: 5060 }) as Flow;
  flow.send('one');
  flow.send('two');
  assert.deepEqual([flow.up, flow.withdraw?.('one'), flow.withdraw?.('one')], [false, true, false]);
  lab.clock.advance(200);
  assert.deepEqual([flow.up, flow.withdraw?.('two')], [true, false]);
  assert.equal(heard.join(''), 'two');
});

test('the trace shows what went out on a connection that came up, and nothing of one that did not', async () => {
  const lab = await Lab.open('tcp');
  const host = lab.net.host('10.0.0.2');
  await host.listen({ host: '10.0.0.2', port: 5060 }, () => ({ data: () => undefined, closed: () => undefined }));
  for (const port of [5061, 5060]) {
    const flow = lab.layer.flowTo({ transport: 'tcp', host: '10.0.0.2', port }, US) as Flow;
    flow.send(OPTIONS);
    flow.send(OPTIONS.replace(/OPTIONS/g, 'MESSAGE'));
    assert.deepEqual(lab.traced, []);
    lab.clock.advance(100);
    assert.deepEqual(lab.traced, port === 5061 ? [] : ['out OPTIONS', 'out MESSAGE']);
  }
});

test('where the connection does not come up every sender is told, once (RFC 3261 §18.4)', async () => {
  const lab = await Lab.open('tcp');
  const [one, two] = [new Told(), new Told()];
  const flow = lab.layer.flowTo({ transport: 'tcp', host: '10.0.0.2', port: 5060 }) as Flow;
  lab.net.host('10.0.0.2');
  flow.send('a', one);
  flow.send('b', two);
  flow.send('c', two);
  assert.deepEqual([one.whys, two.whys], [[], []]);
  lab.clock.advance(6_000);
  assert.deepEqual([one.whys.length, two.whys.length], [1, 1]);
  assert.equal(flow.open, false);
  assert.deepEqual(lab.clock.armed(), []);
});

test('of the senders of a connection that lives for long the last are remembered, and no more than 256', async () => {
  const lab = await Lab.open('tcp');
  await lab.net
    .host('10.0.0.2')
    .listen({ host: '10.0.0.2', port: 5060 }, () => ({ data: () => undefined, closed: () => undefined }));
  const flow = lab.layer.flowTo({ transport: 'tcp', host: '10.0.0.2', port: 5060 }) as Flow;
  const told = Array.from({ length: 1_000 }, () => new Told());
  for (const one of told) flow.send(OPTIONS, one);
  lab.layer.shut(flow);
  const heard = told.map(({ whys }) => whys.length);
  assert.deepEqual(heard.slice(-128), new Array<number>(128).fill(1));
  assert.isAtMost(
    heard.reduce((sum, one) => sum + one, 0),
    256,
  );
});

test('what is sent on a closed connection fails later, never in the middle of the step that sends (RFC 3261 §18.4)', async () => {
  const lab = await Lab.open('tcp');
  const alice = lab.dial(lab.net.host('10.0.0.2'));
  alice.stream.write(OPTIONS);
  lab.clock.advance(0);
  const { flow } = lab.taken[0]!;
  alice.stream.destroy();
  lab.clock.advance(0);
  const told = new Told();
  flow.send('late', told);
  assert.deepEqual(told.whys, []);
  lab.clock.advance(0);
  assert.deepEqual(told.whys, ['the connection is closed']);
});

test('the answer to who has closed opens a connection to the port of the sent-by, 5060 where none is written (RFC 3261 §18.2.2)', async () => {
  for (const [sentBy, port] of [
    ['a.example', 5060],
    ['a.example:5070', 5070],
  ] as const) {
    const lab = await Lab.open('tcp');
    const alice = lab.dial(lab.net.host('10.0.0.2'));
    alice.stream.write(OPTIONS.replace('a.example', sentBy));
    lab.clock.advance(0);
    const { message, flow } = lab.taken[0]!;
    assert.equal(lab.layer.replyFlow(message.via, flow), flow);
    alice.stream.destroy();
    lab.clock.advance(0);
    assert.deepEqual(lab.layer.replyFlow(message.via, flow)?.remote, { host: '10.0.0.2', port });
    lab.layer.unlisten(flow.point);
    lab.layer.answer(message.via, flow, 'nobody hears it');
    assert.equal(lab.layer.replyFlow(message.via, flow), undefined);
  }
});

test('a peer that reads nothing is cut off once a megabyte waits for it (security S19)', async () => {
  const lab = await Lab.open('tcp');
  const alice = lab.dial(lab.net.host('10.0.0.2'));
  alice.stream.write(OPTIONS);
  lab.clock.advance(0);
  const { flow } = lab.taken[0]!;
  (alice.stream as unknown as { pause(): void }).pause();
  const told = new Told();
  for (let n = 0; n < 200 && flow.open; n++) {
    flow.send('x'.repeat(10_000), told);
    lab.clock.advance(0);
  }
  assert.equal(flow.open, false);
  lab.clock.advance(0);
  assert.isAtLeast(told.whys.length, 1);
});

test('no more than a megabyte waits for a connection that does not come up (security S19)', async () => {
  const lab = await Lab.open('tcp');
  lab.net.host('10.0.0.2');
  lab.net.link('10.0.0.1', '10.0.0.2', { delay: 600 });
  const told = new Told();
  const flow = lab.layer.flowTo({ transport: 'tcp', host: '10.0.0.2', port: 5060 }) as Flow;
  for (let i = 0; i < 17; i++) flow.send('x'.repeat(65_536), told);
  assert.equal(flow.open, true);
  flow.send('x', told);
  assert.equal(flow.open, false);
  lab.clock.advance(0);
  assert.equal(told.whys.length > 0, true);
});

test('an ACK or a response that ends a stream is answered by nothing but the end (RFC 3261 §17.1.1.3, §18.3)', async () => {
  const ack = OPTIONS.replaceAll('OPTIONS', 'ACK');
  const response = OPTIONS.replace(/^.*/, 'SIP/2.0 200 OK');
  const broken = [ack, response].flatMap((text) => [
    text.replace('Content-Length: 0\r\n', ''),
    text.replace('Content-Length: 0', 'Content-Length: 9999999'),
  ]);
  for (const text of broken) {
    const lab = await Lab.open('tcp');
    const alice = lab.dial(lab.net.host('10.0.0.2'));
    alice.stream.write(text);
    lab.clock.advance(0);
    assert.deepEqual([alice.heard, alice.closed], [[], true], text);
  }
});

test('each ping is answered, and who sends them and reads nothing has a few answers waiting (RFC 5626 §4.4.1, security S19)', async () => {
  const lab = await Lab.open('tcp');
  const alice = lab.dial(lab.net.host('10.0.0.2'));
  for (let n = 0; n < 20; n++) {
    alice.stream.write('\r\n\r\n');
    lab.clock.advance(1_000);
  }
  assert.equal(alice.heard.join(''), '\r\n'.repeat(20));
  (alice.stream as unknown as { pause(): void }).pause();
  alice.stream.write('\r\n\r\n'.repeat(100_000));
  lab.clock.advance(0);
  (alice.stream as unknown as { resume(): void }).resume();
  lab.clock.advance(0);
  assert.isBelow(alice.heard.join('').length, 65_536 + 100); // what the kernels hold, and some more
  alice.heard.length = 0;
  alice.stream.write('\r\n\r\n');
  lab.clock.advance(1_000);
  assert.equal(alice.heard.join(''), '\r\n');
});

test('a connection is found by its name while it lives, and its end is told (RFC 5626 §5.3)', async () => {
  const lab = await Lab.open('tcp', 'udp');
  const alice = lab.dial(lab.net.host('10.0.0.2'));
  alice.stream.write(OPTIONS);
  lab.clock.advance(0);
  const { flow } = lab.taken[0]!;
  const { transport, local, remote, connection } = flow;
  const name = { transport, local, remote, connection };
  assert.equal(lab.layer.flowNamed(name), flow);
  assert.equal(lab.layer.flowNamed({ ...name, connection: `${connection}0` }), undefined);
  alice.stream.end();
  lab.clock.advance(100);
  assert.equal(lab.layer.flowNamed(name), undefined);
  assert.deepEqual(lab.closedConnections, [connection]);
});
