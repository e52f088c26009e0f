import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

test.each([
  ['session', 'bus\n'],
  ['none', ''],
])('systemd is told that the daemon is ready when sipwitchctl can reach it, and not before: --bus %s', async (bus, found) => {
  const folder = newFolder('ready');
  for (const name of ['config', 'state', 'run', 'bin']) mkdirSync(join(folder, name));
  // In place of systemd's own program, one that looks at once what is there.
  const look = `#!/bin/sh\nls ${folder}/run/sipwitch > ${folder}/found 2> /dev/null\necho "$1" > ${folder}/told\n`;
  writeFileSync(join(folder, 'bin/systemd-notify'), look);
  chmodSync(join(folder, 'bin/systemd-notify'), 0o755);
  const port = await freePort();
  writeFileSync(join(folder, 'config/sipwitch.conf'), `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${port}\n`);
  const env = {
    PATH: `${folder}/bin:${process.env.PATH}`,
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    NOTIFY_SOCKET: join(folder, 'notify'),
  };
  const words = [join(dist, 'sipwitchd.js'), '--config', join(folder, 'config'), '--state', join(folder, 'state')];
  const daemon = spawn(process.execPath, [...words, '--bus', bus], { env, stdio: 'ignore' });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  const told = join(folder, 'told');
  await expect.poll(() => existsSync(told) && readFileSync(told, 'utf8'), { timeout: 10_000 }).toBe('--ready\n');
  expect(readFileSync(join(folder, 'found'), 'utf8')).toBe(found);
});

test('SIGUSR1, at which Node opens a debugger to every user of the machine, does nothing (security S25)', async () => {
  const folder = newFolder('ready');
  for (const name of ['config', 'state']) mkdirSync(join(folder, name));
  const file = join(folder, 'config/sipwitch.conf');
  writeFileSync(file, `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${await freePort()}\n`);
  const words = ['--config', join(folder, 'config'), '--state', join(folder, 'state'), '--bus', 'none'];
  const env = { PATH: process.env.PATH, HOME: folder };
  const daemon = spawn(process.execPath, [join(dist, 'sipwitchd.js'), ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  let said = '';
  daemon.stderr.on('data', (text) => {
    said += String(text);
  });
  await expect.poll(() => said, { timeout: 10_000 }).toMatch(/^ready: .*\n$/);
  daemon.kill('SIGUSR1');
  writeFileSync(file, 'x');
  daemon.kill('SIGHUP');
  await expect.poll(() => said, { timeout: 10_000 }).toContain('1 error. The running daemon keeps');
  expect(said).not.toContain('Debugger');
});

/** What a daemon of these files of dist/ answers to an OPTIONS, whether it has loaded the library, and whether it says that there is none. */
async function options(isTaken: (name: string) => boolean) {
  const folder = newFolder('ready');
  for (const name of ['dist', 'config', 'state']) mkdirSync(join(folder, name));
  symlinkSync(join(dist, '../node_modules'), join(folder, 'node_modules'));
  for (const name of readdirSync(dist).filter((name) => /\.(?:js|json|node)$/.test(name) && isTaken(name)))
    copyFileSync(join(dist, name), join(folder, 'dist', name));
  const port = await freePort();
  writeFileSync(join(folder, 'config/sipwitch.conf'), `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${port}\n`);
  const words = ['--config', join(folder, 'config'), '--state', join(folder, 'state'), '--bus', 'none', '--log', 'info'];
  const env = { PATH: process.env.PATH, HOME: folder };
  const daemon = spawn(process.execPath, [join(folder, 'dist/sipwitchd.js'), ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  let said = '';
  daemon.stderr.on('data', (text) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 10_000 }).toMatch(/^ready: /m);
  expect(said).not.toMatch(/error|flag/i); // V8 complains there of flags that its version does not know
  const phone = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void phone.close());
  await once(phone, 'listening');
  const from = `127.0.0.1:${phone.address().port}`;
  const lines = [`OPTIONS sip:127.0.0.1:${port} SIP/2.0`, `Via: SIP/2.0/UDP ${from};branch=z9hG4bKready`, 'Max-Forwards: 70'];
  const rest = [`From: <sip:a@${from}>;tag=1`, `To: <sip:127.0.0.1:${port}>`, 'Call-ID: ready', 'CSeq: 1 OPTIONS', '', ''];
  phone.send([...lines, ...rest].join('\r\n'), port, '127.0.0.1');
  const [answer] = await once(phone, 'message', { signal: AbortSignal.timeout(10_000) });
  const isLoaded = readFileSync(`/proc/${daemon.pid}/maps`, 'utf8').includes('/udp.node');
  return [String(answer).split('\r\n')[0], isLoaded, said.includes('UDP takes the sockets of Node')];
}

test('without the library for UDP the daemon uses the sockets of Node, and says so to who asks for it', async () => {
  expect(await options((name) => name !== 'udp.node')).toEqual(['SIP/2.0 200 OK', false, true]);
});

needs('udp.node')('the daemon uses the library for UDP that was built beside it', async () => {
  expect(await options(() => true)).toEqual(['SIP/2.0 200 OK', true, false]);
});
