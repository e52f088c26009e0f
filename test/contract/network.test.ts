import { setTimeout as sleep } from 'node:timers/promises';
import { assert, describe, expect, test } from 'vitest';
import type {
  Address,
  Network,
  NetworkError,
  Stream,
  StreamOptions,
  StreamUser,
  TlsCredentials,
} from '../../src/runtime/network.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { NodeNetwork } from '../../src/runtime/node/network.ts';
import type { UdpSockets } from '../../src/runtime/node/udp.ts';
import { Authority } from '../support/certificates.ts';
import { native } from '../support/native.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimNetwork } from '../support/sim-network.ts';

interface Subject {
  readonly network: Network;
  /** The loopback address under test. */
  readonly host: string;
  /** An address that is not ours. */
  readonly foreign: string;
  /** For `localhost`, known to itself; for `other.example`; and the first one where its authority is not known. */
  readonly localhost: TlsCredentials;
  readonly other: TlsCredentials;
  readonly unknown: TlsCredentials;
  pass(ms: number): Promise<void>;
}

function sim(host: string, foreign: string): () => Subject {
  return () => {
    const clock = new SimClock();
    const network = new SimNetwork(clock).host('10.0.0.1', '127.0.0.1', '::1');
    const made = (certificate: string) => ({ certificate, key: '', authorities: undefined });
    return {
      network,
      host,
      foreign,
      localhost: made('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, CN=localhost'),
      other: made('DNS:other.example, URI:sip:other.example, CN=other'),
      unknown: made('DNS:localhost, CN=localhost, untrusted'),
      pass: async (ms) => clock.advance(ms),
    };
  };
}

const authority = new Authority();
const localhost = authority.issue({ commonName: 'localhost', names: 'DNS:localhost, IP:127.0.0.1, IP:::1' });
const other = authority.selfSigned('DNS:other.example, URI:sip:other.example');
authority.close();

function node(host: string, foreign: string, udp?: UdpSockets): () => Subject {
  return () => ({
    network: new NodeNetwork(new NodeClock(), udp),
    host,
    foreign,
    localhost,
    other,
    unknown: { ...localhost, authorities: undefined },
    pass: (ms) => sleep(ms).then(() => undefined),
  });
}

/** Waits, on whichever clock, until something has happened. */
async function until(subject: Subject, happened: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !happened(); tries++) await subject.pass(5);
  assert.isTrue(happened(), `after 2 s: not ${happened}`);
}

class Recorder implements StreamUser {
  readonly log: string[] = [];
  text = '';
  error: NetworkError | undefined;

  connected(): void {
    this.log.push('connected');
  }

  data(text: string): void {
    this.text += text;
  }

  closed(error: NetworkError | undefined): void {
    this.error = error;
    this.log.push(error === undefined ? 'closed' : `closed ${error.kind}`);
  }
}

const everyByte = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
const nothing = () => undefined;
const plain: StreamOptions = { timeout: 2000 };

/** A listener and one connection to it. */
async function pair(subject: Subject) {
  const { network, host } = subject;
  const server = new Recorder();
  let accepted: Stream | undefined;
  const listener = await network.listen({ host, port: 0 }, (stream) => {
    accepted = stream;
    return server;
  });
  const client = new Recorder();
  const stream = network.connect(undefined, listener.local, plain, client);
  assert.deepEqual(client.log, []);
  await until(subject, () => accepted !== undefined && client.log.length > 0);
  return { listener, server, client, stream, accepted: accepted! };
}

// Where it was not built, native-udp.test.ts says so.
const withLibrary: [string, () => Subject][] =
  native === undefined
    ? []
    : [
        ['node with udp.c 127.0.0.1', node('127.0.0.1', '192.0.2.77', native)],
        ['node with udp.c ::1', node('::1', '2001:db8::77', native)],
      ];

describe.each([
  ['sim 127.0.0.1', sim('127.0.0.1', '192.0.2.77')],
  ['node 127.0.0.1', node('127.0.0.1', '192.0.2.77')],
  ['node ::1', node('::1', '2001:db8::77')],
  ...withLibrary,
])('%s network', (_name, make) => {
  test('a datagram carries every byte and tells where it is from', async () => {
    const subject = make();
    const got: [string, Address][] = [];
    const a = await subject.network.udp({ host: subject.host, port: 0 }, nothing);
    const b = await subject.network.udp({ host: subject.host, port: 0 }, (text, from) => got.push([text, from]));
    assert.isAbove(a.local.port, 0);
    a.send(everyByte, b.local);
    a.send('', b.local);
    await until(subject, () => got.length === 2);
    assert.deepEqual(got, [
      [everyByte, a.local],
      ['', a.local],
    ]);
    a.close();
    b.close();
  });

  test('a taken address is found, also while connected sockets share it, and is free after closing', async () => {
    const { network, host } = make();
    const a = await network.udp({ host, port: 0 }, nothing);
    const beside = network.udpConnected(a.local, { host, port: 9 }, nothing, nothing);
    await expect(network.udp(a.local, nothing)).rejects.toMatchObject({ kind: 'in-use' });
    beside.close();
    await expect(network.udp(a.local, nothing)).rejects.toMatchObject({ kind: 'in-use' });
    const left = network.udpConnected(a.local, { host, port: 9 }, nothing, nothing);
    a.close();
    await expect(network.udp(a.local, nothing)).rejects.toMatchObject({ kind: 'in-use' });
    left.close();
    const again = await network.udp(a.local, nothing);
    again.close();
  });

  test('an address that is not ours cannot be bound, and the reason alone is told: what was to be bound who asks says himself', async () => {
    const { network, foreign } = make();
    const refused = { kind: 'no-address', message: expect.not.stringContaining('cannot') };
    await expect(network.udp({ host: foreign, port: 5060 }, nothing)).rejects.toMatchObject(refused);
    await expect(network.listen({ host: foreign, port: 5060 }, () => new Recorder())).rejects.toMatchObject(refused);
  });

  test('a connected socket is told that nothing listens, stays, and is used when something does (RFC 3261 §18.4)', async () => {
    const subject = make();
    const { network, host } = subject;
    const a = await network.udp({ host, port: 0 }, nothing);
    const vacant = await network.udp({ host, port: 0 }, nothing);
    vacant.close();
    const errors: string[] = [];
    const connected = network.udpConnected(a.local, vacant.local, nothing, (error) => errors.push(error.kind));
    connected.send('one');
    await until(subject, () => errors.length === 1);
    const got: [string, Address][] = [];
    const late = await network.udp(vacant.local, (text, from) => got.push([text, from]));
    connected.send('two');
    await until(subject, () => got.length === 1);
    assert.deepEqual([errors, got], [['refused'], [['two', a.local]]]);
    for (const socket of [a, connected, late]) socket.close();
  });

  test('datagrams of its remote go to the connected socket, others and later ones to the bound one', async () => {
    const subject = make();
    const { network, host } = subject;
    const got: string[] = [];
    const a = await network.udp({ host, port: 0 }, (text) => got.push(`bound ${text}`));
    const b = await network.udp({ host, port: 0 }, nothing);
    const c = await network.udp({ host, port: 0 }, nothing);
    const connected = network.udpConnected(
      a.local,
      b.local,
      (text, from) => got.push(`connected ${text} ${from.port === b.local.port}`),
      nothing,
    );
    b.send('b1', a.local);
    c.send('c1', a.local);
    await until(subject, () => got.length === 2);
    connected.close();
    b.send('b2', a.local);
    await until(subject, () => got.length === 3);
    assert.deepEqual(got.slice(0, 2).sort(), ['bound c1', 'connected b1 true']);
    assert.equal(got[2], 'bound b2');
    for (const socket of [a, b, c]) socket.close();
  });

  test('what cannot be sent is told later, with its reason', async () => {
    const subject = make();
    const { network, host } = subject;
    const errors: string[] = [];
    const failed = (error: NetworkError) => errors.push(error.kind);
    const a = await network.udp({ host, port: 0 }, nothing);
    a.send('x'.repeat(65_508), a.local, failed);
    assert.deepEqual(errors, []);
    await until(subject, () => errors.length === 1);
    a.close();
    a.close();
    a.send('x', a.local, failed);
    a.send('x', a.local);
    await until(subject, () => errors.length === 2);
    assert.deepEqual(errors, ['too-big', 'closed']);
  });

  test('a stream carries every byte both ways, and both sides know both addresses', async () => {
    const subject = make();
    const { listener, server, client, stream, accepted } = await pair(subject);
    stream.write(everyByte);
    stream.write('more');
    accepted.write(everyByte);
    await until(subject, () => server.text.length === 260 && client.text.length === 256);
    assert.deepEqual([server.text, client.text], [`${everyByte}more`, everyByte]);
    assert.deepEqual([stream.remote, accepted.local], [listener.local, listener.local]);
    assert.deepEqual(stream.local, accepted.remote);
    assert.deepEqual([stream.peer, accepted.peer], [undefined, undefined]);
    stream.destroy();
    listener.close();
    await until(subject, () => server.log.length === 1);
  });

  test('ending sends what is queued, and each side is told of the end once', async () => {
    const subject = make();
    const { listener, server, client, stream, accepted } = await pair(subject);
    stream.write('x'.repeat(3_000_000));
    assert.isAbove(stream.queued, 1_000_000);
    stream.end();
    await until(subject, () => server.log.length > 0 && client.log.length > 1);
    assert.equal(server.text.length, 3_000_000);
    assert.equal(stream.queued, 0);
    for (const side of [stream, accepted]) {
      side.write('late');
      side.end();
      side.destroy();
    }
    await subject.pass(20);
    assert.deepEqual([client.log, server.log], [['connected', 'closed'], ['closed']]);
    assert.equal(server.text.length, 3_000_000);
    listener.close();
  });

  test('destroying closes both sides, each told once', async () => {
    const subject = make();
    const { listener, server, client, accepted } = await pair(subject);
    accepted.destroy();
    accepted.destroy();
    await until(subject, () => server.log.length > 0 && client.log.length > 1);
    await subject.pass(20);
    assert.deepEqual([client.log, server.log], [['connected', 'closed'], ['closed']]);
    listener.close();
  });

  test('what is written before the connection is up is sent then', async () => {
    const subject = make();
    const server = new Recorder();
    const listener = await subject.network.listen({ host: subject.host, port: 0 }, () => server);
    const stream = subject.network.connect(subject.host, listener.local, plain, new Recorder());
    stream.write('early');
    stream.end();
    await until(subject, () => server.log.length === 1);
    assert.deepEqual([server.text, server.log], ['early', ['closed']]);
    listener.close();
  });

  test('a connection that is refused, or given up at once, is closed without having been up', async () => {
    const subject = make();
    const listener = await subject.network.listen({ host: subject.host, port: 0 }, () => new Recorder());
    const dropped = new Recorder();
    subject.network.connect(undefined, listener.local, plain, dropped).destroy();
    listener.close();
    await subject.pass(20);
    const refused = new Recorder();
    subject.network.connect(undefined, listener.local, plain, refused);
    assert.deepEqual(refused.log, []);
    await until(subject, () => refused.log.length > 0);
    assert.deepEqual([dropped.log, refused.log], [['closed'], ['closed refused']]);
  });

  test('a listener at a taken address is refused', async () => {
    const { network, host } = make();
    const listener = await network.listen({ host, port: 0 }, () => new Recorder());
    await expect(network.listen(listener.local, () => new Recorder())).rejects.toMatchObject({ kind: 'in-use' });
    listener.close();
  });

  test('a TLS handshake that is not answered is given up after the timeout', async () => {
    const subject = make();
    const listener = await subject.network.listen({ host: subject.host, port: 0 }, () => new Recorder());
    const client = new Recorder();
    const tls = { credentials: undefined, serverName: 'localhost', verify: true };
    subject.network.connect(undefined, listener.local, { timeout: 100, tls }, client);
    await subject.pass(60);
    assert.deepEqual(client.log, []);
    await until(subject, () => client.log.length > 0);
    assert.deepEqual(client.log, ['closed timeout']);
    listener.close();
  });

  test('a client that does not begin its TLS handshake is dropped and never accepted', async () => {
    const subject = make();
    const { network, host, localhost } = subject;
    let accepted = 0;
    const accept = () => {
      accepted++;
      return new Recorder();
    };
    const listener = await network.listen({ host, port: 0 }, accept, { credentials: localhost, handshake: 100 });
    const client = new Recorder();
    network.connect(undefined, listener.local, plain, client);
    await subject.pass(60);
    assert.deepEqual(client.log, ['connected']);
    await until(subject, () => client.log.length > 1);
    assert.equal(accepted, 0);
    listener.close();
  });
});

describe.each([
  ['sim', sim('127.0.0.1', '')],
  ['node', node('127.0.0.1', '')],
])('%s network with TLS', (_name, make) => {
  /** Connects once and tells what both sides saw. */
  async function handshake(subject: Subject, server: TlsCredentials, tls: NonNullable<StreamOptions['tls']>) {
    const accepted: Stream[] = [];
    const seen = new Recorder();
    const accept = (stream: Stream) => {
      accepted.push(stream);
      stream.write('hello');
      return seen;
    };
    const listener = await subject.network.listen({ host: subject.host, port: 0 }, accept, {
      credentials: { askClients: true, ...server },
      handshake: 2000,
    });
    const client = new Recorder();
    const again = (options = tls, user = client) =>
      subject.network.connect(undefined, listener.local, { timeout: 2000, tls: options }, user);
    const stream = again();
    await until(subject, () => client.text === 'hello' || client.error !== undefined);
    return { accepted, client, stream, listener, again, seen };
  }

  test('both sides see what the other proved', async () => {
    const subject = make();
    const { localhost } = subject;
    const { accepted, client, stream, listener, seen } = await handshake(subject, localhost, {
      credentials: localhost,
      serverName: 'localhost',
      verify: true,
    });
    const proved = {
      verified: true,
      names: ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'],
      commonName: 'localhost',
    };
    assert.deepInclude(stream.peer, proved);
    assert.match(stream.peer!.fingerprint!, /^[0-9A-F]{2}(:[0-9A-F]{2})*$/);
    assert.deepEqual(accepted[0]!.peer, stream.peer);
    stream.write(everyByte);
    await until(subject, () => seen.text === everyByte);
    stream.end();
    await until(subject, () => client.log.length === 2 && seen.log.length === 1);
    assert.deepEqual([client.log, seen.log], [['connected', 'closed'], ['closed']]);
    listener.close();
  });

  test('a client without a certificate, or that is asked for none, has proved nothing, and an address is verified as one', async () => {
    const subject = make();
    const { localhost } = subject;
    const tls = { credentials: localhost, serverName: undefined, verify: true };
    const { accepted, listener, again, client } = await handshake(subject, localhost, tls);
    assert.deepEqual(client.log, ['connected']);
    const bare = again({ credentials: undefined, serverName: undefined, verify: false }, new Recorder());
    await until(subject, () => accepted.length === 2);
    assert.deepEqual(accepted[1]!.peer, { verified: false, names: [], commonName: undefined, fingerprint: undefined });
    const unasked = await handshake(subject, { ...localhost, askClients: false }, tls);
    assert.deepEqual(unasked.accepted[0]!.peer, accepted[1]!.peer);
    for (const stream of [...accepted, bare, unasked.stream]) stream.destroy();
    listener.close();
    unasked.listener.close();
  });

  test('a certificate for another name, or of an unknown authority, is refused in words (RFC 5922 §7)', async () => {
    const subject = make();
    const { localhost, unknown } = subject;
    const wrong = await handshake(subject, localhost, { credentials: localhost, serverName: 'example.com', verify: true });
    assert.deepEqual(wrong.client.log, ['closed tls']);
    assert.match(wrong.client.error!.message, /is for DNS:localhost, .*; example\.com was wanted/);
    const stranger = await handshake(subject, unknown, { credentials: undefined, serverName: 'localhost', verify: true });
    assert.deepEqual(stranger.client.log, ['closed tls']);
    assert.match(stranger.client.error!.message, /authority/);
    const lax = await handshake(subject, unknown, { credentials: undefined, serverName: 'localhost', verify: false });
    assert.deepEqual(lax.client.log, ['connected']);
    assert.isFalse(lax.stream.peer!.verified);
    lax.stream.destroy();
    for (const { listener } of [wrong, stranger, lax]) listener.close();
  });

  test('credentials are renewed for later connections, and bad ones change nothing', async () => {
    const subject = make();
    const { localhost, other } = subject;
    const tls = { credentials: undefined, serverName: 'localhost', verify: false };
    const { listener, again, stream } = await handshake(subject, localhost, tls);
    expect(() => listener.renew({ ...other, certificate: 'garbage' })).toThrow(/certificate cannot be read/);
    const client = new Recorder();
    const second = again(tls, client);
    await until(subject, () => client.log.length === 1);
    assert.equal(second.peer!.commonName, 'localhost');
    listener.renew({ ...other, askClients: true });
    const later = new Recorder();
    const third = again(tls, later);
    await until(subject, () => later.log.length === 1);
    assert.deepEqual(third.peer!.names, ['DNS:other.example', 'URI:sip:other.example']);
    for (const each of [stream, second, third]) each.destroy();
    listener.close();
  });

  test('bad credentials are refused when listening, and before', async () => {
    const { network, host, localhost } = make();
    network.check(localhost);
    expect(() => network.check({ ...localhost, certificate: 'garbage' })).toThrow(/certificate cannot be read/);
    const credentials = { ...localhost, certificate: 'garbage' };
    await expect(network.listen({ host, port: 0 }, () => new Recorder(), { credentials, handshake: 100 })).rejects.toMatchObject({
      kind: 'tls',
    });
  });

  test('loopback is its own source and an interface', () => {
    const { network } = make();
    assert.deepEqual([network.sourceFor('127.0.0.1'), network.sourceFor('::1')], ['127.0.0.1', '::1']);
    const lo = network.interfaces().find((each) => each.host === '127.0.0.1');
    assert.equal(lo?.family, 4);
  });
});
