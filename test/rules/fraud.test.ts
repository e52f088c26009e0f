import { assert, test } from 'vitest';
import { route } from '../../src/core/routing/route.ts';
import { parseUri } from '../../src/sip/message/uri.ts';
import { snapshotOf, word } from '../support/routing.ts';

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
