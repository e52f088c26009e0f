/** The rules of RFC 3402 §3.2 rewrite a number of at most so many characters; longer expressions and results are not for telephone numbers. */
const LONGEST_PATTERN = 200;
const LONGEST_RESULT = 512;
/**
 * Repetitions and bars in one expression. With a subject of 16 characters, and nothing repeated that may match in two ways, a match costs at
 * most some 16^3 times 2^8 steps: milliseconds.
 */
const MOST_REPETITIONS = 3;
const MOST_BARS = 8;
const LONGEST_SUBJECT = 16;
const MOST_TIMES = 32;

const CLASSES: Readonly<Record<string, string | undefined>> = { digit: '0-9', alpha: 'a-zA-Z', alnum: '0-9a-zA-Z', space: ' ' };

/**
 * Applies a substitution expression of a NAPTR record, `!^\+44(.*)$!sip:\1@example.org!`, to a number (RFC 3402 §3.2).
 *
 * @returns undefined where it does not match, is malformed, or could take long to match: a zone that anybody may write gets no time of ours
 */
export function substitute(expression: string, subject: string): string | undefined {
  const delimiter = expression[0];
  // Flags come after the last delimiter; "i" makes no difference to digits, and no other is known.
  if (delimiter === undefined || /[0-9\\i]/.test(delimiter) || subject.length > LONGEST_SUBJECT) return undefined;
  const parts = split(expression.slice(1), delimiter);
  if (parts === undefined) return undefined;
  const pattern = translated(parts.pattern);
  if (pattern === undefined || !/^i?$/.test(parts.flags)) return undefined;
  const match = compiled(pattern)?.exec(subject);
  if (match === null || match === undefined) return undefined;
  let complete = true;
  const result = parts.replacement.replace(/\\([0-9])/g, (_, group: string) => {
    if (group === '0' || Number(group) >= match.length) complete = false;
    return match[Number(group)] ?? '';
  });
  return complete && result.length <= LONGEST_RESULT ? result : undefined;
}

/** Three delimiters that no backslash escapes, neither more nor less (RFC 6116 §5.2). */
function split(text: string, delimiter: string): { pattern: string; replacement: string; flags: string } | undefined {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const escaped = text[i] === '\\' && text[i + 1] === delimiter;
    if (escaped) i++;
    if (escaped || text[i] !== delimiter) part += text[i];
    else {
      parts.push(part);
      part = '';
    }
  }
  const [pattern, replacement, flags, more] = [...parts, part];
  if (pattern === undefined || replacement === undefined || flags === undefined || more !== undefined) return undefined;
  return { pattern, replacement, flags };
}

/**
 * Writes a POSIX extended expression as one of JavaScript. Everything that means something else there, or nothing here, is refused, and so is
 * what could repeat a repetition or a choice.
 */
function translated(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  const token = /\[\^?\]?(?:\[:[a-z]+:\]|[^\]])*\]|\\.|\{[0-9]+(?:,[0-9]*)?\}|[*+?]|[(){}|^$.]|[^[\\]/gy;
  let out = '';
  let repetitions = 0;
  let bars = 0;
  /** For each open group: whether it may match in several ways, so that it must not be repeated. */
  const groups: boolean[] = [];
  let before: 'atom' | 'open' | 'other' = 'other';
  while (token.lastIndex < pattern.length) {
    const [piece] = token.exec(pattern) ?? [];
    if (piece === undefined) return undefined;
    if (/^[*+?{]/.test(piece)) {
      const times = /[0-9]+/g;
      const largest = Math.max(0, ...(piece.match(times) ?? []).map(Number));
      if (before !== 'atom' || piece === '{' || largest > MOST_TIMES || ++repetitions > MOST_REPETITIONS) return undefined;
      groups.fill(true);
      before = 'other';
      out += piece;
    } else if (piece === '(') {
      groups.push(false);
      before = 'other';
      out += piece;
    } else if (piece === ')') {
      const several = groups.pop();
      if (several === undefined) return undefined;
      before = several ? 'open' : 'atom';
      out += piece;
    } else if (piece === '^' || piece === '$' || piece === '|') {
      if (piece === '|') {
        if (++bars > MOST_BARS) return undefined;
        groups.fill(true);
      }
      before = 'other';
      out += piece;
    } else {
      const atom = atomOf(piece);
      if (atom === undefined) return undefined;
      before = 'atom';
      out += atom;
    }
  }
  return groups.length === 0 ? out : undefined;
}

function atomOf(piece: string): string | undefined {
  if (piece === '.') return '.';
  if (piece[0] === '\\') {
    const escaped = piece[1]!;
    // Not in POSIX, but in zones.
    if (escaped === 'd') return '[0-9]';
    return /[0-9A-Za-z]/.test(escaped) ? undefined : literally(escaped);
  }
  if (piece[0] !== '[') return piece === '}' ? '\\}' : literally(piece);
  const [, not = '', first = '', rest = ''] = /^\[(\^?)(\]?)(.*)\]$/s.exec(piece) ?? [];
  let known = true;
  const inside = rest.replace(/\[:([a-z]+):\]|[\\[\]^]/g, (special, name: string | undefined) => {
    if (name === undefined) return `\\${special}`;
    known &&= CLASSES[name] !== undefined;
    return CLASSES[name] ?? '';
  });
  return known ? `[${not}${first === '' ? '' : '\\]'}${inside}]` : undefined;
}

const literally = (character: string): string => (/[0-9A-Za-z]/.test(character) ? character : `\\x${hex(character)}`);
const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, '0').slice(-2);

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch {
    return undefined; // such as a range from z to a
  }
}
