import type { ProviderStatus } from '../../connector/provider/providers.ts';
import type { TestOutcome } from '../../connector/provider/trunk.ts';
import type { StateView } from '../../core/named-states.ts';
import type { CallKind } from '../../core/routing/call-kind.ts';
import type { LiveTransaction } from '../../sip/transaction/layer.ts';

/** What control tells: plain records, the same on the bus, in `--json` and for the tables of sipwitchctl. Times: milliseconds since 1970. */
export interface StatusReport {
  readonly version: string;
  readonly pid: number;
  readonly since: number;
  readonly domain: string;
  /** The folders that it was started with. */
  readonly config: string;
  readonly state: string;
  readonly listeners: readonly string[];
  readonly users: number;
  readonly phones: number;
  readonly calls: number;
  /** Credentials since the start, by verdict; "evaluated" counts the digests that were computed, "delayed" what was not looked at. */
  readonly auth: Readonly<Record<'evaluated' | 'proved' | 'wrong' | 'stale' | 'delayed', number>>;
  /** Calls by kind: since the start, since midnight, since the hour struck. */
  readonly traffic: Readonly<Record<CallKind, number>>;
  readonly trafficToday: Readonly<Record<CallKind, number>>;
  readonly trafficHour: Readonly<Record<CallKind, number>>;
  /** What was found in the configuration when it was read last, and what is wrong with the daemon now, a sentence each. */
  readonly problems: readonly string[];
  /** Where it can be asked: `private`, `session`, `system`. */
  readonly buses: readonly string[];
}

export interface UserReport {
  readonly name: string;
  readonly extension: string;
  readonly display: string;
  readonly published: boolean;
  readonly dnd: boolean;
  /** Live bindings. */
  readonly phones: number;
  /** Whether any password is set. */
  readonly password: boolean;
}

export interface UserDetail {
  readonly name: string;
  /** Keys and values as they are written in the configuration. */
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** Where the passwords come from: `login`, `passwd`, `device-LABEL`. */
  readonly passwords: readonly string[];
}

export interface PhoneReport {
  /** Ours, for an object path. */
  readonly id: string;
  readonly user: string;
  readonly contact: string;
  readonly transport: string;
  readonly agent: string;
  /** Address and port that the REGISTER came from. */
  readonly source: string;
  readonly since: number;
  readonly expires: number;
}

/** An account at a telephone company. */
export type ProviderReport = ProviderStatus;

/** How an attempt to register went. */
export type ProviderTest = TestOutcome;

export interface CallReport {
  readonly id: string;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  /** The user whose phone answered; empty where nobody did, or it is none of ours. */
  readonly answeredBy: string;
  readonly state: string;
  readonly since: number;
  /** 0: not answered. */
  readonly answered: number;
}

export interface PastCallReport extends Omit<CallReport, 'state'> {
  readonly ended: number;
  /** Milliseconds for which both sides were connected. */
  readonly talked: number;
  /** The final status of the INVITE; 0: there was none. */
  readonly status: number;
  readonly reason: string;
  /** Why it went where it went, a sentence each. */
  readonly trace: readonly string[];
}

export type TransactionReport = LiveTransaction;

/** A dialog of the bridge: one side of a call at a provider. */
export interface DialogReport {
  readonly callId: string;
  /** `uac` called, `uas` was called. */
  readonly role: string;
  readonly state: string;
  /** `provider acme`, or `house`. */
  readonly side: string;
  /** Who is there. */
  readonly name: string;
  /** Where requests of ours go. */
  readonly target: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

export interface TimerReport {
  readonly name: string;
  /** In how many milliseconds it is due. */
  readonly due: number;
}

/** What the daemon remembers of DNS: an answer, or a server that did not answer. */
export interface DnsReport {
  /** `answer`, or `grey` for a next hop that is tried last. */
  readonly kind: string;
  /** `SRV _sip._udp.example.org: 10 60 5060 a.example.org`, or `udp:192.0.2.1:5060`. */
  readonly what: string;
  /** For how long yet. */
  readonly seconds: number;
}

/** A binding with all that the location service knows of it. */
export interface BindingReport {
  readonly aor: string;
  readonly contact: string;
  readonly q: number;
  readonly since: number;
  readonly expires: number;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  readonly instance: string;
  readonly regId: number;
  /** `udp 192.0.2.1:5060 from 192.0.2.7:5060` */
  readonly flow: string;
  readonly agent: string;
}

/** One thing that the daemon counts: what there is now, or what there was since the start. */
export interface CountReport {
  /** `connections`, `messages malformed` */
  readonly name: string;
  readonly count: number;
}

/** One message of the trace, secrets redacted. */
export interface MessageReport {
  readonly time: number;
  readonly direction: 'in' | 'out';
  readonly transport: string;
  readonly local: string;
  readonly remote: string;
  readonly callId: string;
  readonly text: string;
}

export interface Explanation {
  /** `forward`, `serve`, `challenge`, `reject`, or `ignore` where the request would stay without an answer. */
  readonly decision: string;
  /** In one sentence. */
  readonly summary: string;
  readonly status: number;
  /** Who it is that asks, and how we know: `the user alice`. */
  readonly caller: string;
  /** What is looked at before that, by where the request comes from; empty where no address was named. */
  readonly access: readonly string[];
  /** Every step that led to it. */
  readonly trace: readonly string[];
  /** What DNS was asked, and what it answered just now. */
  readonly dns: readonly string[];
  /** Who pays how much, and what the budgets leave; empty where it costs nothing. */
  readonly cost: readonly string[];
  /** Where it would go, in the order in which that would be tried. */
  readonly targets: readonly TargetReport[];
}

/** One place that a request would be sent to. */
export interface TargetReport {
  /** `first`, `at the same time`, `10 s later`, `if that is busy or declines` */
  readonly when: string;
  /** `phone`, `domain`, `enum`, `provider` or `modem`. */
  readonly kind: string;
  /** Its URI, or the number and the trunk. */
  readonly name: string;
  /** How the phone calls itself. */
  readonly agent: string;
  /** Milliseconds that it rings at most; 0: as long as the caller likes. */
  readonly ring: number;
  /** Where it would be sent, the first first: `udp:192.0.2.1:5060`. */
  readonly hops: readonly string[];
  /** Why it cannot be sent there; empty if it can. */
  readonly why: string;
  readonly payer: string;
  /** What a class must permit for it: `paid`, `international`, `premium`. */
  readonly costs: readonly string[];
}

export interface ExplainQuery {
  readonly target: string;
  /** A user, by name or extension; empty: whoever `source` proves to be, or nobody. */
  readonly from: string;
  readonly method: string;
  /** The address that the request comes from, an IP literal; empty: not said. */
  readonly source: string;
}

/** One record of a zone. */
export interface DnsRecord {
  /** Without the dot of the root. */
  readonly name: string;
  readonly type: 'NAPTR' | 'SRV' | 'A' | 'AAAA';
  /** As a zone file has it. */
  readonly data: string;
}

export interface CheckReport {
  readonly errors: number;
  /** As `config check` prints it. */
  readonly report: string;
}

/** A named state: by the clock, or by somebody's hand. */
export type StateReport = StateView;
