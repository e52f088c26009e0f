import type { Facts } from './facts.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** Before this there was no sipwitch: a clock that says so was never set. */
const NOT_BEFORE = Date.UTC(2025, 0, 1);
const MEGABYTE = 1_000_000;

/** A nonce and a certificate are good for a time, and a history has dates. */
export function clock({ now, host }: Facts): readonly Finding[] {
  const advice = '"timedatectl set-ntp true"';
  if (now < NOT_BEFORE)
    return [bad('clock', `the clock says ${new Date(now).toISOString()}: certificates will not be valid`, advice)];
  if (host.synchronized === undefined) return [note('clock', 'nothing here says whether the clock is kept right')];
  return host.synchronized
    ? [good('clock', 'it is kept right by the network')]
    : [bad('clock', 'systemd-timesyncd has not set it since this machine started', advice)];
}

/** The state directory grows by a history of 50 MB at most; without room nothing of it is written, and calls go on. */
export function disk({ host, folders }: Facts): readonly Finding[] {
  const { free } = host;
  if (free === undefined) return [note('disk', `nothing can be said of ${folders.state}`)];
  const kept = 'bindings, passwords and the history of calls are written there';
  if (free === 'read-only')
    return [bad('disk', `the file system of ${folders.state} is read-only`, `"dmesg" may say why, and ${kept}`)];
  const left = `${Math.floor(free / MEGABYTE)} MB are free at ${folders.state}`;
  return free < 100 * MEGABYTE ? [bad('disk', left, `make room: ${kept}`)] : [good('disk', left)];
}

const WRITABLE = 0o022;

/** Nobody else may change where calls go, and nobody read what passwords are made of. */
export function permissions({ host }: Facts): readonly Finding[] {
  const findings = host.modes.flatMap(({ path, mode, secret }) => {
    const shown = mode.toString(8).padStart(4, '0');
    if ((mode & WRITABLE) !== 0) return [bad('permissions', `others may write ${path} (mode ${shown})`, `"chmod go-w ${path}"`)];
    if (secret === undefined || (mode & secret.bits) === 0) return [];
    const who = (secret.bits & 0o070) === 0 ? 'o' : 'go';
    return [
      bad('permissions', `others may read ${path} (mode ${shown}), which holds ${secret.holds}`, `"chmod ${who}= ${path}"`),
    ];
  });
  if (findings.length > 0) return findings;
  return host.modes.length === 0 ? [] : [good('permissions', 'nobody else may change the files')];
}

export function pam({ host, folders }: Facts): readonly Finding[] {
  if (!folders.service) return [];
  return host.pam
    ? [good('pam', 'who changes the login password changes that of the phones as well')]
    : [note('pam', 'not installed: passwords of logins are not those of phones', '"sipwitchctl passwd" sets them')];
}
