import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';
import { native } from './native.ts';

/** The Debian package of a program that tests of interop/ use. */
const PACKAGES: Readonly<Record<string, string>> = {
  'avahi-daemon': 'avahi-daemon',
  baresip: 'baresip-core',
  chrt: 'util-linux',
  'dbus-daemon': 'dbus',
  dnsmasq: 'dnsmasq-base',
  'dpkg-source': 'dpkg-dev',
  flock: 'util-linux',
  ip: 'iproute2',
  kamailio: 'kamailio',
  linphonec: 'linphone-cli',
  openssl: 'openssl',
  python3: 'python3',
  script: 'bsdutils',
  sipp: 'sip-tester',
  sipsak: 'sipsak',
  svcrack: 'sipvicious',
  svmap: 'sipvicious',
  svwar: 'sipvicious',
  tshark: 'tshark',
};

function installed(program: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder, or not for us
    }
  });
}

let namespaces: boolean | undefined;
function present(what: string): boolean {
  if (what === 'udp.node') return native !== undefined;
  if (what !== 'netns') return installed(what);
  namespaces ??= spawnSync('unshare', ['--net', '--mount', 'true'], { timeout: 10_000 }).status === 0;
  return namespaces;
}

type Define = (name: string, run: () => void | Promise<void>, timeout?: number) => void;

/**
 * The `test` of a check that needs programs beside Node; `netns` stands for network namespaces, `udp.node` for the library that a
 * compiler makes. Where one is absent the test is
 * skipped, and its name says what was missing: .ci/run fails on a skip, `npm test` on a bare machine does not.
 *
 *     needs('dbus-daemon')('sipwitchd owns its name on a real bus', async () => { ... });
 */
export function needs(...programs: readonly string[]): Define {
  const absent = programs.filter((program) => !present(program));
  if (absent.length === 0) return (name, run, timeout) => test(name, run, timeout);
  const why = absent.map((p) => (PACKAGES[p] === undefined ? p : `${p} (Debian package ${PACKAGES[p]})`)).join(', ');
  return (name, run, timeout) => {
    console.warn(`skipped: ${name}: needs ${why}`);
    test.skip(`${name} [needs ${why}]`, run, timeout);
  };
}
