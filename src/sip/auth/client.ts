import type { Random } from '../../runtime/random.ts';
import { lower } from '../../text/ascii.ts';
import { readable } from '../../text/parse-error.ts';
import type { DigestParams } from '../message/challenge.ts';
import { Field } from '../message/fields.ts';
import { type Response, STRIDE } from '../message/message.ts';
import { quote } from '../message/params.ts';
import { line } from '../message/print.ts';
import { type Algorithm, algorithmOf, digestResponse, ha1, ha2 } from './digest.ts';

/** Who we are at a server that asks for a password. Wire text. */
export interface ClientAccount {
  readonly username: string;
  readonly password: string;
  /** Whether the password is for this realm: to any other nothing of it is shown (security S9). */
  mayAsk(realm: string): boolean;
}

/** What a challenge led to. */
export type Answer =
  /** The attempt has lines for it now: the request is to be sent again. */
  | { readonly kind: 'again'; readonly realm: string; readonly algorithm: Algorithm }
  /** The lines that it had were not accepted: user name or password is wrong. */
  | { readonly kind: 'wrong'; readonly realm: string }
  /** Nobody of that realm may ask. */
  | { readonly kind: 'foreign'; readonly realm: string }
  /** There is no challenge that could be answered. */
  | { readonly kind: 'unanswerable'; readonly why: string };

type Kind = 'authorization' | 'proxyAuthorization';

/** A challenge that may be answered again and again, until its nonce is refused (RFC 7616 §3.4, nc). */
interface Known {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: Algorithm;
  /** As it was written, to be said back; undefined where it was not. */
  readonly written: string | undefined;
  readonly qop: 'auth' | '';
  /** H(A1). */
  readonly a1: string;
  /** Times that it was answered. */
  count: number;
}

/** The client's side of digest for one account (RFC 3261 §22.2 and §22.3, RFC 7616, RFC 8760 §2.4): nonces are kept and counted. */
export class ClientDigest {
  readonly #account: ClientAccount;
  readonly #random: Random;
  readonly #known = new Map<Kind, Known>();

  constructor(account: ClientAccount, random: Random) {
    this.#account = account;
    this.#random = random;
  }

  /** Begins a request: it carries at once what its server asked for last time, if `ahead`. `uri`: its Request-URI. */
  attempt(method: string, uri: string, ahead = false): Attempt {
    return new Attempt(this, method, uri, ahead ? [...this.#known.keys()] : []);
  }

  /** Takes a challenge up; undefined where the one before stays in use. */
  take(kind: Kind, params: DigestParams): Known | 'foreign' | undefined {
    const realm = params.realm;
    const nonce = params.nonce;
    const algorithm = algorithmOf(params.algorithm);
    const qop = qopOf(params.qop);
    if (realm === undefined || nonce === undefined || algorithm === undefined || qop === undefined) return undefined;
    if (!this.#account.mayAsk(realm)) return 'foreign';
    const { username, password } = this.#account;
    const known: Known = {
      ...{ realm, nonce, algorithm, qop, opaque: params.opaque, written: params.algorithm, count: 0 },
      a1: ha1(algorithm, username, realm, password),
    };
    this.#known.set(kind, known);
    return known;
  }

  /** One header line with credentials; each call counts. Empty if there was no challenge of this kind. */
  line(kind: Kind, method: string, uri: string): string {
    const known = this.#known.get(kind);
    if (known === undefined) return '';
    const { realm, nonce, opaque, algorithm, written, qop, a1 } = known;
    const over = { nonce, nc: (++known.count).toString(16).padStart(8, '0'), cnonce: this.#random.hex(8), qop };
    const response = digestResponse(algorithm, a1, ha2(algorithm, method, uri), over);
    const params = [
      `username=${quote(this.#account.username)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri="${uri}"`,
      `response="${response}"`,
      ...(written === undefined ? [] : [`algorithm=${written}`]),
      ...(qop === '' ? [] : [`qop=auth`, `nc=${over.nc}`, `cnonce="${over.cnonce}"`]),
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ];
    return line(kind === 'authorization' ? 'Authorization' : 'Proxy-Authorization', `Digest ${params.join(', ')}`);
  }
}

/** One request and the challenges on its way: it is sent again with `lines` for as long as `answer` says so. */
export class Attempt {
  /** Whole header lines for the request, and for the ACK to its 2xx (RFC 3261 §22.1); empty before a challenge. */
  lines = '';
  readonly #digest: ClientDigest;
  readonly #method: string;
  readonly #uri: string;
  /** How often each kind was answered. */
  readonly #answered: Record<Kind, number> = { authorization: 0, proxyAuthorization: 0 };
  readonly #kinds: Set<Kind>;

  constructor(digest: ClientDigest, method: string, uri: string, kinds: readonly Kind[]) {
    this.#digest = digest;
    this.#method = method;
    this.#uri = uri;
    this.#kinds = new Set(kinds);
    this.#print();
  }

  /** Answers a 401 or 407. A server may say once that a nonce went stale; whoever asks again without saying so refuses the password. */
  answer(response: Response): Answer {
    const kind: Kind = response.status === 401 ? 'authorization' : 'proxyAuthorization';
    const field = response.status === 401 ? Field.wwwAuthenticate : Field.proxyAuthenticate;
    let foreign: string | undefined;
    let seen = 0;
    // Of several challenges the topmost that we can answer (RFC 8760 §2.4).
    for (let place = response.find(field); place >= 0; place = response.find(field, place + STRIDE)) {
      const params = digestAt(response, place);
      if (params === undefined) continue;
      seen++;
      const stale = lower(params.stale ?? '') === 'true';
      const before = this.#answered[kind];
      const known = before > 0 && (!stale || before > 1) ? undefined : this.#digest.take(kind, params);
      if (known === 'foreign') foreign ??= params.realm!;
      else if (known !== undefined) {
        this.#answered[kind]++;
        this.#kinds.add(kind);
        this.#print();
        return { kind: 'again', realm: known.realm, algorithm: known.algorithm };
      } else if (before > 0) return { kind: 'wrong', realm: params.realm ?? '' };
    }
    if (foreign !== undefined) return { kind: 'foreign', realm: foreign };
    const why = seen === 0 ? 'no digest challenge' : 'only challenges of algorithms or a qop that are not supported';
    return { kind: 'unanswerable', why };
  }

  #print(): void {
    this.lines = [...this.#kinds].map((kind) => this.#digest.line(kind, this.#method, this.#uri)).join('');
  }
}

/** The parameters of a challenge; undefined for another scheme, and for what cannot be read, or not be said again in a line of ours. */
function digestAt(response: Response, place: number): DigestParams | undefined {
  return response.valueAt(place).includes('\0') ? undefined : readable(() => response.digestAt(place));
}

/** `auth` if it is offered; `''` without any qop (RFC 2069); undefined where only auth-int is. */
function qopOf(text: string | undefined): 'auth' | '' | undefined {
  if (text === undefined || text === '') return '';
  return lower(text)
    .split(/[ \t,]+/)
    .includes('auth')
    ? 'auth'
    : undefined;
}
