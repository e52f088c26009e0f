import { createSocket, type Socket as Udp } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket as Tcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, assert, beforeAll, test } from 'vitest';
import { Secrets } from '../../src/core/account/secrets.ts';
import { Exchange } from '../../src/core/exchange.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { NodeNetwork } from '../../src/runtime/node/network.ts';
import { NodeRandom } from '../../src/runtime/node/random.ts';
import { digestResponse, ha1, ha2 } from '../../src/sip/auth/digest.ts';
import { Field } from '../../src/sip/message/fields.ts';
import { Framer } from '../../src/sip/message/frame.ts';
import { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { readConfig } from '../support/desk.ts';
import { freePort } from '../support/free-port.ts';
import { OwnTime } from '../support/own-time.ts';
import { SimLog } from '../support/sim-log.ts';
import { SimResolver } from '../support/sim-resolver.ts';
import { SimStorage } from '../support/sim-storage.ts';
import { until } from '../support/until.ts';

// The rules about sockets once more, with the sockets of this machine: our daemon at two of its loopback addresses.
const PORT = await freePort();
// Where a phone takes UDP and TCP.
const [BOTH, CALLER, CELL] = [await freePort(), await freePort(), await freePort()];
const NEAR = '127.0.77.1';
const FAR = '127.0.78.1';
const CONFIG = `[daemon]
domain = home.example
listen = udp:${NEAR}:${PORT}, tcp:${NEAR}:${PORT}, udp:${FAR}:${PORT}, tcp:${FAR}:${PORT}
[domain home.example]
inbound = anonymous
register = anonymous
[user bob4]
published = yes
[user carol4]
published = yes
[user bob26]
published = yes
`;

let exchange: Exchange;
const log = new SimLog();
const open: { close(): void }[] = [];

beforeAll(async () => {
  const clock = new NodeClock();
  const storage = new SimStorage();
  const { config, problems } = readConfig(CONFIG);
  if (config === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  const secrets = new Secrets(storage, clock, 'real');
  for (const name of config.users.keys()) await secrets.set(name, 'passwd', name);
  exchange = new Exchange(
    {
      clock,
      network: new NodeNetwork(clock),
      random: new NodeRandom(),
      log,
      storage,
      secrets,
      realm: 'real',
      key: 'k',
      hostNames: [],
      resolver: new SimResolver(clock),
    },
    config,
  );
  await exchange.start();
});

afterAll(async () => {
  for (const peer of open) peer.close();
  await exchange.stop();
  assert.deepEqual(log.of('error'), []);
});

/** Something with an inbox that fills as time passes. */
abstract class Peer {
  readonly inbox: (Request | Response)[] = [];
  /** Where each came from. */
  readonly sources: { readonly host: string; readonly port: number }[] = [];

  protected take(text: string, from: { host: string; port: number }): void {
    const message = read(text);
    if (!(message instanceof Request) && !(message instanceof Response)) throw new Error(`unreadable: ${text}`);
    this.inbox.push(message);
    this.sources.push(from);
  }

  /** The next message that says so, waited for two seconds at most. */
  async next(what: string): Promise<Request | Response> {
    for (let tries = 0; tries < 400; tries++) {
      const at = this.inbox.findIndex(
        (message) => (message instanceof Response ? String(message.status) : message.method) === what,
      );
      if (at >= 0) return this.inbox.splice(at, 1)[0]!;
      await sleep(5);
    }
    throw new Error(`no ${what} came, but ${this.inbox.map((message) => message.text.slice(0, 20)).join(', ') || 'nothing'}`);
  }
}

class UdpPeer extends Peer {
  readonly host: string;
  readonly port: number;
  readonly socket: Udp;

  private constructor(socket: Udp) {
    super();
    this.socket = socket;
    this.host = socket.address().address;
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => {
      if (bytes[0]! < 32) this.binary.push(bytes);
      else this.take(bytes.toString('latin1'), { host: from.address, port: from.port });
    });
    open.push({ close: () => socket.close() });
  }

  readonly binary: Buffer[] = [];

  static async open(host: string, port = 0): Promise<UdpPeer> {
    const socket = createSocket('udp4');
    socket.bind(port, host);
    await once(socket, 'listening');
    return new UdpPeer(socket);
  }

  send(text: string, to = NEAR): void {
    this.socket.send(Buffer.from(text, 'latin1'), PORT, to);
  }
}

class TcpPeer extends Peer {
  readonly socket: Tcp;
  closed = false;
  noise = '';

  constructor(socket: Tcp) {
    super();
    this.socket = socket;
    const framer = new Framer();
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (text === '\r\n') this.noise += text;
      else
        for (const frame of framer.push(text))
          if (frame.kind === 'message') this.take(frame.text, { host: socket.remoteAddress!, port: socket.remotePort! });
    });
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => undefined);
    open.push({ close: () => socket.destroy() });
  }

  static async open(local: string): Promise<TcpPeer> {
    const socket = connect({ host: NEAR, port: PORT, localAddress: local });
    await once(socket, 'connect');
    return new TcpPeer(socket);
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }
}

/** Takes connections at an address until the tests are over. */
async function listening(host: string, port: number, taken: (peer: TcpPeer) => void): Promise<Server> {
  const server = createServer((socket) => taken(new TcpPeer(socket)));
  server.listen(port, host);
  await once(server, 'listening');
  open.push(server);
  return server;
}

let n = 0;

function request(
  method: string,
  uri: string,
  via: string,
  parts: { extra?: string; body?: string; to?: string; from?: string } = {},
): string {
  n++;
  const { extra = '', body = '', to = `<${uri}>`, from = '<sip:x@away.example>' } = parts;
  return `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${via.replace('?', `;branch=z9hG4bKr${n}`)}\r\nMax-Forwards: 70\r\nFrom: ${from};tag=f${n}\r\nTo: ${to}\r\nCall-ID: real${n}\r\nCSeq: 1 ${method}\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function answer(got: Request, status: number): string {
  const vias = got.list(Field.via).map((via) => `Via: ${via}\r\n`);
  return `SIP/2.0 ${status} Said\r\n${vias.join('')}From: ${got.get(Field.from)}\r\nTo: ${got.get(Field.to)};tag=t\r\nCall-ID: ${got.callId}\r\nCSeq: ${got.get(Field.cseq)}\r\nContent-Length: 0\r\n\r\n`;
}

/** A guest of the open domain, registered by UDP. */
async function guest(name: string, host: string, port = 0, q = 1, server = NEAR): Promise<UdpPeer> {
  const peer = await UdpPeer.open(host, port);
  const aor = `<sip:${name}@home.example>`;
  const contact = `Contact: <sip:${name}@${peer.host}:${peer.port}>;q=${q}\r\n`;
  peer.send(
    request('REGISTER', 'sip:home.example', `UDP ${peer.host}:${peer.port}?`, { to: aor, from: aor, extra: contact }),
    server,
  );
  await peer.next('200');
  return peer;
}

/** A user, registered by UDP; `more`: contacts besides that of this phone. The password is the name. */
async function user(name: string, host: string, port = 0, more = ''): Promise<UdpPeer> {
  const peer = await UdpPeer.open(host, port);
  const aor = `<sip:${name}@home.example>`;
  const contact = `Contact: <sip:${name}@${peer.host}:${peer.port}>${more}\r\n`;
  const register = (extra: string): void =>
    peer.send(request('REGISTER', URI, `UDP ${peer.host}:${peer.port}?`, { to: aor, from: aor, extra: contact + extra }));
  register('');
  const nonce = /nonce="([^"]*)"/.exec((await peer.next('401')).text)![1]!;
  const over = { nonce, nc: '00000001', cnonce: 'c', qop: 'auth' } as const;
  const response = digestResponse('MD5', ha1('MD5', name, 'real', name), ha2('MD5', 'REGISTER', URI), over);
  register(
    `Authorization: Digest username="${name}", realm="real", nonce="${nonce}", uri="${URI}", response="${response}", cnonce="c", qop=auth, nc=00000001\r\n`,
  );
  await peer.next('200');
  return peer;
}

const URI = 'sip:home.example';
const OPTIONS = (via: string) => request('OPTIONS', 'sip:home.example', via);

test('rule 1: octets after the body are dropped, and a body that is too short is 400, over UDP (RFC 3261 §18.3)', async () => {
  const bob = await guest('bob1', '127.0.77.3');
  const alice = await UdpPeer.open('127.0.77.2');
  const via = `UDP ${alice.host}:${alice.port}?`;
  alice.send(OPTIONS(via) + request('MESSAGE', 'sip:bob1@home.example', via));
  await alice.next('200');
  alice.send(request('MESSAGE', 'sip:bob1@home.example', via).replace('Content-Length: 0', 'Content-Length: 9999'));
  await alice.next('400');
  await sleep(50);
  assert.deepEqual([alice.inbox, bob.inbox], [[], []]);
});

test('rule 2: over TCP a message may come byte by byte, and five in one segment (RFC 3261 §7.5, §18.3)', async () => {
  const alice = await TcpPeer.open('127.0.77.2');
  for (const byte of `\r\n\r\n\r\n${OPTIONS('TCP a.example?')}`) {
    alice.send(byte);
    await sleep(0);
  }
  await alice.next('200');
  alice.send([1, 2, 3, 4, 5].map(() => OPTIONS('TCP a.example?')).join(''));
  for (let k = 0; k < 5; k++) await alice.next('200');
});

test('rule 3: a stream without a usable Content-Length gets 400 once, and is closed (RFC 3261 §20.14, RFC 4475 §3.3.9)', async () => {
  for (const bad of ['', 'Content-Length: -1\r\n', 'Content-Length: 0\r\nContent-Length: 5\r\n']) {
    const alice = await TcpPeer.open('127.0.77.2');
    alice.send(OPTIONS('TCP a.example?').replace('Content-Length: 0\r\n', bad) + OPTIONS('TCP a.example?'));
    await alice.next('400');
    await until(() => alice.closed);
    assert.equal(alice.closed, true);
    assert.deepEqual(alice.inbox, []);
  }
});

test('rule 4: a long request goes by TCP where the phone takes it, by UDP where it does not (RFC 3261 §18.1.1)', async () => {
  const both = await user('bob4', '127.0.77.3', BOTH);
  const taken: TcpPeer[] = [];
  await listening('127.0.77.3', BOTH, (peer) => taken.push(peer));
  const only = await user('carol4', '127.0.77.4', BOTH);
  const alice = await UdpPeer.open('127.0.77.2');
  const via = `UDP ${alice.host}:${alice.port}?`;
  const body = 'x'.repeat(4_000);
  alice.send(request('MESSAGE', 'sip:bob4@home.example', via, { body }));
  alice.send(request('MESSAGE', 'sip:carol4@home.example', via, { body }));
  const long = (await only.next('MESSAGE')) as Request;
  assert.match(long.via.text, /^SIP\/2\.0\/UDP/);
  assert.equal(long.body, body);
  await until(() => taken.length > 0);
  const byTcp = (await taken[0]!.next('MESSAGE')) as Request;
  assert.match(byTcp.via.text, /^SIP\/2\.0\/TCP/);
  assert.equal(byTcp.body, body);
  taken[0]!.send(answer(byTcp, 200));
  only.send(answer(long, 200));
  await alice.next('200');
  await alice.next('200');
  assert.deepEqual(both.inbox, []);
});

test('rules 5 and 6: received and rport say the source; without rport the answer goes to the port of sent-by (RFC 3261 §18.2, RFC 3581 §4)', async () => {
  const alice = await UdpPeer.open('127.0.77.2');
  const other = await UdpPeer.open('127.0.77.2');
  alice.send(OPTIONS(`UDP a.example:${other.port};rport?`));
  const told = await alice.next('200');
  assert.equal(told.via.received, '127.0.77.2');
  assert.equal(told.via.rport, String(alice.port));
  alice.send(OPTIONS(`UDP a.example:${other.port}?`));
  const plain = await other.next('200');
  assert.equal(plain.via.received, '127.0.77.2');
  assert.equal(plain.via.rport, undefined);
});

test('rule 6: the answer leaves from the address that the request came to (RFC 3261 §18.2.2)', async () => {
  const alice = await UdpPeer.open('127.0.77.2');
  for (const server of [FAR, NEAR]) {
    alice.send(OPTIONS(`UDP ${alice.host}:${alice.port}?`), server);
    await alice.next('200');
    assert.deepEqual(alice.sources.at(-1), { host: server, port: PORT });
  }
});

test('rule 7: the answer comes back on the connection, or on a new one to the port of sent-by (RFC 3261 §18.2.2)', async () => {
  const bob = await guest('bob7', '127.0.77.3');
  const alice = await TcpPeer.open('127.0.77.2');
  const taken: TcpPeer[] = [];
  await listening('127.0.77.2', CALLER, (peer) => taken.push(peer));
  alice.send(request('INVITE', 'sip:bob7@home.example', `TCP 127.0.77.2:${CALLER}?`));
  const got = (await bob.next('INVITE')) as Request;
  bob.send(answer(got, 180));
  await alice.next('180');
  alice.socket.destroy();
  await sleep(50);
  bob.send(answer(got, 486));
  await until(() => taken.length > 0);
  await taken[0]!.next('486');
});

test('rule 8: a response whose Via is not ours, or that nobody waits for, goes nowhere (RFC 3261 §18.1.2)', async () => {
  const alice = await UdpPeer.open('127.0.77.2');
  const bob = await UdpPeer.open('127.0.77.3');
  const strays = exchange.transactions.counts.strayResponses;
  for (const sentBy of ['127.0.0.9:5060', `${NEAR}:5070`, `${NEAR}:${PORT}`])
    bob.send(
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${sentBy};branch=z9hG4bKx\r\nVia: SIP/2.0/UDP ${alice.host}:${alice.port};branch=z9hG4bKy\r\nFrom: <sip:a@b.example>;tag=a\r\nTo: <sip:b@b.example>;tag=b\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    );
  await until(() => exchange.transactions.counts.strayResponses >= strays + 3);
  assert.equal(exchange.transactions.counts.strayResponses, strays + 3);
  assert.deepEqual(alice.inbox, []);
});

test('rule 9: what asks for port 0, a broadcast or ourselves harms nobody (RFC 4475 §3.3.10)', async () => {
  const alice = await UdpPeer.open('127.0.77.2');
  for (const via of ['a.example:0', '127.255.255.255:9', '224.0.1.75', `${NEAR}:${PORT}`, '0.0.0.0:0;maddr=239.1.1.1'])
    alice.send(OPTIONS(`UDP ${via}?`));
  alice.send(OPTIONS(`UDP ${alice.host}:${alice.port}?`));
  await alice.next('200');
  assert.deepEqual(log.of('error'), []);
});

test('rule 10: Via and Record-Route say the address by which each side reaches us (RFC 5658 §3)', async () => {
  const bob = await guest('bob10', '127.0.78.3', 0, 1, FAR);
  const alice = await UdpPeer.open('127.0.77.2');
  alice.send(request('INVITE', 'sip:bob10@home.example', `UDP ${alice.host}:${alice.port}?`));
  const got = (await bob.next('INVITE')) as Request;
  assert.equal(got.via.host, FAR);
  assert.deepEqual(
    got.list(Field.recordRoute).map((route) => route.replace(/^.*@|;.*$/g, '')),
    [`${FAR}:${PORT}`, `${NEAR}:${PORT}`],
  );
  assert.deepEqual(bob.sources.at(-1), { host: FAR, port: PORT });
  bob.send(answer(got, 486), FAR);
  await alice.next('486');
});

test('rule 11: a ping gets its pong on TCP and silence on UDP; STUN is answered (RFC 5626 §3.5, §5.4)', async () => {
  const stream = await TcpPeer.open('127.0.77.2');
  stream.send('\r\n\r\n');
  await until(() => stream.noise !== '');
  assert.equal(stream.noise, '\r\n');
  const alice = await UdpPeer.open('127.0.77.2');
  alice.send('\r\n\r\n');
  alice.socket.send(Buffer.concat([Buffer.from('000100002112a442', 'hex'), Buffer.from('ABCDEFGHIJKL')]), PORT, NEAR);
  await until(() => alice.binary.length > 0);
  const [stun] = alice.binary;
  assert.equal(stun!.readUInt16BE(0), 0x0101);
  assert.equal(stun!.readUInt16BE(26) ^ 0x2112, alice.port);
  assert.deepEqual(
    [...stun!.subarray(28)].map((byte, i) => byte ^ [0x21, 0x12, 0xa4, 0x42][i]!),
    [127, 0, 77, 2],
  );
  assert.deepEqual(alice.inbox, []);
});

test('rule 26: the kernel says that a port is closed: the next phone rings within 100 ms (RFC 3261 §18.4)', async () => {
  const gone = await user('bob26', '127.0.77.3');
  const cell = await user('bob26', '127.0.77.3', CELL, `;q=0.5, <sip:bob26@127.0.77.3:${gone.port}>`);
  gone.socket.close();
  open.splice(open.length - 2, 1);
  const alice = await UdpPeer.open('127.0.77.2');
  const own = new OwnTime();
  alice.send(request('INVITE', 'sip:bob26@home.example', `UDP ${alice.host}:${alice.port}?`));
  const got = (await cell.next('INVITE')) as Request;
  assert.isBelow(own.stop(), 100);
  cell.send(answer(got, 486));
  await alice.next('486');
});
