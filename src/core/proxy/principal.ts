import type { PeerCertificate } from '../../runtime/network.ts';
import type { Authenticator } from '../../sip/auth/verify.ts';
import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import { type Request, STRIDE } from '../../sip/message/message.ts';
import { privacy } from '../../sip/message/privacy.ts';
import { isSip, parseUri, type Uri } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { readable } from '../../text/parse-error.ts';
import type { Account } from '../account/users.ts';
import type { Principal, ProviderCaller } from '../routing/decision.ts';
import { dialedBy, shownOf } from '../routing/numbers.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import { domainProved } from './certificate-identity.ts';

export interface PrincipalParts {
  readonly authenticator: Authenticator;
  /** The guest whose live binding was made by this flow; of several the one that From names. */
  guestAt(flow: Flow, from: Uri | undefined): string | undefined;
  /** The user whose certificate it is. */
  userOf(peer: PeerCertificate): Account | undefined;
  /** The provider that a request is from, by the token of our Contact there or by its addresses. */
  providerAt(request: Request, flow: Flow): ProviderCaller | undefined;
  /** The `[peer]` that an address (an IP literal) is listed for, of several the one that the host of From names. */
  peerAt(host: string, from: string | undefined): string | undefined;
  /** Whether the identity that a domain asserts of its callers is believed. */
  believes(domain: string): boolean;
  /** Whether a URI is of one of our domains. */
  isOurs(uri: Uri): boolean;
}

/** `forged`: proved one of ours and says to be another. `unread`: showed credentials that nobody can judge now, for the passwords cannot be read. */
export type Caller = Principal | { readonly kind: 'forged' } | { readonly kind: 'unread' };

/** Who is calling, settled before any look-up (house, "Who is calling"). */
export class Principals {
  private readonly parts: PrincipalParts;

  constructor(parts: PrincipalParts) {
    this.parts = parts;
  }

  of(request: Request, flow: Flow, snapshot: Snapshot): Caller {
    const field = request.method === 'REGISTER' ? 'authorization' : 'proxyAuthorization';
    const verdict = this.verdict(request, flow, field);
    const named = namedBy(claimed(request), snapshot);
    // Credentials say it for one request, the certificate for its whole connection.
    const certified = verdict.kind === 'proved' || flow.peer === undefined ? undefined : this.parts.userOf(flow.peer);
    if (certified !== undefined) return asUser(certified, named, flow);
    switch (verdict.kind) {
      case 'proved': {
        const account = snapshot.byName(verdict.user);
        return account === undefined ? { kind: 'unproved', stale: false } : asUser(account, named, flow);
      }
      case 'stale':
      case 'wrong':
      case 'delayed':
        return { kind: 'unproved', stale: verdict.kind === 'stale' };
      case 'unread':
        return verdict;
      case 'none': {
        const provider = this.parts.providerAt(request, flow);
        if (provider !== undefined) return provider;
        // A guest that names one of the house is not believed more than anybody else.
        if (named.mustProve) return { kind: 'unproved', stale: false };
        const domain = request.method === 'REGISTER' ? undefined : this.domainOf(request, flow);
        if (domain !== undefined) return { kind: 'peer', domain };
        const guest = this.parts.guestAt(flow, claimed(request));
        return guest === undefined ? { kind: 'anonymous' } : { kind: 'guest', aor: guest };
      }
      default:
        return verdict satisfies never;
    }
  }

  /** Another domain, by its certificate or by the address that a person listed for it. */
  private domainOf(request: Request, flow: Flow): string | undefined {
    const from = claimed(request);
    return domainProved(flow.peer, from) ?? this.parts.peerAt(flow.remote.host, from?.host);
  }

  /** Who calls, as far as anybody says so whom we believe: a peer that is trusted with it, else From itself. */
  caller(request: Request, principal: Principal): Uri | undefined {
    const [asserted] = this.asserts(request, principal) ? request.list(Field.assertedIdentity) : [];
    return (
      (asserted === undefined ? undefined : readable(() => parseAddress('P-Asserted-Identity', asserted).uri)) ?? claimed(request)
    );
  }

  /** Whether the P-Asserted-Identity of a request is believed, and shown to whom it calls (RFC 3325 §5, §7). */
  private asserts(request: Request, principal: Principal | undefined): boolean {
    if (principal?.kind !== 'peer' || !this.parts.believes(principal.domain)) return false;
    // Nobody elsewhere vouches for one of ours: who that is proves it here.
    if (request.list(Field.assertedIdentity).some((value) => this.namesOurs(value))) return false;
    return !privacy(request).includes('id');
  }

  /** Of our domains, or a number that shows as an extension on a phone. */
  private namesOurs(value: string): boolean {
    const uri = readable(() => parseAddress('P-Asserted-Identity', value).uri);
    if (uri === undefined) return true;
    if (isSip(uri)) return this.parts.isOurs(uri);
    // Nothing else can stand there (§9.1), and phones show alice@home.example, whatever stands before it.
    return uri.scheme !== 'tel' || uri.text.includes('@') || uri.user?.startsWith('+') !== true;
  }

  /** Whether an address is of another domain. */
  private isElsewhere(value: string): boolean {
    const uri = readable(() => parseAddress('Reply-To', value).uri);
    return uri !== undefined && isSip(uri) && !this.parts.isOurs(uri);
  }

  /** A request to a proxy carries Proxy-Authorization; a phone that took our 401 for its own may use the other one. */
  private verdict(request: Request, flow: Flow, field: 'authorization' | 'proxyAuthorization') {
    const { authenticator } = this.parts;
    const first = authenticator.verify(request, flow.remote, field);
    if (first.kind !== 'none' || request.method === 'REGISTER') return first;
    return request.find(Field.authorization) < 0 ? first : authenticator.verify(request, flow.remote, 'authorization');
  }

  /** The lines of a challenge, which only whoever is where the request came from can answer. */
  challenge(request: Request, flow: Flow, stale: boolean): string {
    return this.parts.authenticator.challenge(
      request,
      flow.remote,
      request.method === 'REGISTER' ? 'authorization' : 'proxyAuthorization',
      stale,
    );
  }

  /**
   * The lines that go no further: credentials for our realm, which are ours to consume (RFC 3261 §22.3), and the identity that a caller
   * asserts about itself, for nobody outside is trusted to but a peer whose section says so (RFC 3325 §5).
   *
   * Deviation: nor does a Reply-To from there by which Twinkle, which calls back whom it missed, would dial a number or a name of ours (RFC 3261
   * §16.6 step 1, §20.31).
   */
  staying(request: Request, principal?: Principal): readonly number[] {
    const { index } = request;
    const believed = this.asserts(request, principal);
    const places: number[] = [];
    for (let i = 0; i < index.length; i += STRIDE) {
      const id = index[i];
      if (id === Field.proxyAuthorization || id === Field.authorization) {
        if (readable(() => request.digestAt(i)?.realm) === this.parts.authenticator.realm) places.push(i);
      } else if (id === Field.assertedIdentity) {
        if (!believed) places.push(i);
      } else if (id === Field.replyTo) {
        if (principal !== undefined && principal.kind !== 'user' && !this.isElsewhere(request.valueAt(i))) places.push(i);
      } else if (id === Field.preferredIdentity || id === Field.remotePartyId) places.push(i);
    }
    return places;
  }
}

/** Who has proved to be one of ours, unless From names another. */
function asUser(account: Account, named: Named, flow: Flow): Principal | { readonly kind: 'forged' } {
  flow.trust();
  return namesAnother(named, account.name) ? { kind: 'forged' } : { kind: 'user', name: account.name };
}

const namesAnother = ({ account, unclear }: Named, user: string): boolean =>
  unclear || (account !== undefined && account.name !== user);

/** Who From says is calling; undefined where it cannot be read. */
export function claimed(request: Request): Uri | undefined {
  return readable(() => request.from.uri);
}

/** Who To says was called; undefined where it cannot be read. Mostly it is the Request-URI, which was read before. */
export function dialedTo(request: Request): Uri | undefined {
  return request.to.uriText === request.uriText ? request.uri : readable(() => request.to.uri);
}

/**
 * The name in From or To, if it is one of ours other than that of `user`; of undefined, who is none of the house, of anybody of ours. The same
 * text for all that is written of it beside the name.
 */
export function otherName(uri: Uri | undefined, user: string | undefined, snapshot: Snapshot): string | undefined {
  // Nearly all that is said in the house.
  if (user !== undefined && uri?.user === user && isSip(uri)) return undefined;
  const named = namedBy(uri, snapshot);
  if (!(user === undefined ? named.mustProve : namesAnother(named, user))) return undefined;
  return uri === undefined ? '' : `${dialedBy(uri).text}@${uri.host}`;
}

/** Whom a From names. */
interface Named {
  readonly account: Account | undefined;
  /** Whether a request from there has to be proved: one of our users, or anybody of a domain whose names are all ours. */
  readonly mustProve: boolean;
  /** We cannot read it, and a phone may make more of it than we do: anybody of ours. */
  readonly unclear: boolean;
}

const somebody: Named = { account: undefined, mustProve: false, unclear: false };
const anybody: Named = { account: undefined, mustProve: true, unclear: true };

function namedBy(uri: Uri | undefined, snapshot: Snapshot): Named {
  if (uri === undefined) return anybody;
  if (!isSip(uri)) {
    // Phones show alice@home.example, whatever stands before and behind it.
    if (uri.text.includes('@')) {
      const shown = uri.text.slice(uri.scheme.length + 1).replace(/^\/\//, '');
      return namedBy(
        readable(() => parseUri(`sip:${shown}`)),
        snapshot,
      );
    }
    if (uri.scheme !== 'tel') return somebody;
    // A number without a domain shows as an extension on a phone; those of the world are anybody's. Which ones we have is not told (security S5).
    const number = dialedBy(uri).text;
    const account = snapshot.byExtension(number);
    return { account, mustProve: account !== undefined || !number.startsWith('+'), unclear: false };
  }
  // Whatever the port: a phone shows none.
  const domain = snapshot.domains.of(uri.host);
  if (domain === undefined) return somebody;
  // Whom a call back would reach: of a number the parameters say nothing of whose it is (RFC 3261 §19.1.6).
  const name = shownOf(dialedBy(uri).text);
  const shown = snapshot.byName(name) ?? snapshot.byExtension(name) ?? snapshot.shownAs(name);
  return {
    account: shown === 'group' ? undefined : shown,
    mustProve: domain.register === 'authenticated' || shown !== undefined || /^[-0-9*#+().]+$/.test(name),
    unclear: false,
  };
}

/** What it may ask for depends on who it is, and of a provider on what says so. */
export function callerKind(principal: Caller) {
  if (principal.kind === 'unread') return 'unproved';
  return principal.kind === 'provider' && principal.forgeable === true ? 'tokenless' : principal.kind;
}

/** In our Record-Route: see `DialogRoute`. */
export function principalName(principal: Principal): string {
  return principal.kind === 'user' ? `u.${principal.name}` : principal.kind === 'guest' ? 'g' : 'a';
}
