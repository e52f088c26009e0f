import { type Algorithm, ha1 } from '../../sip/auth/digest.ts';
import { lower } from '../../text/ascii.ts';
import { utf8ToWire } from '../../text/wire.ts';

/** The stored HA1s that prove one user, by algorithm, in lower-case hexadecimal digits. */
export type Digests = Readonly<Record<Algorithm, readonly string[]>>;

export const none: Digests = { MD5: [], 'SHA-256': [] };

/** How many passwords may prove one user; more in the store are not looked at. */
export const MOST = 16;
/** HA1s of one password and algorithm: its spellings. */
const SPELLINGS = 4;

const VERSION = 'v1';
const FORM: Readonly<Record<Algorithm, RegExp>> = { MD5: /^[0-9a-f]{32}$/, 'SHA-256': /^[0-9a-f]{64}$/ };

/** `v1 REALM MD5:hex SHA-256:hex`: a password as it is stored. Names and passwords are hashed as UTF-8 (RFC 7616 §3.4.2, §4). */
export function printDigests(realm: string, name: string, password: string): string {
  return `${headOf(realm)}MD5:${hashed('MD5', name, realm, password)} SHA-256:${hashed('SHA-256', name, realm, password)}`;
}

/**
 * The same, followed by the MD5 of the spellings that some user agents hash instead of the bare name: `alice@realm`, and sipsak's `alice@`.
 * For the few who set their password themselves; an import of thousands keeps to the name.
 */
export function printSpellings(realm: string, name: string, password: string): string {
  const spelled = [`${name}@${realm}`, `${name}@`].map((spelling) => ` MD5:${hashed('MD5', spelling, realm, password)}`);
  return printDigests(realm, name, password) + spelled.join('');
}

function hashed(algorithm: Algorithm, name: string, realm: string, password: string): string {
  return ha1(algorithm, utf8ToWire(name), realm, utf8ToWire(password));
}

/** How a line begins that proves a user in this realm; those of another realm or version prove nothing. */
export function headOf(realm: string): string {
  return `${VERSION} ${realm} `;
}

/** Reads what `printDigests` and the PAM helper write, one password a line; `head` is that of the realm. */
export function readDigests(head: string, lines: readonly string[]): Digests {
  return { MD5: readHa1s(head, lines, 'MD5'), 'SHA-256': readHa1s(head, lines, 'SHA-256') };
}

/** The HA1s of one algorithm. */
export function readHa1s(head: string, lines: readonly string[], algorithm: Algorithm): readonly string[] {
  const label = algorithm === 'MD5' ? 'MD5:' : 'SHA-256:';
  const found: string[] = [];
  let passwords = 0;
  for (const line of lines) {
    if (!line.startsWith(head)) continue;
    if (++passwords > MOST) break;
    const most = found.length + SPELLINGS;
    for (let at = head.length; at < line.length; ) {
      const space = line.indexOf(' ', at);
      const end = space < 0 ? line.length : space;
      if (line.startsWith(label, at) && found.length < most) {
        const digest = lower(line.slice(at + label.length, end));
        if (FORM[algorithm].test(digest)) found.push(digest);
      }
      at = end + 1;
    }
  }
  return found;
}
