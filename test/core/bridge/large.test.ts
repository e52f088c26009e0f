import { assert, expect, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';

/** A description of a session that no datagram of 1300 bytes holds. */
const LONG = `${OFFER}${'a=x:0123456789abcdefghijklmnopqrstuvwxyz\r\n'.repeat(40)}`;

/** By what the requests with a method went to a host: `tcp SIP/2.0/TCP`, the transport and what the Via said. */
const sentTo = ({ desk }: BridgeLab, host: string, method: string) =>
  desk.net.wire
    .filter(({ to, text }) => to.host === host && text.startsWith(`${method} `))
    .map(({ transport, text }) => `${transport} ${/\r\nVia: (\S+)/.exec(text)?.[1]}`);

test('an INVITE that is too long for UDP goes to the provider by TCP, and its dialog stays one by UDP (RFC 3261 §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  await provider.listen();
  const { invite, arrived } = lab.dial({ headers: [SDP], body: LONG });
  assert.deepEqual(sentTo(lab, '10.9.0.1', 'INVITE'), ['tcp SIP/2.0/TCP']);
  assert.equal(arrived.body, LONG);
  assert.deepEqual(arrived.list(Field.contact), ['<sip:account@10.0.0.1:5060>']);
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  provider.take('ACK');
  alice.within(invite, ok, 'BYE');
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(sentTo(lab, '10.9.0.1', 'BYE'), ['udp SIP/2.0/UDP']);
  assert.deepEqual(lab.left, NOTHING);
});

test('where the provider takes no TCP a long INVITE goes by UDP after all, and the next one at once (RFC 3261 §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { provider, alice } = lab;
  const first = lab.dial({ headers: [SDP], body: LONG });
  assert.equal(first.arrived.body, LONG);
  assert.equal(first.arrived.cseq.number, 1);
  provider.answer(first.arrived, 486);
  alice.ack(first.invite, alice.response(486));
  const tries = lab.desk.net.wire.length;
  const second = lab.dial({ headers: [SDP], body: LONG });
  provider.answer(second.arrived, 486);
  assert.deepEqual(sentTo(lab, '10.9.0.1', 'INVITE'), ['udp SIP/2.0/UDP', 'udp SIP/2.0/UDP']);
  expect(lab.desk.net.wire.slice(tries).map(({ transport }) => transport)).not.toContain('tcp');
  alice.ack(second.invite, alice.response(486));
  assert.deepEqual(lab.told, ['succeeded 10.9.0.1', 'paid', 'succeeded 10.9.0.1', 'paid']);
  assert.deepEqual(lab.left, NOTHING);
});

test('where the provider takes TCP and says nothing by it a long INVITE that is given up goes by UDP the next time (RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  await desk.hostAt('10.9.0.1').listen(provider.address, () => ({ data() {}, closed() {} }));
  const headers = [`Contact: ${alice.contact}`, SDP];
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers, body: LONG });
  desk.run(5_000);
  alice.cancel(invite);
  lab.dial({ headers: [SDP], body: LONG });
  assert.deepEqual(sentTo(lab, '10.9.0.1', 'INVITE'), ['tcp SIP/2.0/TCP', 'udp SIP/2.0/UDP']);
});

test('nor by TCP where one was waited for in vain till its end, nor where none could be had a while ago (RFC 3261 §18.1.1, RFC 3263 §4.3)', async () => {
  for (const takes of [true, false]) {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    if (takes) await desk.hostAt('10.9.0.1').listen(provider.address, () => ({ data() {}, closed() {} }));
    const headers = [`Contact: ${alice.contact}`, SDP];
    const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers, body: LONG });
    if (takes) desk.run(32_000);
    else {
      provider.answer(provider.take('INVITE'), 486);
      await provider.listen();
    }
    alice.ack(invite, alice.response(takes ? 408 : 486));
    lab.dial({ headers: [SDP], body: LONG });
    assert.deepEqual(sentTo(lab, '10.9.0.1', 'INVITE'), [
      ...(takes ? ['tcp SIP/2.0/TCP'] : ['udp SIP/2.0/UDP']),
      'udp SIP/2.0/UDP',
    ]);
  }
});

test('a provider that rings by TCP speaks it, however soon it is given up (RFC 3261 §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  await provider.listen();
  const { invite, arrived } = lab.dial({ headers: [SDP], body: LONG });
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  desk.run(10_000);
  alice.cancel(invite);
  provider.take('CANCEL');
  provider.answer(arrived, 487, 'Request Terminated', [], 'far');
  lab.dial({ headers: [SDP], body: LONG });
  assert.deepEqual(sentTo(lab, '10.9.0.1', 'INVITE'), ['tcp SIP/2.0/TCP', 'tcp SIP/2.0/TCP']);
});

test('where neither TCP nor UDP leads to the provider a long INVITE fails at once (RFC 3261 §8.1.3.1, §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, desk } = lab;
  desk.host.noRoute.add('10.9.0.1');
  const headers = [`Contact: ${alice.contact}`, SDP];
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers, body: LONG });
  alice.ack(invite, alice.response(500));
  assert.deepEqual(lab.told, ['failed 10.9.0.1 cannot be reached', 'paid']);
  assert.deepEqual(lab.left, NOTHING);
});

test('a long INVITE that is given up while its connection comes up is not tried by UDP (RFC 3261 §9.1, §18.1.1)', async () => {
  const lab = await BridgeLab.open({ link: { delay: 100 } });
  const { alice, desk } = lab;
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers: [`Contact: ${alice.contact}`, SDP], body: LONG });
  desk.run(150);
  alice.cancel(invite);
  desk.run(2_000);
  assert.deepEqual(sentTo(lab, '10.9.0.1', 'INVITE'), []);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(lab.left, NOTHING);
});

test.each([
  ['to a phone that says it listens where it spoke', 'sip:alice@10.0.0.2:5060', 'tcp SIP/2.0/TCP'],
  ['and not to one behind a NAT, which only its own flow reaches', 'sip:alice@192.168.7.7:5060', 'udp SIP/2.0/UDP'],
])('a long re-INVITE of the provider goes on by TCP %s (RFC 3261 §18.1.1, RFC 5626 §5.3)', async (_, contact, by) => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  await alice.listen();
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers: [`Contact: <${contact}>`, SDP], body: OFFER });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  alice.within(invite, alice.response(200), 'ACK');
  provider.take('ACK');
  provider.back(arrived, 'far', 'INVITE', { headers: ['Contact: <sip:acme@10.9.0.1:5060>', SDP], body: LONG });
  assert.equal(alice.take('INVITE').body, LONG);
  assert.deepEqual(sentTo(lab, '10.0.0.2', 'INVITE'), [by]);
});
