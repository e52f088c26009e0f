import type { Context } from './context.ts';
import type { Control } from './control.ts';
import { beginning, widthOf } from './width.ts';

/** One column of a listing. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

const GAP = '  ';

/** Rows under their titles, columns as wide as needed; the last one is cut where the terminal ends (`width` columns). */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width?: number): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => printable(cell(row))))];
  const widths = columns.map((_, at) => cells.reduce((most, line) => Math.max(most, widthOf(line[at]!)), 0));
  const lines = cells.map((line) => {
    const text = line
      .map((cell, at) => cell + ' '.repeat(widths[at]! - widthOf(cell)))
      .join(GAP)
      .trimEnd();
    return width !== undefined && widthOf(text) > width ? `${beginning(text, Math.max(1, width - 1))}…` : text;
  });
  return `${lines.join('\n')}\n`;
}

/** Asks for rows and prints them: a table for a person, as they are for a program. `none` is what a person reads where there are no rows. */
export function list<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  ask: (control: Control) => Promise<readonly Row[]>,
  none: string,
): Promise<void> {
  const { terminal } = context;
  return context.with(async (control) => {
    const rows = await ask(control);
    if (context.json()) terminal.out(json(rows));
    else terminal.out(rows.length === 0 ? `${none}\n` : table(columns, rows, terminal.columns));
  });
}

/** What came from elsewhere must not move the cursor, nor turn the order of letters round. */
export function printable(text: string): string {
  return text.replace(OBEYED, '?');
}

/** As `printable`, for a text of several lines, some of them of a file with tabs. */
export function printableLines(text: string): string {
  return text.replace(/[^\n\t]+/g, printable);
}

/** What is printed for a program. A terminal obeys U+009B as it does ESC [, which JSON lets stand. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(OBEYED_IN_JSON, escaped)}\n`;
}

const OBEYED = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
const OBEYED_IN_JSON = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
