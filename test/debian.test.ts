import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { version } from '../src/text/version.ts';

const postinst = new URL('../debian/sipwitch.postinst', import.meta.url).pathname;

test('the bus reads its policy once there is the user whom it names, and before the daemon starts: of others it believes nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sipwitch-debian-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // The bus may be none, which holds up no installation.
  for (const [name, status] of [
    ['systemd-sysusers', 0],
    ['dbus-send', 1],
    ['start-the-daemon', 0],
  ] as const) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${folder}/done\nexit ${status}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const script = readFileSync(postinst, 'utf8').replace('#DEBHELPER#', 'start-the-daemon now');
  const env = { PATH: `${folder}:${process.env.PATH}` };
  expect(spawnSync('sh', ['-c', script, 'postinst', 'configure', ''], { env }).status).toBe(0);
  const reload = '--system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig';
  expect(readFileSync(join(folder, 'done'), 'utf8').split('\n')).toEqual([
    'systemd-sysusers sipwitch.conf',
    `dbus-send ${reload}`,
    'start-the-daemon now',
    '',
  ]);
});

test('neither unit starts again and again where that helps nobody: usage, what another program has, configuration (README, Commands)', () => {
  const given = (unit: string) => {
    const text = readFileSync(new URL(`../systemd/${unit}`, import.meta.url), 'utf8');
    return /^RestartPreventExitStatus=(.*)$/m.exec(text)?.[1];
  };
  expect(given('sipwitch.service')).toBe('2 69 78');
  expect(given('user/sipwitch.service')).toBe('2 69 78');
});

test('debian/copyright names every package that is bundled, under its licence, and no other', () => {
  interface Locked {
    readonly license?: string;
    readonly dev?: true;
    readonly optional?: true;
    readonly devOptional?: true;
  }
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const { packages } = JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> };
  const bundled = Object.entries(packages).filter(([path, one]) => path !== '' && !one.dev && !one.optional && !one.devOptional);
  const named = [...read('debian/copyright').matchAll(/^Files: (node_modules\/\S+)\/\*\nCopyright: .+\nLicense: (.+)$/gm)];
  expect(named.map(([, path, licence]) => `${path} ${licence}`)).toEqual(
    bundled.map(([path, { license }]) => `${path} ${license === 'MIT' ? 'Expat' : license}`), // Debian calls that one so
  );
});

test('the programs, package.json, its lock and the Debian package are of one version', () => {
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const of = (path: string) => (JSON.parse(read(path)) as { readonly version: string }).version;
  expect([of('package.json'), of('package-lock.json')]).toEqual([version, version]);
  expect(read('debian/changelog')).toMatch(new RegExp(`^sipwitch \\(${version.replaceAll('.', '\\.')}(?:-[^)]+)?\\) `));
});
