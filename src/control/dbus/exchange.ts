import type { Config } from '../../config/config.ts';
import type { AccessControl } from '../../core/access/access-control.ts';
import type { HangupOutcome } from '../../core/call/hang-up.ts';
import type { TrafficReport } from '../../core/call/traffic.ts';
import type { LocationService } from '../../core/location/service.ts';
import type { NamedStates } from '../../core/named-states.ts';
import type { PeerAddresses } from '../../core/proxy/peer-addresses.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Locator } from '../../sip/locate/locator.ts';
import type { FlowName, ListeningPoint } from '../../sip/transport/flow.ts';
import type { ProviderReport, ProviderTest, StatusReport } from './reports.ts';

/** What control needs of the exchange: `core/exchange.ts` fulfils it, and a test can. */
export interface Exchange {
  /** The configuration in force. */
  readonly config: Config;
  readonly snapshot: Snapshot;
  readonly location: LocationService;
  readonly calls: CallTable;
  readonly transport: {
    readonly points: readonly ListeningPoint[];
    flowNamed(name: FlowName): object | undefined;
    isHere(host: string): boolean;
  };
  /** Finds where requests would go: for `route explain`, which sends none. */
  readonly locator: Pick<Locator, 'locate' | 'resolver' | 'remembered'>;
  readonly access: Pick<AccessControl, 'explain'>;
  readonly peers: Pick<PeerAddresses, 'at'>;
  /** Whether a server of one of our providers is at an address. */
  isProvider(host: string): boolean;
  readonly authenticator: { readonly counts: StatusReport['auth'] };
  /** How full each table is now, and what was counted since the start, by names for people. */
  counts(): Readonly<Record<string, number>>;
  readonly features: { readonly states: Pick<NamedStates, 'list' | 'set' | 'subscribe'> };
  readonly traffic: { report(): TrafficReport };
  /** `hostNames`: localhost, the name of this machine, NAME.local. */
  readonly parts: { readonly hostNames: readonly string[]; readonly clock: Pick<Clock, 'now' | 'armed'> };
  readonly bridge: { dialogs(): Iterable<DialogState> };
  readonly transactions: { all(): Iterable<TransactionState> };
}

/** The accounts at telephone companies. */
export interface ProviderTable {
  /** In the order of the configuration. */
  list(): readonly ProviderReport[];
  /** Registers one anew, and tells how that went; false if there is none. */
  test(name: string, done: (outcome: ProviderTest) => void): boolean;
  /** Hears the name of one that came up or went down. Returns how to stop. */
  subscribe(listener: (name: string) => void): () => void;
  /** The one that has a server at an address (an IP literal). */
  at(host: string): string | undefined;
  /** The Request-URI in the house that its calls to a number lead to; undefined for a number that nobody has. */
  leads(name: string, called: string): string | undefined;
}

/** The calls that run through us, and those that did. */
export interface CallTable {
  /** Calls that have not ended. */
  readonly size: number;
  list(): readonly CallState[];
  /** Ends a call on both sides; false if there is no such call. `told` hears how that went, when both sides have answered or will not. */
  hangup(id: string, told: (outcome: HangupOutcome) => void): boolean;
  /** Calls that ended at `since` (milliseconds since 1970) or later, the newest first, `most` at most. */
  history(since: number, most: number): readonly PastCall[];
  /** Hears when a call begins, is answered, and ends. Returns how to stop. */
  subscribe(listener: (event: 'started' | 'changed' | 'ended', call: CallState) => void): () => void;
}

/** A call that has not ended. Times are milliseconds since 1970. */
export interface CallState {
  /** Ours: short, and safe in an object path. */
  readonly id: string;
  /** The Call-ID of its dialogs, as wire text. */
  readonly callId: string;
  /** Who called, for a person: `alice`, or the URI of somebody who is none of ours. */
  readonly from: string;
  readonly to: string;
  /** Whose phone answered, as far as that is known. */
  readonly answeredBy: string | undefined;
  /** The local users among all of them, who may see the call and end it. */
  readonly users: readonly string[];
  readonly state: 'calling' | 'ringing' | 'answered';
  readonly since: number;
  readonly answered: number | undefined;
}

/** A call that has ended. */
export interface PastCall {
  readonly id: string;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  readonly answeredBy: string | undefined;
  readonly users: readonly string[];
  readonly since: number;
  readonly answered: number | undefined;
  readonly ended: number;
  /** How long both sides were connected. */
  readonly talked: Millis;
  /** The final SIP status. */
  readonly status: number;
  /** Why it ended, for a person. */
  readonly reason: string;
  /** Why it went where it went, a sentence each. */
  readonly trace: readonly string[];
}

/** One side of a call that we are a user agent of, as `Bridge.dialogs()` gives it. Texts are wire text. */
export interface DialogState {
  readonly role: 'uac' | 'uas';
  readonly state: string;
  /** The provider at the other end; undefined on the side of the house. */
  readonly provider: string | undefined;
  /** Who is there, a name-addr. */
  readonly name: string;
  readonly dialog: {
    readonly callId: string;
    readonly localTag: string;
    readonly remoteTag: string;
    readonly target: string;
  };
}

/** One live transaction, as `TransactionLayer.all()` gives it. */
export interface TransactionState {
  readonly kind: 'server' | 'client';
  readonly method: string;
  readonly state: string;
  readonly branch: string;
  /** `udp:192.0.2.1:5060` */
  readonly hop: string;
  readonly age: Millis;
}
