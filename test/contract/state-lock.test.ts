import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { awaitTurn, lockState, stateHolder } from '../../src/runtime/node/state-lock.ts';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

/** A state directory that is not there yet, or the one of a daemon of which a signature is left. */
function place(left?: string): { readonly state: string; readonly lock: string } {
  const folder = newFolder('lock');
  const [state, lock] = [join(folder, 'state'), join(folder, 'state/lock')];
  if (left !== undefined) mkdirSync(state);
  if (left !== undefined) writeFileSync(lock, left);
  return { state, lock };
}

/** A process that says so once it has what it shall have, and then stays. */
async function running(program: string, ...words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return child;
}

needs('flock')('a state directory is made and taken, and the file of its lock is for nobody else', () => {
  const { state, lock } = place();
  expect(lockState(state)).toEqual({ kind: 'ours' });
  expect([statSync(state).mode & 0o777, statSync(lock).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(readFileSync(lock, 'utf8')).toBe(`${process.pid} ${hostname()}\n`);
  const left = place('9 nowhere\n'); // as a backup that was put back: everybody may read it
  expect(lockState(left.state)).toEqual({ kind: 'ours' });
  expect(statSync(left.lock).mode & 0o777).toBe(0o600);
});

needs('flock')('a change waits until another has ended, and for no daemon', async () => {
  const { state } = place('9 nowhere\n');
  expect(lockState(state)).toEqual({ kind: 'ours' });
  const other = await running('flock', '--no-fork', `${state}/changing`, 'sh', '-c', 'echo held; exec sleep 60');
  const begin = performance.now();
  const killed = spawn('sh', ['-c', `sleep 0.5; kill ${other.pid}`], { stdio: 'ignore' });
  const exited = once(killed, 'exit');
  const over = await awaitTurn(state);
  expect(performance.now() - begin).toBeGreaterThan(400);
  await exited;
  const next = awaitTurn(state);
  const held = spawn('flock', ['-n', `${state}/changing`, 'true'], { stdio: 'ignore' });
  expect(await once(held, 'exit')).toEqual([1, null]);
  over!();
  (await next)!();
  const free = spawn('flock', ['-n', `${state}/changing`, 'true'], { stdio: 'ignore' });
  expect(await once(free, 'exit')).toEqual([0, null]);
});

needs('flock')(
  'a change waits seconds for another, and is made where no folder can be locked',
  async () => {
    const { state } = place('9 nowhere\n');
    await running('flock', '--no-fork', `${state}/changing`, 'sh', '-c', 'echo held; exec sleep 60');
    const files = readdirSync('/proc/self/fd').length;
    expect(await awaitTurn(state)).toBe(undefined);
    expect(readdirSync('/proc/self/fd').length).toBe(files);
    expect(await awaitTurn(`${state}/lock`)).toBeDefined(); // a file
  },
  10_000,
);

test('a change is made where there is no flock(1), and what it would lock is for nobody else', async () => {
  const { state } = place('');
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await awaitTurn(state)).toBeDefined();
  expect(statSync(`${state}/changing`).mode & 0o777).toBe(0o600);
});

needs('flock')('who has a state directory is named, and keeps it from nobody once it was killed', async () => {
  const { state, lock } = place('9 nowhere\n');
  const holder = await running('flock', '--no-fork', lock, 'sh', '-c', 'echo held; exec sleep 60');
  expect(lockState(state)).toEqual({ kind: 'taken', by: `sleep (pid ${holder.pid})` });
  expect(stateHolder(state)).toBe(`sleep (pid ${holder.pid})`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(stateHolder(state)).toBe(undefined);
  expect(lockState(state)).toEqual({ kind: 'ours' });
});

needs('flock')('a holder that cannot be seen is told as it signed: this process stands for it, as it looks for others', () => {
  const { state, lock } = place();
  lockState(state);
  const unseen = 'which cannot be seen from here';
  expect(lockState(state)).toEqual({ kind: 'taken', by: `process ${process.pid} of ${hostname()}, ${unseen}` });
  writeFileSync(lock, '');
  expect(lockState(state)).toEqual({ kind: 'taken', by: 'a process that cannot be seen from here' });
});

test('where there is no flock(1) who has the file open is in the way, and of others it is said that they would not be noticed', async () => {
  const { state, lock } = place();
  mkdirSync(state);
  const hold = `require('fs').openSync(${JSON.stringify(lock)}, 'a'); console.log('held'); setTimeout(() => {}, 60_000)`;
  const holder = await running(process.execPath, '-e', hold);
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(lockState(state)).toEqual({ kind: 'taken', by: `node (pid ${holder.pid})` });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(lockState(state)).toEqual({ kind: 'unsure', why: `cannot lock ${lock}: there is no flock(1)` });
});

test.each(['1', '71'])(
  "a flock(1) that can lock nothing there and ends with %s says why, and is in nobody's way",
  async (status) => {
    const { state, lock } = place('');
    writeFileSync(join(state, 'flock'), `#!/bin/sh\necho 'flock: No locks available' >&2\nexit ${status}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', state);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(lockState(state)).toEqual({ kind: 'unsure', why: `cannot lock ${lock}: flock: No locks available` });
    expect(await awaitTurn(state)).toBeDefined();
  },
);

test('a signature names who cannot be seen to have the lock, and keeps nobody out by itself', async () => {
  const { state, lock } = place('');
  const program = join(state, 'sipwitchd.js');
  writeFileSync(program, "console.log('runs'); setTimeout(() => {}, 60_000)");
  const other = await running(process.execPath, program);
  writeFileSync(lock, `${other.pid} ${hostname()}\n`);
  expect(stateHolder(state)).toBe(`sipwitchd (pid ${other.pid})`);
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(lockState(state)).toMatchObject({ kind: 'unsure' });
  writeFileSync(lock, `${other.pid} elsewhere\n`);
  expect(stateHolder(state)).toBe(undefined);
});

test('what is no folder, and a lock that leads elsewhere, are errors of the disk', () => {
  const { state, lock } = place('');
  const message = `cannot make ${lock}: what stands there is no folder`;
  expect(() => lockState(lock)).toThrow(expect.objectContaining({ code: 'EEXIST', message }));
  rmSync(lock);
  symlinkSync('/etc/hostname', lock);
  expect(() => lockState(state)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
});

test('a pipe in the place of the lock holds up nobody who asks whose the folder is', () => {
  const { state, lock } = place('');
  rmSync(lock);
  spawnSync('mkfifo', [lock]);
  expect(stateHolder(state)).toBe(undefined);
});
