import { ParseError } from '../../text/parse-error.ts';
import { Scanner } from '../../text/scanner.ts';
import { sipUri } from './network.ts';
import { name } from './plain.ts';
import { matching, type ValueType } from './value.ts';

/** Extensions of one length that lie side by side, both ends included. */
export interface ExtensionRange {
  readonly first: string;
  readonly last: string;
}

/** Where a call may be sent, as a person writes it. */
export type Destination =
  /** A user or a group by its name. */
  | { readonly kind: 'name'; readonly name: string }
  /** Digits: an extension here, or a number outside. */
  | { readonly kind: 'number'; readonly number: string }
  /** With its scheme, always. */
  | { readonly kind: 'uri'; readonly uri: string };

/** What is dialed for it: the name or the number; undefined for a URI. */
export function wordOf(destination: Exclude<Destination, { kind: 'uri' }>): string;
export function wordOf(destination: Destination): string | undefined;
export function wordOf(destination: Destination): string | undefined {
  if (destination.kind === 'uri') return undefined;
  return destination.kind === 'name' ? destination.name : destination.number;
}

/** A trunk that a dial rule leads to. */
export interface Trunk {
  readonly kind: 'provider' | 'modem';
  readonly name: string;
}

/** Where a dial rule leads: a trunk, or whatever else a call may be sent to. */
export type DialTarget = Trunk | Destination;

export function isTrunk(target: DialTarget): target is Trunk {
  return target.kind === 'provider' || target.kind === 'modem';
}

/** What dialed digits are compared with. */
export interface DialPattern {
  readonly written: string;
  /** Matches the whole of the dialed digits or nothing. */
  readonly expression: RegExp;
  /** What matches begins with this. */
  readonly start: string;
  /** How many characters may match, at least and at most. */
  readonly least: number;
  readonly most: number;
}

export const digits = matching('DIGITS', /[0-9]{1,15}/y, '1 to 15 digits');
/** What can be dialed after a rule has changed it. */
export const dialString = matching('DIGITS', /\+?[0-9*#]{1,40}/y, 'digits, "*" and "#", after a "+" at most');
export const countryCode = matching('DIGITS', /[1-9][0-9]{0,2}/y, 'a country calling code without any prefix, such as 49');
export const featureCode = matching('CODE', /[*#][0-9*#]{1,15}/y, 'a code that begins with "*" or "#", such as *21*');
export const speedDial = matching(
  'DIGITS | USER/DIGITS',
  /(?:(?!\.)[A-Za-z0-9._-]{1,64}\/)?[0-9*#]{1,15}/y,
  'digits, "*" and "#", behind the name of a user and "/" if they are that user\'s own',
);
/** Digits, or a name; `$1` is what the first parentheses of a regular expression matched. */
export const replacement = matching('TEXT', /(?:[+0-9A-Za-z*#._-]|\$[1-9]){1,64}/y, 'a number or a name, in which $1 may stand');
export const prefix = matching('PREFIX', /\+[1-9][0-9]{0,14}/y, 'a prefix with its country, such as +49');
export const premiumPrefix = matching(
  '+DIGITS | DIGITS',
  /\+?[0-9]{1,15}/y,
  'a prefix such as +49900, or the digits of short numbers',
);
export const number = matching('NUMBER', /\+?[0-9*#]{1,40}/y, 'a number');

/** `200-699`, or one extension. */
export const extensionRange: ValueType<ExtensionRange> = {
  form: 'FIRST-LAST',
  read(text) {
    const s = new Scanner('FIRST-LAST', text);
    const first = s.take(/[0-9]{1,15}/y, 'a range of extensions such as 200-699');
    if (s.done) return { first, last: first };
    s.take(/-/y, '"-" and the last extension');
    const column = s.at;
    const last = s.take(/[0-9]{1,15}/y, 'the last extension');
    if (last.length !== first.length) s.fail(`as many digits as ${first} has`, column);
    if (last < first) s.fail(`an extension not below ${first}`, column);
    s.finish();
    return { first, last };
  },
};

/** Whether an extension lies in one of the ranges. */
export function covers(ranges: readonly ExtensionRange[], extension: string): boolean {
  return ranges.some(({ first, last }) => extension.length === first.length && first <= extension && extension <= last);
}

/** A number as people write it on paper. */
const SPREAD = /^\+?[0-9][0-9 ()/.-]*$/;

/** A user or group, an extension, a number, or a URI, whose `sip:` may be left out. */
export const destination: ValueType<Destination> = {
  form: 'NAME | NUMBER | URI',
  read(text) {
    if (number.accepts(text)) return { kind: 'number', number: text };
    if (name.accepts(text)) return { kind: 'name', name: text };
    const uri = /^sips?:/.test(text) ? text : `sip:${text}`;
    if (text.includes('@') && sipUri.accepts(uri)) return { kind: 'uri', uri };
    if (SPREAD.test(text))
      return new Scanner('NUMBER', text).fail('a number without anything between its digits', text.search(/[ ()/.-]/));
    return new Scanner('NAME', text).fail('a user, a group, a number, or a URI such as bob@example.org');
  },
};

/** A trunk, or a destination. */
export const dialTarget: ValueType<DialTarget> = {
  form: 'provider NAME | modem NAME | NAME | NUMBER | URI',
  read(text) {
    const s = new Scanner('trunk', text);
    const kind = s.maybe(/(?:provider|modem)(?=[ \t])/y) as Trunk['kind'] | undefined;
    if (kind !== undefined) {
      s.skipLws();
      const found = s.take(/[A-Za-z0-9._-]+/y, `the name of a ${kind}`);
      s.finish();
      return { kind, name: found };
    }
    if (/^(?:provider|modem)[^A-Za-z0-9._@-]/i.test(text)) s.fail('provider NAME or modem NAME, in small letters');
    return destination.read(text);
  },
};

const EXPECTS_PATTERN = 'digits, X (any digit), Z (1-9), N (2-9), [1-5], "." (one or more) or "!" (any number)';
const PART = /[0-9*#+XZN]|\[(?:[0-9](?:-[0-9])?)+\]|[.!]$/y;
const CLASSES: Readonly<Record<string, string>> = { X: '[0-9]', Z: '[1-9]', N: '[2-9]', '.': '.+', '!': '.*' };

const sourceOf = (part: string) => CLASSES[part] ?? part.replace(/^[*+]/, '\\$&');

/** A dial pattern, or a regular expression between slashes; either must match all that was dialed. */
export const dialPattern: ValueType<DialPattern> = {
  form: 'PATTERN | /REGULAR EXPRESSION/',
  read(text) {
    if (text.startsWith('/'))
      return {
        written: text,
        expression: regularExpression(text),
        start: '',
        least: 0,
        most: Number.POSITIVE_INFINITY,
      };
    const s = new Scanner('PATTERN', text);
    const parts: string[] = [];
    while (!s.done) parts.push(s.maybe(PART) ?? s.fail(/[.!]/y.test(s.rest) ? 'nothing behind "." or "!"' : EXPECTS_PATTERN));
    const expression = compile(parts.map(sourceOf).join(''), text);
    const start = /^[0-9*#+]*/.exec(text)![0];
    const open = /[.!]$/.test(text);
    const least = parts.length - (text.endsWith('!') ? 1 : 0);
    return { written: text, expression, start, least, most: open ? Number.POSITIVE_INFINITY : parts.length };
  },
};

function regularExpression(text: string): RegExp {
  if (text.length < 3 || !text.endsWith('/')) throw new ParseError('PATTERN', text, text.length - 1, 'a "/" at the end');
  const slow = slowPart(text);
  if (slow >= 0)
    throw new ParseError('PATTERN', text, slow, 'no more repetition or choice here: such an expression may take for ever');
  return compile(text.slice(1, -1), text);
}

/** Repetitions without a bound in one expression: each multiplies its time by the length of the text. */
const MOST_REPETITIONS = 3;
/** Places in one expression where it may go on in two ways: each doubles its time. */
const MOST_CHOICES = 8;

/**
 * Where an expression may take longer than its text is worth: at a repeated group within which something is repeated, optional or one of
 * several, and at one repetition or choice too many; -1 where it may not.
 */
function slowPart(text: string): number {
  const open: { readonly varies: boolean; readonly forks: boolean }[] = [];
  let varies = false;
  let forks = false;
  let repetitions = 0;
  let choices = 0;
  for (let at = 1; at < text.length - 1; at++) {
    const c = text[at]!;
    if (c === '\\') at++;
    else if (c === '[') at = endOfSet(text, at);
    else if (c === '(') {
      open.push({ varies, forks });
      varies = false;
      forks = false;
      if (text[at + 1] === '?') at++;
    } else if (c === ')') {
      if (varies && /[*+{]/.test(text[at + 1] ?? '')) return at + 1;
      if (forks && ++choices > MOST_CHOICES) return at;
      const outer = open.pop();
      varies = outer?.varies === true || varies;
      forks = outer?.forks === true;
    } else if (c === '|') {
      varies = true;
      forks = true;
    } else if (c === '?') {
      varies = true;
      if (++choices > MOST_CHOICES) return at;
    } else if (c === '*' || c === '+' || c === '{') {
      varies = true;
      if (++repetitions > MOST_REPETITIONS) return at;
      if (text[at + 1] === '?') at++;
    }
  }
  return -1;
}

function endOfSet(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === ']') return end;
  }
  return text.length;
}

/** What a dial rule makes of dialed text that it fits. */
export function rewritten(
  rule: { readonly match: DialPattern; readonly replace: string | undefined; readonly strip: number; readonly prepend: string },
  text: string,
): string {
  const replaced = rule.replace === undefined ? text : text.replace(rule.match.expression, rule.replace);
  return rule.prepend + replaced.slice(rule.strip);
}

/** A text or two that a pattern fits; none for a regular expression, whose texts cannot be told. */
export function examplesOf({ written }: DialPattern): readonly string[] {
  if (written.startsWith('/')) return [];
  const least = written
    .replace(/\[([0-9])[^\]]*\]/g, '$1')
    .replace(/[XZ.]/g, '1')
    .replace(/N/g, '2');
  return least.endsWith('!') ? [least.slice(0, -1), `${least.slice(0, -1)}111`] : [least];
}

/** Whether a wider pattern fits all that a pattern fits; of regular expressions that is known only where they are written the same. */
export function isWithin(pattern: DialPattern, wider: DialPattern): boolean {
  if (pattern.written === wider.written) return true;
  if (pattern.written.startsWith('/') || wider.written.startsWith('/')) return false;
  if (wider.least > pattern.least || wider.most < pattern.most) return false;
  const [parts, others] = [pattern, wider].map(({ written }) => written.match(/\[[^\]]*\]|[^.!]/g) ?? []);
  return others!.every((other, i) => parts![i] !== undefined && isPartWithin(parts![i], other));
}

function isPartWithin(part: string, wider: string): boolean {
  const [own, other] = [part, wider].map((one) => new RegExp(`^${sourceOf(one)}$`));
  return [...'0123456789*#+'].every((digit) => !own!.test(digit) || other!.test(digit));
}

/** @throws ParseError if the source is no regular expression: unbalanced, or a range such as [5-1]. */
function compile(source: string, text: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [, why] = /^.*\/[a-z]*: (.*)$/s.exec(error.message) ?? [];
    throw new ParseError('PATTERN', text, 0, `a pattern that can match (${why ?? error.message})`);
  }
}

/** Whether digits, `*` and `#` only: a number and never a name that strangers may call. */
export function isNumber(text: string): boolean {
  return /^[0-9*#]+$/.test(text);
}
