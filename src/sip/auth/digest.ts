import { lower } from '../../text/ascii.ts';
import { md5Hex, sha256Hex } from './hash.ts';

/** What we offer and accept (RFC 8760 §2); SHA-512-256 and the -sess variants have no user agent and no server that needs them. */
export type Algorithm = 'MD5' | 'SHA-256';

/** What a response is computed over, all as it stands in the header, quotes resolved. */
export interface Computation {
  readonly nonce: string;
  /** Eight hexadecimal digits; with `cnonce` only where there is a qop. */
  readonly nc: string;
  readonly cnonce: string;
  /** `''`: a challenge of RFC 2069, without qop. */
  readonly qop: 'auth' | '';
}

/** The algorithm that a challenge or its answer names, absent MD5 (RFC 7616 §3.3); undefined for any other. */
export function algorithmOf(text: string | undefined): Algorithm | undefined {
  const name = lower(text ?? 'md5');
  return name === 'md5' ? 'MD5' : name === 'sha-256' ? 'SHA-256' : undefined;
}

function hashOf(algorithm: Algorithm): (text: string) => string {
  return algorithm === 'MD5' ? md5Hex : sha256Hex;
}

/** Digits of a response: 32 or 64. */
export function digits(algorithm: Algorithm): number {
  return algorithm === 'MD5' ? 32 : 64;
}

/** `H(A1)`: what is stored in place of a password. The three are bytes in latin1 dress (RFC 7616 §3.4.2). */
export function ha1(algorithm: Algorithm, user: string, realm: string, password: string): string {
  return hashOf(algorithm)(`${user}:${realm}:${password}`);
}

/** `H(A2)` for qop auth (RFC 7616 §3.4.3). `uri` is the uri parameter of the credentials. */
export function ha2(algorithm: Algorithm, method: string, uri: string): string {
  return hashOf(algorithm)(`${method}:${uri}`);
}

/** The `response` parameter (RFC 7616 §3.4.1; without qop RFC 2617 §3.2.2.1). */
export function digestResponse(algorithm: Algorithm, a1: string, a2: string, over: Computation): string {
  const middle = over.qop === '' ? over.nonce : `${over.nonce}:${over.nc}:${over.cnonce}:${over.qop}`;
  return hashOf(algorithm)(`${a1}:${middle}:${a2}`);
}

/** Compares two digests of hexadecimal digits in a time that does not depend on where they differ. */
export function sameDigest(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
