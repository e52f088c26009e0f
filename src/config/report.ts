import type { Problem, Severity } from './problem.ts';

/**
 * Renders problems for a person: place, line, caret, and what to do, then how many there are.
 *
 * @param tail what follows the count, such as `The running daemon keeps the configuration it loaded at 09:14:02.`
 */
export function report(problems: readonly Problem[], tail = ''): string {
  const counted = `${count(problems)}${tail === '' ? '' : ` ${tail}`}`;
  return [...problems.map(render), counted].join('\n');
}

/** A problem as one line: `FILE:LINE: [user alice] dnd: expected yes or no; did you mean yes?`. */
export function problemLine(problem: Problem): string {
  const { file, line, where } = problem;
  const place = line === 0 ? file : `${file}:${line}`;
  return `${place}: ${where === '' ? '' : `${where}: `}${sentenceOf(problem)}`;
}

/** What is wrong, and what to do about it where that is known. */
export function sentenceOf({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

/** A line with more characters is shown around its place. */
const SHOWN = 200;
/** What a terminal might obey; NUL, which a crash leaves in files, is in no text of D-Bus either. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

function render(problem: Problem): string {
  const { file, line, column, severity, where } = problem;
  const message = sentenceOf(problem);
  if (line === 0) return `${file}: ${severity}: ${message}`;
  const number = String(line);
  const { text, at, length } = excerpt(problem);
  // A tab in the line is a tab before the caret too, or the two would not meet.
  const indent = text.slice(0, at).replace(/[^\t]/g, ' ');
  return [
    `${file}:${line}:${column}: ${severity}: ${where}`,
    `    ${number} | ${text}`,
    `    ${' '.repeat(number.length)} | ${indent}${'^'.repeat(length)} ${message}`,
  ].join('\n');
}

/** The line, or what fits of it, and where in that the place begins. */
function excerpt(problem: Problem): { readonly text: string; readonly at: number; readonly length: number } {
  const { column, length } = problem;
  const text = problem.text.replace(CONTROL, '?');
  if (text.length <= SHOWN) return { text, at: column - 1, length };
  const begin = Math.max(0, column - 1 - SHOWN / 2);
  const end = Math.min(text.length, begin + SHOWN);
  const [before, behind] = [begin > 0 ? '…' : '', end < text.length ? '…' : ''];
  const at = column - 1 - begin + before.length;
  return { text: `${before}${text.slice(begin, end)}${behind}`, at, length: Math.max(1, Math.min(length, end - column + 1)) };
}

/** `2 errors, 1 warning.` */
function count(problems: readonly Problem[]): string {
  const named: string[] = [];
  for (const severity of ['error', 'warning', 'note'] satisfies Severity[]) {
    const times = problems.filter((problem) => problem.severity === severity).length;
    if (times > 0) named.push(`${times} ${severity}${times === 1 ? '' : 's'}`);
  }
  return `${named.length === 0 ? 'No problems' : named.join(', ')}.`;
}
