import { isIP } from 'node:net';
import { after, type Clock, type Millis } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Answer, Records, RecordType, Resolver } from '../resolver.ts';
import { parseHosts, parseResolvConf, type ResolvConf } from './resolver-conf.ts';
import { type Asking, Exchange } from './resolver-exchange.ts';
import { WatchedFile } from './resolver-file.ts';
import { getaddrinfo, LocalNames, type SystemLookup } from './resolver-local.ts';
import { answerIn, MOST_ALIASES } from './resolver-message.ts';

/** Milliseconds in which every question is answered, whatever the name servers do. */
const MOST: Millis = 4_500;
/** Questions at the same time, each with a socket or a few. */
const MOST_QUESTIONS = 200;
/** Seconds that what the files and the local network say is good for; the files are watched. */
const HOSTS_TTL = 60;
const LOCAL_TTL = 30;

export interface NodeResolverOptions {
  readonly resolvConf?: string;
  readonly hosts?: string;
  /** Where name servers listen. */
  readonly port?: number;
  readonly system?: SystemLookup;
}

interface Pending {
  readonly name: string;
  readonly type: RecordType;
  readonly due: Millis;
  readonly done: (answer: Answer) => void;
  /** Aliases that led here. */
  readonly aliases: readonly string[];
  /** The least TTL of those. */
  readonly ttl: number;
}

/** The stub resolver of this machine: the name servers of resolv.conf, the hosts file, and getaddrinfo for names of the local network. */
export class NodeResolver implements Resolver {
  changed: (() => void) | undefined = undefined;
  private readonly clock: Clock;
  private readonly conf: WatchedFile<ResolvConf>;
  private readonly hosts: WatchedFile<ReadonlyMap<string, readonly string[]>>;
  private readonly local: LocalNames;
  private readonly asking: Asking;
  private readonly exchanges = new Set<Exchange>();
  /** The name server that answered last: the others are asked after it. */
  private good: string | undefined = undefined;
  private closed = false;

  constructor(clock: Clock, random: Random, options: NodeResolverOptions = {}) {
    const { resolvConf = '/etc/resolv.conf', hosts = '/etc/hosts', port = 53, system = getaddrinfo } = options;
    this.clock = clock;
    this.local = new LocalNames(system);
    this.conf = new WatchedFile(resolvConf, clock, parseResolvConf, () => this.otherServers());
    this.hosts = new WatchedFile(hosts, clock, parseHosts, () => this.changed?.());
    this.asking = {
      clock,
      random,
      servers: () => this.servers().map((host) => ({ host, port })),
      attempts: () => this.conf.value.attempts,
      patience: () => this.conf.value.timeout * 1000,
      answers: ({ host }) => {
        this.good = host;
      },
    };
  }

  private servers(): string[] {
    const { servers } = this.conf.value;
    return [...servers].sort((a, b) => Number(b === this.good) - Number(a === this.good));
  }

  private otherServers(): void {
    this.good = undefined;
    this.changed?.();
    for (const exchange of this.exchanges) exchange.restart();
  }

  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void): void {
    if (this.closed) return;
    this.conf.look();
    this.hosts.look();
    // What is asked as type T is answered as type T.
    const tell = done as (answer: Answer) => void;
    const known = this.withoutServer(name, type);
    if (known !== undefined) return tell(known);
    if (this.isLocal(name)) return this.askSystem(name, type, tell);
    if (this.exchanges.size >= MOST_QUESTIONS)
      return tell({ kind: 'failed', why: `more than ${MOST_QUESTIONS} questions at once` });
    this.search(this.candidates(name, type), { name, type, due: this.clock.now() + MOST, done: tell, aliases: [], ttl: LARGEST });
  }

  /** What this machine knows by itself, and names that are never asked for (RFC 6761 §6, RFC 7686 §2). */
  private withoutServer(name: string, type: RecordType): Answer | undefined {
    const family = familyOf(type);
    const top = name.slice(name.lastIndexOf('.') + 1);
    if (family !== undefined) {
      const addresses = this.hosts.value.get(name);
      if (addresses !== undefined) return ofFamily(addresses, family, HOSTS_TTL);
      if (top === 'localhost') return ofFamily(['127.0.0.1', '::1'], family, HOSTS_TTL);
    }
    const never = top === 'localhost' || top === 'invalid' || top === 'onion';
    return never ? { kind: 'none', ttl: HOSTS_TTL, nxdomain: true } : undefined;
  }

  /** `.local` belongs to mDNS, but for networks that use it as their own domain and say so. */
  private isLocal(name: string): boolean {
    const within = (domain: string) => name === domain || name.endsWith(`.${domain}`);
    return within('local') && !this.conf.value.search.some((domain) => domain !== 'local' && within(domain));
  }

  private askSystem(name: string, type: RecordType, done: (answer: Answer) => void): void {
    const family = familyOf(type);
    if (family === undefined) return done({ kind: 'none', ttl: LOCAL_TTL, nxdomain: false });
    let told = false;
    const tell = (answer: Answer) => {
      if (!told && !this.closed) done(answer);
      told = true;
      limit.cancel();
    };
    const limit = after(this.clock, 'dns', MOST, () => tell({ kind: 'failed', why: 'the local network does not answer' }));
    this.local.find(name, family, (addresses) =>
      tell(addresses === undefined ? { kind: 'none', ttl: 0, nxdomain: true } : ofFamily(addresses, family, LOCAL_TTL)),
    );
  }

  /** The names to ask for in turn: short names of hosts with the domains of the search list first (resolv.conf(5), ndots). */
  private candidates(name: string, type: RecordType): string[] {
    const { search, ndots } = this.conf.value;
    if (familyOf(type) === undefined || name.split('.').length > ndots) return [name];
    return [...search.map((domain) => `${name}.${domain}`), name].filter((one) => one.length <= 253);
  }

  private search([name, ...others]: readonly string[], pending: Pending): void {
    if (name === undefined) return pending.done({ kind: 'none', ttl: 0, nxdomain: true });
    const next = others.length === 0 ? pending.done : (answer: Answer) => this.orNext(answer, others, pending);
    this.ask({ ...pending, name, done: next });
  }

  private orNext(answer: Answer, others: readonly string[], pending: Pending): void {
    if (answer.kind === 'none') return this.search(others, pending);
    pending.done(answer);
  }

  private ask(pending: Pending): void {
    const exchange: Exchange = new Exchange(this.asking, pending.name, pending.type, (outcome) => {
      this.exchanges.delete(exchange);
      if (outcome.kind === 'failed') return pending.done(outcome);
      const said = answerIn(outcome.packet, pending.name, pending.type);
      if (said.kind === 'alias') return this.askAlias(said.name, said.ttl, pending);
      pending.done(said.kind === 'failed' ? said : { ...said, ttl: Math.min(said.ttl, pending.ttl) });
    });
    this.exchanges.add(exchange);
    exchange.begin(pending.due - this.clock.now());
  }

  private askAlias(name: string, ttl: number, pending: Pending): void {
    const aliases = [...pending.aliases, pending.name];
    if (aliases.includes(name) || aliases.length > MOST_ALIASES) {
      return pending.done({ kind: 'failed', why: `${aliases[0]} is an alias that leads nowhere` });
    }
    this.ask({ ...pending, name, aliases, ttl: Math.min(ttl, pending.ttl) });
  }

  /** Asks the name servers of now for what is still open; nothing is remembered here. */
  flush(): void {
    this.good = undefined;
    this.conf.look();
    this.hosts.look();
    for (const exchange of this.exchanges) exchange.restart();
  }

  close(): void {
    this.closed = true;
    this.conf.close();
    this.hosts.close();
    for (const exchange of this.exchanges) exchange.cancel();
    this.exchanges.clear();
  }
}

const LARGEST = Number.MAX_SAFE_INTEGER;

const familyOf = (type: RecordType): 4 | 6 | undefined => (type === 'A' ? 4 : type === 'AAAA' ? 6 : undefined);

function ofFamily(addresses: readonly string[], family: 4 | 6, ttl: number): Answer {
  const records: Records['A'][] = addresses.filter((address) => isIP(address) === family).map((address) => ({ address }));
  return records.length > 0 ? { kind: 'records', records, ttl } : { kind: 'none', ttl, nxdomain: false };
}
