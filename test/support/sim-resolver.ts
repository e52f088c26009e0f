import { after, type Clock } from '../../src/runtime/clock.ts';
import type { Answer, RecordType, Resolver } from '../../src/runtime/resolver.ts';
import { recordOf, Zone, type ZoneRecord } from './zone.ts';

/** When a resolver gives up on name servers that say nothing. */
const PATIENCE = 4_500;

/** A name service made of the text of a zone (see Zone), on virtual time. It remembers nothing, and counts what it is asked. */
export class SimResolver implements Resolver {
  changed: (() => void) | undefined = undefined;
  /** What was asked, in order: `SRV _sip._udp.d.test`. */
  readonly queries: string[] = [];
  /** Milliseconds that an answer takes, by question or for all; 0 answers at once. */
  lag: number | ((question: string) => number);
  flushed = 0;
  #zone: Zone;
  readonly #clock: Clock;
  #closed = false;

  constructor(clock: Clock, zone = '', lag: SimResolver['lag'] = 0) {
    this.#clock = clock;
    this.#zone = new Zone(zone);
    this.lag = lag;
  }

  /** The world changes. */
  set zone(text: string) {
    this.#zone = new Zone(text);
  }

  /** The questions since the last call of this. */
  asked(): string[] {
    return this.queries.splice(0);
  }

  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void): void {
    const question = `${type} ${name}`;
    this.queries.push(question);
    const silent = this.#zone.misfortune(name) === 'SILENT';
    const lag = silent ? PATIENCE : typeof this.lag === 'number' ? this.lag : this.lag(question);
    const answer = silent ? { kind: 'failed' as const, why: 'no name server answers' } : this.#answer(name, type);
    if (lag === 0) return done(answer);
    after(this.#clock, 'sim-dns', lag, () => {
      if (!this.#closed) done(answer);
    });
  }

  flush(): void {
    this.flushed++;
  }

  close(): void {
    this.#closed = true;
  }

  #answer<T extends RecordType>(asked: string, type: T): Answer<T> {
    let name = asked;
    let ttl = Number.POSITIVE_INFINITY;
    for (let links = 0; links <= 8; links++) {
      const misfortune = this.#zone.misfortune(name);
      if (misfortune !== undefined) return { kind: 'failed', why: `the name server says ${misfortune}` };
      const found = this.#zone.at(name, type);
      if (found.length > 0)
        return { kind: 'records', records: found.map(({ fields }) => recordOf(type, fields)), ttl: least(ttl, found) };
      const alias = this.#zone.at(name, 'CNAME');
      if (alias.length === 0) return this.#none(name);
      name = alias[0]!.fields[0]!.replace(/\.$/, '');
      ttl = least(ttl, alias);
    }
    return { kind: 'failed', why: `${asked} is an alias that leads nowhere` };
  }

  #none(name: string): { kind: 'none'; ttl: number; nxdomain: boolean } {
    const soa = this.#zone.soa(name);
    const ttl = soa === undefined ? 0 : Math.min(soa.ttl, Number(soa.fields[0]));
    return { kind: 'none', ttl, nxdomain: !this.#zone.has(name) };
  }
}

const least = (ttl: number, records: readonly ZoneRecord[]) => Math.min(ttl, ...records.map((record) => record.ttl));
