/** What a country's numbers look like. */
export interface Country {
  readonly code: string;
  readonly trunkPrefix: readonly string[];
  readonly internationalPrefix: readonly string[];
}

/** ISO 3166 and the country calling code (ITU-T E.164, list of assigned codes). */
const CODES =
  'AD376 AE971 AF93 AL355 AM374 AO244 AR54 AT43 AU61 AZ994 BA387 BD880 BE32 BF226 BG359 BH973 BI257 BJ229 BN673 BO591 BR55 BT975 ' +
  'BW267 BY375 BZ501 CA1 CD243 CF236 CG242 CH41 CI225 CL56 CM237 CN86 CO57 CR506 CU53 CV238 CY357 CZ420 DE49 DJ253 DK45 DZ213 EC593 ' +
  'EE372 EG20 ER291 ES34 ET251 FI358 FJ679 FO298 FR33 GA241 GB44 GE995 GG44 GH233 GI350 GL299 GM220 GN224 GQ240 GR30 GT502 GY592 ' +
  'HK852 HN504 HR385 HT509 HU36 ID62 IE353 IL972 IM44 IN91 IQ964 IR98 IS354 IT39 JE44 JO962 JP81 KE254 KG996 KH855 KR82 KW965 KZ7 ' +
  'LA856 LB961 LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MG261 MK389 ML223 MM95 MN976 MO853 MR222 MT356 ' +
  'MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NE227 NG234 NI505 NL31 NO47 NP977 NZ64 OM968 PA507 PE51 PG675 PH63 PK92 PL48 PT351 PY595 ' +
  'QA974 RO40 RS381 RU7 RW250 SA966 SC248 SD249 SE46 SG65 SI386 SK421 SL232 SM378 SN221 SO252 SR597 SV503 SY963 SZ268 TD235 TG228 ' +
  'TH66 TJ992 TM993 TN216 TR90 TW886 TZ255 UA380 UG256 US1 UY598 UZ998 VA39 VE58 VN84 XK383 YE967 ZA27 ZM260 ZW263';
const codes: ReadonlyMap<string, string> = new Map(CODES.split(' ').map((entry) => [entry.slice(0, 2), entry.slice(2)]));

/** Where numbers are dialed with their area code always. */
const WITHOUT_TRUNK: ReadonlySet<string> = new Set(
  'AD BJ CL CO CR CV CY CZ DK EE ES FO GI GL GR HK IS IT KW LU LV MC MO MT MX NO PL PT QA SG SM UZ VA'.split(' '),
);
/** Where what is dialed before an area code is not 0. */
const TRUNK: Readonly<Record<string, string>> = { BY: '8', CA: '1', HU: '06', KZ: '8', RU: '8', TM: '8', US: '1' };
/** Where what is dialed before a country code is not 00. */
const INTERNATIONAL: Readonly<Record<string, string>> = {
  AU: '0011',
  BY: '810',
  CA: '011',
  HK: '001',
  JP: '010',
  KR: '00700',
  KZ: '810',
  RU: '810',
  SG: '000',
  TM: '810',
  US: '011',
};

/** A country by its ISO 3166 letters; undefined if it is not in the table. */
export function countryOf(letters: string): Country | undefined {
  const code = codes.get(letters);
  if (code === undefined) return undefined;
  const trunkPrefix = WITHOUT_TRUNK.has(letters) ? [] : [TRUNK[letters] ?? '0'];
  return { code, trunkPrefix, internationalPrefix: [INTERNATIONAL[letters] ?? '00'] };
}

/**
 * Numbers that cost extra within a country: by what they begin with behind its calling code, without the trunk prefix, an X being any digit;
 * `short`: as they are dialed, without any prefix.
 */
export interface Premium {
  readonly national: readonly string[];
  readonly short: readonly string[];
}

const premium: Readonly<Record<string, Premium>> = {
  1: { national: ['900', 'XXX976'], short: ['976'] },
  7: { national: ['803', '809', '900'], short: [] },
  30: { national: ['90'], short: ['118'] },
  31: { national: ['900', '906', '909'], short: ['18'] },
  32: { national: ['70', '90'], short: ['12', '13'] },
  33: { national: ['89'], short: ['118', '3'] },
  34: { national: ['803', '806', '807', '905', '907'], short: ['118'] },
  36: { national: ['90', '91'], short: [] },
  39: { national: ['144', '163', '164', '166', '178', '199', '89'], short: ['12', '4', '89'] },
  41: { national: ['900', '901', '906'], short: ['18'] },
  43: { national: ['900', '901', '930', '931', '939'], short: ['118'] },
  44: { national: ['70', '871', '872', '873', '9'], short: ['118'] },
  45: { national: ['90'], short: [] },
  46: { national: ['900', '939', '944'], short: ['118'] },
  47: { national: ['82'], short: ['18'] },
  48: { national: ['70'], short: ['118', '7'] },
  49: { national: ['118', '137', '138', '190', '900'], short: ['118'] },
  61: { national: ['190'], short: ['12', '19'] },
  64: { national: ['900'], short: ['018'] },
  81: { national: ['180', '570', '990'], short: [] },
  351: { national: ['601', '604', '607', '608', '646', '648', '760', '761', '762'], short: ['118'] },
  352: { national: ['900', '901', '905'], short: ['118'] },
  353: { national: ['15'], short: ['118'] },
  358: { national: ['600', '606', '700'], short: ['118'] },
  420: { national: ['90'], short: ['118'] },
};
const elsewhere: Premium = { national: ['900'], short: ['118'] };

/** What costs extra in a country, by its calling code; a guess for those that are not in the table. */
export function premiumOf(code: string): Premium {
  return premium[code] ?? elsewhere;
}

/**
 * Digits that a telephone company obeys before a number, an X being any digit: they withhold who calls, or name another company to carry the
 * call. No number that is dialed there begins so.
 */
const before: Readonly<Record<string, readonly string[]>> = {
  1: ['11XX', '101XXXX'],
  34: ['067', '10XX'],
  39: ['10XX', '10XXX'],
  41: ['107XX', '108XX'],
  43: ['10XX'],
  44: ['1XX', '1XXX', '1XXXX'],
  49: ['010XX', '0100XX'],
  61: ['14XX', '1831', '1832'],
  64: ['0196', '0197'],
  81: ['184', '186'],
  353: ['141', '142', '13XXX'],
  852: ['133'],
};

/** The codes of a country, by its calling code. */
export const codesBefore = (code: string): readonly string[] => before[code] ?? [];

/** Beyond all countries: satellites, networks without a country and premium rate of the ITU's own. */
export const PREMIUM_WORLD: readonly string[] = ['870', '878', '881', '882', '883', '888', '979'];

/** Area codes of the North American plan that neither the United States nor Canada charge as their own. */
export const CARIBBEAN: ReadonlySet<string> = new Set(
  '242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876'.split(' '),
);
export const CALLING_CODES: ReadonlySet<string> = new Set(codes.values());
