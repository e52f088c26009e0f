import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { pages } from '../../etc/man/pages.ts';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

const daemon = fileURLToPath(new URL('../../dist/sipwitchd.js', import.meta.url));
const ctl = fileURLToPath(new URL('../../dist/sipwitchctl.js', import.meta.url));

/** Folders of a user who has none of ours, and what the daemon does there. */
function place() {
  const folder = newFolder('start');
  const [config, state] = [join(folder, 'config'), join(folder, 'state')];
  mkdirSync(config);
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder };
  const start = (bus = 'none') => {
    const words = [daemon, '--config', config, '--state', state, '--bus', bus];
    const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8', timeout: 10_000 });
    return { status, said: stderr };
  };
  return { folder, config, state, start };
}

test('what npm start runs is ended with the shell that npm runs it by', async () => {
  const { config, state } = place();
  mkdirSync(state, 0o700);
  writeFileSync(join(config, 'sipwitch.conf'), `[daemon]\nlisten = udp:127.0.0.1:${await freePort()}\n`);
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const line = `${scripts.start} --config ${config} --state ${state} --bus none`;
  const shell = spawn('sh', ['-c', line], { cwd: join(daemon, '../..'), detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void spawnSync('kill', ['-KILL', '--', `-${shell.pid}`])); // whoever is left of its group
  let said = '';
  shell.stderr.on('data', (text) => {
    said += String(text);
  });
  await expect.poll(() => said, { timeout: 10_000 }).toContain('ready: ');
  shell.kill('SIGTERM');
  expect(await once(shell, 'exit')).toEqual([0, null]);
});

test('a configuration that cannot be read is no first start: 78, and nothing is written', () => {
  const { folder, config, start } = place();
  // Unreadable also for root.
  symlinkSync('sipwitch.conf', join(config, 'sipwitch.conf'));
  const { status, said } = start();
  expect(said).toBe(
    `${config}/sipwitch.conf: error: cannot be read: too many symbolic links encountered\n1 error. sipwitchd did not start.\n`,
  );
  expect(status).toBe(78);
  expect(lstatSync(join(config, 'sipwitch.conf')).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder)).toEqual(['config']);
});

test('where the system does not tell its addresses, as on Android, the daemon says so, and sipwitchctl does without (house 8)', () => {
  const { folder, config, state } = place();
  mkdirSync(state, 0o700);
  writeFileSync(join(config, 'sipwitch.conf'), '[daemon]\nlisten = udp:127.0.0.1:5060\n[user alice]\n');
  const refuses = "throw Object.assign(new Error('A system error occurred'), { code: 'ERR_SYSTEM_ERROR', errno: 13 })";
  writeFileSync(join(folder, 'mute.cjs'), `require('node:os').networkInterfaces = () => { ${refuses}; };`);
  const env = { PATH: process.env.PATH, HOME: folder, NODE_OPTIONS: `--require ${join(folder, 'mute.cjs')}` };
  const run = (program: string, ...words: string[]) => {
    const all = [program, '--config', config, '--state', state, '--bus', 'none', ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { env, encoding: 'utf8', timeout: 10_000 });
    return [status, stdout.split('\n').at(-2), stderr];
  };
  const why = 'the system does not tell the addresses of this machine (netlink): permission denied\n';
  expect(run(daemon)).toEqual([1, undefined, why]);
  expect(run(ctl, 'route', 'explain', 'alice', '--anonymous')).toEqual([
    0,
    '=> challenge: the caller has to prove who it is (407)',
    '',
  ]);
});

test('a link to a file that is not there is no first start: 78, and nothing is written', () => {
  const { folder, config, start } = place();
  symlinkSync('/nonexistent/x', join(config, 'sipwitch.conf'));
  const { status, said } = start();
  const why = 'cannot be read: it is a link to a file that is not there';
  expect(said).toBe(`${config}/sipwitch.conf: error: ${why}\n1 error. sipwitchd did not start.\n`);
  expect(status).toBe(78);
  expect(readlinkSync(join(config, 'sipwitch.conf'))).toBe('/nonexistent/x');
  expect(readdirSync(folder)).toEqual(['config']);
});

test('a drop-in that leads nowhere, and a file in the place of their folder, are refused', () => {
  const { config, state, start } = place();
  const folder = join(config, 'sipwitch.conf.d');
  mkdirSync(state);
  writeFileSync(join(config, 'sipwitch.conf'), '[daemon]\ndomain = home.example\n');
  writeFileSync(folder, '');
  expect(start()).toEqual({
    status: 78,
    said: `${folder}: error: cannot be read: it is not a folder\n1 error. sipwitchd did not start.\n`,
  });
  rmSync(folder);
  mkdirSync(folder);
  symlinkSync('/nonexistent/x', join(folder, '50.conf'));
  expect(start()).toEqual({
    status: 78,
    said: `${folder}/50.conf: error: cannot be read: it is a link to a file that is not there\n1 error. sipwitchd did not start.\n`,
  });
});

test('a certificate that is none is told at its key, by a start as by config check: 78', () => {
  const { folder, config, state, start } = place();
  const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
  const main = join(config, 'sipwitch.conf');
  writeFileSync(main, `[daemon]\ndomain = home.example\ntls_certificate = ${certificate}\ntls_key = ${key}\n`);
  mkdirSync(state);
  writeFileSync(certificate, 'no PEM\n');
  writeFileSync(key, 'no PEM\n');
  const problem = [
    `${main}:3:19: error: [daemon] tls_certificate`,
    `    3 | tls_certificate = ${certificate}`,
    `      |                   ${'^'.repeat(certificate.length)} cannot be read: it is not PEM, or damaged`,
    '1 error.',
  ].join('\n');
  expect(start()).toEqual({ status: 78, said: `${problem} sipwitchd did not start.\n` });
  const words = [ctl, '--config', config, '--state', state, '--bus', 'none', 'config', 'check'];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 10_000 });
  expect({ status, stdout }).toEqual({ status: 78, stdout: `${problem}\n` });
});

test('a --state that is not there, or no folder, is a mistake of the person who typed it: no empty house is made', () => {
  const { folder, config, state, start } = place();
  writeFileSync(join(config, 'sipwitch.conf'), '[daemon]\ndomain = home.example\n');
  const hint = 'give the one that sipwitchd keeps its files in';
  const told = (what: string) => ({ status: 2, said: `sipwitchd: --state ${what}\n` });
  expect(start()).toEqual(told(`${state}: there is no such folder; ${hint}, or "mkdir -m 700 ${state}" for a new one`));
  expect(readdirSync(folder)).toEqual(['config']);
  symlinkSync('nowhere', state);
  expect(start()).toEqual(told(`${state}: it is a link to a folder that is not there; ${hint}`));
  rmSync(state);
  writeFileSync(state, '');
  expect(start()).toEqual(told(`${state}: that is no folder; ${hint}`));
  const words = [daemon, '--config', config, '--state', '', '--bus', 'none'];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8', timeout: 10_000 });
  expect({ status, said: stderr }).toEqual(told(`is empty; ${hint}`));
  expect(readdirSync(folder)).toEqual(['config', 'state']);
});

test('a --config that is no folder is a mistake of the person who typed it, and nothing is written', () => {
  const { config, state, folder, start } = place();
  rmSync(config, { recursive: true });
  const hint = 'give the one that holds sipwitch.conf\n';
  writeFileSync(config, '');
  expect(start()).toEqual({ status: 2, said: `sipwitchd: --config ${config}: that is no folder; ${hint}` });
  expect(readdirSync(folder)).toEqual(['config']);
  rmSync(config);
  mkdirSync(join(state, 'conf.d'), { recursive: true });
  writeFileSync(join(state, 'conf.d/user-bob.conf'), '[user bob]\nextension = 201\n');
  expect(start()).toEqual({ status: 2, said: `sipwitchd: --config ${config}: there is no such folder; ${hint}` });
  expect(readdirSync(state)).toEqual(['conf.d']);
});

test('a --bus that is none is a mistake of the person who typed it, and nothing is written', () => {
  const { folder, config, start } = place();
  symlinkSync('sipwitch.conf', join(config, 'sipwitch.conf')); // it would end with 78 next
  const expected = 'expected system, session, none, or an address such as unix:path=/run/sipwitch/bus';
  expect(start('nosuch')).toEqual({ status: 2, said: `sipwitchd: --bus nosuch: ${expected}\n` });
  expect(readdirSync(folder)).toEqual(['config']);
});

test('a command that only looks writes nothing, and one that makes a user does', () => {
  const { folder } = place();
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder };
  const run = (...words: readonly string[]) =>
    spawnSync(process.execPath, [ctl, '--bus', 'none', ...words], { env, encoding: 'utf8', timeout: 20_000 });
  for (const looks of [['doctor'], ['user', 'list'], ['user', 'show', 'bob'], ['config', 'show'], ['state', 'list']])
    run(...looks);
  expect(readdirSync(folder)).toEqual(['config']);
  expect(run('user', 'add', 'bob').status).toBe(0);
  expect(run('user', 'list').stdout).toMatch(/^bob /m);
  expect(readdirSync(join(folder, '.local/state/sipwitch'))).toContain('realm');
});

const HOLD = "require('dgram').createSocket('udp4').bind(5060, '127.0.0.1', () => console.log('held'))";

needs('netns', 'ip')('the account of a first start that found its port taken is told by the next one', async () => {
  const { folder, config, state } = place();
  rmSync(config, { recursive: true }); // a first start makes it
  const run = `"$0" '${daemon}' --config ${config} --state ${state} --bus none`;
  const script = [
    'ip link set lo up',
    `"$0" -e "${HOLD}" > ${folder}/held & holder=$!`,
    `until [ -s ${folder}/held ]; do sleep 0.05; done`,
    `${run}; echo "exit $?" >&2; (cd ${state} && find * -type f | sort) >&2`,
    'kill $holder; wait $holder',
    `exec ${run}`,
  ].join('\n');
  const env = { PATH: process.env.PATH, HOME: folder };
  const shell = spawn('unshare', ['--net', 'sh', '-c', script, process.execPath], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void shell.kill('SIGKILL'));
  let said = '';
  shell.stderr.on('data', (text) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 20_000 }).toMatch(/^ready: [\s\S]*password {4}in /m);
  expect(said).toMatch(/5060 is taken by [^\n]*\nexit 69\nfirst-start\nlock\nrealm\nroute-key\n/);
  expect(readFileSync(join(state, 'first-account'), 'utf8')).toMatch(/password {4}[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}\n/);
  await expect.poll(() => existsSync(join(state, 'first-start'))).toBe(false);
  expect(readdirSync(join(state, 'digests')).map((user) => readdirSync(join(state, 'digests', user)))).toEqual([['passwd']]);
});

/** Starts a daemon that shall stay, and waits until it is ready. */
async function running(config: string, state: string): Promise<ChildProcess> {
  const words = [daemon, '--config', config, '--state', state, '--bus', 'none'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr!.on('data', (text) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 10_000 }).toMatch(/^ready: /m);
  return child;
}

test('what a daemon and a command that changes something leave in the state directory has its entry in sipwitchd(8)', async () => {
  const { folder, config, state } = place();
  await configured(config, '[user alice]\n[state night]\n');
  mkdirSync(state);
  const env = { PATH: process.env.PATH, HOME: folder };
  const words = ['--config', config, '--state', state];
  const child = spawn(process.execPath, [daemon, ...words], { env, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => existsSync(join(state, 'private-bus')), { timeout: 10_000 }).toBe(true);
  for (const command of ['user add bob', 'passwd bob --random', 'state set night on']) {
    const { status, stderr } = spawnSync(process.execPath, [ctl, ...words, ...command.split(' ')], { env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('no daemon')]);
  }
  const kept = readdirSync(state);
  expect(kept).toEqual(
    expect.arrayContaining(['bus', 'conf.d', 'digests', 'lock', 'private-bus', 'realm', 'route-key', 'states']),
  );
  const page = pages('2026-11-20')
    .get('sipwitchd.8')!
    .replace(/\\f[BRI]|\\(?=-)/g, '');
  expect(kept.filter((name) => !new RegExp(`/var/lib/sipwitch/${name}(?:/.*)?\n`).test(page))).toEqual([]);
});

needs('script', 'stty')('a narrow terminal shows where it is ready in lines, and no other output does', async () => {
  const { folder, config, state } = place();
  mkdirSync(config, { recursive: true });
  mkdirSync(state);
  const port = await freePort();
  const listen = `udp:127.0.0.1:${port}, tcp:127.0.0.1:${port}`;
  writeFileSync(join(config, 'sipwitch.conf'), `[daemon]\ndomain = home.example\nlisten = ${listen}\n`);
  const run = `exec ${process.execPath} '${daemon}' --config ${config} --state ${state} --bus none`;
  // A terminal that hangs up ends what runs in it.
  const terminal = spawn('script', ['-qfc', `stty cols 60; ${run}`, join(folder, 'shown')], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(() => void terminal.kill());
  const shown = () => (existsSync(join(folder, 'shown')) ? readFileSync(join(folder, 'shown'), 'utf8') : '');
  await expect.poll(shown, { timeout: 10_000 }).toContain(`ready: 1 address\r\n  udp ${port}, tcp ${port}\r\n    127.0.0.1\r\n`);
  terminal.kill();
  await once(terminal, 'exit');
});

async function configured(folder: string, more = ''): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const listen = `listen = udp:127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, 'sipwitch.conf'), `[daemon]\ndomain = home.example\n${listen}\n${more}`);
}

needs('flock')('a second daemon on one state directory is told who has it: 69; it starts where that one was killed', async () => {
  const { folder, config, state, start } = place();
  await configured(config);
  await configured(join(folder, 'other'));
  mkdirSync(state);
  const first = await running(join(folder, 'other'), state);
  const kept = readdirSync(state);
  const mend = 'stop that program, or give this one another --state';
  const told = `the state directory ${state} is taken by sipwitchd (pid ${first.pid}); ${mend}\n`;
  expect(start()).toEqual({ status: 69, said: told });
  expect(readdirSync(state)).toEqual(kept);
  // What only needs the files goes on.
  const words = [ctl, '--config', config, '--state', state, '--bus', 'none', 'user', 'add', 'bob'];
  expect(spawnSync(process.execPath, words, { timeout: 10_000 }).status).toBe(0);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await running(config, state);
});

needs('netns', 'ip')(
  'a disk that cannot be written is told as such where the state directory would have to be made',
  async () => {
    const { folder, config } = place();
    await configured(config);
    const script = `mount -t tmpfs -o ro none ${folder}/disk; exec "$0" '${daemon}' --config ${config} --bus none`;
    mkdirSync(join(folder, 'disk'));
    const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: join(folder, 'disk/state') };
    const words = ['--mount', 'sh', '-c', script, process.execPath];
    const { status, stderr } = spawnSync('unshare', words, { env, encoding: 'utf8', timeout: 10_000 });
    const hint = 'the folders of --config and --state must be where files can be written';
    const said = `sipwitchd: cannot make ${folder}/disk/state/sipwitch: read-only file system; ${hint}\n`;
    expect({ status, said: stderr }).toEqual({ status: 1, said });
  },
);

needs('netns', 'flock')(
  'a full disk, and one that cannot be written, keep no daemon from a state directory that it has',
  async () => {
    const { folder, config, state } = place();
    await configured(config);
    mkdirSync(state);
    const [log, shut] = [join(folder, 'log'), join(folder, 'shut')];
    mkdirSync(shut);
    const run = (where: string) =>
      [
        `rm -f ${log}`,
        `"$0" '${daemon}' --config ${config} --state ${where} --bus none 2> ${log} & pid=$!`,
        `until grep -qs '^ready: ' ${log} || ! kill -0 $pid 2> /dev/null; do sleep 0.05; done`,
        `kill -9 $pid; wait $pid; cat ${log}; echo --`,
      ].join('\n');
    const script = [
      ...['ip link set lo up', `mount -t tmpfs -o size=64k none ${state}`, run(state)],
      ...[`dd if=/dev/zero of=${state}/fill`, run(state), `rm ${state}/fill ${state}/lock`],
      ...[`mount --bind ${state} ${shut}`, `mount -o remount,bind,ro ${shut}`, run(shut), `touch ${state}/lock`, run(shut)],
    ].join('\n');
    const words = ['--net', '--mount', 'sh', '-c', script, process.execPath];
    const { stdout } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 40_000 });
    const ready = expect.stringMatching(/^ready: \S+\n$/);
    const unsure = 'another daemon on this state directory would not be noticed';
    const notice = expect.stringContaining(` notice: cannot open ${shut}/lock: read-only file system: ${unsure}\nready: `);
    expect(stdout.split('--\n')).toEqual([ready, ready, notice, ready, '']);
  },
  60_000,
);
