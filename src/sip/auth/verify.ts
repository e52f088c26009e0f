import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import { lower } from '../../text/ascii.ts';
import { hexNumber } from '../../text/hex.ts';
import { readable } from '../../text/parse-error.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import { type DigestParams, printChallenge } from '../message/challenge.ts';
import { Field } from '../message/fields.ts';
import { own } from '../message/grammar.ts';
import { type Request, STRIDE } from '../message/message.ts';
import { line } from '../message/print.ts';
import { DEFAULT_PORT, isSip, parseUri, type Uri, unescapeUri } from '../message/uri.ts';
import { Backoff } from './backoff.ts';
import { type Algorithm, algorithmOf, digestResponse, digits, ha2, sameDigest } from './digest.ts';
import { Nonces } from './nonce.ts';

/**
 * What a request's credentials are worth. All but `proved` are answered by one and the same challenge, with `stale` where that is the
 * verdict: the nonce, or its count, is not good any more or was never ours to this source; `delayed` was not evaluated, because of earlier
 * failures. `unread` neither, for what would prove it cannot be read now: whoever it is has to come again.
 */
export type Verdict =
  | { readonly kind: 'proved'; readonly user: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'delayed' }
  | { readonly kind: 'unread' };

export type CredentialsField = 'authorization' | 'proxyAuthorization';

export interface AuthenticatorParts {
  readonly realm: string;
  /** What is offered, in this order, to known and unknown users alike. */
  algorithms(): readonly Algorithm[];
  /**
   * The stored HA1s of a user, in lower case; any of them proves the user, none is an unknown user. Undefined where they cannot be read now.
   * `user` is wire text.
   */
  readonly ha1: (user: string, algorithm: Algorithm) => readonly string[] | undefined;
  /** Whose extension it is that somebody gave as a user name, for the log; undefined where it is a name, or nobody's. */
  readonly withExtension: (user: string) => string | undefined;
  /** Whether a URI's host and port are a name or address of this server. */
  readonly isOurs: (uri: Uri) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** User agents, by the beginning of their User-Agent, that take several challenges and SHA-256; baresip 1.0, for one, gives up. */
const copes = ['Linphone/5', 'Linphonec/5', 'LinphoneiOS/5', 'LinphoneAndroid/5', 'Linphone-Desktop/5', 'LinphoneDesktop/5'];
const BOTH: readonly Algorithm[] = ['SHA-256', 'MD5'];

/** An HA1 that no password has: an unknown user costs the same work as a known one (security S5). */
const nobody = { MD5: ['0'.repeat(32)], 'SHA-256': ['0'.repeat(64)] } as const;

/** Stands for the nonce while the lines of a challenge are printed once for all. */
const NONCE = '<nonce>';

/** Challenges that are kept printed: two fields, stale or not, what is offered to all and to those that cope with more. */
const PRINTED = 8;

interface Printed {
  readonly field: CredentialsField;
  /** By identity. */
  readonly offered: readonly Algorithm[];
  readonly stale: boolean;
  readonly pieces: readonly string[];
}

/** H(A2)s and URIs of REGISTER that are kept; registrars have few names. */
const KEPT = 64;

/** The nonce count of an answer without one: a second such answer for the same nonce is a repeated count. */
const FIRST = '00000001';

/** Challenges, and judges what comes back: RFC 3261 §22, RFC 7616 and RFC 8760 for one realm. */
export class Authenticator {
  /** `evaluated`: digests computed; the others are verdicts. */
  readonly counts = { evaluated: 0, proved: 0, wrong: 0, stale: 0, delayed: 0 };
  readonly #parts: AuthenticatorParts;
  readonly #nonces: Nonces;
  readonly #backoff: Backoff;
  readonly #a2s = new Map<string, string>();
  /** Digest URIs of REGISTER that were parsed, undefined where that failed. */
  readonly #uris = new Map<string, Uri | undefined>();
  readonly #challenges: Printed[] = [];

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
    this.#nonces = new Nonces(parts.clock, parts.random);
    this.#backoff = new Backoff(parts.clock, (account) => parts.ha1(account, 'MD5')?.join());
  }

  /** Accounts and sources whose failures are remembered. */
  get delays(): number {
    return this.#backoff.size;
  }

  /** The realm that credentials must name to be ours; others are not ours to judge and pass (RFC 3261 §22.3). */
  get realm(): string {
    return this.#parts.realm;
  }

  /** Judges the credentials for our realm that a request carries in `field`. Never for ACK or CANCEL (RFC 3261 §22.1). */
  verify(request: Request, source: { readonly host: string }, field: CredentialsField): Verdict {
    const credentials = this.#find(request, field);
    if (credentials === undefined) return { kind: 'none' };
    const verdict = this.#judge(request, source.host, credentials);
    if (verdict.kind !== 'none' && verdict.kind !== 'unread') this.counts[verdict.kind]++;
    return verdict;
  }

  /**
   * Whole header lines, one an algorithm, with one new nonce for where the request came from: WWW-Authenticate where credentials come in
   * Authorization.
   */
  challenge(request: Request, source: { readonly host: string }, field: CredentialsField, stale: boolean): string {
    const pieces = this.#printed(field, this.#offered(request), stale);
    const nonce = this.#nonces.issue(source.host);
    let lines = pieces[0]!;
    for (let i = 1; i < pieces.length; i++) lines += nonce + pieces[i]!;
    return lines;
  }

  /** The challenge without its nonces. */
  #printed(field: CredentialsField, offered: readonly Algorithm[], stale: boolean): readonly string[] {
    for (const one of this.#challenges)
      if (one.field === field && one.stale === stale && one.offered === offered) return one.pieces;
    const name = field === 'authorization' ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    const { realm } = this.#parts;
    const lines = offered.map((algorithm) => line(name, printChallenge({ realm, nonce: NONCE, algorithm, stale })));
    const pieces = lines.join('').split(NONCE);
    if (this.#challenges.length >= PRINTED) this.#challenges.length = 0; // what was offered before a reload
    this.#challenges.push({ field, offered, stale, pieces });
    return pieces;
  }

  #offered(request: Request): readonly Algorithm[] {
    const algorithms = this.#parts.algorithms();
    if (algorithms.includes('SHA-256')) return algorithms;
    const agent = request.get(Field.userAgent);
    return agent !== undefined && copes.some((prefix) => agent.startsWith(prefix)) ? BOTH : algorithms;
  }

  /** The first credentials of the Digest scheme for our realm; what cannot be read is nobody's. */
  #find(request: Request, field: CredentialsField): DigestParams | undefined {
    const id = Field[field];
    for (let place = request.find(id); place >= 0; place = request.find(id, place + STRIDE)) {
      const params = readable(() => request.digestAt(place));
      if (params?.realm === this.#parts.realm) return params;
    }
    return undefined;
  }

  #judge(request: Request, host: string, credentials: DigestParams): Verdict {
    const algorithm = algorithmOf(credentials.algorithm);
    const { uri, nonce, qop } = credentials;
    // Pidgin answers as in RFC 2069, and is to be heard (RFC 3261 §22.4, item 8). It has no count, so a nonce is good for one such answer.
    const counted = qop !== undefined;
    const nc = counted ? credentials.nc : FIRST;
    const cnonce = counted ? credentials.cnonce : '';
    const response = lower(credentials.response ?? '');
    const user = nameOf(credentials.username ?? '');
    if (algorithm === undefined || !this.#offered(request).includes(algorithm)) return { kind: 'wrong' };
    if (uri === undefined || nonce === undefined || nc === undefined || cnonce === undefined) return { kind: 'wrong' };
    const count = nc.length === 8 ? hexNumber(nc) : Number.NaN;
    if (Number.isNaN(count) || (counted ? lower(qop) !== 'auth' : algorithm !== 'MD5')) return { kind: 'wrong' };
    if (response.length !== digits(algorithm) || Number.isNaN(hexNumber(response))) return { kind: 'wrong' };
    if (user === '' || !this.#meansSame(request, uri)) return { kind: 'wrong' };
    // Before anything that counts: a forged datagram has no nonce of ours, and must not lock out whoever is at that address (security S6).
    // One of a former life is no wrong password either: the phone tries again by itself (RFC 7616 §3.3).
    const slot = this.#nonces.find(nonce, host);
    if (slot < 0) return { kind: 'stale' };
    if (this.#backoff.delays(user, host)) return { kind: 'delayed' };

    const stored = this.#parts.ha1(user, algorithm);
    if (stored === undefined) return { kind: 'unread' };
    this.counts.evaluated++;
    const a2 = this.#a2(algorithm, request.method, uri);
    let right = false;
    for (const a1 of stored.length > 0 ? stored : nobody[algorithm])
      if (sameDigest(response, digestResponse(algorithm, a1, a2, { nonce, nc, cnonce, qop: counted ? 'auth' : '' })))
        right = true;
    if (!right || stored.length === 0) return this.#wrong(user, host, stored.length > 0);
    this.#backoff.succeeded(user, host);
    return this.#nonces.count(slot, count) ? { kind: 'proved', user: own(user) } : { kind: 'stale' };
  }

  /** `known`: whether there is a password that would have been right. Only the log says so (security S5). */
  #wrong(user: string, host: string, known: boolean): Verdict {
    const wait = this.#backoff.failed(user, host);
    // Each one, for most phones try no second time: they come to so few from one place that nobody fills a log.
    if (this.#parts.log.wants('notice')) {
      const then = wait > 0 ? `: the next are not looked at for ${wait / 1000} s` : '';
      const who = known ? '' : this.#unknown(user);
      this.#parts.log.notice(`wrong credentials for ${JSON.stringify(wireToUtf8(user))}${who} from ${host}${then}`);
    }
    return { kind: 'wrong' };
  }

  /** A phone is set up with a name: the hash of a password is over that, so that with an extension none is ever right. */
  #unknown(user: string): string {
    const owner = this.#parts.withExtension(user);
    return owner === undefined ? ', who has no password here,' : `, which is the extension of ${owner} and no user name,`;
  }

  /**
   * Whether the uri of the credentials means what the request asks for (RFC 8760 §2.6, item 6).
   *
   * Deviation: parameters do not count, nor 5060 where no port stands, nor sip for sips, nor which of our names and addresses is written
   * nor the user (SIPp signs the bare address that it sends to); phones differ in what of the Request-URI they
   * repeat, and the count keeps the credentials from being used twice.
   */
  #meansSame(request: Request, text: string): boolean {
    if (request.text.startsWith(text, request.uriAt) && request.uriEnd - request.uriAt === text.length) return true;
    const { isOurs } = this.#parts;
    const uri = this.#uri(request.method, text);
    if (uri === undefined) return false;
    const asked = request.uri;
    if (!isSip(uri) || !isSip(asked)) return uri.text === asked.text;
    if (uri.user === undefined && isOurs(uri) && isOurs(asked)) return true;
    return (
      ((uri.host === asked.host && portOf(uri) === portOf(asked)) || (isOurs(uri) && isOurs(asked))) &&
      unescapeUri(uri.user ?? '') === unescapeUri(asked.user ?? '')
    );
  }

  #uri(method: string, text: string): Uri | undefined {
    if (method !== 'REGISTER') return readable(() => parseUri(text));
    if (this.#uris.has(text)) return this.#uris.get(text);
    const kept = own(text);
    const uri = readable(() => parseUri(kept));
    if (this.#uris.size >= KEPT) this.#uris.clear();
    this.#uris.set(kept, uri);
    return uri;
  }

  #a2(algorithm: Algorithm, method: string, uri: string): string {
    if (method !== 'REGISTER') return ha2(algorithm, method, uri);
    const key = algorithm === 'MD5' ? uri : `${algorithm} ${uri}`;
    let a2 = this.#a2s.get(key);
    if (a2 === undefined) {
      a2 = ha2(algorithm, method, uri);
      if (this.#a2s.size >= KEPT) this.#a2s.clear();
      this.#a2s.set(own(key), a2);
    }
    return a2;
  }
}

/** Phones are set up with `alice` or with `alice@home.example`; all our domains share one set of users. */
function nameOf(username: string): string {
  const at = username.indexOf('@');
  return at < 0 ? username : username.slice(0, at);
}

const portOf = (uri: Uri): number => uri.port ?? DEFAULT_PORT[uri.scheme === 'sips' ? 'tls' : 'udp'];
