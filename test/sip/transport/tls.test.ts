import { assert, test } from 'vitest';
import type { Stream, TlsCredentials } from '../../../src/runtime/network.ts';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import type { SimHost } from '../../support/sim-host.ts';
import { Lab, OPTIONS, Told, US } from './lab.ts';

const PEER = '10.0.0.2';
const made = (certificate: string): TlsCredentials => ({ certificate, key: '', authorities: undefined, askClients: true });
const OURS = made('DNS:home.example');

/** Our TLS at 10.0.0.1, and a peer that listens with a certificate and counts who came. */
async function setup(certificate: string) {
  const lab = await Lab.open();
  const point = await lab.layer.listen('tls', { host: '10.0.0.1', port: 5061 }, OURS);
  const host = lab.net.host(PEER);
  const accepted: Stream[] = [];
  const heard: string[] = [];
  const user = { data: (text: string) => void heard.push(text), closed: () => undefined };
  const accept = (stream: Stream) => {
    accepted.push(stream);
    return user;
  };
  await host.listen({ host: PEER, port: 5061 }, accept, { credentials: made(certificate), handshake: 1_000 });
  const told = new Told();
  const send = (domain: string | undefined, text = `to ${domain}`) => {
    const flow = lab.layer.flowTo({ transport: 'tls', host: PEER, port: 5061, domain }) as Flow;
    flow.send(text, told);
    lab.clock.advance(0);
    return flow;
  };
  return { lab, point, host, accepted, heard, told, send };
}

test('a connection comes up only where the certificate names the domain, and both names are said once (RFC 5922 §7.3)', async () => {
  const { lab, heard, told, send } = await setup('DNS:sip1.b.test, DNS:b.test');
  send('a.test');
  send('a.test');
  const why = 'the certificate of 10.0.0.2 is for DNS:sip1.b.test, DNS:b.test; a.test was wanted';
  assert.deepEqual(told.whys, [why, why]);
  assert.deepEqual(lab.log.of('warning'), [`TLS: ${why}`]);
  assert.equal(lab.layer.tlsFailures, 2);
  send('B.test.');
  assert.deepEqual(heard, ['to B.test.']);
});

test('a hop without a domain asks for no name: the certificate of a phone is its own', async () => {
  const { heard, send } = await setup('DNS:phone.invalid, untrusted');
  const flow = send(undefined);
  assert.deepEqual([heard, flow.alias, flow.peer?.verified], [['to undefined'], false, false]);
});

test('one connection carries every domain that its certificate names, and no other (RFC 5923 §9.3)', async () => {
  const { accepted, heard, told, send } = await setup('URI:sip:a.test, URI:sip:b.test');
  const first = send('a.test');
  assert.equal(send('b.test'), first);
  assert.equal(send('a.test'), first);
  send('c.test');
  assert.deepEqual(heard, ['to a.test', 'to b.test', 'to a.test']);
  assert.equal(accepted.length, 1);
  assert.deepEqual(told.whys, ['the certificate of 10.0.0.2 is for URI:sip:a.test, URI:sip:b.test; c.test was wanted']);
});

test('a connection that we opened stays the one to where it leads, whatever its other side offers of it (RFC 5923 §8.2)', async () => {
  const { lab, accepted, send } = await setup('DNS:a.test, DNS:b.test');
  const first = send('a.test');
  accepted[0]!.write(OPTIONS.replace(/Via: [^\r]*/, 'Via: SIP/2.0/TLS p1.a.test:5071;branch=z9hG4bKa;alias'));
  lab.clock.advance(0);
  assert.equal(send('b.test'), first);
  assert.equal(accepted.length, 1);
});

test('a connection from an address that we do not listen at shows and trusts the same as others, also after a new certificate', async () => {
  const { lab } = await setup('DNS:a.test');
  const peer = lab.net.host('fd00::2');
  const names: (readonly string[] | undefined)[] = [];
  const accept = (stream: Stream) => {
    names.push(stream.peer?.names);
    return { data: () => undefined, closed: () => undefined };
  };
  await peer.listen({ host: 'fd00::2', port: 5061 }, accept, { credentials: made('DNS:a.test, DNS:b.test'), handshake: 1_000 });
  const send = (domain: string) => {
    (lab.layer.flowTo({ transport: 'tls', host: 'fd00::2', port: 5061, domain }) as Flow).send('x', new Told());
    lab.clock.advance(0);
  };
  send('a.test');
  lab.layer.slept();
  lab.layer.renew(made('DNS:home.example, DNS:new.example'));
  send('b.test');
  assert.deepEqual(names, [['DNS:home.example'], ['DNS:home.example', 'DNS:new.example']]);
});

test('a domain has one spelling for the connections to it', async () => {
  const { lab } = await setup('DNS:a.test');
  const to = (domain: string) => lab.layer.flowTo({ transport: 'tls', host: PEER, port: 5061, domain });
  assert.equal(to('a.test'), to('A.Test.'));
});

test('a connection that nothing was verified on is not used for a domain', async () => {
  const { accepted, send } = await setup('DNS:a.test');
  send(undefined);
  send('a.test');
  assert.equal(accepted.length, 2);
});

test('we show our certificate to who asks for it, and stay connected for an hour (RFC 5923 §8.1)', async () => {
  const { lab, accepted, send } = await setup('DNS:a.test');
  const flow = send('a.test');
  assert.isTrue(flow.alias);
  assert.deepEqual(accepted[0]!.peer?.names, ['DNS:home.example']);
  lab.clock.advance(3_600_000);
  assert.isTrue(flow.open);
  lab.clock.advance(100_000);
  assert.isFalse(flow.open);
});

/** The peer connects to us and sends a request whose Via it writes itself. */
function calls(lab: Lab, host: SimHost, certificate: string | undefined, via: string): { heard: string[]; stream: Stream } {
  const heard: string[] = [];
  const credentials = certificate === undefined ? undefined : made(certificate);
  const user = { data: (text: string) => void heard.push(text), closed: () => undefined };
  const tls = { credentials, serverName: undefined, verify: false };
  const stream = host.connect(PEER, { host: '10.0.0.1', port: 5061 }, { timeout: 1_000, tls }, user);
  stream.write(OPTIONS.replace('SIP/2.0/TCP a.example;branch=z9hG4bKa', via));
  lab.clock.advance(0);
  return { heard, stream };
}

test('a connection that came in leads back to the domains of its certificate, where its Via offers that (RFC 5923 §8.2)', async () => {
  const { lab, host, accepted, send } = await setup('DNS:a.test');
  const { heard } = calls(lab, host, 'DNS:a.test', 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa;alias');
  send('a.test');
  assert.deepEqual([heard, accepted.length], [['to a.test'], 0]);
  send('b.test');
  assert.deepEqual([heard, accepted.length], [['to a.test'], 0]);
  lab.clock.advance(3_600_000);
  send('a.test', 'later');
  assert.deepEqual(heard, ['to a.test', 'later']);
});

test.each([
  ['its Via does not offer it', 'DNS:a.test', 'SIP/2.0/TLS p1.a.test;branch=z9hG4bK;x=alias'],
  ['its Via says nothing', 'DNS:a.test', 'SIP/2.0/TLS p1.a.test'],
  ['it advertises another port', 'DNS:a.test', 'SIP/2.0/TLS p1.a.test:5071;branch=z9hG4bKa;alias'],
  ['it showed no certificate', undefined, 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa;alias'],
  ['nobody vouches for its certificate', 'DNS:a.test, untrusted', 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa;alias'],
  ['it is for another domain', 'DNS:b.test', 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa;alias'],
])('a connection that came in does not lead back where %s (RFC 5923 §9.2)', async (_why, certificate, via) => {
  const { lab, host, accepted, send } = await setup('DNS:a.test');
  const { heard } = calls(lab, host, certificate, via);
  send('a.test');
  assert.deepEqual([heard, accepted.length], [[], 1]);
});

test('of two connections to one address each leads back until it closes, and one that says another port only from there (RFC 5923 §8.2)', async () => {
  const { lab, host, accepted, send } = await setup('DNS:a.test');
  const via = 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa;alias';
  const first = calls(lab, host, 'DNS:a.test', via);
  const second = calls(lab, host, 'DNS:a.test', via);
  second.stream.destroy();
  lab.clock.advance(0);
  const flow = send('a.test');
  assert.deepEqual([first.heard, accepted.length], [['to a.test'], 0]);
  const moved = via.replace('p1.a.test', 'p1.a.test:5071').replace('Ka', 'Kb');
  first.stream.write(OPTIONS.replace('SIP/2.0/TCP a.example;branch=z9hG4bKa', moved));
  lab.clock.advance(0);
  assert.equal(lab.layer.flowTo({ transport: 'tls', host: PEER, port: 5071, domain: 'a.test' }), flow);
  assert.notEqual(send('a.test'), flow);
  assert.deepEqual([first.heard, accepted.length], [['to a.test'], 1]);
});

test('a connection that has closed leads nowhere any more (RFC 5923 §8.2)', async () => {
  const { lab, host, accepted, send } = await setup('DNS:a.test');
  calls(lab, host, 'DNS:a.test', 'SIP/2.0/TLS p1.a.test;alias;branch=z9hG4bKa');
  for (const stream of host.streams) stream.destroy();
  lab.clock.advance(0);
  send('a.test');
  assert.equal(accepted.length, 1);
});

test('after the machine slept no connection from before leads back, whoever opened it, until a request comes by it again (RFC 5923 §8.2, pain 1)', async () => {
  const { lab, host, accepted, send } = await setup('DNS:a.test');
  const via = 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa;alias';
  const { heard, stream } = calls(lab, host, 'DNS:a.test', via);
  lab.layer.slept();
  const flow = send('a.test');
  assert.deepEqual([heard, accepted.length], [[], 1]);
  lab.layer.slept();
  assert.notEqual(send('a.test'), flow);
  assert.deepEqual([heard, accepted.length], [[], 2]);
  lab.layer.slept();
  stream.write(OPTIONS.replace('SIP/2.0/TCP a.example;branch=z9hG4bKa', via.replace('Ka', 'Kb')));
  lab.clock.advance(0);
  send('a.test');
  assert.deepEqual([heard, accepted.length], [['to a.test'], 2]);
});

test('where we do not listen for TLS one connection serves a domain all the same, is found, ends with its address and with no listener beside, and serves none after a sleep', async () => {
  const lab = await Lab.open('udp');
  const host = lab.net.host(PEER);
  let came = 0;
  const accept = () => {
    came++;
    return { data: () => undefined, closed: () => undefined };
  };
  await host.listen({ host: PEER, port: 5061 }, accept, { credentials: made('DNS:a.test'), handshake: 1_000 });
  const reach = () => {
    const flow = lab.layer.flowTo({ transport: 'tls', host: PEER, port: 5061, domain: 'a.test' }) as Flow;
    lab.clock.advance(0);
    return flow;
  };
  const first = reach();
  assert.deepEqual([reach() === first, lab.layer.flowNamed(first) === first, came, lab.layer.connections], [true, true, 1, 1]);
  assert.equal(first.point.sentBy, '10.0.0.1:5061');
  lab.layer.slept();
  const second = reach();
  assert.deepEqual([second === first, first.open, came], [false, true, 2]);
  lab.layer.unlisten(await lab.layer.listen('tcp', US));
  assert.deepEqual([first.open, second.open, reach() === second], [true, true, true]);
  lab.layer.unlisten(lab.layer.points[0]!);
  assert.deepEqual([first.open, second.open, lab.layer.connections], [false, false, 0]);
  await lab.layer.listen('udp', US);
  const third = reach();
  lab.layer.close();
  lab.clock.advance(0);
  assert.deepEqual([came, third.open, lab.clock.armed()], [3, false, []]);
});

test('renewed credentials are shown by the connections to come, on either side, and bad ones leave those of before (RFC 5922 §7)', async () => {
  const { lab, host, accepted, send } = await setup('DNS:a.test');
  const shown = () => {
    lab.layer.slept();
    send('a.test');
    const server = calls(lab, host, undefined, 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa').stream.peer;
    return [server, accepted.at(-1)!.peer].map((peer) => peer?.names.join());
  };
  assert.deepEqual(shown(), ['DNS:home.example', 'DNS:home.example']);
  lab.layer.renew(made('DNS:new.example'));
  assert.deepEqual(shown(), ['DNS:new.example', 'DNS:new.example']);
  assert.throws(() => lab.layer.renew(made('torn')));
  assert.deepEqual(shown(), ['DNS:new.example', 'DNS:new.example']);
});

test('who is not asked shows no certificate, so that no phone asks its user for a password', async () => {
  const lab = await Lab.open();
  await lab.layer.listen('tls', { host: '10.0.0.1', port: 5061 }, { ...OURS, askClients: false });
  calls(lab, lab.net.host(PEER), 'DNS:a.test', 'SIP/2.0/TLS p1.a.test;branch=z9hG4bKa');
  assert.deepEqual(lab.taken[0]!.flow.peer, { verified: false, names: [], commonName: undefined, fingerprint: undefined });
});
