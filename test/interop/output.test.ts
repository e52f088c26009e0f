import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const dist = new URL('../../dist', import.meta.url).pathname;

/** Runs one of our programs, its standard output or its standard error on a disk that is full. */
function run(full: 'stdout' | 'stderr', program: string, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sipwitch-output-'));
  const disk = openSync('/dev/full', 'w');
  onTestFinished(() => {
    closeSync(disk);
    rmSync(folder, { recursive: true });
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, `${program}.js`), ...words], {
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', full === 'stdout' ? disk : 'pipe', full === 'stderr' ? disk : 'pipe'],
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { status, said: full === 'stdout' ? stderr : stdout };
}

const ctl = (...words: string[]) => run('stdout', 'sipwitchctl', '--bus', 'none', ...words);

test('what cannot be printed is told in a sentence, and is a failure', () => {
  const sentence = (program: string) => ({
    status: 1,
    said: `${program}: the output cannot be written: no space left on device\n`,
  });
  for (const words of [['user', 'list'], ['--json', 'user', 'list'], ['--help'], ['config', 'show', '--defaults']])
    expect(ctl(...words)).toEqual(sentence('sipwitchctl'));
  for (const word of ['--help', '--version']) expect(run('stdout', 'sipwitchd', word)).toEqual(sentence('sipwitchd'));
});

test('a password is taken at the end of its line, though standard input goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sipwitch-input-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const words = (line: string) => [join(dist, 'sipwitchctl.js'), '--bus', 'none', ...line.split(' ')];
  const env = { PATH: process.env.PATH, HOME: folder };
  expect(spawnSync(process.execPath, words('user add bob'), { env, stdio: 'ignore' }).status).toBe(0);
  const passwd = spawn(process.execPath, words('passwd bob --stdin'), {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: 10_000,
  });
  passwd.stdin.write('secret\n');
  expect(await once(passwd, 'exit')).toEqual([0, null]);
});

test('what cannot be said keeps nothing from being done', () => {
  expect(run('stderr', 'sipwitchctl', '--bus', 'none', 'status')).toEqual({ status: 69, said: '' });
});
