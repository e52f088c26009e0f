import { assert, test } from 'vitest';
import type { Address, StreamUser } from '../../src/runtime/network.ts';
import { SimClock } from '../support/sim-clock.ts';
import type { SimHost } from '../support/sim-host.ts';
import { SimNetwork } from '../support/sim-network.ts';
import { SimRandom } from '../support/sim-random.ts';

function setup(everywhere = {}) {
  const clock = new SimClock();
  const net = new SimNetwork(clock, new SimRandom(3), everywhere);
  const log: string[] = [];
  const note = (name: string) => (text: string, from: Address) =>
    log.push(`${clock.now()} ${name} ${text} ${from.host}:${from.port}`);
  const listen = (host: SimHost, name: string, port = 5060) => host.bind({ host: host.addresses[0]!, port }, note(name));
  return { clock, net, log, note, listen };
}

function user(clock: SimClock, log: string[], name: string): StreamUser {
  return {
    connected: () => log.push(`${clock.now()} ${name} connected`),
    data: (text) => log.push(`${clock.now()} ${name} ${text}`),
    closed: (error) => log.push(`${clock.now()} ${name} closed ${error?.kind}`),
  };
}

test('a delay of 0 delivers in the same advance, and the wire remembers the packet', () => {
  const { clock, net, log, listen } = setup();
  const a = listen(net.host('10.0.0.1'), 'a');
  listen(net.host('10.0.0.2'), 'b');
  a.send('OPTIONS', { host: '10.0.0.2', port: 5060 });
  assert.deepEqual(log, []);
  clock.advance(0);
  assert.deepEqual(log, ['0 b OPTIONS 10.0.0.1:5060']);
  const [from, to] = [
    { host: '10.0.0.1', port: 5060 },
    { host: '10.0.0.2', port: 5060 },
  ];
  assert.deepEqual(net.wire, [{ time: 0, from, to, transport: 'udp', text: 'OPTIONS', lost: false }]);
});

test('loss, delay and duplication hold for one direction only', () => {
  const { clock, net, log, listen } = setup({ delay: 1 });
  const a = listen(net.host('10.0.0.1'), 'a');
  const b = listen(net.host('10.0.0.2'), 'b');
  net.link('10.0.0.1', '10.0.0.2', { loss: 1 });
  net.link('10.0.0.2', '*', { delay: 30, duplicate: 1 });
  a.send('x', b.local);
  b.send('y', a.local);
  clock.advance(100);
  assert.deepEqual(log, ['30 a y 10.0.0.2:5060', '30 a y 10.0.0.2:5060']);
  assert.deepEqual(
    net.wire.map((packet) => packet.lost),
    [true, false],
  );
});

test('half of the datagrams are lost and the same seed loses the same ones', () => {
  const run = () => {
    const { clock, net, log, listen } = setup({ loss: 0.5, delay: [0, 5] });
    const a = listen(net.host('10.0.0.1'), 'a');
    const b = listen(net.host('10.0.0.2'), 'b');
    for (let i = 0; i < 1000; i++) a.send(String(i), b.local);
    clock.advance(5);
    return log.map((line) => Number(line.split(' ')[2]));
  };
  const once = run();
  assert.deepEqual(once, run());
  assert.isTrue(once.length > 430 && once.length < 570);
  assert.deepEqual(
    once,
    [...once].sort((a, b) => a - b),
  );
});

test('a reordered datagram arrives behind its followers', () => {
  const { clock, net, log, listen } = setup();
  const a = listen(net.host('10.0.0.1'), 'a');
  const b = listen(net.host('10.0.0.2'), 'b');
  net.link('*', '*', { reorder: 1 });
  a.send('first', b.local);
  net.link('*', '*', {});
  a.send('second', b.local);
  clock.advance(50);
  assert.deepEqual(log, ['0 b second 10.0.0.1:5060', '20 b first 10.0.0.1:5060']);
});

test('behind NAT the source is rewritten, answers come back, and the mapping expires without outward packets', () => {
  const { clock, net, log, listen } = setup();
  const server = listen(net.host('198.51.100.1'), 'server');
  const stranger = listen(net.host('198.51.100.9'), 'stranger');
  const phone = listen(net.nat('203.0.113.1', { expiry: 30_000 }).host('192.168.1.10'), 'phone');
  phone.send('REGISTER', server.local);
  clock.advance(0);
  const seen = { host: '203.0.113.1', port: 40_000 };
  server.send('200', seen);
  stranger.send('scan', seen);
  clock.advance(29_999);
  server.send('INVITE', seen);
  clock.advance(1);
  server.send('lost', seen);
  clock.advance(0);
  const expected = [
    '0 server REGISTER 203.0.113.1:40000',
    '0 phone 200 198.51.100.1:5060',
    '29999 phone INVITE 198.51.100.1:5060',
  ];
  assert.deepEqual(log, expected);
});

test('two houses may use the same inner addresses, and a symmetric NAT has a port for each destination', () => {
  const { clock, net, log, listen } = setup();
  const server = listen(net.host('198.51.100.1'), 'one');
  const other = listen(net.host('198.51.100.2'), 'two');
  const a = listen(net.nat('203.0.113.1', { symmetric: true }).host('192.168.1.10'), 'a');
  const b = listen(net.nat('203.0.113.2').host('192.168.1.10'), 'b');
  for (const phone of [a, b]) for (const to of [server, other]) phone.send('x', to.local);
  clock.advance(0);
  const expected = [
    '0 one x 203.0.113.1:40000',
    '0 two x 203.0.113.1:40001',
    '0 one x 203.0.113.2:40000',
    '0 two x 203.0.113.2:40000',
  ];
  assert.deepEqual(log, expected);
});

test('a machine without its cable hears nothing, and its stream goes on when the cable is back', async () => {
  const { clock, net, log } = setup();
  const server = net.host('198.51.100.1');
  const phone = net.host('198.51.100.2');
  await server.listen({ host: '198.51.100.1', port: 5060 }, () => user(clock, log, 'server'));
  const stream = phone.connect(undefined, { host: '198.51.100.1', port: 5060 }, { timeout: 5000 }, user(clock, log, 'phone'));
  clock.advance(0);
  phone.up = false;
  stream.write('a');
  clock.advance(1500);
  phone.up = true;
  stream.write('b');
  clock.advance(1000);
  assert.deepEqual(log, ['0 phone connected', '2000 server a', '2000 server b']);
  stream.destroy();
  clock.advance(0);
  assert.deepEqual(clock.armed(), []);
});

test('a reader that stops reading makes the writer queue', async () => {
  const { clock, net, log } = setup();
  const server = net.host('198.51.100.1');
  await server.listen({ host: '198.51.100.1', port: 5060 }, () => user(clock, log, 'server'));
  const phone = net
    .host('198.51.100.2')
    .connect(undefined, { host: '198.51.100.1', port: 5060 }, { timeout: 5000 }, user(clock, log, 'phone'));
  clock.advance(0);
  const [accepted] = server.streams;
  phone.pause();
  accepted!.write('x'.repeat(70_000));
  clock.advance(10);
  assert.equal(accepted!.queued, 4464);
  phone.resume();
  assert.equal(accepted!.queued, 0);
});

test('a peer that takes no end is left after 5 s', async () => {
  const { clock, net, log } = setup();
  const server = net.host('198.51.100.1');
  await server.listen({ host: '198.51.100.1', port: 5060 }, () => user(clock, log, 'server'));
  const phone = net.host('198.51.100.2');
  const stream = phone.connect(undefined, { host: '198.51.100.1', port: 5060 }, { timeout: 5000 }, user(clock, log, 'phone'));
  clock.advance(0);
  const [accepted] = server.streams;
  accepted!.pause();
  stream.end();
  clock.advance(5000);
  assert.deepEqual(log, ['0 phone connected', '5000 phone closed timeout']);
  accepted!.resume();
  clock.advance(5000);
  assert.deepEqual(log.slice(2), ['5000 server closed undefined']);
  assert.deepEqual(clock.armed(), []);
});

test('a route that the kernel does not know refuses at once', () => {
  const { clock, net, log, listen } = setup();
  const host = net.host('10.0.0.1');
  const a = listen(host, 'a');
  host.noRoute.add('192.0.2.1');
  a.send('x', { host: '192.0.2.1', port: 5060 }, (error) => log.push(error.kind));
  host.connect(undefined, { host: '192.0.2.1', port: 5060 }, { timeout: 5000 }, user(clock, log, 'stream'));
  clock.advance(0);
  assert.deepEqual(log, ['unreachable', '0 stream closed unreachable']);
  assert.equal(host.sourceFor('192.0.2.1'), undefined);
  assert.deepEqual(clock.armed(), []);
});

test('what is not bytes cannot be sent', () => {
  const { net, listen } = setup();
  const a = listen(net.host('10.0.0.1'), 'a');
  assert.throws(() => a.send('č', a.local), 'what is sent must be bytes');
});

test('the source address is of the same network as the destination', () => {
  const { net } = setup();
  const host = net.host('127.0.0.1', '10.0.0.1', '192.168.1.1', '2001:db8::1');
  assert.deepEqual(
    ['192.168.1.77', '8.8.8.8', '127.0.0.1', '2001:db8:9::1'].map((to) => host.sourceFor(to)),
    ['192.168.1.1', '10.0.0.1', '127.0.0.1', '2001:db8::1'],
  );
  assert.equal(net.host('10.0.0.9').sourceFor('2001:db8::1'), undefined);
});
