import { ha1 } from '../../sip/auth/digest.ts';
import { lower } from '../../text/ascii.ts';
import { utf8ToWire } from '../../text/wire.ts';

export type Algorithm = 'MD5' | 'SHA-256';

/** The stored HA1s that prove one user, by algorithm, in lower-case hexadecimal digits. */
export type Digests = Readonly<Record<Algorithm, readonly string[]>>;

export const none: Digests = { MD5: [], 'SHA-256': [] };

/** How many passwords may prove one user; more in the store are not looked at. */
export const MOST = 16;

const VERSION = 'v1';
const FORM: Readonly<Record<Algorithm, RegExp>> = { MD5: /^[0-9a-f]{32}$/, 'SHA-256': /^[0-9a-f]{64}$/ };

/** `v1 REALM MD5:hex SHA-256:hex`: a password as it is stored. Names and passwords are hashed as UTF-8 (RFC 7616 §3.4.2). */
export function printDigests(realm: string, name: string, password: string): string {
  const digest = (algorithm: Algorithm) => `${algorithm}:${ha1(algorithm, utf8ToWire(name), realm, utf8ToWire(password))}`;
  return `${VERSION} ${realm} ${digest('MD5')} ${digest('SHA-256')}`;
}

/** Reads what `printDigests` and the PAM helper write, one password a line. Lines of another realm or version prove nothing. */
export function readDigests(realm: string, lines: readonly string[]): Digests {
  const read = { MD5: [] as string[], 'SHA-256': [] as string[] };
  for (const line of lines) {
    const [version, lineRealm, ...pairs] = line.split(' ');
    if (version !== VERSION || lineRealm !== realm) continue;
    for (const pair of pairs) {
      const colon = pair.indexOf(':');
      const algorithm = pair.slice(0, colon);
      if (algorithm !== 'MD5' && algorithm !== 'SHA-256') continue;
      const digest = lower(pair.slice(colon + 1));
      const digests = read[algorithm];
      if (FORM[algorithm].test(digest) && digests.length < MOST) digests.push(digest);
    }
  }
  return read;
}
