import { type Loaded, load } from '../../src/config/load.ts';
import { joinProviders } from '../../src/connector/provider/join.ts';
import type { Providers } from '../../src/connector/provider/providers.ts';
import { Secrets } from '../../src/core/account/secrets.ts';
import { Exchange } from '../../src/core/exchange.ts';
import type { TlsCredentials } from '../../src/runtime/network.ts';
import { Phone } from './phone.ts';
import { SimClock } from './sim-clock.ts';
import type { SimHost } from './sim-host.ts';
import { SimLog } from './sim-log.ts';
import type { LinkOptions } from './sim-medium.ts';
import { SimNetwork } from './sim-network.ts';
import { SimRandom } from './sim-random.ts';
import { SimResolver } from './sim-resolver.ts';
import { SimStorage } from './sim-storage.ts';

export const REALM = 'desk';

/** Users alice (201), bob (202) and carol (203), who may be called by name; password = name. */
export const HOUSE = `[daemon]
domain = home.example
listen = udp:10.0.0.1:5060, tcp:10.0.0.1:5060
extensions = 200-699
[domain home.example]
inbound = anonymous
[user alice]
extension = 201
published = yes
[user bob]
extension = 202
published = yes
[user carol]
extension = 203
`;

export interface DeskOptions {
  readonly config?: string;
  readonly seed?: number;
  /** What every link does. */
  readonly link?: LinkOptions;
  /** The server's own addresses. */
  readonly addresses?: readonly string[];
  readonly credentials?: TlsCredentials;
  readonly storage?: SimStorage;
  /** What the name service knows: see `Zone`. */
  readonly zone?: string;
  /** Whether the providers of the configuration are registered with. */
  readonly providers?: true;
  /** Another house in the same world: one clock, one network. */
  readonly beside?: Desk;
}

export function readConfig(text: string): Loaded {
  const files = {
    // A certificate and its key are there too; what they are, the test gives by `credentials`.
    read: (path: string) => (path === '/config/sipwitch.conf' ? text : /^\/[ck](?:\.pem)?$/.test(path) ? '' : undefined),
    list: () => [],
  };
  return load(files, { config: '/config', state: '/state', hostName: 'desk', service: false });
}

/** A whole house on one clock: the daemon on 10.0.0.1 unless it says otherwise, phones where the test puts them, and every packet on record. */
export class Desk {
  readonly clock: SimClock;
  readonly log = new SimLog();
  readonly storage: SimStorage;
  readonly net: SimNetwork;
  readonly host: SimHost;
  readonly exchange: Exchange;
  readonly resolver: SimResolver;
  readonly providers: Providers | undefined;
  private readonly random: SimRandom;
  /** The daemon's own address, which phones send to. */
  readonly address: string;
  private readonly hosts: Map<string, SimHost>;

  private constructor(options: DeskOptions) {
    const { beside, addresses = ['10.0.0.1'] } = options;
    this.clock = beside?.clock ?? new SimClock();
    this.random = new SimRandom(options.seed ?? 1);
    this.net = beside?.net ?? new SimNetwork(this.clock, this.random, options.link);
    this.hosts = beside?.hosts ?? new Map<string, SimHost>();
    this.host = this.net.host(...addresses);
    this.address = addresses[0]!;
    this.storage = options.storage ?? new SimStorage();
    const { config, problems } = readConfig(options.config ?? HOUSE);
    if (config === undefined)
      throw new Error(`the configuration of the desk: ${problems.map(({ message }) => message).join('; ')}`);
    const { clock, random, log, storage } = this;
    const secrets = new Secrets(storage, clock, REALM);
    this.resolver = new SimResolver(clock, options.zone);
    this.exchange = new Exchange(
      {
        clock,
        network: this.host,
        random,
        log,
        storage,
        secrets,
        realm: REALM,
        key: 'the key of the desk',
        hostNames: ['localhost', 'desk'],
        resolver: this.resolver,
      },
      config,
    );
    this.secrets = secrets;
    this.providers = options.providers === true ? joinProviders(this.exchange, { read: () => undefined }) : undefined;
  }

  private readonly secrets: Secrets;

  static async open(options: DeskOptions = {}): Promise<Desk> {
    const desk = new Desk(options);
    for (const name of desk.exchange.config.users.keys()) await desk.secrets.set(name, 'passwd', name);
    const started = desk.exchange.start(options.credentials);
    await started;
    return desk;
  }

  /** A scripted user agent on a machine of its own. */
  async phone(user: string, address: string, port = 5060, transport: 'udp' | 'tcp' | 'tls' = 'udp'): Promise<Phone> {
    const phone = new Phone(this, this.hostAt(address), user, { host: address, port }, transport);
    await phone.open();
    return phone;
  }

  /** The machine with this address: two phones may stand on one, at different ports. */
  hostAt(address: string): SimHost {
    const host = this.hosts.get(address) ?? this.net.host(address);
    this.hosts.set(address, host);
    return host;
  }

  /** Lets everything that is due now, or within so many milliseconds, happen. */
  run(ms = 0): void {
    this.clock.advance(ms);
  }

  /** What went over the wire since the last look: `0 10.0.0.2 > 10.0.0.1 INVITE`, times from the first packet on. */
  ladder(): string[] {
    const wire = this.net.wire;
    const start = wire[0]?.time ?? 0;
    const rows = wire.map(({ time, from, to, text }) => `${Math.round(time - start)} ${from.host} > ${to.host} ${summary(text)}`);
    this.net.clear();
    return rows;
  }

  /** Nothing may be left when all is over: no transaction, no branch, no timer but those that serve what is registered. */
  get remains(): { servers: number; clients: number; live: number } {
    return { ...this.exchange.transactions.size, live: this.exchange.proxy.live };
  }
}

/** `INVITE`, or `180 INVITE` for a response. */
export function summary(text: string): string {
  const status = /^SIP\/2\.0 (\d{3})/.exec(text)?.[1];
  if (status === undefined) return /^[^ ]+/.exec(text)?.[0] ?? '';
  return `${status} ${/\r\nCSeq: *\d+ +(\S+)/i.exec(text)?.[1] ?? ''}`;
}
