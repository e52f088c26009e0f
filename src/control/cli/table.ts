import type { Context } from './context.ts';
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
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => widthOf(line[at]!))));
  const lines = cells.map((line) => {
    const text = line
      .map((cell, at) => cell + ' '.repeat(widths[at]! - widthOf(cell)))
      .join(GAP)
      .trimEnd();
    return width !== undefined && widthOf(text) > width ? `${beginning(text, Math.max(1, width - 1))}…` : text;
  });
  return `${lines.join('\n')}\n`;
}

/** Prints a listing: a table for a person, the rows as they are for a program. `none` is what a person reads where there are no rows. */
export function list<Row>(context: Context, columns: readonly Column<Row>[], rows: readonly Row[], none: string): void {
  const { terminal } = context;
  if (context.json()) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) terminal.out(`${none}\n`);
  else terminal.out(table(columns, rows, terminal.columns));
}

/** What came from elsewhere must not move the cursor. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '?');
}
