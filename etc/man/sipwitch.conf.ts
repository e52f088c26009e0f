import { kinds } from '../../src/config/load.ts';
import type { Key, Kind, Table } from '../../src/config/schema.ts';
import { bold, entry, example, head, italic, paragraph, plain, section } from './roff.ts';

const EXAMPLE = `[daemon]
domain = home.example
tls_certificate = /etc/sipwitch/tls/fullchain.pem
tls_key = /etc/sipwitch/tls/key.pem

[domain home.example]
inbound = anonymous

[user alice]
extension = 201
display = Alice
published = yes`;

/** sipwitch.conf(5), from the tables that the daemon reads. */
export function configurationPage(date: string, source: string): string {
  return [
    head('sipwitch.conf', 5, date, source, 'File formats', 'configuration of the telephone exchange sipwitchd'),
    section(
      'DESCRIPTION',
      paragraph(
        'The configuration is text in sections, [kind] or [kind name], of lines "key = value". Lists are separated by commas. A comment begins with ; or # and stands on a line of its own: behind a value these letters belong to the value. "key =" empties a list or restores the default.',
      ),
      paragraph(
        'First sipwitch.conf is read, then what sipwitchctl(1) wrote into conf.d/ of the state directory, then sipwitch.conf.d/*.conf in the order of their names. Later keys win, lists are replaced as a whole, and a section keeps its first place. A key or a section that stands twice in one file is an error.',
      ),
      paragraph(
        '"sipwitchctl config check" prints every problem with its file, line and column. "sipwitchctl reload" or SIGHUP makes the daemon read everything again: a configuration with errors changes nothing, and no call is dropped.',
      ),
      paragraph(
        'What is marked "Not yet in use" is checked for its form, has no effect in this version, and is named by "sipwitchctl config check".',
      ),
    ),
    ...kinds.map(describeKind),
    section('EXAMPLE', example(EXAMPLE)),
    section(
      'FILES',
      entry(italic('/etc/sipwitch/sipwitch.conf'), plain('the service')),
      entry(
        italic('$XDG_CONFIG_HOME/sipwitch/sipwitch.conf'),
        plain("a user's own daemon; ~/.config/sipwitch/sipwitch.conf by default"),
      ),
      entry(italic('sipwitch.conf.d/*.conf'), plain('beside it: drop-ins')),
      entry(italic('/var/lib/sipwitch/conf.d/*.conf'), plain('what sipwitchctl(1) and D-Bus programs wrote')),
    ),
    section('SEE ALSO', `${bold('sipwitchd')}(8), ${bold('sipwitchctl')}(1)\n`),
  ].join('');
}

function describeKind(kind: Kind<Table>): string {
  const title = kind.name === undefined ? `[${kind.kind}]` : `[${kind.kind} ${kind.name.form}]`;
  const keys = Object.entries(kind.table).map(([written, key]) => describeKey(written, key, kind.later));
  return section(title, paragraph(`${kind.meaning}${kind.later ? ' Not yet in use.' : ''}`), ...keys);
}

function describeKey(written: string, key: Key<unknown>, allLater: boolean): string {
  const unit = key.unit === undefined ? '' : ` ${key.unit}`;
  const later = key.later && !allLater ? ' Not yet in use.' : '';
  const initial = key.written === '' ? [] : [`Default: ${bold(key.written)}`];
  return entry(`${bold(written)} = ${italic(`${key.type.form}${unit}`)}`, plain(`${key.meaning}${later}`), ...initial);
}
