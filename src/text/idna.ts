import { wireToUtf8 } from './wire.ts';

const NOT_ASCII = /[^\x00-\x7f]/;
/** What UTS 46 maps to nothing: soft hyphen, zero width space, word joiner, variation selectors, byte order mark. */
const IGNORED = /\u00ad|\u200b|\u2060|\u2064|\ufeff|[\ufe00-\ufe0f]/g;
/** No label holds a space, a control character, a surrogate or a character for private use. */
const FORBIDDEN = /[\p{Z}\p{Cc}\p{Co}\p{Cs}\ufffd]/u;
const LONGEST_LABEL = 63;

/**
 * Writes a domain name as A-labels: `bücher.example`, as UTF-8 in latin1 dress, becomes `xn--bcher-kva.example` (RFC 5891 §5, with the
 * mapping of UTS 46 but for its contextual rules: a name that breaks those is not registered, so it is not found). ASCII stays as it is.
 *
 * @returns undefined for what no domain name can be.
 */
export function toAscii(domain: string): string | undefined {
  if (!NOT_ASCII.test(domain)) return domain;
  // Letter by letter, so that a final sigma is the same letter as any other.
  const small = Array.from(wireToUtf8(domain).normalize('NFKC'), (letter) => letter.toLowerCase()).join('');
  const mapped = small.replace(IGNORED, '').replaceAll('\u3002', '.').normalize('NFC');
  if (FORBIDDEN.test(mapped)) return undefined;
  const labels = mapped.split('.').map((label) => (NOT_ASCII.test(label) ? `xn--${punycode(label)}` : label));
  return labels.some(({ length }) => length > LONGEST_LABEL) ? undefined : labels.join('.');
}

// The parameters of RFC 3492 §5.
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;

const digit = (value: number): string => value.toString(BASE);
/** Punycode counts letters before digits, toString the other way round. */
const letter = (value: number): string => (value < 26 ? digit(value + 10) : digit(value - 26));

/** Encodes one label (RFC 3492 §6.3). Long labels are cut before: the work grows with the square of the length. */
function punycode(label: string): string {
  const points = Array.from(label, (character) => character.codePointAt(0)!).slice(0, LONGEST_LABEL + 1);
  const basic = points.filter((point) => point < 0x80);
  let out = String.fromCharCode(...basic) + (basic.length > 0 ? '-' : '');
  let handled = basic.length;
  let n = 0x80;
  let delta = 0;
  let bias = 72;
  while (handled < points.length) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      out += variableLength(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return out;
}

function variableLength(delta: number, bias: number): string {
  let out = '';
  let rest = delta;
  for (let k = BASE; ; k += BASE) {
    const t = Math.min(Math.max(k - bias, T_MIN), T_MAX);
    if (rest < t) return out + letter(rest);
    out += letter(t + ((rest - t) % (BASE - t)));
    rest = Math.floor((rest - t) / (BASE - t));
  }
}

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
