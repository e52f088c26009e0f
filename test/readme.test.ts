import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(path, 'utf8');
const quoted = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!);
const isPath = (word: string) => /^[a-z][\w.-]*\/[\w./-]*$|^[\w-]+\.ts$/.test(word);
const place = (path: string) => (/^(?:src|test|etc|systemd|debian)\//.test(path) ? path : `src/${path}`);

test('every path that src/README.md names exists', () => {
  const paths = quoted(read('src/README.md')).filter(isPath);
  expect(paths.length).toBeGreaterThan(80);
  expect(paths.filter((path) => !existsSync(place(path)))).toEqual([]);
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

test('the example of a first start is what it prints', async () => {
  const { introduction } = await import('../src/core/first-start.ts');
  const account = { user: 'alice', extension: '200', password: 'j6dcu-aetei-j8myr' };
  expect(read('README.md')).toContain(introduction(account, '192.0.2.7', account.password, 'node dist/sipwitchctl.js').trimEnd());
});

test('every command of sipwitchctl is named in README.md', async () => {
  const { programFor } = await import('../src/control/cli/main.ts');
  const program = programFor({ version: '0' } as Parameters<typeof programFor>[0]);
  const table = read('README.md').split('## Commands')[1]!.split('## Files')[0]!;
  for (const group of program.commands) {
    expect(table).toMatch(new RegExp(`\`${group.name()}\\b`));
    for (const command of group.commands) expect(table).toMatch(new RegExp(`\`[a-z ]*\\b${command.name()}\\b`));
  }
});
