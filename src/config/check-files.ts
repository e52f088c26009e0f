import type { Checking } from './checking.ts';
import { type Origin, placeOfKey } from './config.ts';

/** Why a file cannot be read, `undefined` if it can be; `absent` if there is none. */
export type Absence = (path: string) => string | undefined;

/**
 * Checks that the files are there which the configuration names. Warnings: whoever asks may be somebody else than the daemon, which says
 * again what it cannot do without.
 */
export function checkFiles(checking: Checking, absence: Absence): void {
  const { daemon, providers } = checking.config;
  const check = (origin: Origin, key: string, path: string | undefined, without = ''): void => {
    const why = path === undefined ? undefined : absence(path);
    if (why === undefined) return;
    const message = why === 'absent' ? `there is no such file${without}` : `cannot be read: ${why}`;
    checking.complain(placeOfKey(origin, key), message, 'warning');
  };
  check(daemon.origin, 'tls_certificate', daemon.tlsCertificate, NEEDED);
  check(daemon.origin, 'tls_key', daemon.tlsKey, NEEDED);
  check(daemon.origin, 'tls_authorities', daemon.tlsAuthorities, NEEDED);
  for (const { origin, passwordFile } of providers.values()) check(origin, 'password_file', passwordFile);
}

const NEEDED = ': no daemon starts without it';
