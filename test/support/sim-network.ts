import type { Clock } from '../../src/runtime/clock.ts';
import { SimHost } from './sim-host.ts';
import { type LinkOptions, SimMedium, type WirePacket } from './sim-medium.ts';
import { type NatOptions, Realm, SimNat } from './sim-nat.ts';
import { SimRandom } from './sim-random.ts';

/** A whole internet on one virtual clock: hosts, the links between them, and NAT gateways. */
export class SimNetwork {
  readonly #medium: SimMedium;
  readonly #internet = new Realm<SimHost>();

  /** `everywhere`: what links do unless `link` says otherwise; nothing is delayed or lost by default. */
  constructor(clock: Clock, random = new SimRandom(), everywhere: LinkOptions = {}) {
    this.#medium = new SimMedium(clock, random, everywhere);
  }

  /** Every packet since the start, or since `clear`, in the order they were sent. */
  get wire(): readonly WirePacket[] {
    return this.#medium.wire;
  }

  clear(): void {
    this.#medium.wire.length = 0;
  }

  /** Whether packets are kept in `wire`: off for long runs. */
  set recording(on: boolean) {
    this.#medium.recording = on;
  }

  /** One direction between two addresses as the sender writes them; `*` is any. */
  link(from: string, to: string, options: LinkOptions): void {
    this.#medium.link(from, to, options);
  }

  /** A machine with these addresses, its own loopback among them if wanted. */
  host(...addresses: string[]): SimHost {
    return new SimHost(this.#internet, this.#medium, addresses);
  }

  /** A NAT gateway with this public address; its `host` makes machines behind it. */
  nat(address: string, options: NatOptions = {}): { forget(): void; host(...addresses: string[]): SimHost } {
    const nat = new SimNat<SimHost>(address, this.#internet, this.#medium.clock, options);
    return {
      forget: () => nat.forget(),
      host: (...addresses) => new SimHost(nat.inside, this.#medium, addresses),
    };
  }
}
