import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { needs } from '../support/program.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const presets = fileURLToPath(new URL('../../etc/providers/', import.meta.url));
const NOBODY = 65_534;

/** What the Node of Debian 13 says, where libuv is a library of its own. */
const debian13 = `for (const name of ['setegid', 'seteuid', 'setgid', 'setgroups', 'setuid', 'initgroups'])
  process[name] = () => { throw new Error(name + '() disabled: io_uring may be enabled. See CVE-2024-22017.'); };\n`;

test('without a daemon root works in the folder of a service as its user, with any Node (CVE-2024-22017)', () => {
  if (process.getuid?.() !== 0) return; // only root can be somebody else
  const folder = mkdtempSync('/var/tmp/sipwitch-root-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  cpSync(presets, join(folder, 'etc/providers'), { recursive: true });
  const [config, state] = [join(folder, 'config'), join(folder, 'state')];
  for (const one of [config, state]) {
    mkdirSync(one, { mode: 0o750 });
    chownSync(one, NOBODY, NOBODY);
  }
  writeFileSync(join(config, 'sipwitch.conf'), '[daemon]\ndomain = home.example\n');
  writeFileSync(join(folder, 'debian13.cjs'), debian13);
  const ctl = (args: string, input = '') => {
    const words = [
      join(folder, 'dist/sipwitchctl.js'),
      '--config',
      config,
      '--state',
      state,
      '--bus',
      'none',
      ...args.split(' '),
    ];
    const env = { PATH: process.env.PATH, HOME: folder, NODE_OPTIONS: `--require=${folder}/debian13.cjs` };
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, input, encoding: 'utf8', timeout: 10_000 });
    return { code: status, out: stdout, err: stderr.replace(/^note: no daemon was asked; .*\n/m, '') };
  };
  expect(ctl('user add bob --extension 201')).toMatchObject({ code: 0, err: expect.stringMatching(/^bob is a user now; /) });
  expect(ctl('passwd bob --stdin', 'a password\n')).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^The password of bob is set/),
  });
  expect(ctl('user import -', 'carol,another\n')).toEqual({ code: 0, out: '', err: '1 user is imported.\n' });
  expect(ctl('provider add sipgate --user 1234567 --stdin', 'a third\n')).toMatchObject({ code: 0 });
  expect(ctl('status')).toMatchObject({ code: 69, err: expect.stringMatching(/^sipwitchctl: this takes a daemon/) });
  const written = readdirSync(state, { recursive: true, encoding: 'utf8' }).map((name) => join(state, name));
  expect(written).toContain(join(state, 'conf.d/user-bob.conf'));
  expect(written.filter((path) => statSync(path).uid !== NOBODY || statSync(path).gid !== NOBODY)).toEqual([]);

  // What root alone can read, the daemon will not read either.
  mkdirSync(join(config, 'sipwitch.conf.d'));
  writeFileSync(join(config, 'sipwitch.conf.d/of-root.conf'), '[daemon]\n', { mode: 0o600 });
  expect(ctl('config check')).toMatchObject({ code: 78, out: expect.stringContaining('cannot be read: permission denied') });
});

needs('netns')('root is no daemon of the service, which could not read what root writes', () => {
  const folder = mkdtempSync('/var/tmp/sipwitch-root-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [config, state] = ['/etc/sipwitch', '/var/lib/sipwitch'];
  const script = [
    `cp -a /etc ${folder}/etc && mount --bind ${folder}/etc /etc && mount -t tmpfs none /var/lib`,
    `mkdir -p ${config} && mkdir ${state} && chown ${NOBODY} ${state}`,
    `"$0" '${dist}sipwitchd.js'; echo $? $(ls ${state})`,
  ].join('\n');
  const ran = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', script, process.execPath], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  const instead = '"systemctl start sipwitch" starts it, "runuser -u _sipwitch sipwitchd" does so on this terminal';
  const daemon = `sipwitchd: /var/lib/sipwitch is the service's, which cannot read what root writes there; ${instead}\n`;
  expect([ran.stdout, ran.stderr.slice(0, daemon.length)]).toEqual(['2\n', daemon]);
});
