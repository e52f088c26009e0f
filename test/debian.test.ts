import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { version } from '../src/text/version.ts';
import { newFolder } from './support/new-folder.ts';
import { needs } from './support/program.ts';

const debian = (name: string) => readFileSync(new URL(`../debian/${name}`, import.meta.url), 'utf8');

/** Programs of the machine that fail, and what the others print. */
interface Machine {
  readonly fails?: readonly string[];
  readonly prints?: Readonly<Record<string, string>>;
}

/** Runs a maintainer script where systemd runs, on a machine that only notes which of its programs are run. */
function script(name: string, words: readonly string[], { fails = [], prints = {} }: Machine) {
  const folder = newFolder('debian');
  for (const program of ['systemd-sysusers', 'dbus-send', 'debhelper', 'systemctl', 'runuser', 'deb-systemd-invoke', 'rm']) {
    const fault = fails.map((one) => `case "${program} $*" in "${one}"*) exit 1;; esac`).join('\n');
    const text = `#!/bin/sh\necho "${program} $*" >> ${folder}/done\necho '${prints[program] ?? ''}'\n${fault}\n`;
    writeFileSync(join(folder, program), text, { mode: 0o755 });
  }
  const text = debian(name).replace('#DEBHELPER#', 'debhelper').replaceAll('/run/systemd/system', folder);
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const { status, stderr } = spawnSync('sh', ['-c', text, name, ...words], { env, encoding: 'utf8' });
  return { status, stderr, done: readFileSync(join(folder, 'done'), 'utf8').split('\n').slice(0, -1) };
}

const check = 'runuser -u _sipwitch -- sipwitchctl --bus none config check'; // with the groups of that user, as the unit
const active = 'systemctl --quiet is-active sipwitch.service';

test('the bus reads its policy once there is the user whom it names, and before the daemon starts: of others it believes nothing', () => {
  // The bus may be none, which holds up no installation.
  const { status, done } = script('sipwitch.postinst', ['configure', ''], { fails: ['dbus-send', active] });
  const reload = '--system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig';
  expect(status).toBe(0);
  expect(done).toEqual([
    'systemd-sysusers sipwitch.conf',
    `dbus-send ${reload}`,
    'debhelper ',
    'systemctl --system daemon-reload',
    active,
    'deb-systemd-invoke start sipwitch.service',
  ]);
});

test('an upgrade ends no running exchange whose configuration the new version refuses, and says why', () => {
  const prints = { runuser: 'x.conf:2:22: error: [daemon] listen' };
  const refused = script('sipwitch.postinst', ['configure', '0.0.9'], { fails: [check], prints });
  expect(refused).toMatchObject({ status: 0, done: expect.not.arrayContaining(['deb-systemd-invoke restart sipwitch.service']) });
  expect(refused.stderr).toBe(
    'x.conf:2:22: error: [daemon] listen\n' +
      'sipwitch: so it would not start; what runs goes on as before. Mend that, then "systemctl restart sipwitch".\n',
  );
  const good = script('sipwitch.postinst', ['configure', '0.0.9'], { prints });
  expect(good).toMatchObject({ status: 0, stderr: '' });
  expect(good.done.slice(-3)).toEqual([active, check, 'deb-systemd-invoke restart sipwitch.service']);
});

test('where it does not start, who installs reads what systemd says of it, and no installation fails', () => {
  const fails = [active, 'deb-systemd-invoke', 'systemctl --no-pager'];
  const prints = { systemctl: 'udp:0.0.0.0:5060 is taken by asterisk (pid 7)' };
  for (const words of [
    ['configure', ''],
    ['configure', '0.0.9'],
    ['abort-upgrade', '0.0.9'],
  ]) {
    const { status, stderr } = script('sipwitch.postinst', words, { fails, prints });
    expect([status, stderr]).toEqual([
      0,
      'udp:0.0.0.0:5060 is taken by asterisk (pid 7)\nsipwitch: it does not run. Mend that, then "systemctl start sipwitch".\n',
    ]);
  }
});

test('removal ends the exchange, and an upgrade leaves that to the postinst of the new version', () => {
  expect(script('sipwitch.prerm', ['remove'], { fails: ['deb-systemd-invoke'] })).toMatchObject({
    status: 0,
    done: ['deb-systemd-invoke stop sipwitch.service', 'debhelper '],
  });
  expect(script('sipwitch.prerm', ['upgrade', '0.0.9'], {}).done).toEqual(['debhelper ']);
});

test('a purge goes on where the state directory is a mount point, which cannot be removed', () => {
  const { status, done } = script('sipwitch.postrm', ['purge'], { fails: ['rm'] });
  expect([status, done]).toEqual([0, ['rm -rf /etc/sipwitch /var/lib/sipwitch', 'debhelper ']]);
});

test('a state directory of another keeps its owner until the unit makes all that is in it its own (systemd.exec, StateDirectory=)', () => {
  expect(debian('sipwitch.tmpfiles')).toMatch(/^d \/var\/lib\/sipwitch :0750 :_sipwitch :_sipwitch$/m);
  expect(debian('sipwitch.service')).toMatch(/^StateDirectory=sipwitch$/m);
});

test('a build fetches the packages again where npm ci was cut short: it writes its own lock file last', () => {
  const recipe = /^override_dh_auto_configure:\n\t(.+)$/m.exec(debian('rules'))?.[1] ?? '';
  const folder = newFolder('debian');
  writeFileSync(join(folder, 'npm'), '#!/bin/sh\necho "npm $*"\n', { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const built = () => spawnSync('sh', ['-c', recipe], { cwd: folder, env, encoding: 'utf8' }).stdout;
  mkdirSync(join(folder, 'node_modules'));
  expect(built()).toBe('npm ci\n');
  writeFileSync(join(folder, 'node_modules/.package-lock.json'), '{}');
  expect(built()).toBe('');
});

needs('dpkg-source')('a source package of a checkout holds neither packages of npm nor what was built', () => {
  const folder = newFolder('debian');
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, 'sipwitch', path)), { recursive: true });
    writeFileSync(join(folder, 'sipwitch', path), text);
  };
  const parts = ['changelog', 'control', 'source/format', 'source/options'].map((name) => `debian/${name}`);
  for (const path of parts) put(path, debian(path.slice('debian/'.length)));
  for (const path of ['src/a.ts', 'node_modules/a/index.js', 'dist/sipwitchd.js', 'dist/debian/udp.node', '.git/config'])
    put(path, '');
  const built = spawnSync('dpkg-source', ['-b', '.'], { cwd: join(folder, 'sipwitch'), encoding: 'utf8' });
  expect(built.status, built.stderr).toBe(0);
  const archive = join(folder, `sipwitch_${version}.tar.xz`);
  const files = spawnSync('tar', ['tJf', archive], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((path) => /[^/]$/.test(path));
  expect(files.sort()).toEqual([...parts, 'src/a.ts'].map((path) => `sipwitch/${path}`).sort());
});

test('neither unit starts again and again where that helps nobody: usage, what another program has, configuration, a state directory that is a link (README, Commands)', () => {
  const given = (unit: string) => {
    const text = readFileSync(new URL(`../systemd/${unit}`, import.meta.url), 'utf8');
    return /^RestartPreventExitStatus=(.*)$/m.exec(text)?.[1];
  };
  expect(given('sipwitch.service')).toBe('2 69 78 238');
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
