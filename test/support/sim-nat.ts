import type { Clock, Millis } from '../../src/runtime/clock.ts';
import type { Address } from '../../src/runtime/network.ts';

export interface NatOptions {
  /** A mapping that nothing used for so long is forgotten. Default 30 s. */
  readonly expiry?: Millis;
  /** Another public port for every destination (RFC 4787 address and port-dependent mapping). Default false. */
  readonly symmetric?: boolean;
  /** Lets in only what comes from where the inside has sent to. Default true. */
  readonly filter?: boolean;
}

interface Mapping {
  readonly inner: Address;
  readonly port: number;
  readonly key: string;
  readonly permitted: Set<string>;
  used: Millis;
}

/** Where a packet ends: the machine, and both addresses as that machine sees them. */
export interface Arrival<Machine> {
  readonly machine: Machine;
  readonly from: Address;
  readonly to: Address;
}

/** Addresses that reach each other directly: the internet, or the inside of one NAT gateway. */
export class Realm<Machine> {
  readonly machines = new Map<string, Machine>();
  readonly gateways = new Map<string, SimNat<Machine>>();
  /** The way out, where this is an inside. */
  readonly gateway: SimNat<Machine> | undefined;

  constructor(gateway?: SimNat<Machine>) {
    this.gateway = gateway;
  }

  /** Follows a packet through the gateways to the machine that owns `to`, rewriting as they do; undefined: nobody. */
  carry(from: Address, to: Address): Arrival<Machine> | undefined {
    const machine = this.machines.get(to.host);
    if (machine !== undefined) return { machine, from, to };
    const inward = this.gateways.get(to.host);
    if (inward !== undefined) {
      const inner = inward.inward(from, to.port);
      return inner && inward.inside.carry(from, inner);
    }
    return this.gateway?.outside.carry(this.gateway.outward(from, to), to);
  }
}

/** A gateway that rewrites source addresses, as the router of a house does. */
export class SimNat<Machine> {
  readonly host: string;
  readonly outside: Realm<Machine>;
  readonly inside: Realm<Machine>;
  readonly #clock: Clock;
  readonly #options: Required<NatOptions>;
  readonly #byInner = new Map<string, Mapping>();
  readonly #byPort = new Map<number, Mapping>();
  #nextPort = 40_000;

  constructor(host: string, outside: Realm<Machine>, clock: Clock, options: NatOptions) {
    this.host = host;
    this.outside = outside;
    this.inside = new Realm(this);
    this.#clock = clock;
    this.#options = { expiry: 30_000, symmetric: false, filter: true, ...options };
    outside.gateways.set(host, this);
  }

  /** The router restarts: every mapping is gone. */
  forget(): void {
    this.#byInner.clear();
    this.#byPort.clear();
  }

  outward(inner: Address, to: Address): Address {
    const now = this.#clock.now();
    const key = this.#options.symmetric ? `${inner.host} ${inner.port}>${to.host} ${to.port}` : `${inner.host} ${inner.port}`;
    let mapping = this.#byInner.get(key);
    if (mapping === undefined || this.#expired(mapping)) {
      if (mapping !== undefined) this.#byPort.delete(mapping.port);
      mapping = { inner, port: this.#nextPort++, key, permitted: new Set(), used: now };
      this.#byInner.set(key, mapping);
      this.#byPort.set(mapping.port, mapping);
    }
    mapping.used = now;
    mapping.permitted.add(`${to.host} ${to.port}`);
    return { host: this.host, port: mapping.port };
  }

  inward(from: Address, port: number): Address | undefined {
    const mapping = this.#byPort.get(port);
    if (mapping === undefined || this.#expired(mapping)) return undefined;
    if (this.#options.filter && !mapping.permitted.has(`${from.host} ${from.port}`)) return undefined;
    return mapping.inner;
  }

  // Only outward packets keep a mapping alive: what strangers send must not (RFC 4787 REQ-6).
  #expired(mapping: Mapping): boolean {
    return this.#clock.now() - mapping.used >= this.#options.expiry;
  }
}
