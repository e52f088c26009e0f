/**
 * The name service, as an interface. Names are ASCII (a domain of other letters as its A-label), in small letters and without a trailing
 * dot; the root, as a target that means "there is none" (RFC 2782, RFC 3403), is the empty text.
 */

/** An address of either family, without brackets. */
export interface ARecord {
  readonly address: string;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** Flags, service and regexp are wire text with the letters as they were published. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** What may be asked for, and what comes. A CNAME is followed inside and never seen. */
export interface Records {
  readonly A: ARecord;
  readonly AAAA: ARecord;
  readonly SRV: SrvRecord;
  readonly NAPTR: NaptrRecord;
}

export type RecordType = keyof Records;

export const isAddress = (record: Records[RecordType]): record is ARecord => 'address' in record;
export const isSrv = (record: Records[RecordType]): record is SrvRecord => 'weight' in record;
export const isNaptr = (record: Records[RecordType]): record is NaptrRecord => 'regexp' in record;

/** `ttl` is in seconds: for how long the same may be answered without asking again, 0 not at all. */
export type Answer<T extends RecordType = RecordType> =
  | { readonly kind: 'records'; readonly records: readonly Records[T][]; readonly ttl: number }
  /** The name has no such record, or (`nxdomain`) no record at all (RFC 2308). */
  | { readonly kind: 'none'; readonly ttl: number; readonly nxdomain: boolean }
  /** Nobody could say: a sentence for the operator. */
  | { readonly kind: 'failed'; readonly why: string };

export interface Resolver {
  /**
   * Asks for the records of a name. `done` is called exactly once, at once where the answer is known, and within 5 s whatever the name
   * servers do; after `close` it is not called any more.
   */
  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void): void;
  /** Forgets what was answered: the network is another one. */
  flush(): void;
  close(): void;
  /** What is wrong with it now, a sentence each; absent where nobody keeps account of it. */
  readonly problems?: readonly string[];
  /** Set by who keeps answers: called when other name servers are asked from now on. */
  changed: (() => void) | undefined;
}
