import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Response } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, PROVIDED, SDP } from '../../support/bridge-lab.ts';
import { readConfig } from '../../support/desk.ts';
import type { Phone } from '../../support/phone.ts';

/** Alice's phone calls out by TCP, with this Contact, and talks; it listens where it is. */
async function byTcp(contact: string, headers: readonly string[] = []) {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const phone = await desk.phone('alice', '10.0.0.2', 5070, 'tcp');
  phone.connect();
  const all = [`Contact: <${contact}>`, SDP, ...headers];
  const invite = phone.request('INVITE', 'sip:0301234@home.example', { cseq: 1, headers: all, body: OFFER });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = phone.response(200);
  phone.within(invite, ok, 'ACK');
  provider.take('ACK');
  return { lab, phone, invite, ok, arrived };
}

const HERE = 'sip:alice@10.0.0.2:5070;transport=tcp';

test.each([
  ['is called by a new one where its Contact is', HERE, [], ['INVITE']],
  ['is not where its Contact is another host', 'sip:alice@10.0.0.9:5070;transport=tcp', [], []],
  [
    'is not where a proxy stands before it, which its Contact is behind',
    HERE,
    ['Record-Route: <sip:10.0.0.2:5099;transport=tcp;lr>'],
    [],
  ],
  [
    'is called by a new one to the proxy that stands before it',
    'sip:alice@192.168.1.2;transport=tcp',
    ['Record-Route: <sip:10.0.0.2:5070;transport=tcp;lr>'],
    ['INVITE'],
  ],
  ['is not by a proxy at another host', HERE, ['Record-Route: <sip:10.0.0.9:5070;transport=tcp;lr>'], []],
])('a phone whose connection has closed %s (RFC 3261 §12.2.1.1, §18.1.1)', async (_, contact, headers, called) => {
  const { lab, phone, arrived } = await byTcp(contact, headers);
  const { provider } = lab;
  await phone.listen();
  phone.close();
  lab.desk.run();
  const again = provider.back(arrived, 'far', 'INVITE', { headers: [SDP, `Contact: ${provider.contact}`], body: OFFER });
  lab.desk.run(2_000);
  assert.deepEqual(phone.waiting, called);
  if (called.length > 0) return;
  // It may come back: the call goes on.
  provider.ack(again, provider.response(503));
  assert.equal(lab.bridge.size.legs, 2);
  provider.back(arrived, 'far', 'BYE', { cseq: 2 });
  assert.deepEqual(lab.left, NOTHING);
});

/** We listen elsewhere from now on. */
async function listenAt({ desk }: BridgeLab, places: string): Promise<void> {
  const { config } = readConfig(PROVIDED.replace(/^listen = .*/m, `listen = ${places}`));
  await desk.exchange.stack.prepare(config!.daemon, undefined);
  desk.exchange.reload(config!);
  desk.run(10);
}

/** It speaks to where we are then. */
function follow(phone: Phone): void {
  const send = phone.send.bind(phone);
  phone.send = (text) => send(text, { host: '10.0.0.1', port: 5070 });
}

test.each([
  ['Session-Expires: 1000;refresher=uac'],
  ['Session-Expires: 1000;refresher=uas'],
  ['Server: one that knows no session timer'],
])('where our port changes both sides hear of it at once, and end the call there: %s (RFC 3261 §12.2.1.1)', async (line) => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { sessionExpires: 1_200 };
  const { invite, ok } = lab.talk({ answer: [line] });
  await listenAt(lab, 'udp:10.0.0.1:5070');
  for (const phone of [alice, provider]) {
    follow(phone);
    const refresh = phone.take('INVITE');
    assert.match(refresh.list(Field.contact)[0]!, /@10\.0\.0\.1:5070>$/);
    phone.answer(refresh, 200, 'OK', [SDP], '', refresh.body);
    phone.take('ACK');
  }
  await listenAt(lab, 'udp:10.0.0.1:5070, udp:10.0.0.1:5080'); // which is nothing to them
  assert.deepEqual([lab.bridge.size.legs, alice.waiting, provider.waiting], [2, [], []]);
  const moved = read(ok.text.replace('@10.0.0.1:5060', '@10.0.0.1:5070')) as Response;
  alice.within(invite, moved, 'BYE');
  provider.answer(provider.take('BYE'), 200);
  alice.response(200);
  assert.deepEqual(lab.left, NOTHING);
});

test.each([
  ['Session-Expires: 1000;refresher=uac', 'with the next change of the network', true],
  ['Server: one that knows no session timer', 'with the next change of the network', true],
  ['Session-Expires: 1000;refresher=uac', 'half a minute later', false],
  ['Server: one that knows no session timer', 'half a minute later', false],
])(
  'who could not be told at once where we are, for there was no way to him yet, hears of it: %s, %s (RFC 3261 §12.2.1.1)',
  async (line, _, another) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    lab.wishes = { sessionExpires: 1_200 };
    lab.talk({ answer: [line] });
    desk.host.noRoute.add('10.9.0.1');
    await listenAt(lab, 'udp:10.0.0.1:5070');
    for (const phone of [alice, provider]) follow(phone);
    alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
    desk.run(3_000);
    desk.host.noRoute.delete('10.9.0.1');
    assert.deepEqual(provider.waiting, []);
    if (another) await listenAt(lab, 'udp:10.0.0.1:5070, udp:10.0.0.1:5080');
    else desk.run(27_000);
    const refresh = provider.take('INVITE');
    assert.match(refresh.list(Field.contact)[0]!, /@10\.0\.0\.1:5070>$/);
    provider.answer(refresh, 200, 'OK', [SDP], '', refresh.body);
    provider.take('ACK');
    desk.run(60_000);
    assert.deepEqual(provider.waiting, []);
  },
);

test('a dialog by a connection stays there, whatever comes by UDP or its Contact says; one by UDP does not go to a connection (RFC 3261 §12.2.1.1, §18.1.1)', async () => {
  const { lab, phone, invite, ok, arrived } = await byTcp('sip:alice@10.0.0.2:5060');
  const { alice, provider, desk } = lab;
  alice.within(invite, ok, 'OPTIONS');
  alice.response(200);
  provider.back(arrived, 'far', 'INFO');
  assert.deepEqual([phone.waiting, alice.waiting], [['INFO'], []]);
  phone.answer(phone.take('INFO'), 200);
  const other = lab.talk();
  const byTcpNow = await desk.phone('alice', '10.0.0.2', 5080, 'tcp');
  byTcpNow.connect();
  byTcpNow.within(other.invite, other.ok, 'OPTIONS');
  byTcpNow.response(200);
  provider.back(other.arrived, 'far', 'INFO');
  assert.deepEqual([byTcpNow.waiting, alice.waiting], [[], ['INFO']]);
});

test('a CANCEL that can go nowhere, for the connection that its re-INVITE went by is gone, is given up with that (RFC 3261 §9.1)', async () => {
  const { lab, phone, arrived } = await byTcp(HERE);
  const { provider, desk } = lab;
  const again = provider.back(arrived, 'far', 'INVITE', { headers: [SDP, `Contact: ${provider.contact}`], body: OFFER });
  phone.answer(phone.take('INVITE'), 180, 'Ringing', [], '');
  phone.close();
  desk.run();
  provider.cancel(again);
  desk.run(31_999);
  assert.deepEqual(provider.waiting, ['200 CANCEL', '100 INVITE']);
  desk.run(1);
  provider.ack(again, provider.response(504));
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
  assert.equal(desk.exchange.bugs, 0);
});

test('a CANCEL goes out once, however often it rings after that, and who rings on for ever is not waited for (RFC 3261 §9.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  alice.cancel(invite);
  provider.answer(provider.take('CANCEL'), 200);
  for (let seconds = 0; seconds < 4; seconds++) {
    provider.answer(arrived, 180, 'Ringing', [], 'far');
    desk.run(1_000);
  }
  assert.deepEqual(provider.waiting, []);
  assert.deepEqual(lab.left, NOTHING);
});

test.each([487, 200])(
  'a re-INVITE that was cancelled and has its answer, a %i, ends nothing later (RFC 3261 §9.1)',
  async (status) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, ok } = lab.talk();
    const again = alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER });
    const arrived = provider.take('INVITE');
    provider.answer(arrived, 180);
    alice.cancel(again);
    provider.answer(provider.take('CANCEL'), 200);
    provider.answer(arrived, status, 'Said', [SDP], '', ANSWER);
    if (status === 200) alice.within(invite, ok, 'ACK', { cseq: again.cseq.number });
    else alice.ack(again, alice.response(487));
    desk.run(64_000);
    assert.deepEqual(provider.waiting, ['ACK']);
    assert.equal(lab.bridge.size.calls, 1);
  },
);

test('what a dialog says of its way may be too much for anybody to read: what goes there is refused', async () => {
  const lab = await BridgeLab.open();
  const { provider } = lab;
  const { bob, invite, arrived } = await lab.ring();
  // In a line of the greatest length, which a longer name of the header makes too long.
  const longest = 't:<sip:bob@home.example>;tag='.padEnd(8_192, 'x');
  const send = bob.send.bind(bob);
  bob.send = (text) => send(text.replace(/\r\nTo: .*/, `\r\n${longest}`));
  bob.answer(arrived, 200, 'OK', [SDP], 'bob', ANSWER);
  const ok = provider.response(200);
  provider.within(invite, ok, 'ACK');
  provider.within(invite, ok, 'INFO', { cseq: 2 });
  provider.response(503);
  assert.deepEqual([bob.waiting, lab.bridge.size.legs, lab.desk.exchange.bugs], [[], 2, 0]);
});
