import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Network as Machine } from '../../runtime/network.ts';
import { addressOf, holds } from './networks.ts';

/** The machine is asked for its addresses at most so often. */
const LOOK_EVERY: Millis = 10_000;
/** What nobody reaches us from by the internet (RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6). */
const LOCAL: readonly string[] = ['private', 'uniqueLocal', 'linkLocal', 'loopback'];

/** Who stands in a network that this machine is directly connected to, by an address that is not of the internet. */
export class Neighbours {
  private readonly clock: Clock;
  private readonly machine: Pick<Machine, 'interfaces'>;
  private networks: ReturnType<typeof networksOf> = [];
  private looked = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, machine: Pick<Machine, 'interfaces'>) {
    this.clock = clock;
    this.machine = machine;
  }

  /** `host`: an IP literal as a socket tells it. */
  has(host: string): boolean {
    const ip = addressOf(host);
    if (ip === undefined || !LOCAL.includes(ip.range())) return false;
    if (ip.range() === 'linkLocal' || ip.range() === 'loopback') return true;
    const now = this.clock.now();
    if (now - this.looked >= LOOK_EVERY) {
      this.looked = now;
      this.networks = networksOf(this.machine);
    }
    return this.networks.some((network) => holds(network, ip));
  }
}

function networksOf(machine: Pick<Machine, 'interfaces'>) {
  return machine.interfaces().flatMap(({ host, prefix }) => {
    const address = addressOf(host);
    return address === undefined ? [] : [{ address, prefix }];
  });
}
