import { assert, test } from 'vitest';
import { route } from '../../src/core/routing/route.ts';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import { parseUri } from '../../src/sip/message/uri.ts';
import { snapshotOf, word } from '../support/routing.ts';
import { TollHouse } from '../support/toll-house.ts';

// What a toll fraudster tries, and who wants the calls of somebody else. Who reaches the telephone company by which way: toll.test.ts.

const ANY_RULE = `[daemon]
domain = home.example
country = DE
area_code = 30
[user alice]
[provider itsp]
registrar = sip:itsp.example
[dial any]
match = !
to = provider itsp
`;

test.each([
  ['0900123456', '+49900123456', '+490900123456', '00490900123456', '0049900123456', '000900123456'],
  ['0-900-123456', '(0900)123456', '+49(0)900123456', '+49-900-123456', '00%2049900123456', 'p0900123456', '0900123456,1'],
  [
    '0900123456%23',
    '*31%230900123456',
    '%2331%230900123456',
    '**21*+49900123456%23',
    '*31%23**62*0900123456%23',
    '0900123456;ext=1',
  ],
  [
    '+33123456789',
    '0033123456789',
    '0033-123-456789',
    '+0033123456789',
    '++33123456789',
    '0033%2B33123456789',
    '+33(0)123456789',
  ],
  ['*31%230033123456789', '00%2033%20123456789', '+870123456', '00979123456789', '11833', '+49(0)(0)900123456', '118%2033'],
])(
  'a number that costs more than a class allows is refused in every writing: %s, %s, %s ... (security S1, S3)',
  (...writings) => {
    const house = snapshotOf(ANY_RULE);
    for (const text of writings) {
      const uri = parseUri(`sip:${text}@home.example`);
      const decision = route({ method: 'INVITE', uri, principal: { kind: 'user', name: 'alice' } }, house);
      assert.equal(`${text} ${word(decision)}`, `${text} 403`);
    }
  },
);

test('the 0 that people write behind their country code is no part of a number', () => {
  const house = snapshotOf(ANY_RULE);
  for (const text of ['+49(0)30123456', '+49-(0)30-123456', '0049030123456', '030123456']) {
    const uri = parseUri(`sip:${text}@home.example`);
    assert.equal(
      word(route({ method: 'INVITE', uri, principal: { kind: 'user', name: 'alice' } }, house)),
      'itsp +4930123456',
      text,
    );
  }
});

const NUMBER = 'sip:030123456@home.example';
const CHALLENGE = 'Digest realm="itsp.example", nonce="trap", qop="auth", algorithm=MD5';

/** A phone of a provider that says to be somewhere else: where the provider is a proxy, so may whoever is called. */
function answers({ itsp }: TollHouse, invite: Request, status: number, headers: readonly string[], contact: string): void {
  const { send } = itsp;
  itsp.send = (text) => send.call(itsp, text.replace(/\r\nContact: [^\r]*/, `\r\nContact: ${contact}`));
  itsp.answer(invite, status, 'OK', headers, 'far');
  itsp.send = send;
}

/** alice has called somebody outside, who answers with this Contact and these headers. */
async function talking(contact = '<sip:far@192.0.2.201>', headers: readonly string[] = []) {
  const house = await TollHouse.open();
  const alice = house.caller('alice');
  const invite = house.send(alice, 'INVITE', NUMBER);
  answers(house, house.itsp.take('INVITE'), 200, headers, contact);
  const ok = alice.phone.response(200);
  alice.phone.within(invite, ok, 'ACK');
  house.desk.net.clear();
  return { house, alice: alice.phone, invite, ok };
}

test('the password of an account is proved to the host that a call began at alone, not where its Contact leads (security S9)', async () => {
  const { house, alice, invite, ok } = await talking('<sip:far@203.0.113.77>');
  const mallory = await house.phone('mallory', '203.0.113.77');
  alice.within(invite, ok, 'BYE');
  mallory.answer(mallory.take('BYE'), 407, 'Give me', [`Proxy-Authenticate: ${CHALLENGE}`]);
  house.desk.run(100);
  assert.deepEqual(mallory.waiting, []);
  assert.deepEqual(
    house.desk.net.wire.filter(({ text }) => /authorization/i.test(text)),
    [],
  );
});

test('nor is it where the far side has moved to, once the telephone company itself has asked for it', async () => {
  const { house, alice, invite, ok } = await talking();
  const mallory = await house.phone('mallory', '203.0.113.77');
  const { itsp, desk } = house;
  alice.within(invite, ok, 'INVITE');
  const again = itsp.take('INVITE');
  // By an UPDATE of the far side, which may come before the answer (RFC 3311 §5.1).
  const back = {
    to: again.get(Field.from)!,
    from: again.get(Field.to)!.replace(/;tag=.*/, ''),
    fromTag: 'far',
    callId: again.callId,
  };
  itsp.request('UPDATE', house.contact, { ...back, cseq: 1, headers: ['Contact: <sip:far@203.0.113.77>'] });
  itsp.response(200);
  itsp.answer(again, 407, 'Who is it', [`Proxy-Authenticate: ${CHALLENGE}`], '');
  desk.run(100);
  assert.equal(mallory.take('INVITE').get(Field.proxyAuthorization), undefined);
});
