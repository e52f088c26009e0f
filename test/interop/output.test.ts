import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** The home of somebody who has a house of his own, whether or not this machine has one. */
function newHome(word: string): string {
  const folder = newFolder(word);
  mkdirSync(join(folder, '.config/sipwitch'), { recursive: true });
  return folder;
}

/** Runs one of our programs, its standard output or its standard error on a disk that is full. */
function run(full: 'stdout' | 'stderr', program: string, ...words: string[]) {
  const folder = newHome('output');
  const disk = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(disk));
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

test('a random password that cannot be printed, or that nobody reads, is not set', () => {
  const folder = newHome('output');
  const env = { PATH: process.env.PATH, HOME: folder };
  const ctl = `${process.execPath} ${join(dist, 'sipwitchctl.js')} --bus none`;
  const run = (script: string) => spawnSync('bash', ['-c', script], { env, encoding: 'utf8', timeout: 10_000 });
  expect(run(`${ctl} user add bob && echo secret | ${ctl} passwd bob --stdin`).status).toBe(0);
  const digests = () => run('cat ~/.local/state/sipwitch/digests/bob/*').stdout;
  const before = digests();
  expect(before).not.toBe('');
  for (const [where, why] of [
    ['>/dev/full', 'no space left on device'],
    ['| true', 'broken pipe'],
  ])
    expect(run(`set -o pipefail; ${ctl} passwd bob --random ${where}`)).toMatchObject({
      status: 1,
      stderr: `sipwitchctl: the output cannot be written: ${why}\n`,
    });
  expect(digests()).toBe(before);
});

test('a password is taken at the end of its line, though standard input goes on', async () => {
  const folder = newHome('input');
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

test('a folder that was removed, and one that cannot be any, are told in a sentence', () => {
  const folder = newFolder('gone');
  const run = (home: string, program: string, words: string) => {
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "$0" '${join(dist, `${program}.js`)}' ${words}`;
    const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: folder };
    const ran = spawnSync('sh', ['-c', script, process.execPath], { cwd: folder, env, encoding: 'utf8', timeout: 10_000 });
    return `${ran.status} ${ran.stderr}`;
  };
  const gone = 'rel is nowhere: the folder that this program runs in was removed';
  expect(run(folder, 'sipwitchctl', '--config rel status')).toBe(`1 sipwitchctl: ${gone}\n`);
  expect(run(folder, 'sipwitchctl', '--bus none user import rel')).toBe(`1 sipwitchctl: ${gone}\n`);
  expect(run(folder, 'sipwitchd', '--config rel')).toMatch(/^1 sipwitchd: rel is nowhere: [^\n]*\n$/);
  mkdirSync(join(folder, 'sipwitch'));
  expect(run('/dev/null', 'sipwitchctl', '--bus none user add bob')).toMatch(/^1 sipwitchctl: cannot [^\n]*: not a directory\n$/);
});

test('what cannot be said keeps nothing from being done', () => {
  expect(run('stderr', 'sipwitchctl', '--bus', 'none', 'status')).toEqual({ status: 69, said: '' });
});

needs('script')('why it does not start is said to its end, however slow the terminal is', async () => {
  const folder = newFolder('output');
  for (const one of ['config', 'state']) mkdirSync(join(folder, one));
  const wrong = Array.from({ length: 1_500 }, (_, n) => `[user u${n}]\nnonsense = 1\n`).join('');
  writeFileSync(join(folder, 'config/sipwitch.conf'), `[daemon]\ndomain = home.example\n${wrong}`);
  const run = `${process.execPath} '${join(dist, 'sipwitchd.js')}' --config ${folder}/config --state ${folder}/state --bus none`;
  const terminal = spawn('script', ['-qec', run, '/dev/null'], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 });
  const ended = once(terminal, 'close');
  let shown = '';
  for await (const text of terminal.stdout) {
    shown += String(text);
    if (shown.length < 8_192) await new Promise((later) => setTimeout(later, 300));
  }
  expect(await ended).toEqual([78, null]);
  expect(shown.trimEnd().split('\n').pop()).toBe('1500 errors. sipwitchd did not start.');
});

needs('script', 'stty')(
  'a listing is cut where the terminal ends, and nowhere on one that tells no width, as a serial console',
  () => {
    const folder = newHome('output');
    writeFileSync(
      join(folder, '.config/sipwitch/sipwitch.conf'),
      '[daemon]\ndomain = home.example\n[user alice]\nextension = 200\n',
    );
    const listed = (columns: number) => {
      const list = `${process.execPath} ${join(dist, 'sipwitchctl.js')} --bus none user list`;
      const env = { PATH: process.env.PATH, HOME: folder };
      const words = ['-qec', `stty cols ${columns}; ${list}`, '/dev/null'];
      return spawnSync('script', words, { env, encoding: 'utf8', timeout: 10_000 }).stdout.split('\r\n').slice(0, 2);
    };
    expect(listed(12)).toEqual(['NAME   EXTE…', 'alice  200 …']);
    expect(listed(0)).toEqual([
      'NAME   EXTENSION  DISPLAY  PHONES  PASSWORD  STATE',
      'alice  200        -        0       none      -',
    ]);
  },
);

needs('script')('a terminal of another user, as after su, is left to the shell as it was', async () => {
  if (process.getuid?.() !== 0) return; // only root can be somebody else
  const folder = mkdtempSync('/var/tmp/sipwitch-output-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  for (const one of ['config', 'state']) {
    mkdirSync(join(folder, one));
    chownSync(join(folder, one), 65_534, 65_534);
  }
  writeFileSync(
    join(folder, 'config/sipwitch.conf'),
    `[daemon]\ndomain = home.example\nlisten = udp:127.0.0.1:${await freePort()}\n`,
  );
  const words = `--config ${folder}/config --state ${folder}/state --bus none`;
  const daemon = `setpriv --reuid=65534 --clear-groups ${process.execPath} ${join(folder, 'dist/sipwitchd.js')} ${words}`;
  const shell = `${daemon} & sleep 2; kill -9 $!; wait; grep flags /proc/self/fdinfo/0`;
  const { stdout } = spawnSync('script', ['-qec', shell, '/dev/null'], { encoding: 'utf8', timeout: 10_000 });
  expect(stdout).toContain('ready: ');
  const O_NONBLOCK = 0o4000;
  expect(Number.parseInt(/flags:\s*([0-7]+)/.exec(stdout)?.[1] ?? '', 8) & O_NONBLOCK).toBe(0);
});

needs('script')('a terminal that takes nothing more, as after ^S, keeps no call from being served', async () => {
  const folder = newFolder('output');
  const port = await freePort();
  for (const one of ['config', 'state']) mkdirSync(join(folder, one));
  const listen = `listen = udp:127.0.0.1:${port}`;
  writeFileSync(join(folder, 'config/sipwitch.conf'), `[daemon]\ndomain = home.example\n${listen}\n`);
  const words = `--config ${folder}/config --state ${folder}/state --bus none --log debug`;
  const run = `exec ${process.execPath} '${join(dist, 'sipwitchd.js')}' ${words}`;
  const terminal = spawn('script', ['-qec', run, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void terminal.kill());
  for await (const shown of terminal.stdout.iterator({ destroyOnReturn: false })) if (`${shown}`.includes('ready: ')) break;
  terminal.stdout.pause();

  const phone = createSocket('udp4');
  onTestFinished(() => void phone.close());
  phone.bind(0, '127.0.0.1');
  await once(phone, 'listening');
  const options = (id: string, more = '') => {
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${phone.address().port};branch=z9hG4bK${id}`;
    const names = `From: <sip:a@home.example>;tag=1\r\nTo: <sip:home.example>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS`;
    const text = `OPTIONS sip:home.example SIP/2.0\r\n${via}\r\n${names}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n${more}\r\n`;
    phone.send(text, port, '127.0.0.1');
  };
  const answers: string[] = [];
  phone.on('message', (answer) => answers.push(/^Call-ID: *(.*?)\r$/im.exec(`${answer}`)?.[1] ?? ''));
  // Each is a sentence of the log: some 300 kB in all, of which the terminal takes 4 and `script` and the pipe behind it 100.
  for (let n = 0; n < 2_000; n++) {
    options(`wrong${n}`, 'Content-Length: 7\r\n');
    if (n % 50 === 0) await new Promise((later) => setTimeout(later, 5));
  }
  options('whole');
  await expect.poll(() => answers, { timeout: 5_000 }).toContain('whole');
});
