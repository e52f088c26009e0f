import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../etc/man/pages.ts';
import { programFor } from '../src/control/cli/main.ts';
import { dnsRecords } from '../src/control/dbus/dns-domains.ts';
import { introduction } from '../src/core/first-start.ts';
import { loadText } from './config/memory-files.ts';
import { configOf } from './support/routing.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const quoted = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!);
const isPath = (word: string) => /^[a-z][\w.-]*\/[\w./-]*$|^[\w-]+\.ts$/.test(word);
const program = programFor({ version: '0' } as Parameters<typeof programFor>[0]); // no command is run
const place = (path: string) => (/^(?:src|test|etc|systemd|debian)\//.test(path) ? path : `src/${path}`);

test('every path that src/README.md names exists', () => {
  const paths = quoted(read('src/README.md')).filter(isPath);
  expect(paths.length).toBeGreaterThan(80);
  expect(paths.filter((path) => !existsSync(place(path)))).toEqual([]);
});

test('what src/README.md says to be in a file is there', () => {
  const named = [...read('src/README.md').matchAll(/`([A-Za-z]+)` (?:in|of) `([\w./-]+\.ts)`/g)];
  expect(named.length).toBeGreaterThan(8);
  const absent = named.filter(([, name, path]) => !new RegExp(`\\b${name}\\b`).test(read(place(path!))));
  expect(absent.map(([text]) => text)).toEqual([]);
});

test('every file and folder of this project that README.md names exists', () => {
  const paths = quoted(read('README.md')).filter((word) => /^(?:src|etc|test|\.ci)\/[\w./-]+$/.test(word));
  expect(paths).toContain('src/README.md');
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('every script that README.md runs is in package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...read('README.md').matchAll(/\bnpm (?:run ([a-z]+)|(start|test))\b/g)].map(([, run, short]) => run ?? short!);
  expect(new Set(named)).toEqual(new Set(['start', 'test', 'soak', 'bench', 'lint', 'types', 'format', 'man']));
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('who starts the programs waits until they are made, and for no check of their types, which is for who changes them', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect([scripts.prestart, scripts.pretest]).toEqual(['npm run --silent bundle', 'npm run --silent bundle']);
  expect(scripts.bundle).toBe('node build.mjs');
});

test('README.md names every package of package.json, and versions as they stand there (platform 1)', () => {
  interface Package {
    readonly engines: { readonly node: string };
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  }
  const { engines, dependencies, devDependencies } = JSON.parse(read('package.json')) as Package;
  const all = { ...dependencies, ...devDependencies };
  const told = [...read('README.md').matchAll(/^\|[^|]*\| ([a-z-]+) (\d[\d.]*)/gm)].map(
    ([, name, version]) => [name!, version!] as const,
  );
  expect(told.map(([name]) => name)).toEqual(['dbus-native', 'ini', 'vitest']);
  expect(told.filter(([name, version]) => !all[name]?.startsWith(`${version}.`))).toEqual([]);
  expect(read('README.md')).toContain(`Node ${engines.node.replace('>=', '')} or newer`);
  const table = read('README.md').split('## Departures')[1]!.toLowerCase();
  const packages = Object.keys(all).filter((name) => !name.startsWith('@types/'));
  expect(packages.filter((name) => !table.includes(name.replace(/^@.*\//, '')))).toEqual(['typescript']); // the card's own
});

test('the example of a first start is what it prints', () => {
  const account = { user: 'alice', extension: '200', password: 'j6dcu-aetei-j8myr' };
  expect(read('README.md')).toContain(introduction(account, '192.0.2.7', account.password, 'node dist/sipwitchctl.js').trimEnd());
});

test('every command of sipwitchctl is named in README.md', () => {
  const table = read('README.md').split('## Commands')[1]!.split('## Files')[0]!;
  for (const group of program.commands) {
    expect(table).toMatch(new RegExp(`\`${group.name()}\\b`));
    for (const command of group.commands) expect(table).toMatch(new RegExp(`\`[a-z ]*\\b${command.name()}\\b`));
  }
});

/** What is wrong with a command line as somebody would type it; undefined if nothing is. Prose behind it is no matter. */
function fault(line: string): string | undefined {
  const [first = '', second = ''] = line.split(' ');
  const group = program.commands.find((one) => one.name() === first);
  if (group === undefined) return `${line}: there is no command ${first}`;
  const command = group.commands.length === 0 ? group : group.commands.find((one) => one.name() === second);
  if (command === undefined) return `${line}: there is no command ${first} ${second}`;
  const known = [...command.options, ...program.options].map(({ long }) => long);
  const unknown = [...line.matchAll(/(?<= \[?)--[a-z-]+/g)].find(([option]) => option !== '--help' && !known.includes(option));
  return unknown === undefined ? undefined : `${line}: there is no option ${unknown[0]}`;
}

test('every command line of sipwitchctl that a text or a sentence of the programs tells can be typed', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const man = readdirSync('etc/man').map((name) => `etc/man/${name}`);
  const texts = ['README.md', 'etc/sipwitch.conf', ...man, ...sources.map((name) => `src/${name}`)];
  const lines = texts.flatMap((path) =>
    [...read(path).matchAll(/(?:["`]|dist\/|^|: +)sipwitchctl(?:\.js)? +([a-z]+[^"`\n#]*)/gm)].map(([, line]) => line!.trim()),
  );
  expect(lines).toContain('provider add PRESET --user NAME');
  expect(lines.length).toBeGreaterThan(60);
  expect(lines.flatMap((line) => fault(line) ?? [])).toEqual([]);
});

test('every option in the table of commands in README.md is one of that command', () => {
  const rows = read('README.md').split('| `sipwitchctl` | |')[1]!.split('\n\n')[0]!.split('\n');
  const lines = rows.flatMap((row) => quoted(row.split(/(?<!\\)\|/)[1] ?? '')).filter((line) => line.includes('--'));
  expect(lines).toContain('config show [--defaults]');
  expect(lines.flatMap((line) => fault(line) ?? [])).toEqual([]);
});

test('every example of a configuration in README.md can be read, in a house where what the text speaks of is there', () => {
  const examples = [...read('README.md').matchAll(/```ini\n(.*?)```/gs)].map(([, text]) => text!);
  const house: readonly string[] = [
    '',
    '[user bob]\nextension = 201\n',
    '[provider sipgate]\nregistrar = sip:sipgate.de\nusername = 1\npassword = secret\n',
    '',
  ];
  const told = examples.map((text, i) =>
    loadText(`${house[i]}${text}`).problems.map(({ severity, message }) => `${severity}: ${message}`),
  );
  const nowhere = 'error: there is no such file: no daemon starts without it';
  expect(told).toEqual([[], [], [], [nowhere, nowhere]]);
});

test('the records to publish in README.md are those of its example, with TLS, as "dns records" prints them', () => {
  const text = read('README.md');
  const [, example = ''] = /```ini\n(\[daemon\]\ndomain = home\.example\n.*?)```/s.exec(text)!;
  const points = (['udp', 'tcp', 'tls'] as const).map((transport) => {
    return { transport, host: '192.0.2.7', port: transport === 'tls' ? 5061 : 5060 };
  });
  const { records } = dnsRecords('', { config: configOf(example), points, hostName: 'pc', interfaces: [] });
  const told = [...text.matchAll(/^(home\.example|\S+\.home\.example)\. +3600 +IN +([A-Z]+) +(.+)$/gm)];
  expect(told.map(([, name, type, data]) => ({ name, type, data }))).toEqual(records);
});

test('every file of the state directory that README.md names has its entry in sipwitchd(8)', () => {
  const rows = read('README.md').split('the state directory, and in it:')[1]!.split('| `$XDG_RUNTIME_DIR')[0]!;
  const files = rows.split('\n').flatMap((row) => quoted(row.split('|')[1] ?? ''));
  expect(files).toContain('history.jsonl');
  const page = pages('2026-11-20')
    .get('sipwitchd.8')!
    .replace(/\\f[BRI]|\\(?=-)/g, '');
  expect(files.filter((file) => !new RegExp(`/var/lib/sipwitch/${file.replace(/\/$/, '')}(?:/.*)?\n`).test(page))).toEqual([]);
});
