import type { AccessSettings } from '../../config/sections/access.ts';
import type { DaemonSettings } from '../../config/sections/daemon.ts';
import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Network as Machine } from '../../runtime/network.ts';
import type { Request } from '../../sip/message/message.ts';
import type { Uri } from '../../sip/message/uri.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { ROOM, type Room, type Source } from '../../sip/transport/source.ts';
import type { Sources } from '../../sip/transport/sources.ts';
import { LoopLag } from './lag.ts';
import { Neighbours } from './neighbours.ts';
import { AccessNetworks } from './networks.ts';

/** The loop is so far behind that strangers are asked to come later; and that everybody is. */
const LAG_OF_STRANGERS: Millis = 200;
const LAG_OF_ALL: Millis = 1_000;
/** Transactions that are kept for one source that proved nothing, with those within its dialogs, and for all of them (security S12). */
const MOST_OF_ONE = 200;
const MOST_WITH_DIALOGS = 400;
const MOST_OF_ALL = 10_000;
/** A dialog is no proof of where its requests come from: who has one may send in it by ten thousand forged addresses. */
const MOST_OF_ALL_WITH_DIALOGS = 15_000;
/**
 * The same for an address of a provider, of what anybody may have sent in its name: each may ring the phones of the house, which gets few
 * calls at once. One that was answered counts for half a minute, one that was refused until its ACK.
 */
const MOST_TOKENLESS = 20;

/**
 * The same for an address of a peer by UDP, whose calls are many: it has places of its own, that no flood of strangers takes, and who writes its
 * address as his own takes those alone.
 */
const MOST_OF_PEER = 1_000;
const MOST_OF_PEER_WITH_DIALOGS = 2_000;

const LATER = 'Retry-After: 10\r\n';

const LIFTED = 'the configuration lifts the limits for strangers there';
const PROVED =
  'an address of a provider: no limit for strangers holds for what bears the token of our Contact, or comes by TCP or TLS';
const TOKENLESS = `what comes by UDP without it, as anybody could send it: ${asking(ROOM.provider)}, ${MOST_TOKENLESS} at work at a time`;
const PEER = 'an address of a peer: no limit for strangers holds for what comes by TCP or TLS';
const PEER_BY_UDP = `what comes by UDP, as anybody could send it: ${asking(ROOM.peer)}, ${MOST_OF_PEER} at work at a time`;
const STRANGER = `a stranger: ${asking(ROOM.stranger)}, ${(ROOM.stranger.bytes + ROOM.stranger.bytesPerMinute) / 1_024} kB of answers a minute for nothing`;

export interface AccessParts {
  readonly clock: Clock;
  readonly machine: Pick<Machine, 'interfaces'>;
  readonly sources: Sources;
  /** Whether a configured peer has this address (an IP literal). Anybody can know it, and write it as the source of a datagram. */
  peer(host: string): boolean;
  /** The same of a provider. */
  provider(host: string): boolean;
  /** Whether a Request-URI is an emergency number of ours, which nothing holds up for who proves to be one of ours. */
  emergency(uri: Uri): boolean;
  /** Whether a URI names a domain of ours by its name, and not by a mere address of this machine. */
  named(uri: Uri): boolean;
  /** Closes the connection of a flow; a datagram has none. */
  shut(flow: Flow): void;
}

/**
 * Who sends a request, as far as it is known: a dialog that is not ours and a request that cannot be routed are nobody's. `tokenless`: a
 * provider by nothing but the source address of a datagram.
 */
type Caller = 'user' | 'forged' | 'guest' | 'peer' | 'provider' | 'tokenless' | 'line' | 'unproved' | 'anonymous';

/** `gone`: it was answered, or left without an answer. `challenge`: only who proves to be a user is served there. */
export type Admission = 'served' | 'challenge' | 'gone';

/** What would become of a request, in words; `answer`: what it is told where it is turned away, empty for silence. */
export interface Explained {
  readonly admission: Admission;
  readonly words: readonly string[];
  readonly answer: string;
}

/** Whether a new request is looked at, by where it comes from: networks of the configuration, strangers, load (security S4, S12). */
export class AccessControl {
  readonly counts = { turnedAway: 0, limited: 0, unheard: 0, shed: 0 };
  private readonly parts: AccessParts;
  private readonly lag: LoopLag;
  private readonly neighbours: Neighbours;
  private networks = new AccessNetworks([]);
  private silent = false;

  constructor(parts: AccessParts) {
    this.parts = parts;
    this.lag = new LoopLag(parts.clock);
    this.neighbours = new Neighbours(parts.clock, parts.machine);
    parts.sources.standing = (host) =>
      this.lifts(host) ? 'excepted' : parts.peer(host) ? 'peer' : parts.provider(host) ? 'provider' : 'stranger';
  }

  /** Where the configuration trusts whoever is there, and this very machine, whose address nobody elsewhere can forge. */
  private lifts(host: string): boolean {
    const policy = this.networks.of(host);
    return policy === 'allow' || policy === 'loopback';
  }

  /** `strangers`: whether one on a bare address gets any answer at all. */
  configure(sections: Iterable<AccessSettings>, strangers: DaemonSettings['strangers']): void {
    this.networks = new AccessNetworks(sections);
    this.silent = strangers === 'silent';
    this.parts.sources.reconsider();
  }

  /** Before anything is looked up or proved: the networks that are not served, and a loop that is far behind. True: it was answered. */
  turnsAway(request: Request, tx: ServerTransaction): boolean {
    this.lag.stir();
    const policy = this.networks.of(tx.flow.remote.host);
    const closed = policy === 'decline' || policy === 'reject';
    const late = this.lag.lasting >= LAG_OF_ALL;
    if ((!closed && !late) || this.parts.emergency(request.uri)) return false;
    if (!closed) this.shed(tx);
    else if (this.limits(this.parts.sources.at(tx.flow.remote.host), tx.flow)) tx.abandon();
    else {
      this.counts.turnedAway++;
      if (policy === 'decline') tx.respondStateless(603, 'Decline');
      else tx.respondStateless(503, 'Service Unavailable');
    }
    return true;
  }

  /** Once it is known who sends it. */
  admit(request: Request, tx: ServerTransaction, caller: Caller): Admission {
    const { flow } = tx;
    const { host } = flow.remote;
    if (caller === 'user' || caller === 'forged') {
      // By a connection nothing else remembers it; a datagram's flow is its source.
      if (flow.reliable) this.parts.sources.at(host).prove();
      return 'served';
    }
    const policy = this.networks.of(host);
    if (policy === 'loopback') return 'served';
    const served = policy === undefined || policy === 'allow' ? 'served' : 'challenge';
    const source = this.parts.sources.at(host);
    if (caller === 'provider') {
      if (!flow.reliable) source.vouch();
      return served;
    }
    if (this.isUnbounded(source, flow)) return served;
    // A certificate is free of charge: it makes a domain heard, and no more welcome than its `[peer]` says.
    if (caller !== 'guest' && caller !== 'peer' && !this.heard(host) && !this.parts.named(request.uri)) {
      this.counts.unheard++;
      tx.abandon();
      return 'gone';
    }
    // Its first request carries no credentials: it is asked for them, whatever else comes from there (security S30).
    if (caller === 'unproved' && this.parts.emergency(request.uri)) return served;
    if (this.limits(source, flow)) {
      tx.abandon();
      return 'gone';
    }
    const most = source.standing === 'peer' ? MOST_OF_PEER : caller === 'tokenless' ? MOST_TOKENLESS : MOST_OF_ONE;
    const crowd = this.parts.sources.transactions >= MOST_OF_ALL || this.lag.now >= LAG_OF_STRANGERS;
    return this.charge(tx, source, most, crowd) ? served : 'gone';
  }

  /**
   * A request of a stranger within a dialog that runs through us: he may ask as often as he likes, but what is kept for it is on his account as
   * well. False: it was answered.
   */
  keeps(tx: ServerTransaction): boolean {
    const source = this.parts.sources.at(tx.flow.remote.host);
    if (this.isUnbounded(source, tx.flow)) return true;
    const most = source.standing === 'peer' ? MOST_OF_PEER_WITH_DIALOGS : MOST_WITH_DIALOGS;
    return this.charge(tx, source, most, this.parts.sources.transactions >= MOST_OF_ALL_WITH_DIALOGS);
  }

  /** Keeps a transaction on the account of its source, which may have `most`; in a crowd only a peer has room. False: it was answered. */
  private charge(tx: ServerTransaction, source: Source, most: number, crowd: boolean): boolean {
    if (source.transactions >= most || (crowd && source.standing !== 'peer')) {
      this.shed(tx);
      return false;
    }
    tx.account = source;
    return true;
  }

  /**
   * What would become of a request from an address before anybody looks where it leads, and why: for `route explain`. Nothing is counted.
   *
   * @param host an IP literal
   */
  explain(host: string, caller: Caller, uri: Uri): Explained {
    const policy = this.networks.of(host);
    const network = policy === undefined ? 'no [access] section names its network' : `its network has the policy ${policy}`;
    const tell = (admission: Admission, ...words: readonly string[]): Explained => ({
      admission,
      words: [network, ...words],
      answer: '',
    });
    if ((policy === 'decline' || policy === 'reject') && !this.parts.emergency(uri)) {
      const answer = policy === 'decline' ? '603 Decline' : '503 Service Unavailable';
      return { ...tell('gone', 'it is turned away before anything of it is looked at'), answer };
    }
    if (caller === 'user' || caller === 'forged') return tell('served', 'it has proved who it is: no limit for strangers holds');
    if (policy === 'loopback') return tell('served', 'from this very machine');
    const served = policy === undefined || policy === 'allow' ? 'served' : 'challenge';
    const asked = served === 'challenge' ? ['only who proves to be a user is served there: it is asked for a password'] : [];
    const source = this.parts.sources.at(host);
    if (caller === 'peer') return tell(served, ...(source.excepted ? [LIFTED] : [PEER, PEER_BY_UDP]), ...asked);
    if (caller === 'provider') return tell(served, ...(source.excepted ? [LIFTED] : [PROVED, TOKENLESS]), ...asked);
    if (source.excepted) return tell(served, LIFTED, ...asked);
    if (source.proven) return tell(served, 'somebody there showed a valid password within the hour', ...asked);
    if (caller !== 'guest' && !this.heard(host) && !this.parts.named(uri))
      return tell('gone', 'a stranger who names none of our domains gets no answer (strangers = silent)');
    return tell(served, STRANGER, ...asked);
  }

  /** Whether what is no request gets an answer: a message that cannot be read, a question of STUN. */
  hears(flow: Flow): boolean {
    const source = this.parts.sources.at(flow.remote.host);
    if (this.isUnbounded(source, flow)) return true;
    if (this.heard(flow.remote.host)) return !this.limits(source, flow);
    this.counts.unheard++;
    return false;
  }

  /** Whether strangers there are answered on whatever they ask for. */
  private heard(host: string): boolean {
    return !this.silent || this.neighbours.has(host) || this.parts.provider(host) || this.parts.peer(host);
  }

  /** Whether no limit for strangers holds. By a connection nobody but a provider or a peer can have opened it from there. */
  private isUnbounded(source: Source, { reliable, remote: { host } }: Flow): boolean {
    return source.excepted || source.proven || (reliable && (this.parts.provider(host) || this.parts.peer(host)));
  }

  /** Whether a source asks for too much: over UDP it gets silence, a connection is closed. */
  private limits(source: Source, flow: Flow): boolean {
    if (source.takesToken()) return false;
    this.counts.limited++;
    if (flow.reliable) this.parts.shut(flow);
    return true;
  }

  private shed(tx: ServerTransaction): void {
    this.counts.shed++;
    tx.respondStateless(503, 'Service Unavailable', LATER);
  }
}

function asking({ requests, requestsPerSecond }: Room): string {
  return `${requests} new requests at once and ${requestsPerSecond} a second`;
}
