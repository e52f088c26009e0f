import type { ProviderSettings } from '../../config/sections/provider.ts';
import { type Uri, unescapeUri } from '../../sip/message/uri.ts';
import { lower } from '../../text/ascii.ts';

/** How numbers are written where this host stands. */
export interface NumberPlan {
  /** Without any prefix; undefined: national numbers stay as they were dialed. */
  readonly countryCode: string | undefined;
  /** Of local numbers, without the trunk prefix. */
  readonly areaCode: string | undefined;
  readonly trunkPrefix: readonly string[];
  readonly internationalPrefix: readonly string[];
}

/** How a provider wants numbers written. */
export type NumberFormat = ProviderSettings['numberFormat'];

const E164 = /^\+[1-9][0-9]{1,14}$/;
/** Digits with what people put between them (RFC 3966 §3). */
const SEPARATED = /^\+?[0-9*#][0-9*#().-]*$/;

/** `+4930123456`: a number that is the same everywhere. */
export function isE164(number: string): boolean {
  return E164.test(number);
}

/** Takes visual separators out of a number; anything else stays as it is. */
function bareNumber(text: string): string {
  return SEPARATED.test(text) ? text.replace(/[().-]/g, '') : text;
}

/**
 * Brings a number as it was dialed here into its one form, `+4930123456`. Short numbers and what cannot be told stay as dialed: too few
 * digits, or a first digit that no local number has.
 */
export function readNumber(dialed: string, plan: NumberPlan): string {
  const text = bareNumber(dialed);
  if (text.startsWith('+')) return withoutTrunkPrefix(text, plan);
  if (!/^[0-9]{3,20}$/.test(text)) return text;
  const { countryCode, areaCode } = plan;
  const away = after(text, plan.internationalPrefix);
  if (away !== undefined && away.length >= 6) return global(withoutTrunkPrefix(`+${away}`, plan)) ?? text;
  if (countryCode === undefined) return text;
  const national = after(text, plan.trunkPrefix);
  if (national !== undefined && national.length >= 4 && !national.startsWith('0'))
    return global(`+${countryCode}${national}`) ?? text;
  // The North American plan: ten digits are whole without the 1 before them.
  if (countryCode === '1' && text.length === 10) return `+1${text}`;
  if (areaCode !== undefined) return /^[2-9][0-9]{4,}$/.test(text) ? (global(`+${countryCode}${areaCode}${text}`) ?? text) : text;
  return plan.trunkPrefix.length === 0 && text.length >= 7 ? (global(`+${countryCode}${text}`) ?? text) : text;
}

/** `+49 (0)30 123456`, as people write it: no number of a country whose trunk prefix is 0 begins with 0. */
function withoutTrunkPrefix(number: string, { countryCode, trunkPrefix }: NumberPlan): string {
  const own = `+${countryCode}0`;
  if (countryCode === undefined || !number.startsWith(own) || !trunkPrefix.includes('0')) return number;
  return `+${countryCode}${number.slice(own.length).replace(/^0+/, '')}`;
}

function after(text: string, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((one) => text.startsWith(one));
  return prefix === undefined ? undefined : text.slice(prefix.length);
}

function global(number: string): string | undefined {
  return E164.test(number) ? number : undefined;
}

/** Writes a number as a provider wants it; `dialed`: as a dial rule left it. Short numbers are the same in every form. */
export function formatNumber(number: string, format: NumberFormat, plan: NumberPlan, dialed: string = number): string {
  if (format === 'dialed') return dialed;
  if (!isE164(number)) return number;
  switch (format) {
    case 'e164':
      return number.slice(1);
    case 'plus':
      return number;
    case 'international':
      return `${plan.internationalPrefix[0] ?? '00'}${number.slice(1)}`;
    case 'national': {
      const own = plan.countryCode === undefined ? undefined : `+${plan.countryCode}`;
      if (own === undefined || !number.startsWith(own)) return formatNumber(number, 'international', plan);
      return `${plan.trunkPrefix[0] ?? ''}${number.slice(own.length)}`;
    }
    default:
      return format satisfies never;
  }
}

/** Reads a number that a provider wrote in its format: the caller of a call that comes in, the number that was called. */
export function numberOfProvider(text: string, format: NumberFormat, plan: NumberPlan): string {
  const bare = bareNumber(text);
  if (format === 'e164' && /^[1-9][0-9]{6,14}$/.test(bare)) return `+${bare}`;
  return readNumber(bare, plan);
}

/** Every way in which a number that begins with `+` may be dialed here, itself first. */
export function writings(number: string, plan: NumberPlan): readonly string[] {
  if (!isE164(number)) return [number];
  const forms = [number, formatNumber(number, 'international', plan), formatNumber(number, 'national', plan)];
  const local =
    plan.countryCode === undefined || plan.areaCode === undefined ? undefined : `+${plan.countryCode}${plan.areaCode}`;
  if (local !== undefined && number.startsWith(local)) forms.push(number.slice(local.length));
  return [...new Set(forms)];
}

/** What a URI dials: its user part, without the parameters of a telephone number in it (RFC 3966, RFC 3261 §19.1.6). */
export interface Dialed {
  readonly text: string;
  /** The value of phone-context, without quotes or escapes; undefined where there is none. */
  readonly context: string | undefined;
}

/** Reads what a `tel:` URI or the user part of a SIP URI dials. */
export function dialedBy(uri: Uri): Dialed {
  const user = unescapeUri(uri.user ?? '');
  if (uri.scheme === 'tel') return { text: bareNumber(user), context: parameter(uri.params, 'phone-context') };
  const semicolon = user.indexOf(';');
  const head = semicolon < 0 ? user : user.slice(0, semicolon);
  // Parameters of a number alone: a name may hold a semicolon of its own.
  if (semicolon < 0 || !SEPARATED.test(head))
    return { text: user.startsWith('+') && SEPARATED.test(user) ? bareNumber(user) : user, context: undefined };
  return { text: bareNumber(head), context: parameter(user.slice(semicolon), 'phone-context') };
}

/** What phones show of such a text: many read up to a NUL, others up to a semicolon, as if parameters of a number began there. */
export function shownOf(text: string): string {
  const nul = text.indexOf('\0');
  const bare = nul < 0 ? text : text.slice(0, nul);
  const semicolon = bare.indexOf(';');
  return semicolon < 0 ? bare : bare.slice(0, semicolon);
}

function parameter(params: string, name: string): string | undefined {
  for (const part of params.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && lower(part.slice(0, equals)) === name) return unescapeUri(part.slice(equals + 1));
  }
  return undefined;
}
