import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type Message } from 'dbus-native';
import { expect, onTestFinished, test } from 'vitest';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/new-folder.ts';

// The daemon as it is shipped, what it says from its start to its end.

const daemon = fileURLToPath(new URL('../../dist/sipwitchd.js', import.meta.url));
const ctl = fileURLToPath(new URL('../../dist/sipwitchctl.js', import.meta.url));

/** Loaded into it before its own program: SIGUSR2 takes its clock a minute on, and from then on it waits for ever for a file to be removed. */
const LATER = `data:text/javascript,import fs from 'node:fs';
let ahead = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + ahead;
process.on('SIGUSR2', () => {
  ahead += 62_000;
  fs.promises.unlink = () => new Promise(() => {});
});`.replaceAll('\n', '');

test('SIGHUP says what is wrong with the files and tells the bus what changed, a certificate needs none, status knows both, and SIGINT ends it whatever a disk does (interface, 1)', async () => {
  const folder = newFolder('signals');
  for (const name of ['config/sipwitch.conf.d', 'state', 'run']) mkdirSync(join(folder, name), { recursive: true });
  const [config, state, main] = [join(folder, 'config'), join(folder, 'state'), join(folder, 'config/sipwitch.conf')];
  const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
  const authority = new Authority();
  onTestFinished(() => authority.close());
  const renew = () => {
    const issued = authority.issue({ names: 'DNS:home.example' });
    writeFileSync(certificate, issued.certificate);
    writeFileSync(key, issued.key);
  };
  renew();
  const port = await freePort();
  const listen = `listen = udp:0.0.0.0:${port}\ntls_listen = tls:127.0.0.1:${port}`; // a wildcard is looked at each second
  const tls = `tls_certificate = ${certificate}\ntls_key = ${key}`;
  writeFileSync(join(config, 'sipwitch.conf.d/50.conf'), `[daemon]\ndomain = home.example\n${listen}\n${tls}\n`);
  writeFileSync(main, '[class quiet]\nmay =\n');
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') };
  const words = ['--import', LATER, daemon, '--config', config, '--state', state, '--bus', 'unix:path=/nowhere'];
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text).replace(/^[-\d]+ [:.\d]+ notice: /gm, '');
  });
  await expect.poll(() => existsSync(join(state, 'private-bus')), { timeout: 10_000 }).toBe(true);
  const warning = [
    `${main}:2:1: warning: [class quiet] may`,
    ...['    2 | may =', '      | ^^^ its users may call nobody: expected may = internal at least', '1 warning.'],
  ].join('\n');
  await expect.poll(() => said, { timeout: 10_000 }).toContain('ready: ');
  expect(said.split('ready: ')[0]).toBe(`${warning}\n`);

  const bus = createClient({ busAddress: `unix:path=${folder}/run/sipwitch/bus`, authMethods: ['EXTERNAL'] });
  onTestFinished(() => void bus.connection.stream.destroy());
  const told: unknown[] = [];
  bus.connection.on('message', ({ member, body }: Message) => {
    if (/^Interfaces/.test(member ?? '')) told.push(`${member} ${body?.[0]}`);
  });
  await bus.invokeDbus({ member: 'AddMatch', signature: 's', body: ["type='signal'"] });

  /** Takes its clock on until it says this. */
  const later = (says: string) =>
    expect.poll(() => said.includes(says) || !child.kill('SIGUSR2'), { timeout: 10_000, interval: 400 }).toBe(true);
  renew();
  await later(`the certificate ${certificate} was read again\n`);
  writeFileSync(key, 'no key\n');
  const kept = 'the TLS key cannot be read: it is not PEM, or damaged; the certificate that was read before stays in use';
  await later(kept);
  const status = spawnSync(process.execPath, [ctl, '--config', config, '--state', state, 'status', '--json'], { env });
  expect(JSON.parse(String(status.stdout)).problems).toEqual([
    `${main}:2: [class quiet] may: its users may call nobody: expected may = internal at least`,
    kept,
    expect.stringContaining('no bus answers at unix:path=/nowhere'),
  ]);
  renew();

  said = '';
  let expected = '';
  const reload = async (text: string | undefined, says: string) => {
    if (text === undefined) rmSync(main);
    else writeFileSync(main, text);
    expected += `the configuration was read again\n${says}`;
    child.kill('SIGHUP');
    await expect.poll(() => said, { timeout: 10_000 }).toBe(expected);
  };
  await reload('[class quiet]\nmay =\n[user bob]\n', `${warning} The configuration is in use now.\n`);
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['InterfacesAdded /org/sipwitch/SipWitch1/user/bob']);
  await reload('[user bob]\n', '');
  await reload(undefined, `No problems. There is no sipwitch.conf in ${config}. The configuration is in use now.\n`);
  child.kill('SIGINT');
  expect(await once(child, 'exit', { signal: AbortSignal.timeout(5_000) })).toEqual([0, null]);
});
