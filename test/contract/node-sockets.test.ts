import { execFileSync, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer, connect as secured, type TLSSocket } from 'node:tls';
import { assert, test } from 'vitest';
import type { Address, NetworkError, Stream } from '../../src/runtime/network.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { holderOf } from '../../src/runtime/node/holder.ts';
import { NodeNetwork } from '../../src/runtime/node/network.ts';
import { Authority } from '../support/certificates.ts';
import { newFolder } from '../support/new-folder.ts';
import { SimClock } from '../support/sim-clock.ts';
import { until } from '../support/until.ts';

const network = new NodeNetwork(new NodeClock());
const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path));
const nobody = { data: () => undefined, closed: () => undefined };

const six = network.interfaces().some(({ family }) => family === 6);

test.skipIf(!six)('what listens on all addresses of IPv6 leaves those of IPv4 to another, on the same port', async () => {
  const [four, all] = ['0.0.0.0', '::'];
  const received = () => undefined;
  const streams = [await network.listen({ host: four, port: 0 }, () => nobody)];
  streams.push(await network.listen({ host: all, port: streams[0]!.local.port }, () => nobody));
  const datagrams = [await network.udp({ host: four, port: 0 }, received)];
  datagrams.push(await network.udp({ host: all, port: datagrams[0]!.local.port }, received));
  for (const socket of [...streams, ...datagrams]) socket.close();
});

test('who holds a port is told by name and process, and nobody holds a free one', async () => {
  const script = `
    const u = require('dgram').createSocket('udp4').bind(0, '0.0.0.0', () =>
      require('net').createServer().listen(0, '::1', function () { console.log(u.address().port, this.address().port) }));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const [udp, tcp] = String(line).trim().split(' ').map(Number) as [number, number];
  const holder = `node (pid ${child.pid})`;
  assert.deepEqual(
    [
      holderOf('udp', { host: '127.0.0.1', port: udp }),
      holderOf('udp', { host: '0.0.0.0', port: udp }),
      holderOf('tcp', { host: '::1', port: tcp }),
      holderOf('tcp', { host: '127.0.0.1', port: tcp }),
      holderOf('udp', { host: '127.0.0.1', port: tcp }),
      holderOf('tcp', { host: 'fe80::1%br-lan', port: tcp }),
    ],
    [holder, holder, holder, undefined, undefined, undefined],
  );
  child.kill();
  await once(child, 'exit');
});

test('a program that an interpreter runs is told by its own name, whatever the interpreter calls its thread', async () => {
  const path = join(newFolder('holder'), 'exchange.js');
  writeFileSync(
    path,
    `require('fs').writeFileSync('/proc/self/comm', 'MainThread');
    const u = require('dgram').createSocket('udp4').bind(0, '127.0.0.1', () => console.log(u.address().port))`,
  );
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  assert.equal(holderOf('udp', { host: '127.0.0.1', port: Number(line) }), `exchange (pid ${child.pid})`);
  child.kill();
  await once(child, 'exit');
});

test('a second daemon that allows reuse of addresses is found too', async () => {
  const script = `const u = require('dgram').createSocket({type: 'udp4', reuseAddr: true}).bind(0, '127.0.0.1', () => console.log(u.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const kind = await network.udp({ host: '127.0.0.1', port: Number(line) }, () => undefined).catch((error) => error.kind);
  assert.equal(kind, 'in-use');
  child.kill();
  await once(child, 'exit');
});

test('a key that OpenSSL reads and takes no more is refused like a damaged one, in its words', () => {
  const authority = new Authority();
  const credentials = authority.issue({ names: 'DNS:localhost', weak: true });
  authority.close();
  assert.throws(() => network.check(credentials), 'the TLS certificate is of no use with its key: ee key too small');
});

test('a TLS handshake that the other side refuses is told in the words of OpenSSL, on one line, without its file (house 8)', async () => {
  const plain = createServer((socket) => socket.on('error', () => undefined).end('SIP/2.0 400 Bad Request\r\n\r\n'));
  for (const [server, why] of [
    [createTlsServer({}), 'sslv3 alert handshake failure'], // a phone without a certificate, such as Asterisk without cert_file
    [plain, 'wrong version number'],
  ] as const) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const tls = { credentials: undefined, serverName: 'localhost', verify: true };
    const error = await new Promise<NetworkError | undefined>((closed) => {
      network.connect(undefined, { host: '127.0.0.1', port }, { timeout: 2_000, tls }, { data: () => undefined, closed });
    });
    assert.deepEqual([error?.kind, error?.message], ['tls', `cannot connect to 127.0.0.1 port ${port}: ${why}`]);
    server.close();
  }
});

test('one host can keep 32 TLS handshakes waiting and no more, and room is given back once one is done or gone', async () => {
  const authority = new Authority();
  const credentials = authority.issue({ names: 'DNS:localhost' });
  authority.close();
  const server = await network.listen({ host: '127.0.0.1', port: 0 }, () => nobody, { credentials, handshake: 60_000 });
  const dial = async (count: number) => {
    const none = () => undefined;
    const sockets = Array.from({ length: count }, () => connect(server.local.port, '127.0.0.1').resume().on('error', none));
    await until(() => sockets.every((socket) => !socket.connecting) && open(sockets) <= 32);
    await sleep(100);
    return sockets;
  };
  const open = (sockets: Socket[]) => sockets.filter((socket) => !socket.closed && !socket.readableEnded).length;
  const first = await dial(40);
  assert.equal(open(first), 32);
  for (const socket of first) socket.destroy();
  await sleep(100);
  let secure: Stream | undefined;
  const outcome = await new Promise<string>((resolve) => {
    const tls = { credentials: undefined, serverName: 'localhost', verify: false };
    const done = { connected: () => resolve('connected'), data: () => undefined, closed: () => resolve('closed') };
    secure = network.connect(undefined, server.local, { timeout: 20_000, tls }, done);
  });
  assert.equal(outcome, 'connected');
  const second = await dial(32);
  assert.equal(open(second), 32);
  for (const socket of second) socket.destroy();
  secure?.destroy();
  server.close();
});

test('all hosts together can keep 512 TLS handshakes waiting; beyond that the oldest makes room (security S19)', async () => {
  const authority = new Authority();
  const credentials = authority.issue({ names: 'DNS:localhost' });
  authority.close();
  const server = await network.listen({ host: '127.0.0.1', port: 0 }, () => nobody, { credentials, handshake: 60_000 });
  let closed = 0;
  const sockets: Socket[] = [];
  for (let host = 0; host < 17; host++) {
    for (let n = 0; n < 31; n++) {
      const socket = connect({ port: server.local.port, host: '127.0.0.1', localAddress: `127.0.76.${host + 1}` });
      sockets.push(
        socket
          .resume()
          .on('error', () => undefined)
          .on('close', () => closed++),
      );
    }
    await sleep(20);
  }
  await until(() => closed >= 17 * 31 - 512);
  await sleep(300);
  assert.equal(closed, 17 * 31 - 512);
  assert.equal(sockets.slice(0, 31).filter((socket) => socket.closed).length, 17 * 31 - 512);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('a TLS connection leaves by the address that it was told, and asks for the name that is wanted, but for no address (RFC 6066 §3)', async () => {
  const authority = new Authority();
  const { certificate: cert, key } = authority.issue({ names: 'DNS:a.test' });
  authority.close();
  const server = createTlsServer({ cert, key });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  for (const [local, serverName, asked] of [
    ['127.0.77.1', 'a.test', 'a.test'],
    ['127.0.77.2', '127.0.0.1', false],
    [undefined, undefined, false],
  ] as const) {
    const came = once(server, 'secureConnection') as Promise<TLSSocket[]>;
    const tls = { credentials: undefined, serverName, verify: false };
    const stream = network.connect(local, { host: '127.0.0.1', port }, { timeout: 20_000, tls }, nobody);
    const [socket] = await came;
    assert.deepEqual([socket?.remoteAddress, socket?.servername], [local ?? '127.0.0.1', asked]);
    stream.destroy();
    socket?.destroy();
  }
  server.close();
});

test('a connection that one side has ended is waited for 5 s, whether its other side does not end it or does not read the rest', async () => {
  const clock = new SimClock();
  const slow = new NodeNetwork(clock);
  const whys: (string | undefined)[] = [];
  const user = { data: () => undefined, closed: (error: NetworkError | undefined) => void whys.push(error?.message) };
  const ends = async (where: string) => {
    await until(() => clock.armed().some(({ name }) => name === 'linger'));
    assert.deepEqual(
      clock.armed().map(({ due }) => due - clock.now()),
      [5_000],
    );
    clock.advance(5_000);
    await until(() => whys.length > 0);
    assert.deepEqual(whys.splice(0), [`${where} did not take the end of the connection`]);
    assert.deepEqual(clock.armed(), []);
  };
  const open: Socket[] = [];
  const silent = createServer({ allowHalfOpen: true }, (socket) => void open.push(socket.resume().on('error', () => undefined)));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  let up = false;
  const connected = () => {
    up = true;
  };
  const ours = slow.connect(undefined, { host: '127.0.0.1', port }, { timeout: 1_000 }, { ...user, connected });
  await until(() => up);
  ours.end();
  await ends(`127.0.0.1 port ${port}`);
  const server = await slow.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
    stream.write('x'.repeat(10_000_000));
    return user;
  });
  const deaf = connect(server.local.port, '127.0.0.1')
    .pause()
    .on('error', () => undefined);
  await once(deaf, 'connect');
  const from = deaf.localPort;
  deaf.end();
  await ends(`127.0.0.1 port ${from}`);
  for (const socket of [...open, deaf]) socket.destroy();
  for (const each of [silent, server]) each.close();
});

test('no second handshake is made on a connection that is up (RFC 5246 §7.2.2, security S19)', async () => {
  const authority = new Authority();
  const credentials = authority.issue({ names: 'DNS:localhost' });
  authority.close();
  const server = await network.listen({ host: '127.0.0.1', port: 0 }, () => nobody, { credentials, handshake: 60_000 });
  const socket = secured({ port: server.local.port, host: '127.0.0.1', maxVersion: 'TLSv1.2', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const outcome = await new Promise<string>((resolve) => {
    socket.on('error', () => resolve('refused'));
    socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error === null ? 'renegotiated' : 'refused'));
  });
  assert.equal(outcome, 'refused');
  socket.destroy();
  server.close();
});

const stays = (): void => undefined;
const ends = (stream: Stream): void => stream.end();

test.each<readonly [what: string, deaf: (peer: Socket) => void, before: (stream: Stream) => void, up: (stream: Stream) => void]>([
  ['takes no end', (peer) => peer.resume(), stays, ends],
  ['takes no end that was said before it was reached', (peer) => peer.resume(), ends, stays],
  ['ends and takes nothing of what waits', (peer) => peer.pause().end(), (stream) => stream.write('x'.repeat(1 << 24)), stays],
])('a peer that %s is left after 5 s', async (_what, deaf, before, up) => {
  const clock = new SimClock();
  const server = createServer({ allowHalfOpen: true }, (peer) => deaf(peer.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const log: string[] = [];
  const note = {
    connected: () => log.push('connected'),
    data: () => undefined,
    closed: (error?: NetworkError) => log.push(`closed ${error?.kind}`),
  };
  const remote = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const stream = new NodeNetwork(clock).connect(undefined, remote, { timeout: 2000 }, note);
  before(stream);
  await until(() => log.length === 1);
  up(stream);
  await until(() => clock.armed().length === 1);
  clock.advance(4999);
  await sleep(50);
  assert.deepEqual(log, ['connected']);
  clock.advance(1);
  await until(() => log.length === 2);
  assert.deepEqual([log, clock.armed()], [['connected', 'closed timeout'], []]);
  server.close();
});

test('the kernel keeps a connection alive that we opened, after 100 s of silence, and none that came in (RFC 5626 §4.4.1)', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const opened = await new Promise<Stream>((done) => {
    const stream: Stream = network.connect(
      undefined,
      { host: '127.0.0.1', port },
      { timeout: 2_000 },
      { ...nobody, connected: () => done(stream) },
    );
  });
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
  /** The timer of a connection by its ports: of no kind, or 2 that keeps it alive, and the seconds until then. */
  const timer = (local: number, remote: number) => {
    const rows = readFileSync('/proc/net/tcp', 'latin1').split('\n');
    const ports = new RegExp(`:${hex(local)} [0-9A-F]+:${hex(remote)} 01 \\S+ (\\d\\d):([0-9A-F]+)`);
    const [, kind, ticks = '0'] = rows.map((row) => ports.exec(row)).find((found) => found !== null) ?? [];
    return [kind, Math.round(Number.parseInt(ticks, 16) / 1_000) * 10];
  };
  assert.deepEqual(
    [timer(opened.local.port, port), timer(port, opened.local.port)],
    [
      ['02', 100],
      ['00', 0],
    ],
  );
  opened.destroy();
  server.close();
});

test('what the kernel takes only later keeps its bytes, and beyond 4 MB is dropped', async () => {
  const got: string[] = [];
  const errors: string[] = [];
  const failed = (error: NetworkError) => errors.push(error.message);
  const b = await network.udp({ host: '127.0.0.1', port: 0 }, (text) => got.push(text));
  const a = await network.udp({ host: '127.0.0.1', port: 0 }, () => undefined);
  // Loopback always takes a datagram at once, so a kernel whose buffer is full has to be played.
  const { send, getSendQueueCount, getSendQueueSize } = dgram.Socket.prototype;
  const queue: (() => void)[] = [];
  let size = 0;
  Object.assign(dgram.Socket.prototype, {
    send(this: dgram.Socket, ...args: [Buffer, number, string]) {
      queue.push(() => Reflect.apply(send, this, args));
      size += args[0].length;
    },
    getSendQueueCount: () => queue.length,
    getSendQueueSize: () => size,
  });
  const texts = ['INVITE', 'ACK', 'BYE'].map((method) => method.repeat(10));
  const other = await network.udp({ host: '127.0.0.1', port: 0 }, () => undefined);
  for (const [at, text] of texts.entries()) (at === 1 ? other : a).send(text, b.local);
  for (let megabytes = 0; megabytes < 5; megabytes++) for (let i = 0; i < 20; i++) a.send('x'.repeat(50_000), b.local, failed);
  Object.assign(dgram.Socket.prototype, { send, getSendQueueCount, getSendQueueSize });
  for (const late of queue.slice(0, 3)) late();
  await until(() => got.length === 3 && errors.length > 0);
  assert.deepEqual(got, texts);
  assert.equal(queue.length, 3 + 84);
  assert.deepEqual([errors.length, errors[0]], [16, 'the send queue is full']);
  for (const socket of [a, b, other]) socket.close();
});

test('addresses and ports that are none are refused in words, and nothing is thrown', async () => {
  const errors: string[] = [];
  const socket = await network.udp({ host: '127.0.0.1', port: 0 }, () => undefined);
  const bad: Address[] = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.1', port: 70_000 },
    { host: 'localhost', port: 5060 },
  ];
  for (const to of bad) {
    socket.send('x', to, (error) => errors.push(`udp ${error.kind}`));
    socket.send('x', to);
    assert.throws(
      () =>
        network.udpConnected(
          socket.local,
          to,
          () => undefined,
          () => undefined,
        ),
      /no route/,
    );
    network.connect(
      undefined,
      to,
      { timeout: 1000 },
      { data: () => undefined, closed: (error) => errors.push(`tcp ${error?.kind}`) },
    );
  }
  await until(() => errors.length === 6);
  // Nobody is asked for the name either: where a name leads is looked up, and judged, before.
  const told = ['tcp no-address', 'tcp no-address', 'tcp refused', 'udp no-address', 'udp no-address', 'udp no-address'];
  assert.deepEqual(errors.sort(), told);
  assert.equal(network.sourceFor('localhost'), undefined);
  assert.equal(network.sourceFor('127.0.0.1'), '127.0.0.1');
  socket.close();
});

test.skipIf(prlimit === undefined)('where no file can be opened any more the interfaces are those of before', () => {
  const before = network.interfaces();
  const limit = (most: string) => execFileSync(prlimit!, ['--pid', String(process.pid), `--nofile=${most}:`]);
  const unlimited = String(execFileSync(prlimit!, ['--pid', String(process.pid), '--nofile', '--output=SOFT', '--noheadings']));
  const held: number[] = [];
  // The limit is lowered while there is still room for prlimit itself.
  const room = openSync('/dev/null', 'r');
  closeSync(room);
  limit(String(room + 64));
  let refused = '';
  try {
    while (refused === '') held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    refused = (error as NodeJS.ErrnoException).code ?? '';
  }
  try {
    assert.equal(refused, 'EMFILE');
    assert.deepEqual(network.interfaces(), before);
    assert.throws(() => new NodeNetwork(new NodeClock()).interfaces());
  } finally {
    for (const file of held) closeSync(file);
    limit(unlimited.trim());
  }
});
