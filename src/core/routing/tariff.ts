import { CALLING_CODES, CARIBBEAN, codesBefore, PREMIUM_WORLD, premiumOf } from '../../config/countries.ts';
import type { Kind } from './classes.ts';
import { formatNumber, isE164, type NumberPlan, readNumber } from './numbers.ts';

const PAID: readonly Kind[] = ['paid'];
const INTERNATIONAL: readonly Kind[] = ['international'];
const PREMIUM: readonly Kind[] = ['premium'];
const BOTH: readonly Kind[] = ['international', 'premium'];

/** What calls cost, as far as their numbers tell. */
export interface Tariff {
  /** What a class must permit, all of it, for a call to this number: `+4930123456`, or digits as they are dialed. */
  kindsOf(number: string): readonly Kind[];
}

/**
 * Makes the tariff of a place. Outside its country is international; what costs extra is what `premium` names (`+49900`, or the digits
 * of short numbers), else the table of countries.
 */
export function tariffOf(plan: NumberPlan, premium: readonly string[] | undefined): Tariff {
  const { countryCode, areaCode } = plan;
  const codes = codesBefore(countryCode ?? '');
  const costsExtra =
    premium === undefined ? inTable(plan) : (number: string) => premium.some((prefix) => number.startsWith(prefix));
  const isHome = (number: string): boolean => {
    if (countryCode === undefined || !number.startsWith(`+${countryCode}`)) return false;
    // One code, and countries that are charged as far away.
    return countryCode !== '1' || !CARIBBEAN.has(number.slice(2, 5)) || number.slice(2, 5) === areaCode;
  };
  const isAbroad = (number: string): boolean =>
    isE164(number) ? !isHome(number) : plan.internationalPrefix.some((prefix) => number.startsWith(prefix));
  return {
    kindsOf(dialed) {
      const plain = billed(dialed, plan);
      const numbers = codes.length === 0 ? plain : plain.flatMap((number) => [number, ...behindDigits(number, codes, plan)]);
      const extra = numbers.some(costsExtra);
      if (numbers.some(isAbroad)) return extra ? BOTH : INTERNATIONAL;
      return extra ? PREMIUM : PAID;
    },
  };
}

/**
 * The numbers that telephone companies may take a text for, which a rule may match by anything: one skips what is no digit, obeys the codes of
 * services in front (`*31#0900123456`, in America `*679005551234`), and hears no plus before zeros; a `*` or `#` behind digits ends the number, or is
 * skipped too. Whom a class keeps from a number writes it in no other way.
 */
function billed(dialed: string, plan: NumberPlan): readonly string[] {
  const bare = dialed.replace(/[^0-9+*#]/g, '');
  if (!/[*#]/.test(bare)) return [read(bare, plan)];
  const codes = /^[*#]/.test(bare) ? [...bare.matchAll(BEHIND_CODE)] : [];
  return [bare, ...codes.map(([, number]) => number!)].flatMap((number) => [
    read(number.replace(/[*#].*/, ''), plan),
    read(number.replace(/[*#]/g, ''), plan),
  ]);
}
/** Each `*` or `#` may end the code of a service; one in front may have two digits and no end. A number has three digits at least. */
const BEHIND_CODE = /(?=(?:[*#]|(?<=^[*#])[0-9]{2})(\+?[0-9](?:[*#]*[0-9]){2}.*))/g;

/** The numbers that stand behind codes of digits alone: `1410909123456` in the United Kingdom, `0101300442071234567` in Germany. */
function behindDigits(number: string, codes: readonly string[], plan: NumberPlan): readonly string[] {
  const text = formatNumber(number, 'national', plan);
  const ends = new Set([0]);
  // Those that are added are looked behind, too.
  for (const at of ends) for (const code of codes) if (begins(text, code, at)) ends.add(at + code.length);
  return [...ends].slice(1).map((at) => read(text.slice(at), plan));
}

function read(number: string, plan: NumberPlan): string {
  const digits = number.replaceAll('+', '');
  return readNumber(number.startsWith('+') && digits[0] !== '0' ? `+${digits}` : digits, plan);
}

function inTable(plan: NumberPlan): (number: string) => boolean {
  const own = premiumOf(plan.countryCode ?? '');
  return (number) => {
    if (isE164(number)) {
      const digits = number.slice(1);
      if (PREMIUM_WORLD.some((prefix) => digits.startsWith(prefix))) return true;
      const code = callingCode(digits);
      return code !== undefined && premiumOf(code).national.some((prefix) => beginsNational(digits, prefix, code));
    }
    if (own.short.some((prefix) => number.startsWith(prefix))) return true;
    const trunk = plan.trunkPrefix.find((prefix) => number.startsWith(prefix));
    return trunk !== undefined && own.national.some((prefix) => begins(number, prefix, trunk.length));
  };
}

/** Also behind the 0 that people leave there, as in `+44 (0)909`; in Italy it belongs to the number. */
function beginsNational(digits: string, prefix: string, { length }: string): boolean {
  if (begins(digits, prefix, length)) return true;
  return digits[length] === '0' && !digits.startsWith('39') && begins(digits, prefix, length + 1);
}

/** No calling code is the beginning of another. */
function callingCode(digits: string): string | undefined {
  for (let length = 1; length <= 3; length++) if (CALLING_CODES.has(digits.slice(0, length))) return digits.slice(0, length);
  return undefined;
}

/** Whether a prefix stands in a number at a place; an X is any digit. */
function begins(number: string, prefix: string, at: number): boolean {
  if (number.length < at + prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (prefix[i] !== 'X' && prefix[i] !== number[at + i]) return false;
  return true;
}
