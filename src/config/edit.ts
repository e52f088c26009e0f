import { parseIni, titleOf } from './ini.ts';
import { UNWRITABLE } from './ini-lines.ts';

const NEEDS_QUOTES = /^["']|^[ \t]|[ \t]$/;

/**
 * A value as it is written in a file, in quotes where it would otherwise be read as something else.
 *
 * @throws RangeError for a control character: no line can hold it.
 */
function quote(value: string): string {
  if (UNWRITABLE.test(value)) throw new RangeError('a value of the configuration holds no control characters');
  return NEEDS_QUOTES.test(value) ? JSON.stringify(value) : value;
}

/** One section as text, its keys in the given order. */
export function printSection(kind: string, name: string, entries: Iterable<readonly [key: string, value: string]>): string {
  let text = `${titleOf({ kind, name })}\n`;
  for (const [key, value] of entries) text += printEntry(key, value);
  return text;
}

/** Sets one key in a text and leaves every other line, comments included, as it is. A section that is missing is appended. */
export function setKey(text: string, kind: string, name: string, key: string, value: string): string {
  const file = parseIni('', text);
  const section = file.sections.find((one) => one.kind === kind && one.name === name);
  if (section === undefined) {
    const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
    return `${text}${gap}${printSection(kind, name, [[key, value]])}`;
  }
  const entry = section.entries.find((one) => one.key === key);
  const lines = text.split('\n');
  const line = printEntry(key, value).slice(0, -1);
  if (entry !== undefined) lines[entry.line - 1] = line;
  else lines.splice(section.entries.at(-1)?.line ?? section.line, 0, line);
  return lines.join('\n');
}

/** Takes one section out of a text, with its comments; what stands before its header stays. */
export function removeSection(text: string, kind: string, name: string): string {
  const { sections } = parseIni('', text);
  const index = sections.findIndex((one) => one.kind === kind && one.name === name);
  if (index < 0) return text;
  const lines = text.split('\n');
  const next = sections[index + 1]?.line;
  lines.splice(sections[index]!.line - 1, next === undefined ? lines.length : next - sections[index]!.line);
  const rest = lines.join('\n');
  return rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`; // a CR without its LF would be no end of a line
}

function printEntry(key: string, value: string): string {
  return value === '' ? `${key} =\n` : `${key} = ${quote(value)}\n`;
}
