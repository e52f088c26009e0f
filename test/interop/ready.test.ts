import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';

const dist = new URL('../../dist/', import.meta.url).pathname;

test('systemd is told that the daemon is ready when sipwitchctl can reach it, and not before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sipwitch-ready-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['config', 'state', 'run', 'bin']) mkdirSync(join(folder, name));
  // In place of systemd's own program, one that looks at once what is there.
  const look = `#!/bin/sh\nls ${folder}/run/sipwitch > ${folder}/found 2>&1\necho "$1" > ${folder}/told\n`;
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
  const daemon = spawn(process.execPath, [...words, '--bus', 'session'], { env, stdio: 'ignore' });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  await expect.poll(() => existsSync(join(folder, 'told')), { timeout: 10_000 }).toBe(true);
  expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('--ready\n');
  expect(readFileSync(join(folder, 'found'), 'utf8')).toBe('bus\n');
});
