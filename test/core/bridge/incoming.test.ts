import { assert, test } from 'vitest';
import { StorageError } from '../../../src/runtime/storage.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, PROVIDED, SDP } from '../../support/bridge-lab.ts';
import type { DeskOptions } from '../../support/desk.ts';
import type { Phone } from '../../support/phone.ts';
import { SimStorage } from '../../support/sim-storage.ts';

/** Bob has a phone, and the provider has a call for him. */
async function rung(headers: readonly string[] = [], options: DeskOptions = {}) {
  const lab = await BridgeLab.open(options);
  lab.wishes = { sessionExpires: 1_200 };
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  bob.register();
  lab.desk.net.clear();
  const invite = call(lab, headers);
  return { lab, bob, invite, arrived: bob.take('INVITE') };
}

function call(lab: BridgeLab, headers: readonly string[] = [], body = OFFER): Request {
  const { provider } = lab;
  return provider.request('INVITE', 'sip:account@10.0.0.1:5060', {
    callId: 'from-outside',
    cseq: 1,
    from: '<sip:+4940123@acme.example>',
    headers: [`Contact: ${provider.contact}`, ...(body === '' ? [] : [SDP]), ...headers],
    body,
  });
}

/** The phone answers, and both sides acknowledge. */
function answered(lab: BridgeLab, bob: Phone, invite: Request, arrived: Request, headers: readonly string[] = []) {
  bob.answer(arrived, 200, 'OK', [SDP, ...headers], 'kitchen', ANSWER);
  const ok = lab.provider.response(200);
  lab.provider.within(invite, ok, 'ACK');
  bob.take('ACK');
  lab.desk.net.clear();
  return ok;
}

test('the Contact of a call of a provider is where other machines find us, also where a loopback address stands first (RFC 3261 §8.1.1.8)', async () => {
  const config = PROVIDED.replace('listen = ', 'listen = udp:127.0.0.1:5060, ');
  const { arrived } = await rung([], { config, addresses: ['10.0.0.1', '127.0.0.1'] });
  assert.match(arrived.get(Field.contact)!, /^<sip:b-[0-9a-f]{16}@10\.0\.0\.1:5060>$/);
});

test('a call of a provider enters by dispatch, as any caller’s does (house 5)', async () => {
  const { lab, bob, invite, arrived } = await rung();
  assert.equal(arrived.uriText, 'sip:bob@10.0.0.3:5060');
  assert.equal(arrived.body, OFFER);
  assert.match(arrived.get(Field.from)!, /^"Carl" <sip:\+4940123@home\.example>;tag=[0-9a-f]{16}$/);
  assert.equal(arrived.get(Field.assertedIdentity), '<sip:+4940123@home.example>');
  assert.match(arrived.get(Field.contact)!, /^<sip:b-[0-9a-f]{16}@10\.0\.0\.1:5060>$/);
  assert.equal(lab.desk.exchange.calls.list()[0]!.principal, 'provider');
  bob.answer(arrived, 180, 'Ringing', [], 'kitchen');
  const ringing = lab.provider.response(180);
  bob.answer(arrived, 200, 'OK', [SDP], 'kitchen', ANSWER);
  const ok = lab.provider.response(200);
  assert.equal(ok.to.tag, ringing.to.tag);
  assert.equal(ok.body, ANSWER);
  assert.equal(ok.get(Field.contact), '<sip:account@10.0.0.1:5060>');
  lab.provider.within(invite, ok, 'ACK');
  assert.equal(bob.take('ACK').uriText, 'sip:bob@10.0.0.3:5060');
  lab.provider.within(invite, ok, 'BYE', { headers: ['Reason: Q.850;cause=16'] });
  const bye = bob.take('BYE');
  assert.equal(bye.get(Field.reason), 'Q.850;cause=16');
  bob.answer(bye, 200);
  assert.deepEqual(lab.desk.ladder(), [
    '0 10.9.0.1 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 INVITE',
    '0 10.0.0.3 > 10.0.0.1 180 INVITE',
    '0 10.0.0.1 > 10.9.0.1 180 INVITE',
    '0 10.0.0.3 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.9.0.1 200 INVITE',
    '0 10.0.0.1 > 10.0.0.3 ACK',
    '0 10.9.0.1 > 10.0.0.1 ACK',
    '0 10.9.0.1 > 10.0.0.1 BYE',
    '0 10.0.0.1 > 10.9.0.1 200 BYE',
    '0 10.0.0.1 > 10.0.0.3 BYE',
    '0 10.0.0.3 > 10.0.0.1 200 BYE',
  ]);
  assert.deepEqual(
    lab.desk.exchange.calls.history(0, 9).map(({ reason }) => reason),
    ['the caller hung up'],
  );
  assert.deepEqual(lab.left, NOTHING);
});

test('the BYE of the phone ends the call of the provider, and the call in the table', async () => {
  const { lab, bob, invite, arrived } = await rung();
  answered(lab, bob, invite, arrived);
  bob.back(arrived, 'kitchen', 'BYE', { headers: ['Reason: Q.850;cause=16'] });
  bob.response(200);
  const bye = lab.provider.take('BYE');
  assert.equal(bye.get(Field.reason), 'Q.850;cause=16');
  lab.provider.answer(bye, 200);
  assert.deepEqual(
    lab.desk.exchange.calls.history(0, 9).map(({ reason }) => reason),
    ['the callee hung up'],
  );
  assert.deepEqual(lab.left, NOTHING);
});

test('a provider that gives up is answered 487, and the phones get its CANCEL (RFC 3261 §9)', async () => {
  const { lab, bob, invite, arrived } = await rung();
  bob.answer(arrived, 180, 'Ringing', [], 'kitchen');
  lab.provider.cancel(invite, ['Reason: SIP;cause=200']);
  assert.equal(bob.take('CANCEL').get(Field.reason), 'SIP;cause=200');
  bob.answer(arrived, 487);
  lab.provider.ack(invite, lab.provider.response(487));
  assert.deepEqual(
    lab.desk.exchange.calls.history(0, 9).map(({ status }) => status),
    [487],
  );
  assert.deepEqual(lab.left, NOTHING);
});

test('two phones are two early dialogs to the provider; the second that answers gets ACK and BYE (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  const other = await lab.desk.phone('bob', '10.0.0.4');
  bob.register();
  other.register();
  const invite = call(lab);
  const [arrived, there] = [bob.take('INVITE'), other.take('INVITE')];
  bob.answer(arrived, 180, 'Ringing', [], 'one');
  other.answer(there, 180, 'Ringing', [], 'two');
  const tags = [lab.provider.response(180), lab.provider.response(180)].map(({ to }) => to.tag);
  assert.notEqual(tags[0], tags[1]);
  other.answer(there, 200, 'OK', [SDP], 'two', ANSWER);
  bob.answer(arrived, 200, 'OK', [SDP], 'one', ANSWER);
  const ok = lab.provider.response(200);
  assert.equal(ok.to.tag, tags[1]);
  assert.deepEqual(
    lab.provider.waiting.filter((what) => !what.startsWith('100')),
    [],
  );
  assert.deepEqual(bob.waiting.slice(-3), ['CANCEL', 'ACK', 'BYE']);
  lab.provider.within(invite, ok, 'ACK');
  assert.deepEqual(other.waiting.slice(-1), ['ACK']);
});

test('an operator ends the call of a provider on both sides', async () => {
  const { lab, bob, invite, arrived } = await rung();
  answered(lab, bob, invite, arrived);
  lab.hangUp();
  lab.desk.run();
  for (const side of [bob, lab.provider]) {
    assert.deepEqual(side.waiting.slice(-1), ['BYE']);
    assert.equal(side.inbox.at(-1)!.get(Field.reason), 'Q.850;cause=16;text="Ended by the operator"');
    side.answer(side.take('BYE'), 200);
  }
  assert.deepEqual(lab.left, NOTHING);
});

test('where the refusals of the phones together are more than anybody can read, the provider gets 503', async () => {
  const lab = await BridgeLab.open();
  const phones = [await lab.desk.phone('bob', '10.0.0.3'), await lab.desk.phone('bob', '10.0.0.4')];
  for (const phone of phones) phone.register();
  const invite = call(lab);
  const challenge = 'Proxy-Authenticate: Digest realm="bob", nonce="n"';
  for (const phone of phones) phone.answer(phone.take('INVITE'), 407, 'Who', Array(140).fill(challenge));
  lab.provider.ack(invite, lab.provider.response(503));
  assert.deepEqual(lab.left, NOTHING);
});

/** Refuses the call at bob's phone for a session of less than so many seconds; the INVITE that asked for it. */
function tooShort(bob: Phone, minSe: number): Request {
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 422, 'Session Interval Too Small', [`Min-SE: ${minSe}`]);
  return arrived;
}

test('a phone that wants a longer session is called anew with that, three times at most, and one that says no longer one is not (RFC 4028 §7.3)', async () => {
  for (const wants of [
    [3_600, 7_200, 7_201, 7_202],
    [3_600, 3_600],
  ]) {
    const lab = await BridgeLab.open();
    const bob = await lab.desk.phone('bob', '10.0.0.3');
    bob.register();
    const invite = call(lab);
    const asked = wants.map((minSe) => tooShort(bob, minSe));
    lab.desk.run();
    assert.deepEqual(
      asked.map((one) => [one.cseq.number, one.get(Field.sessionExpires), one.other('min-se')]),
      [1_800, ...wants].slice(0, -1).map((seconds, i) => [i + 1, `${seconds};refresher=uac`, i === 0 ? undefined : `${seconds}`]),
    );
    assert.deepEqual(new Set(asked.map(({ callId, from }) => callId + from.tag)).size, 1);
    assert.notInclude(bob.waiting, 'INVITE');
    lab.provider.ack(invite, lab.provider.response(503));
    assert.deepEqual(lab.left, NOTHING);
  }
});

test('who is called anew for that may answer, and is no more called once the provider has given up (RFC 4028 §7.3, RFC 3261 §9.1)', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const invite = call(lab);
  tooShort(bob, 3_600);
  bob.take('ACK');
  bob.answer(bob.take('INVITE'), 200, 'OK', [SDP, 'Session-Expires: 3600;refresher=uas'], 'bob', ANSWER);
  const ok = provider.response(200);
  for (const method of ['ACK', 'BYE']) provider.within(invite, ok, method);
  for (const method of ['ACK', 'BYE']) bob.take(method);
  const other = call(lab);
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 180, 'Ringing', [], 'bob');
  provider.cancel(other);
  bob.take('CANCEL');
  bob.answer(arrived, 422, 'Session Interval Too Small', ['Min-SE: 3600']);
  assert.deepEqual(bob.waiting, ['ACK']);
});

test('nobody there, or nobody who answers: the provider gets the answer of the house', async () => {
  const lab = await BridgeLab.open();
  const invite = call(lab);
  lab.provider.ack(invite, lab.provider.response(480));
  lab.inbound = 'sip:nobody@home.example';
  lab.provider.request('INVITE', 'sip:account@10.0.0.1:5060');
  lab.provider.response(404);
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test.each([
  [2, ['INVITE'], ['0']],
  [1, [], []],
])(
  'a call of a provider with %i hops left goes as far as those, and its last one is ours (RFC 3261 §16.3, §16.6 step 3)',
  async (maxForwards, rings, left) => {
    const lab = await BridgeLab.open();
    const { provider, desk } = lab;
    const bob = await desk.phone('bob', '10.0.0.3');
    bob.register();
    provider.request('INVITE', 'sip:account@10.0.0.1:5060', { maxForwards, body: OFFER });
    assert.deepEqual(bob.waiting, rings);
    assert.deepEqual(
      bob.inbox.map((one) => one.get(Field.maxForwards)),
      left,
    );
    if (maxForwards === 1) provider.response(483);
  },
);

test('a call of one provider goes out by another where it is led there, and both legs end together', async () => {
  const config = PROVIDED.replace('inbound = bob', 'inbound = +491701234567').replace(
    'extensions = 200-699\n',
    'extensions = 200-699\ncountry_code = 49\narea_code = 30\ntrunk_prefix = 0\ninternational_prefix = 00\n',
  );
  const lab = await BridgeLab.open({ config: `${config}[dial out]\nmatch = 0X!\nto = provider acme\n` });
  const other = await lab.desk.phone('acme', '10.9.0.2');
  lab.wishes = { servers: ['10.9.0.2'] };
  lab.inbound = 'sip:+491701234567@home.example';
  const invite = call(lab);
  const arrived = other.take('INVITE');
  other.answer(arrived, 200, 'OK', [SDP], 'mobile', ANSWER);
  const ok = lab.provider.response(200);
  lab.provider.within(invite, ok, 'ACK');
  other.take('ACK');
  assert.deepEqual(lab.bridge.size, { calls: 2, legs: 4 });
  other.back(arrived, 'mobile', 'BYE');
  other.response(200);
  lab.provider.answer(lab.provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a long call stays in the table: we refresh towards the phone, by the proxy (RFC 4028 §7.4)', async () => {
  const { lab, bob, invite, arrived } = await rung();
  assert.equal(arrived.get(Field.sessionExpires), '1800;refresher=uac');
  answered(lab, bob, invite, arrived, ['Session-Expires: 1800;refresher=uac', 'Allow: INVITE, ACK, BYE, UPDATE']);
  for (let hours = 0; hours < 2; hours += 0.25) {
    lab.desk.run(900_000);
    const update = bob.take('UPDATE');
    assert.equal(update.get(Field.sessionExpires), '1800;refresher=uac');
    bob.answer(update, 200, 'OK', ['Session-Expires: 1800;refresher=uac'], '');
  }
  // The provider knows no session timer, and is left in peace.
  assert.deepEqual(lab.provider.waiting, []);
  assert.equal(lab.desk.exchange.calls.size, 1);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a daemon that stops ends its calls at providers', async () => {
  const { lab, bob, invite, arrived } = await rung();
  answered(lab, bob, invite, arrived);
  await lab.desk.exchange.stop();
  lab.desk.run();
  assert.match(lab.provider.take('BYE').get(Field.reason)!, /The exchange stops/);
  assert.deepEqual(
    lab.desk.exchange.calls.history(0, 9).map(({ status }) => status),
    [200],
  );
});

test.each<[string, () => Promise<void>, string[]]>([
  ['hangs', () => new Promise(() => {}), []],
  ['refuses', () => Promise.reject(new StorageError('EIO', 'no bindings')), ['no bindings']],
])(
  'a disk that %s at the end keeps no call at a provider going, nor any other file from being written',
  async (_what, close, told) => {
    const storage = new SimStorage();
    const open = storage.journal.bind(storage);
    storage.journal = (path) => {
      const journal = open(path);
      if (path === 'bindings.journal') journal.close = close;
      return journal;
    };
    const { lab, bob, invite, arrived } = await rung([], { storage });
    answered(lab, bob, invite, arrived);
    await lab.desk.clock.pass(100);
    lab.desk.exchange.stop();
    await lab.desk.clock.pass(100);
    assert.match(lab.provider.take('BYE').get(Field.reason)!, /The exchange stops/);
    assert.include(storage.read('history.jsonl'), '"reason":"the daemon stopped"');
    assert.deepEqual(lab.desk.log.of('error'), told);
  },
);

test('an INVITE that comes again by another way is refused while its call is under way (RFC 3261 §8.2.2.2)', async () => {
  const { lab, bob, invite, arrived } = await rung();
  const { provider, desk } = lab;
  const again = (text: string) => {
    provider.send(text.replace(/;branch=[^;\r]+/, (branch) => `${branch}-by-another-way`));
    desk.run();
  };
  again(invite.text);
  assert.equal(provider.response(482).reason, 'Loop Detected (this call came by another way already)');
  assert.deepEqual(bob.waiting, []);
  const ok = answered(lab, bob, invite, arrived);
  again(invite.text.replace(/;branch=/, ';branch=z9hG4bK-third'));
  provider.response(482);
  provider.within(invite, ok, 'BYE');
  bob.answer(bob.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('an invitation of a provider that has expired gets 487, and the phones its CANCEL (RFC 3261 §13.3.1)', async () => {
  const { lab, bob, invite, arrived } = await rung(['Expires: 20']);
  bob.answer(arrived, 180, 'Ringing', [], 'kitchen');
  lab.desk.run(20_000);
  lab.provider.ack(invite, lab.provider.response(487));
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(arrived, 487, 'Request Terminated', [], 'kitchen');
  assert.deepEqual(lab.left, NOTHING);
});

test.each([
  ['Call-ID', /\r\nCall-ID: .*/, '\r\nCall-ID: another'],
  ['From tag', /(\r\nFrom: .*);tag=.*/, '$1;tag=another'],
  ['CSeq', /\r\nCSeq: 1 /, '\r\nCSeq: 2 '],
])('calls of a provider whose %s alone differs are two (RFC 3261 §8.2.2.2)', async (_, what, by) => {
  const { lab, bob, invite } = await rung();
  lab.provider.send(invite.text.replace(/;branch=[^;\r]+/, ';branch=z9hG4bK-another').replace(what, by));
  lab.desk.run();
  assert.deepEqual(bob.waiting, ['INVITE']);
});

test('one call of a provider to two of ours rings at both', async () => {
  const { lab, invite } = await rung([], { config: `${PROVIDED}number_0301234 = alice\n` });
  lab.alice.register();
  lab.inbound = 'sip:alice@home.example';
  lab.provider.send(invite.text.replace(/;branch=[^;\r]+/, ';branch=z9hG4bK-another'));
  lab.desk.run();
  assert.deepEqual(lab.alice.waiting, ['INVITE']);
});
