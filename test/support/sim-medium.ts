import type { Clock, Millis } from '../../src/runtime/clock.ts';
import type { Address } from '../../src/runtime/network.ts';
import type { SimRandom } from './sim-random.ts';

/** What one direction between two hosts does to packets. */
export interface LinkOptions {
  /** How long a packet travels; of a range, each packet draws its own, without overtaking. Default 0. */
  readonly delay?: Millis | readonly [Millis, Millis];
  /** Probabilities from 0 to 1. */
  readonly loss?: number;
  readonly duplicate?: number;
  /** A reordered datagram arrives `behind` (default 20 ms) later than its turn. */
  readonly reorder?: number;
  readonly behind?: Millis;
}

/** One packet as it left its sender; behind NAT, `from` is the inner address. */
export interface WirePacket {
  readonly time: Millis;
  readonly from: Address;
  readonly to: Address;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly text: string;
  readonly lost: boolean;
}

/** An address as a key of a Map. */
export function keyOf(address: Address): string {
  return `${address.host} ${address.port}`;
}

/** The cables: what happens to a packet between two addresses, and a record of every packet. */
export class SimMedium {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly wire: WirePacket[] = [];
  recording = true;
  #everywhere: LinkOptions;
  readonly #links = new Map<string, LinkOptions>();
  readonly #turns = new Map<string, Millis>();

  constructor(clock: Clock, random: SimRandom, everywhere: LinkOptions) {
    this.clock = clock;
    this.random = random;
    this.#everywhere = everywhere;
  }

  /** Sets one direction; `*` is any address. The most exact of sender and receiver wins, then the sender's. */
  link(from: string, to: string, options: LinkOptions): void {
    if (from === '*' && to === '*') this.#everywhere = options;
    else this.#links.set(`${from}>${to}`, options);
  }

  /** Records a datagram and tells after how long each copy of it arrives: nothing if it was lost. */
  datagram(from: Address, to: Address, text: string): readonly Millis[] {
    const link = this.#between(from.host, to.host);
    const lost = this.#happens(link.loss);
    this.#record(from, to, 'udp', text, lost);
    if (lost) return [];
    const arrivals = [this.#travel(link, from.host, to.host)];
    if (this.#happens(link.duplicate)) arrivals.push(this.#travel(link, from.host, to.host));
    return arrivals.map((delay) => (this.#happens(link.reorder) ? delay + (link.behind ?? 20) : delay));
  }

  /** Records a segment of a stream and tells after how long it arrives: a lost one is sent again after 200 ms. */
  segment(from: Address, to: Address, transport: 'tcp' | 'tls', text: string): Millis {
    const link = this.#between(from.host, to.host);
    if (text !== '') this.#record(from, to, transport, text, false);
    let delay = this.#travel(link, from.host, to.host);
    for (let again = 200; this.#happens(link.loss) && again < 60_000; again *= 2) delay += again;
    return delay;
  }

  #record(from: Address, to: Address, transport: WirePacket['transport'], text: string, lost: boolean): void {
    if (/[^\0-\xff]/.test(text)) throw new Error(`what is sent must be bytes: ${JSON.stringify(text)}`);
    if (this.recording) this.wire.push({ time: this.clock.now(), from, to, transport, text, lost });
  }

  #between(from: string, to: string): LinkOptions {
    if (this.#links.size === 0) return this.#everywhere;
    const links = this.#links;
    return links.get(`${from}>${to}`) ?? links.get(`${from}>*`) ?? links.get(`*>${to}`) ?? this.#everywhere;
  }

  #travel(link: LinkOptions, from: string, to: string): Millis {
    const { delay = 0 } = link;
    if (typeof delay === 'number') return delay;
    const now = this.clock.now();
    const pair = `${from}>${to}`;
    const drawn = now + delay[0] + (delay[1] - delay[0]) * this.random.unit();
    const arrival = Math.max(drawn, this.#turns.get(pair) ?? 0);
    this.#turns.set(pair, arrival);
    return arrival - now;
  }

  #happens(probability: number | undefined): boolean {
    return probability !== undefined && probability > 0 && this.random.unit() < probability;
  }
}
