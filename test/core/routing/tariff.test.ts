import { assert, test } from 'vitest';
import { countryOf } from '../../../src/config/countries.ts';
import type { NumberPlan } from '../../../src/core/routing/numbers.ts';
import { tariffOf } from '../../../src/core/routing/tariff.ts';
import { snapshotOf } from '../../support/routing.ts';

const plan = (letters: string, areaCode?: string): NumberPlan => {
  const { code, trunkPrefix, internationalPrefix } = countryOf(letters)!;
  return { countryCode: code, areaCode, trunkPrefix, internationalPrefix };
};
const kinds = (number: string, at: NumberPlan, premium?: readonly string[]) => tariffOf(at, premium).kindsOf(number).join(' ');

test.each([
  ['DE', '+4930123456', 'paid'],
  ['DE', '+49900123456', 'premium'],
  ['DE', '+49137123456', 'premium'],
  ['DE', '11833', 'premium'],
  ['DE', '116117', 'paid'],
  ['DE', '0900123456', 'premium'],
  ['DE', '+0900123456', 'premium'],
  ['DE', '+33145678901', 'international'],
  ['DE', '+33892123456', 'international premium'],
  ['DE', '+870773123456', 'international premium'],
  ['DE', '+440909123456', 'international premium'],
  ['DE', '+4402071234567', 'international'],
  ['DE', '09#00123456', 'premium'],
  ['DE', '11*833', 'premium'],
  ['DE', '+881612345678', 'international premium'],
  ['DE', '+41900123456', 'international premium'],
  ['AT', '+43930123456', 'premium'],
  ['CH', '+41901123456', 'premium'],
  ['FR', '+33892123456', 'premium'],
  ['FR', '+33123456789', 'paid'],
  ['GB', '+44909123456', 'premium'],
  ['GB', '+447012345678', 'premium'],
  ['GB', '+447712345678', 'paid'],
  ['US', '+19005551234', 'premium'],
  ['US', '+12129761234', 'premium'],
  ['US', '+12125551234', 'paid'],
  ['US', '+14165551234', 'paid'],
  ['US', '+18765551234', 'international'],
  ['DE', '+18095551234', 'international'],
  ['US', '*679005551234', 'premium'],
  ['US', '*6719005551234', 'premium'],
  ['US', '*672125551234', 'paid'],
  ['US', '*67011442071234567', 'international'],
  ['DE', '*31#0900123#456', 'premium'],
  ['DE', '*31#030123#456', 'paid'],
  ['DE', '*21*030123456*11*20#', 'paid'],
  ['DE', '*100#', 'paid'],
  ['DE', '#31#0900123456', 'premium'],
  ['DE', '0*9*00123456', 'premium'],
  ['DE', '(0)900 / 12-34-56', 'premium'],
  ['PL', '+48684567890', 'paid'],
  ['IT', '+390612345678', 'paid'],
  ['IT', '+39899123456', 'premium'],
  ['IT', '+390899123456', 'paid'],
  ['IE', '+353151234567', 'premium'],
  // Behind codes of digits alone.
  ['GB', '1410909123456', 'premium'],
  ['GB', '1470118118', 'premium'],
  ['GB', '14118185000033145678901', 'international'],
  ['GB', '1410207123456', 'paid'],
  ['GB', '116123', 'paid'],
  ['GB', '+441412345678', 'paid'],
  ['IE', '14101550123456', 'premium'],
  ['DE', '+4910130900123', 'premium'],
  ['DE', '010130900123456', 'premium'],
  ['DE', '0101300442071234567', 'international'],
  ['DE', '010033030123456', 'paid'],
  ['DE', '+491711234567', 'paid'],
  ['CH', '107410901123456', 'premium'],
  ['AT', '10020930123456', 'premium'],
  ['AU', '18311901234567', 'premium'],
  ['AU', '1800123456', 'paid'],
  ['AU', '18310011442071234567', 'international'],
  ['NZ', '01970900123456', 'premium'],
  ['JP', '1840990123456', 'premium'],
  ['ES', '067803123456', 'premium'],
  ['IT', '1055899123456', 'premium'],
  ['US', '116719005551234', 'premium'],
  ['US', '101028819005551234', 'premium'],
  ['US', '1010288011442071234567', 'international'],
  ['US', '12019005551', 'paid'],
])('from %s %s is %s', (country, number, expected) => assert.equal(kinds(number, plan(country)), expected));

test('an island of the North American plan is no foreign country to itself', () => {
  assert.equal(kinds('+18765551234', plan('US', '876')), 'paid');
});

test('what costs extra may be written down instead of the table', () => {
  const own = ['+49180', '118'];
  assert.equal(kinds('+49180123456', plan('DE'), own), 'premium');
  assert.equal(kinds('+49900123456', plan('DE'), own), 'paid');
  assert.equal(kinds('11833', plan('DE'), own), 'premium');
  assert.equal(kinds('+49900123456', plan('DE'), []), 'paid');
});

test('where the country is not known, every number of the world is one of another', () => {
  const none: NumberPlan = { countryCode: undefined, areaCode: undefined, trunkPrefix: ['0'], internationalPrefix: ['00'] };
  assert.equal(kinds('+4930123456', none), 'international');
  assert.equal(kinds('030123456', none), 'paid');
  assert.equal(kinds('0900123456', none), 'premium');
});

test('countries differ in what is dialed before a number', () => {
  assert.deepEqual(countryOf('DE'), { code: '49', trunkPrefix: ['0'], internationalPrefix: ['00'] });
  assert.deepEqual(countryOf('US'), { code: '1', trunkPrefix: ['1'], internationalPrefix: ['011'] });
  assert.deepEqual(countryOf('IT'), { code: '39', trunkPrefix: [], internationalPrefix: ['00'] });
  assert.deepEqual(countryOf('HU'), { code: '36', trunkPrefix: ['06'], internationalPrefix: ['00'] });
  assert.equal(countryOf('ZZ'), undefined);
});

test('premium_prefixes stand in the place of the table, for numbers of the world as for short ones (sipwitch.conf(5))', () => {
  const { tariff } = snapshotOf('[daemon]\ncountry = DE\npremium_prefixes = +49800, 22\n').rules;
  assert.deepEqual(
    ['0800123456', '22833', '0900123456', '11833'].map((number) => tariff.kindsOf(number).join()),
    ['premium', 'premium', 'paid', 'paid'],
  );
});
