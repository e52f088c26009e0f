import fc from 'fast-check';
import { assert, test } from 'vitest';
import {
  dialedBy,
  formatNumber,
  type NumberFormat,
  type NumberPlan,
  numberOfProvider,
  readNumber,
  writings,
} from '../../../src/core/routing/numbers.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';

const berlin: NumberPlan = { countryCode: '49', areaCode: '30', trunkPrefix: ['0'], internationalPrefix: ['00'] };
const madrid: NumberPlan = { countryCode: '34', areaCode: undefined, trunkPrefix: [], internationalPrefix: ['00'] };
const boston: NumberPlan = { countryCode: '1', areaCode: '617', trunkPrefix: ['1'], internationalPrefix: ['011'] };
const nowhere: NumberPlan = { countryCode: undefined, areaCode: undefined, trunkPrefix: ['0'], internationalPrefix: ['00'] };
const sydney: NumberPlan = { countryCode: '61', areaCode: '2', trunkPrefix: ['0'], internationalPrefix: ['0011', '00'] };

test.each([
  ['+4930123456', '+4930123456', 'as it is everywhere'],
  ['+49-30-123456', '+4930123456', 'with what parts its digits'],
  ['+49(30)123.456', '+4930123456', 'with what parts its digits'],
  ['004930123456', '+4930123456', 'international'],
  ['0033145678901', '+33145678901', 'international'],
  ['030123456', '+4930123456', 'national'],
  ['01701234567', '+491701234567', 'national'],
  ['123456', '123456', 'no local number begins with 1'],
  ['2345678', '+49302345678', 'local'],
  ['112', '112', 'short'],
  ['116117', '116117', 'short'],
  ['11833', '11833', 'short'],
  ['2345', '2345', 'short'],
  ['0049', '0049', 'too few digits'],
  ['0012345', '0012345', 'too few digits, and no area code begins with 0'],
  ['00000000000', '00000000000', 'no country begins with 0'],
  ['*21*', '*21*', 'a code'],
  ['+', '+', 'no number'],
  ['+49', '+49', 'a country'],
  ['alice', 'alice', 'a name'],
  ['00491234567890123456', '00491234567890123456', 'too many digits'],
])('in Berlin %s is %s: %s', (dialed, number) => assert.equal(readNumber(dialed, berlin), number));

test('where numbers are dialed with their area code always, and in North America', () => {
  assert.equal(readNumber('912345678', madrid), '+34912345678');
  assert.equal(readNumber('0044207123456', madrid), '+44207123456');
  assert.equal(readNumber('112', madrid), '112');
  assert.equal(readNumber('16175551234', boston), '+16175551234');
  assert.equal(readNumber('6175551234', boston), '+16175551234');
  assert.equal(readNumber('5551234', boston), '+16175551234');
  assert.equal(readNumber('911', boston), '911');
  assert.equal(readNumber('01149301234567', boston), '+49301234567');
  assert.equal(readNumber('00114930123456', sydney), '+4930123456');
  assert.equal(readNumber('004930123456', nowhere), '+4930123456');
  assert.equal(readNumber('030123456', nowhere), '030123456');
});

test('each format of a provider', () => {
  const all = (number: string, plan: NumberPlan) =>
    (['e164', 'plus', 'international', 'national', 'dialed'] as const).map((format) => formatNumber(number, format, plan, '9'));
  assert.deepEqual(all('+4930123456', berlin), ['4930123456', '+4930123456', '004930123456', '030123456', '9']);
  assert.deepEqual(all('+33145678901', berlin), ['33145678901', '+33145678901', '0033145678901', '0033145678901', '9']);
  assert.deepEqual(all('+34912345678', madrid), ['34912345678', '+34912345678', '0034912345678', '912345678', '9']);
  assert.deepEqual(all('+16175551234', boston), ['16175551234', '+16175551234', '01116175551234', '16175551234', '9']);
  assert.deepEqual(all('112', berlin), ['112', '112', '112', '112', '9']);
  assert.deepEqual(all('+4930123456', nowhere), ['4930123456', '+4930123456', '004930123456', '004930123456', '9']);
});

test('what is written in any format and read again is the same number', () => {
  const number = fc.tuple(
    fc.constantFrom('49', '33', '34', '1', '61', '7', '420'),
    fc.integer({ min: 200_000_000, max: 899_999_999 }),
  );
  const format = fc.constantFrom<NumberFormat>('e164', 'plus', 'international', 'national');
  fc.assert(
    fc.property(number, format, fc.constantFrom(berlin, madrid, boston, sydney, nowhere), ([code, digits], form, plan) => {
      // Ten digits after the 1 of North America.
      const one = `+${code}${digits}${code === '1' ? '0' : ''}`;
      assert.equal(numberOfProvider(formatNumber(one, form, plan), form, plan), one);
    }),
  );
});

test('every way in which a number may be dialed here leads to it', () => {
  assert.deepEqual(writings('+49302345678', berlin), ['+49302345678', '0049302345678', '0302345678', '2345678']);
  assert.deepEqual(writings('+33145678901', berlin), ['+33145678901', '0033145678901']);
  assert.deepEqual(writings('+34912345678', madrid), ['+34912345678', '0034912345678', '912345678']);
  assert.deepEqual(writings('112', berlin), ['112']);
  for (const form of writings('+49302345678', berlin)) assert.equal(readNumber(form, berlin), '+49302345678');
});

test.each([
  ['tel:+49-30-123456', '+4930123456', undefined],
  ['tel:7042;phone-context=example.com', '7042', 'example.com'],
  ['tel:863-1234;phone-context=+1-914-555', '8631234', '+1-914-555'],
  ['tel:0301234;isub=1;ext=22', '0301234', undefined],
  ['sip:+49-30-123456;ext=5@home.example;user=phone', '+4930123456', undefined],
  ['sip:7042;Phone-Context=+49@home.example;user=phone', '7042', '+49'],
  ['sip:%2b4930123@home.example', '+4930123', undefined],
  ['sip:alice;x=y@home.example', 'alice;x=y', undefined],
  ['sip:a-1@home.example', 'a-1', undefined],
  ['sip:1-2@home.example', '1-2', undefined],
])('%s dials %s (RFC 3966 §3, RFC 3261 §19.1.6)', (uri, text, context) =>
  assert.deepEqual(dialedBy(parseUri(uri)), { text, context }),
);
