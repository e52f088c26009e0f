import type { Clock, Millis } from '../../runtime/clock.ts';

/** How long a proof counts: a registered phone refreshes within the hour. */
const PROVEN: Millis = 3_660_000;
/** A proof is noted anew at most so often. */
const NOTED: Millis = 60_000;

/**
 * Bytes that a source which proved nothing may get for nothing: so many at once, and so many a minute from then on. In no minute more than
 * 4 kB, which is both together.
 */
const FREE = 3_072;
const FREE_PER_MINUTE = 1_024;
/** Of them a provisional response leaves so many: the ringing of several phones shall not take the room of the answer. */
const FOR_THE_ANSWER = 2_048;
/** Bytes that may be saved by sending more than was answered. */
const MOST_EARNED = 65_536;

/**
 * New requests that a source which proved nothing may send: a telephone that starts asks for itself, its mailbox and ten keys, and a
 * server of another domain has several calls a second; whoever tries out numbers or passwords has hundreds.
 */
const BURST = 30;
const PER_SECOND = 4;

/**
 * What the configuration says of an address. `excepted`: nothing that comes from there is bounded. A provider and a peer are dealt with, though
 * anybody may write their address as the source of a datagram.
 */
export type Standing = 'excepted' | 'peer' | 'provider' | 'stranger';

/** What a source that proved nothing may do: so much at once, and so much in a time from then on. */
export interface Room {
  readonly bytes: number;
  readonly bytesPerMinute: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
}

/** `bytes`, `requests`: how many times as many as a stranger. */
const room = (bytes: number, requests: number): Room => ({
  ...{ bytes: FREE * bytes, bytesPerMinute: FREE_PER_MINUTE * bytes },
  ...{ requests: BURST * requests, requestsPerSecond: PER_SECOND * requests },
});

/**
 * A peer is a server with many callers: where five phones ring for each call and
 * send a session description before they are answered, it hears all of them at two calls a second.
 */
export const ROOM: Readonly<Record<Standing, Room>> = {
  excepted: room(1, 1),
  peer: room(512, 10),
  provider: room(8, 1),
  stranger: room(1, 1),
};

/** What sources share. */
export interface SourceHome {
  readonly clock: Clock;
  /** Answers that were not sent, and transactions of sources that proved nothing and are no peers, who have places of their own. */
  silenced: number;
  transactions: number;
  proved(source: Source): void;
}

/** An address, of IPv6 a network, that sends to us: what it proved, and what it may still do where it proved nothing. */
export class Source {
  /** What it is counted as. */
  readonly network: string;
  readonly standing: Standing;
  /** Transactions that are kept on its account. */
  transactions = 0;
  private readonly home: SourceHome;
  private earned = 0;
  private free: number;
  private freeAt: Millis;
  private tokens: number;
  private tokensAt: Millis;
  private provenUntil: Millis = 0;

  constructor(home: SourceHome, network: string, standing: Standing = 'stranger') {
    this.home = home;
    this.network = network;
    this.standing = standing;
    this.free = this.room.bytes;
    this.tokens = this.room.requests;
    this.freeAt = home.clock.now();
    this.tokensAt = this.freeAt;
  }

  /** Whether somebody there showed valid credentials within the hour. */
  get proven(): boolean {
    return this.provenUntil > 0 && this.home.clock.now() < this.provenUntil;
  }

  get excepted(): boolean {
    return this.standing === 'excepted';
  }

  private get room(): Room {
    return ROOM[this.standing];
  }

  prove(): void {
    const until = this.home.clock.now() + PROVEN;
    if (until - this.provenUntil < NOTED) return;
    this.provenUntil = until;
    this.home.proved(this);
  }

  /** What it just sent proves to be its own: there is room for the answers, whatever came in its name before. */
  vouch(): void {
    this.earned = MOST_EARNED;
  }

  /** It sent so many bytes, and may be sent one and a half times as many. */
  heard(bytes: number): void {
    if (this.earned < MOST_EARNED) this.earned += bytes + (bytes >> 1);
  }

  /** Whether it may be sent so many bytes, which then are taken off. `provisional`: something that matters more is to come. */
  takes(bytes: number, provisional = false): boolean {
    const wanted = provisional ? bytes + FOR_THE_ANSWER : bytes;
    if (this.earned >= wanted) {
      this.earned -= bytes;
      return true;
    }
    if (this.excepted || this.proven) {
      this.earned = MOST_EARNED;
      return true;
    }
    const now = this.home.clock.now();
    const { room } = this;
    this.free = Math.min(room.bytes, this.free + ((now - this.freeAt) * room.bytesPerMinute) / 60_000);
    this.freeAt = now;
    if (this.earned + this.free < wanted) {
      this.home.silenced++;
      return false;
    }
    const earned = Math.min(this.earned, bytes);
    this.earned -= earned;
    this.free -= bytes - earned;
    return true;
  }

  /** Whether it may ask for something new: takes a token if there is one. */
  takesToken(): boolean {
    const now = this.home.clock.now();
    const { room } = this;
    this.tokens = Math.min(room.requests, this.tokens + ((now - this.tokensAt) * room.requestsPerSecond) / 1_000);
    this.tokensAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  /** A transaction is kept on its account, or is not any more. */
  keeps(transactions: 1 | -1): void {
    this.transactions += transactions;
    if (this.standing !== 'peer') this.home.transactions += transactions;
  }
}
