import type { PeerSettings } from '../../config/sections/peer.ts';
import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { literal } from '../../sip/locate/address-class.ts';
import type { Locator } from '../../sip/locate/locator.ts';
import { wantedOf } from '../../sip/locate/wanted.ts';
import { parseServer, type Uri } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';

/** How often a name is looked up again; DNS itself is asked as its own TTL says. */
const AGAIN: Millis = 300_000;
/** How soon where nothing was found. */
const SOON: Millis = 30_000;

/** A peer whose section says where it is; of all others nobody but a certificate proves that. */
interface Peer {
  /** A domain, in the form of URIs. */
  readonly name: string;
  readonly via: string;
  readonly uri: Uri;
  addresses: ReadonlySet<string>;
  /** Why they could not be looked up the last time. */
  why: string | undefined;
}

export interface PeerAddressesParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly locator: Pick<Locator, 'locate'>;
  /** Other addresses than before are those of a peer. */
  changed(): void;
}

/** At which addresses the domains of `[peer]` are: where a `via` is an IP literal, or what it is located at (house, "Who is calling" 4). */
export class PeerAddresses implements Timed {
  private readonly parts: PeerAddressesParts;
  private peers: readonly Peer[] = [];
  private trusted: ReadonlySet<string> = new Set();
  private searches: { cancel(): void }[] = [];
  private timer: Timer | undefined = undefined;

  constructor(parts: PeerAddressesParts) {
    this.parts = parts;
  }

  /** Takes the sections of a configuration, and finds their addresses: those that are still in it keep theirs meanwhile. */
  configure(sections: Iterable<PeerSettings & { readonly name: string }>): void {
    const all = [...sections];
    const before = new Map(this.peers.map((peer) => [peer.via, peer.addresses]));
    this.trusted = new Set(all.flatMap(({ name, trust }) => (trust.includes('identity') ? [name] : [])));
    this.peers = all.flatMap(({ name, via }) => {
      if (via === undefined) return [];
      const uri = readable(() => parseServer(via));
      if (uri === undefined) return []; // a port that is none: the call that goes there says so
      return [{ name, via, uri, addresses: before.get(via) ?? new Set<string>(), why: undefined }];
    });
    this.parts.changed();
    this.locate();
  }

  /** The network is another one, or time has passed: what was found may be wrong by now. */
  locate(): void {
    this.timer?.cancel();
    for (const search of this.searches.splice(0)) search.cancel();
    const named = this.peers.filter((peer) => !this.isLiteral(peer));
    let open = named.length;
    let failed = false;
    for (const peer of named) {
      // By which transport does not matter: an address is looked for, not a way.
      const wanted = { ...wantedOf(peer.uri), outward: true, behalf: 'configured' as const };
      this.searches.push(
        this.parts.locator.locate(wanted, (located) => {
          const known = peer.why;
          peer.why = located.kind === 'hops' ? undefined : located.why;
          if (located.kind === 'hops') this.take(peer, new Set(located.hops.map(({ host }) => host)));
          else {
            failed = true;
            if (located.why !== known) this.parts.log.info(`[peer ${peer.name}] via: ${located.why}`);
          }
          if (--open === 0) this.timer = this.parts.clock.start('locate peers', failed ? SOON : AGAIN, this);
        }),
      );
    }
  }

  /** A sentence on each that is not found. */
  get problems(): readonly string[] {
    return this.peers.flatMap(({ name, why }) => (why === undefined ? [] : [`[peer ${name}] via: ${why}`]));
  }

  timeout(): void {
    this.locate();
  }

  private isLiteral(peer: Peer): boolean {
    const address = literal(peer.uri.host);
    if (address !== undefined) this.take(peer, new Set([address]));
    return address !== undefined;
  }

  private take(peer: Peer, addresses: ReadonlySet<string>): void {
    const same = addresses.size === peer.addresses.size && [...addresses].every((one) => peer.addresses.has(one));
    peer.addresses = addresses;
    if (!same) this.parts.changed();
  }

  /** Whether an address (an IP literal) is that of a peer. */
  has(host: string): boolean {
    for (const { addresses } of this.peers) if (addresses.has(host)) return true;
    return false;
  }

  /** The peer at an address: of several there the one that `from`, the host of the From header, names. */
  at(host: string, from: string | undefined): string | undefined {
    let first: string | undefined;
    for (const { name, addresses } of this.peers) {
      if (!addresses.has(host)) continue;
      if (name === from) return name;
      first ??= name;
    }
    return first;
  }

  /** Whether the identity that a peer asserts is believed (RFC 3325). */
  believes(domain: string): boolean {
    return this.trusted.has(domain);
  }

  close(): void {
    this.timer?.cancel();
    for (const search of this.searches.splice(0)) search.cancel();
  }
}
