import { lookup } from 'node:dns';
import { isIP } from 'node:net';

/** Names that are looked up at the same time: each holds one of the four threads that files need as well, for as long as mDNS is silent. */
const AT_ONCE = 2;
const MOST_WAITING = 100;

/** Asks the system for all addresses of a name: getaddrinfo. undefined: it knows none. */
export type SystemLookup = (name: string, done: (addresses: readonly string[] | undefined) => void) => void;

export const getaddrinfo: SystemLookup = (name, done) =>
  lookup(name, { all: true, verbatim: true }, (error, found) =>
    done(error === null ? found.map(({ address }) => address) : undefined),
  );

type Waiting = ((addresses: readonly string[] | undefined) => void)[];

/** Names of the local network (RFC 6762 §3), which the system finds by mDNS or whatever else it has. */
export class LocalNames {
  private readonly system: SystemLookup;
  private readonly waiting = new Map<string, Waiting>();
  private running = 0;
  private readonly queue: string[] = [];

  constructor(system: SystemLookup) {
    this.system = system;
  }

  /** Finds the addresses of a family; several who ask for one name are one question. */
  find(name: string, family: 4 | 6, done: (addresses: readonly string[] | undefined) => void): void {
    const tell = (addresses: readonly string[] | undefined) => done(addresses?.filter((address) => isIP(address) === family));
    const waiting = this.waiting.get(name);
    if (waiting !== undefined) return void waiting.push(tell);
    if (this.queue.length >= MOST_WAITING) return done(undefined);
    this.waiting.set(name, [tell]);
    this.queue.push(name);
    this.start();
  }

  private start(): void {
    if (this.running >= AT_ONCE) return;
    const name = this.queue.shift();
    if (name === undefined) return;
    this.running++;
    this.system(name, (addresses) => {
      this.running--;
      const waiting = this.waiting.get(name) ?? [];
      this.waiting.delete(name);
      this.start();
      for (const tell of waiting) tell(addresses);
    });
  }
}
