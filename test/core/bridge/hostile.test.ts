import { assert, test } from 'vitest';
import { isOurContact } from '../../../src/core/bridge/sides.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import { Request } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, PROVIDED, SDP } from '../../support/bridge-lab.ts';
import type { Desk } from '../../support/desk.ts';
import { mutant } from '../../support/mutate.ts';
import type { Phone } from '../../support/phone.ts';
import { SimRandom } from '../../support/sim-random.ts';

const lines = (count: number) => Array.from({ length: count }, (_, i) => `Call-Info: <http://acme.example/${i}>`);

const errors = ({ log }: Desk): readonly string[] => {
  return log.lines.filter((line) => line.startsWith('error'));
};

test.each([
  ['of so many headers that ours would be too many for anybody', lines(248), ''],
  ['of so many bytes that no answer would hold its route and an answer', [SDP], OFFER.padEnd(25_000, 'a=x\r\n')],
])('an INVITE %s is refused, and costs no place in the budget (RFC 3261 §21.5.7)', async (_, headers, body) => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const wanted = { callId: 'out', cseq: 1, headers: [`Contact: ${alice.contact}`, ...headers], body };
  const invite = alice.request('INVITE', 'sip:0301234@home.example', wanted);
  alice.ack(invite, alice.response(513));
  const from = { ...wanted, callId: 'in', headers: [`Contact: ${provider.contact}`, ...headers] };
  const called = provider.request('INVITE', 'sip:account@10.0.0.1:5060', from);
  provider.ack(called, provider.response(513));
  assert.deepEqual(lab.told, []);
  assert.deepEqual(lab.left, NOTHING);
  assert.deepEqual(errors(desk), []);
});

test.each([
  [180, 'Rin\0ging', 'Ringing', []],
  [183, 'Session Progress', 'Session Progress', lines(240)],
  [486, 'Bu\0sy', 'Busy', []],
  [486, 'Busy', 'Busy', lines(240)],
])('a provider that answers %d with a NUL or hundreds of headers is heard like any other', async (status, said, told, more) => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  alice.register(undefined); // who proved nothing gets no more than 4 kB
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, status, said, more, 'far');
  const response = alice.response(status);
  assert.equal(response.reason, told);
  assert.equal(response.text.split('\r\nCall-Info:').length - 1, Math.min(more.length, 64));
  if (status < 200) {
    provider.answer(arrived, 200, 'O\0K', [SDP, ...lines(240)], 'far', ANSWER);
    const ok = alice.response(200);
    assert.equal(ok.body, ANSWER);
    alice.within(invite, ok, 'ACK');
    alice.within(invite, ok, 'BYE');
    provider.answer(provider.take('BYE'), 200);
  } else alice.ack(invite, response);
  assert.deepEqual(lab.left, NOTHING);
  assert.deepEqual(errors(desk), []);
});

test('a provider that wants a longer session each time is asked four times (RFC 4028 §7.3)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { sessionExpires: 600 };
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  let next = arrived;
  for (let i = 0; i < 4; i++) {
    if (i > 0) next = provider.take('INVITE');
    provider.answer(next, 422, 'Session Interval Too Small', [`Min-SE: ${700 + i}`], 'far');
    provider.take('ACK');
  }
  alice.ack(invite, alice.response(500));
  assert.deepEqual(provider.waiting, []);
  assert.deepEqual(lab.left, NOTHING);
});

/** User agents of which every fourth word is garbled, and that bear to be answered with what they garbled. */
function garble(phones: readonly Phone[], random: SimRandom): void {
  for (const phone of phones) {
    const send = phone.send.bind(phone);
    const said: string[] = [];
    const received = (text: string) => {
      const message = read(text);
      if (message?.kind === 'request' || message?.kind === 'response') phone.inbox.push(message);
    };
    Object.defineProperty(phone, 'received', { value: received });
    phone.send = (text, to) => {
      said.push(text);
      if (said.length > 50) said.shift();
      send(random.below(4) === 0 ? mutant(random, [text, text, text, ...said]) : text, to);
    };
  }
}

test.each([1, 2, 3, 4, 5, 6])('whatever is garbled in a call (%d), it ends, and nothing breaks', async (seed) => {
  const lab = await BridgeLab.open({ seed });
  const { alice, provider, desk } = lab;
  const random = new SimRandom(seed);
  lab.wishes = { sessionExpires: 600 };
  const bob = await desk.phone('bob', '10.0.0.3');
  for (const phone of [alice, bob]) phone.register(undefined);
  const phones = [alice, bob, provider];
  garble(phones, random);
  const pick = <T>(of: readonly T[]): T => of[random.below(of.length)]!;
  let answered = 0;
  for (let i = 0; i < 150; i++) {
    const out = i % 2 === 0;
    const [caller, callee] = out ? [alice, provider] : [provider, bob];
    const headers = [`Contact: ${caller.contact}`, SDP, 'Supported: 100rel, timer, replaces', 'Record-Route: <sip:10.9.0.7;lr>'];
    const from = out ? {} : { from: '"C\xc5\x99rl" <sip:+4940123@acme.example>' };
    const uri = out ? 'sip:0301234@home.example' : 'sip:account@10.0.0.1:5060';
    const invite = caller.request('INVITE', uri, { callId: `call-${i}`, cseq: 1, headers, body: OFFER, ...from });
    for (let step = 0; step < 8; step++) {
      const arrived = callee.inbox.find((one): one is Request => one instanceof Request && one.method === 'INVITE');
      if (arrived !== undefined) {
        const status = pick([180, 183, 183, 200, 200, 422, 486, 401, 302, 503]);
        const extra = pick([[], ['Require: 100rel', 'RSeq: 1'], ['Min-SE: 900'], ['Retry-After: 9'], ['Reason: Q.850;cause=17']]);
        callee.answer(arrived, status, 'Said', [SDP, 'Record-Route: <sip:10.9.0.7;lr>', ...extra], 'far', ANSWER);
        const method = pick(['INVITE', 'UPDATE', 'REFER', 'PRACK', 'INFO', 'BYE']);
        callee.back(arrived, 'far', method, { headers: [SDP, 'Refer-To: <sip:203@home.example>', 'Event: x'], body: OFFER });
      }
      const ok = caller.inbox.find((one) => one.kind === 'response' && one.status === 200 && one.cseq.method === 'INVITE');
      if (ok?.kind === 'response') {
        if (step === 7) answered++;
        caller.within(invite, ok, 'ACK');
        caller.within(invite, ok, pick(['INVITE', 'UPDATE', 'REFER', 'INFO']), { headers: [SDP], body: OFFER });
      }
      for (const phone of phones)
        for (const one of [...phone.inbox])
          if (one instanceof Request && one.method !== 'ACK' && one.method !== 'INVITE') phone.answer(one, pick([200, 200, 481]));
      desk.run(pick([0, 10, 600, 4_000]));
    }
    caller.cancel(invite);
    for (const phone of phones) phone.inbox.length = 0;
  }
  assert.deepEqual(errors(desk), []);
  desk.run(13 * 3_600_000);
  assert.deepEqual(lab.left, NOTHING);
  assert.ok(answered > 10, `${answered} calls were answered`);
});

test('a Contact of ours is known by its digits: the dialogs of a user b-ob are not the bridge’s', () => {
  const known = ['b-0123456789abcdef', 'b-ob', 'b-0123456789abcdefg', 'b-0123'].map((user) =>
    isOurContact(parseUri(`sip:${user}@192.0.2.7`)),
  );
  assert.deepEqual(known, [true, false, false, false]);
});

test.each(['127.0.0.1:631', '169.254.169.254:80', '[::1]:25', '10.9.0.1:5060'])(
  'the route of a provider leads to no %s of ours (security S21)',
  async (where) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    provider.answer(arrived, 200, 'OK', [SDP, `Record-Route: <sip:${where};lr>`], 'far', ANSWER);
    alice.within(invite, alice.response(200), 'ACK');
    assert.equal(provider.take('ACK').get(Field.route), `<sip:${where};lr>`);
    const others = desk.net.wire.filter(({ to }) => to.host !== '10.9.0.1' && to.host !== '10.0.0.1' && to.host !== '10.0.0.2');
    assert.deepEqual(others, []);
  },
);

test('a flood of calls that seem to be a provider’s leaves room for calls out', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register(undefined);
  const wanted = (i: number) => ({
    callId: `flood-${i}`,
    cseq: 1,
    branch: `z9hG4bK-flood-${i}`,
    headers: [`Contact: ${provider.contact}`],
  });
  for (let i = 0; i < 1_000; i++) provider.send(provider.text('INVITE', 'sip:account@10.0.0.1:5060', wanted(i)));
  desk.run();
  assert.deepEqual([lab.bridge.size.calls, provider.waiting.includes('503 INVITE')], [1_000, false]);
  provider.request('INVITE', 'sip:account@10.0.0.1:5060', wanted(1_000));
  assert.equal(provider.response(503).reason, 'Service Unavailable');
  lab.dial();
  assert.equal(lab.bridge.size.calls, 1_001);
});

test('a flood of calls of one provider leaves the others their share of the places (security S12)', async () => {
  const lab = await BridgeLab.open({
    config: `${PROVIDED}[provider blue]\nregistrar = sip:blue.example\nusername = b\npassword = b\ninbound = bob\n`,
  });
  const { provider, desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const called = (i: number) => {
    provider.inbox.length = 0;
    const wanted = { callId: `many-${i}`, cseq: 1, branch: `z9hG4bK-many-${i}`, headers: [`Contact: ${provider.contact}`] };
    provider.request('INVITE', 'sip:account@10.0.0.1:5060', wanted);
    return provider.waiting.at(-1);
  };
  for (let i = 0; i < 500; i++) called(i);
  assert.deepEqual([lab.bridge.size.calls, called(500)], [500, '503 INVITE']);
  lab.principal = { kind: 'provider', name: 'blue' };
  for (let i = 1_000; i < 1_500; i++) called(i);
  assert.deepEqual([lab.bridge.size.calls, called(1_500)], [1_000, '503 INVITE']);
});
