import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../etc/man/pages.ts';
import { plain } from '../etc/man/roff.ts';
import { kinds } from '../src/config/load.ts';
import { programFor } from '../src/control/cli/main.ts';
import { usage } from '../src/text/usage.ts';
import { loadText } from './config/memory-files.ts';

const made = pages('2026-11-20');
/** A page as it is read: no fonts, no escapes. */
const read = (name: string) =>
  made
    .get(name)!
    .replace(/\\f[BRI]/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\&', '');

test('every section and key of the configuration has its entry, with its meaning', () => {
  const page = read('sipwitch.conf.5');
  for (const { kind, meaning, table } of kinds) {
    expect(page).toMatch(new RegExp(`^\\.SH "\\[${kind}( [^\\]]+)?\\]"$`, 'm'));
    expect(page).toContain(meaning);
    for (const [written, key] of Object.entries(table)) {
      expect(page).toContain(`\n.TP\n${written} = `);
      if (!/[\^~\\]/.test(key.meaning)) expect(page).toContain(`\n${key.meaning}`);
    }
  }
});

test('a key that is not in use is marked, and its default told', () => {
  const page = read('sipwitch.conf.5');
  expect(page).toContain(
    '\n.TP\nlocal_accounts = GROUP | desktop | none\nThe UNIX group whose members are users without any file; sipusers as a service and none otherwise if it is not set. Not yet in use.\n',
  );
  expect(page).toContain(
    '\n.TP\nextensions = FIRST-LAST, ...\nThe ranges in which the extensions of users and groups lie.\n.br\nDefault: 200-699\n',
  );
});

test('the example of sipwitch.conf(5) is a configuration without a warning', () => {
  const [, example = ''] = /\.SH "EXAMPLE"[\s\S]*?\.RS 4\n([\s\S]*?)\n\.RE/.exec(read('sipwitch.conf.5'))!;
  expect(example).toContain('\n[user alice]\n');
  expect(loadText(example).problems).toEqual([]);
});

test('every command of sipwitchctl has its entry, with its options', () => {
  const page = read('sipwitchctl.1');
  const program = programFor({ version: '0' } as Parameters<typeof programFor>[0]);
  const commands = program.commands.flatMap((group) => (group.commands.length > 0 ? group.commands : [group]));
  expect(commands.length).toBeGreaterThan(15);
  for (const command of commands) {
    const words = command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`;
    expect(page).toMatch(new RegExp(`^${words}( \\[?[A-Z]|$)`, 'm'));
    for (const { long } of command.options) expect(page).toMatch(new RegExp(`^${long}( |$)`, 'm'));
  }
});

test('what each command prints for programs has its entry, with its names (interface, 2: every listing takes --json)', () => {
  const [, text = ''] = /\.SH "OUTPUT FOR PROGRAMS"([\s\S]*?)\n\.SH /.exec(read('sipwitchctl.1'))!;
  const entries = new Map([...text.matchAll(/^\.TP\n(.+)\n(.+)$/gm)].map(([, command, names]) => [command!, names!]));
  expect(entries.get('phone list')).toBe('id, user, contact, transport, agent, source, since, expires');
  expect(entries.get('call history')).toBe(
    'id, callId, from, to, answeredBy, since, answered, ended, talked, status, reason, trace',
  );
  const program = programFor({ version: '0' } as Parameters<typeof programFor>[0]);
  const commands = program.commands.flatMap((group) =>
    group.commands.length > 0 ? group.commands.map((one) => `${group.name()} ${one.name()}`) : [group.name()],
  );
  const told = [...entries.keys()].flatMap((words) => words.split(', ')).map((words) => words.replace(/ --.*/, ''));
  const silent = commands.filter((words) => !told.includes(words));
  expect(silent).toEqual([
    ...['user add', 'user remove', 'user set', 'user import', 'passwd', 'phone remove', 'call hangup'],
    ...['provider add', 'provider remove', 'state set', 'config show', 'help'],
  ]);
  expect(told.filter((words) => !commands.includes(words))).toEqual([]);
});

test('words that are typed as they are stand in their own letters: nothing knows ON', () => {
  expect(made.get('sipwitchctl.1')).toContain('\n\\fBstate set\\fR \\fINAME\\fR \\fBon|off|auto\\fR\n');
});

test('every option that sipwitchd --help prints has its entry', () => {
  const options = [...usage.matchAll(/^ {2}(--[a-z]+)/gm)].map(([, option]) => option);
  expect(options).toEqual(['--config', '--state', '--bus', '--log', '--version', '--help']);
  for (const option of options) expect(read('sipwitchd.8')).toMatch(new RegExp(`^\\.TP\n${option}( |$)`, 'm'));
});

test('every file that the daemon keeps in its state directory has its entry', () => {
  const kept = [
    'realm',
    'digests/',
    'bindings.journal',
    'history.jsonl',
    'spending',
    'states',
    'route-key',
    'lock',
    'changing',
    'first-start',
    'first-account',
    'private-bus',
    'bus',
  ];
  for (const file of kept) expect(read('sipwitchd.8')).toContain(`\n.TP\n/var/lib/sipwitch/${file}\n`);
});

test('both programs name the variables of the desktop that their files and buses are found by', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const named = sources.flatMap((name) => readFileSync(`src/${name}`, 'utf8').match(/\b(?:XDG|DBUS)_[A-Z_]+\b/g) ?? []);
  expect(new Set(named).size).toBe(5);
  for (const page of [read('sipwitchd.8'), read('sipwitchctl.1')]) {
    const environment = page.split('.SH "ENVIRONMENT"')[1]!.split('.SH')[0]!;
    expect([...new Set(named)].filter((name) => !environment.includes(name))).toEqual([]);
  }
});

test('no line of text is taken for a request', () => {
  expect(plain(`.x-y\n'z ~\\`)).toBe(`\\&.x\\-y\n\\&'z \\(ti\\e`);
  const known = new Set(['TH', 'SH', 'PP', 'TP', 'br', 'nf', 'fi', 'RS', 'RE']);
  for (const [name, page] of made) {
    const requests = [...page.matchAll(/^[.']([^ \n]*)/gm)].map(([, request]) => request!);
    expect([name, requests.filter((request) => !known.has(request))]).toEqual([name, []]);
  }
});

test('the units name man pages that there are', () => {
  const units = readdirSync('systemd', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.service'));
  expect(units).toHaveLength(2);
  for (const unit of units) {
    const named = [...readFileSync(`systemd/${unit}`, 'utf8').matchAll(/man:(\S+)\((\d)\)/g)].map(
      ([, name, section]) => `${name}.${section}`,
    );
    expect(named.sort()).toEqual([...made.keys()].sort());
  }
});

test('what sipwitchd --help prints fits into 80 columns', () => {
  expect(usage.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
