import type { Checking } from './checking.ts';
import { type Origin, placeOfKey } from './config.ts';

/** What is wrong with a file that the configuration names. */
export interface FileFault {
  readonly why: string;
  /** For the daemon too, and not only for whoever reads the configuration: that may be somebody else. */
  readonly sure: boolean;
}

/** What is known of the files that the configuration names. */
export interface NamedFiles {
  /** Why one cannot be read; undefined if it can be. */
  fault(path: string): FileFault | undefined;
  /** Which key of `[daemon]` names a file that no TLS server can be made of, of those that can be read, and why. */
  tlsFault(): { readonly key: string; readonly why: string } | undefined;
}

/** Checks that the files are there which the configuration names. What no daemon starts without is an error where it is sure. */
export function checkFiles(checking: Checking, files: NamedFiles): void {
  const { daemon, providers } = checking.config;
  const check = (origin: Origin, key: string, path: string | undefined, needed: boolean): void => {
    const fault = path === undefined ? undefined : files.fault(path);
    if (fault === undefined) return;
    const fatal = needed && fault.sure;
    const message = fatal ? `${fault.why}: no daemon starts without it` : fault.why;
    checking.complain(placeOfKey(origin, key), message, fatal ? 'error' : 'warning');
  };
  const { tlsCertificate, tlsKey, tlsAuthorities } = daemon;
  check(daemon.origin, 'tls_certificate', tlsCertificate, true);
  check(daemon.origin, 'tls_key', tlsKey, true);
  // Without a certificate nobody reads them.
  check(daemon.origin, 'tls_authorities', tlsAuthorities, tlsCertificate !== undefined && tlsKey !== undefined);
  const alone = tlsAuthorities !== undefined && tlsCertificate === undefined && tlsKey === undefined;
  if (alone && files.fault(tlsAuthorities) === undefined) {
    const message = 'is of no use without tls_certificate and tls_key: the authorities of the system are trusted';
    checking.complain(placeOfKey(daemon.origin, 'tls_authorities'), message, 'warning');
  }
  const bad = files.tlsFault();
  if (bad !== undefined) checking.complain(placeOfKey(daemon.origin, bad.key), bad.why);
  for (const { origin, passwordFile } of providers.values()) check(origin, 'password_file', passwordFile, false);
}
