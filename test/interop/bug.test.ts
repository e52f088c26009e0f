import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/new-folder.ts';

// The daemon as it is shipped, with two bugs put into its process: in a timer, and in a promise.

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
/** Loaded into the daemon before its own program: a signal sets the bugs off. */
const BUGS = `data:text/javascript,process.on('SIGUSR2', () => {
  setTimeout(() => { throw new TypeError('in a timer'); }, 1);
  Promise.reject(new TypeError('in a promise'));
})`;

test('a bug that nobody catches is logged with its stack and counted, and the daemon goes on (house 8)', async () => {
  const folder = newFolder('bug');
  for (const name of ['config', 'state', 'run']) mkdirSync(join(folder, name));
  const phone = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void phone.close());
  await once(phone, 'listening');
  const port = await freePort();
  writeFileSync(join(folder, 'config/sipwitch.conf'), `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${port}\n`);
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') };
  const folders = ['--config', join(folder, 'config'), '--state', join(folder, 'state')];
  const words = ['--import', BUGS, join(dist, 'sipwitchd.js'), ...folders, '--bus', 'session'];
  const daemon = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.stderr.on('data', (text) => {
    said += String(text);
  });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  await expect.poll(() => said, { timeout: 10_000 }).toContain('ready: ');
  const status = () => {
    const ran = spawnSync(process.execPath, [join(dist, 'sipwitchctl.js'), ...folders, 'status', '--json'], {
      env,
      encoding: 'utf8',
    });
    return ran.status === 0 ? (JSON.parse(ran.stdout) as { problems: string[] }).problems : ran.stderr;
  };
  await expect.poll(status, { timeout: 10_000 }).toEqual([]);

  daemon.kill('SIGUSR2');
  await expect.poll(() => said, { timeout: 10_000 }).toMatch(/error: bug: TypeError: in a timer\n +at /);
  expect(said).toMatch(/error: bug: TypeError: in a promise\n +at /);
  const answered = once(phone, 'message');
  phone.send(options(phone.address().port), port, '127.0.0.1');
  expect(String((await answered)[0])).toMatch(/^SIP\/2\.0 200 /);
  expect(status()).toEqual(['bugs since the start: 2; the log says "bug: ..." where']);
  expect(daemon.exitCode).toBe(null);
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  expect(daemon.exitCode).toBe(0);
});

function options(port: number): string {
  return [
    'OPTIONS sip:127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKbug;rport`,
    'From: <sip:x@away.example>;tag=1',
    'To: <sip:127.0.0.1>',
    'Call-ID: bug',
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
