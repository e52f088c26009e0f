import type { Key, Kind, Table } from './schema.ts';

/** Characters in a line, of a terminal and of a man page. */
const WIDTH = 100;

/** Renders the tables as a configuration that says every default, for `config show --defaults`. A key without one is a comment. */
export function defaultsText(kinds: readonly Kind<Table>[]): string {
  return kinds.map(describeKind).join('\n');
}

function describeKind(kind: Kind<Table>): string {
  const title = kind.name === undefined ? `[${kind.kind}]` : `[${kind.kind} ${kind.name.form}]`;
  const keys = Object.entries(kind.table).map(([written, key]) => describeKey(written, key));
  return `${comment(kind.meaning)}${title}\n${keys.join('')}`;
}

function describeKey(written: string, key: Key<unknown>): string {
  const form = key.unit === undefined ? key.type.form : `${key.type.form} ${key.unit}`;
  const later = key.later ? ' Not yet in use.' : '';
  const value = key.written === '' ? '' : ` ${key.written}`;
  // A starred key stands for many: as it is written here it could not be read again.
  const setting = written.endsWith('*') ? `; ${written} =` : `${written} =${value}`;
  return `${comment(`${key.meaning}${later} (${form})`)}${setting}\n`;
}

/** A sentence as comment lines. */
function comment(sentence: string): string {
  let text = '';
  let line = ';';
  for (const word of sentence.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      text += `${line}\n`;
      line = ';';
    }
    line += ` ${word}`;
  }
  return `${text}${line}\n`;
}
