import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, assert, beforeAll, describe, test } from 'vitest';
import type { PeerCertificate, Stream, TlsCredentials } from '../../src/runtime/network.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { NodeNetwork } from '../../src/runtime/node/network.ts';
import { NodeRandom } from '../../src/runtime/node/random.ts';
import type { Flow, TransportError } from '../../src/sip/transport/flow.ts';
import { TransportLayer } from '../../src/sip/transport/layer.ts';
import { Authority, type Wanted } from '../support/certificates.ts';
import { newFolder } from '../support/new-folder.ts';
import { SimLog } from '../support/sim-log.ts';

// Certificates and sockets of this machine: openssl makes them, Node judges their chains, we judge their names.
const US = '127.0.79.1';
const PEER = '127.0.79.2';
const clock = new NodeClock();
const network = new NodeNetwork(clock);

let authority: Authority;
let stranger: Authority;
let layer: TransportLayer;
let port: number;
const log = new SimLog();

beforeAll(async () => {
  authority = new Authority();
  stranger = new Authority('another authority');
  layer = new TransportLayer({ clock, network, random: new NodeRandom(), log });
  const ours = authority.issue({ names: 'DNS:home.test' });
  port = (await layer.listen('tls', { host: US, port: 0 }, { ...ours, askClients: true })).address.port;
});

afterAll(() => {
  layer.close();
  authority.close();
  stranger.close();
});

async function until(happened: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !happened(); tries++) await sleep(5);
  assert.isTrue(happened(), `after 2 s: not ${happened}`);
}

/** What comes of a hop to a peer that shows this certificate: what the peer saw of ours, or why not. */
async function reach(domain: string, credentials: TlsCredentials): Promise<{ seen: PeerCertificate | undefined; why: string }> {
  let accepted: Stream | undefined;
  const accept = (stream: Stream) => {
    accepted = stream;
    return { data: () => undefined, closed: () => undefined };
  };
  const tls = { credentials: { ...credentials, authorities: authority.certificate, askClients: true }, handshake: 2_000 };
  const server = await network.listen({ host: PEER, port: 0 }, accept, tls);
  const flow = layer.flowTo({ transport: 'tls', host: PEER, port: server.local.port, domain }) as Flow;
  let why = '';
  flow.send('\r\n\r\n', { sendFailed: (error: TransportError) => (why = error.why) });
  await until(() => why !== '' || (flow.peer !== undefined && accepted !== undefined));
  server.close();
  accepted?.destroy();
  return { seen: why === '' ? accepted?.peer : undefined, why };
}

const DOMAIN = 'a.test';
const good: [string, Wanted, string][] = [
  ['names the domain in a sip URI', { names: 'URI:sip:a.test' }, DOMAIN],
  ['names the domain as a DNS name', { names: 'DNS:sip1.a.test,DNS:A.Test' }, DOMAIN],
  ['has no alternative names, and the domain as its common name', { commonName: DOMAIN }, DOMAIN],
  ['has the address that was dialed', { names: `IP:${PEER}` }, PEER],
];
const bad: [string, Wanted, string, RegExp][] = [
  ['names only the host that SRV led to', { names: 'DNS:sip1.a.test' }, DOMAIN, /is for DNS:sip1\.a\.test; a\.test was wanted$/],
  ['has a wildcard', { names: 'DNS:*.test' }, DOMAIN, /is for DNS:\*\.test; a\.test was wanted$/],
  [
    'has a DNS name beside another sip URI',
    { names: 'URI:sip:b.test,DNS:a.test' },
    DOMAIN,
    /is for URI:sip:b\.test, DNS:a\.test; /,
  ],
  [
    'has the domain before a zero byte',
    { names: 'DER:30:10:82:0E:61:2E:74:65:73:74:00:2E:62:2E:74:65:73:74' },
    DOMAIN,
    /is for DNS:"a\.test\\u0000\.b\.test"; /,
  ],
  [
    'has a sip URI with the domain before a zero byte',
    { names: 'DER:30:14:86:12:73:69:70:3A:61:2E:74:65:73:74:00:2E:62:2E:74:65:73:74' },
    DOMAIN,
    /is for URI:"sip:a\.test\\u0000\.b\.test"; /,
  ],
  [
    'has a name that looks like two',
    { names: 'DER:30:14:82:12:62:2E:74:65:73:74:2C:20:44:4E:53:3A:61:2E:74:65:73:74' },
    DOMAIN,
    /is for DNS:"b\.test\\u002c DNS:a\.test"; /,
  ],
  [
    'has a sip URI that looks like two',
    { names: 'DER:30:1C:86:1A:73:69:70:3A:62:2E:74:65:73:74:2C:20:55:52:49:3A:73:69:70:3A:61:2E:74:65:73:74' },
    DOMAIN,
    /is for URI:"sip:b\.test\\u002c URI:sip:a\.test"; /,
  ],
  ['names a user of the domain', { names: 'URI:sip:x@a.test' }, DOMAIN, /is for URI:sip:x@a\.test; /],
  [
    'has the domain as its common name beside other names',
    { commonName: DOMAIN, names: 'DNS:b.test' },
    DOMAIN,
    /is for DNS:b\.test; /,
  ],
  ['has expired', { names: 'DNS:a.test', days: -1 }, DOMAIN, /where a\.test was wanted, is refused: .*\(CERT_HAS_EXPIRED\)$/],
  ['is for clients only', { names: 'DNS:a.test', usage: 'clientAuth' }, DOMAIN, /is refused: .*\(INVALID_PURPOSE\)$/],
  [
    'has the dialed address as a name',
    { commonName: PEER, names: `DNS:${PEER}` },
    PEER,
    /is for DNS:127\.0\.79\.2; 127\.0\.79\.2 was wanted$/,
  ],
];

describe('a TLS connection to a domain (RFC 5922 §7)', () => {
  test.each(good)('comes up where the certificate %s, and shows ours when asked', async (_what, wanted, domain) => {
    const { seen, why } = await reach(domain, authority.issue(wanted));
    assert.equal(why, '');
    assert.deepInclude(seen, { verified: true, names: ['DNS:home.test'] });
  });

  test.each(bad)('is refused where the certificate %s', async (_what, wanted, domain, why) => {
    const before = log.of('warning').length;
    assert.match((await reach(domain, authority.issue(wanted))).why, why);
    assert.match(log.of('warning')[before]!, why);
  });

  test('is refused where nobody that we trust vouches for the certificate', async () => {
    const { why } = await reach(DOMAIN, stranger.issue({ names: 'DNS:a.test' }));
    assert.match(why, /where a\.test was wanted, is refused: its authority is not known/);
  });
});

describe('who connects to us by TLS (RFC 5922 §7.4)', () => {
  /** What we see of a client; it sends a request, so that there is a flow to look at. */
  async function come(
    options: ConnectionOptions,
  ): Promise<{ peer: PeerCertificate | undefined; session: Buffer; reused: boolean }> {
    const taken: Flow[] = [];
    layer.reader.user = {
      request: (_, flow) => void taken.push(flow),
      response: () => undefined,
      connectionClosed: () => undefined,
    };
    const socket = connect({ host: US, port, rejectUnauthorized: false, ...options });
    const sessions: Buffer[] = [];
    socket.on('session', (session) => void sessions.push(session));
    socket.on('error', () => undefined);
    const via = 'Via: SIP/2.0/TLS p.test;branch=z9hG4bKa';
    socket.write(
      `OPTIONS sip:home.test SIP/2.0\r\n${via}\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    );
    await until(() => taken.length === 1 && (sessions.length > 0 || socket.isSessionReused()));
    const { peer } = taken[0]!;
    const reused = socket.isSessionReused();
    socket.destroy();
    return { peer, session: sessions[0] ?? Buffer.alloc(0), reused };
  }

  test('is known by a certificate of an authority that we trust', async () => {
    const { certificate, key } = authority.issue({ names: 'URI:sip:b.test,email:alice@b.test' });
    const { peer } = await come({ cert: certificate, key });
    assert.deepEqual(peer, {
      verified: true,
      names: ['URI:sip:b.test', 'email:alice@b.test'],
      commonName: undefined,
      fingerprint: new X509Certificate(certificate).fingerprint256,
    });
  });

  test.each([
    ['expired', () => authority.issue({ names: 'DNS:b.test', days: -1 })],
    ['self-signed', () => authority.selfSigned('DNS:b.test')],
    ['of an unknown authority', () => stranger.issue({ names: 'DNS:b.test' })],
    ['for servers only', () => authority.issue({ names: 'DNS:b.test', usage: 'serverAuth' })],
  ])('is known by a fingerprint only where the certificate is %s', async (_what, make) => {
    const { certificate, key } = make();
    const { peer } = await come({ cert: certificate, key });
    assert.deepInclude(peer, { verified: false, fingerprint: new X509Certificate(certificate).fingerprint256 });
  });

  test('has proved nothing without a certificate, on a resumed session neither', async () => {
    const nothing = { verified: false, names: [], commonName: undefined, fingerprint: undefined };
    const first = await come({});
    assert.deepEqual(first.peer, nothing);
    const second = await come({ session: first.session });
    assert.deepEqual([second.reused, second.peer], [true, nothing]);
  });

  test.each([
    ['unknown ca', 'it has to trust who signed it', {}, ['-no-CAfile']],
    ['certificate expired', 'renew it, or set the clock there', { days: -1 }, []],
    [
      'bad certificate',
      'it has to trust who signed it, and to reach us by a name that is in it',
      {},
      ['-verify_hostname', 'other.test'],
    ],
  ] as const)(
    'is told of in the log, once, where it does not take our certificate: %s (RFC 8446 §6.2)',
    async (why, advice, ours, how) => {
      const file = join(newFolder('trust'), 'ca.pem');
      writeFileSync(file, authority.certificate);
      const trust = ['-no-CApath', '-no-CAstore', ...(how[0] === '-no-CAfile' ? [] : ['-CAfile', file]), ...how];
      const refuse = (version: string) =>
        new Promise<void>((done) => {
          const at = ['-connect', `${US}:${port}`, version, '-verify_return_error', ...trust];
          spawn('openssl', ['s_client', ...at], { stdio: 'ignore' }).on('exit', () => done());
        });
      const told = () => log.of('notice').filter((line) => line.startsWith('TLS: '));
      for (const version of ['-tls1_2', '-tls1_3']) {
        layer.renew({ ...authority.issue({ names: 'DNS:home.test', ...ours }), askClients: true });
        await refuse(version);
        await until(() => told().length > 0);
        await refuse(version);
        await come({});
        assert.deepEqual([version, ...told()], [version, `TLS: 127.0.0.1 does not take our certificate (${why}): ${advice}`]);
        log.lines.length = 0;
      }
    },
  );

  test('is who it was on a resumed session, until the credentials are renewed', async () => {
    const { certificate: cert, key } = authority.issue({ names: 'DNS:b.test' });
    const first = await come({ cert, key });
    const second = await come({ cert, key, session: first.session });
    assert.deepEqual([second.reused, second.peer], [true, first.peer]);
    const ours = stranger.issue({ names: 'DNS:home.test' });
    layer.renew({ ...ours, askClients: true });
    const third = await come({ cert, key, session: first.session });
    assert.deepEqual([third.reused, third.peer?.verified], [false, false]);
  });
});
