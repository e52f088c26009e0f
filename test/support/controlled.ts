import { load, type Setting } from '../../src/config/load.ts';
import { joinProviders } from '../../src/connector/provider/join.ts';
import type { Providers } from '../../src/connector/provider/providers.ts';
import { BusControl } from '../../src/control/cli/remote.ts';
import { AccountFiles } from '../../src/control/dbus/accounts.ts';
import { ProviderFiles } from '../../src/control/dbus/provider-files.ts';
import { ControlService } from '../../src/control/dbus/service.ts';
import { Secrets } from '../../src/core/account/secrets.ts';
import { Exchange } from '../../src/core/exchange.ts';
import { Reloading } from '../../src/core/reloading.ts';
import { BusError, type Buses } from '../../src/runtime/bus.ts';
import type { Files } from '../../src/runtime/files.ts';
import { CertificateFiles } from '../../src/sip/transport/certificate-files.ts';
import { TraceRing } from '../../src/sip/transport/trace.ts';
import { HOUSE, REALM } from './desk.ts';
import { Phone } from './phone.ts';
import { SimClock } from './sim-clock.ts';
import { SimLog } from './sim-log.ts';
import { SimNetwork } from './sim-network.ts';
import { SimRandom } from './sim-random.ts';
import { SimResolver } from './sim-resolver.ts';
import { SimStorage } from './sim-storage.ts';

/** The uid that the daemon of these tests says it has. */
export const DAEMON_UID = process.getuid?.() ?? 0;

/** Where there is no bus at all. */
export const noBuses: Buses = {
  open: async () => Promise.reject(new BusError('x', 'no bus')),
  join: () => async () => {},
  connect: async () => Promise.reject(new BusError('x', 'no bus')),
};

const setting: Setting = { config: '/config', state: '/state', hostName: 'desk', service: false };

/** A daemon on a virtual network with its control service, its files in memory; the bus is whichever the test gives. */
export class Controlled {
  readonly clock = new SimClock();
  readonly log = new SimLog();
  readonly storage = new SimStorage();
  readonly net: SimNetwork;
  readonly secrets: Secrets;
  readonly exchange: Exchange;
  readonly accounts: AccountFiles;
  readonly providers: Providers;
  readonly service: ControlService;
  /** `/config/sipwitch.conf`; a test may write another, or take it away. */
  text: string | undefined;
  problems: readonly string[] = [];
  /** Of the files that programs write: `ours` while we change them, `theirs` while another program does. */
  turn: 'free' | 'ours' | 'theirs' = 'free';

  constructor(
    buses: Buses,
    options: { readonly text?: string; readonly uid?: number; readonly logins?: ReadonlyMap<number, string> } = {},
  ) {
    const { clock, log, storage } = this;
    this.text = options.text ?? HOUSE;
    const random = new SimRandom(7);
    const trace = new TraceRing(clock);
    this.net = new SimNetwork(clock, random);
    this.secrets = new Secrets(storage, clock, REALM);
    const files = this.files();
    const loaded = load(files, setting);
    this.exchange = new Exchange(
      {
        ...{ clock, network: this.net.host('10.0.0.1'), random, log, storage, secrets: this.secrets, realm: REALM },
        ...{ key: 'the key of the desk', hostNames: ['localhost', 'desk'], tap: trace, resolver: new SimResolver(clock) },
      },
      loaded.config!,
    );
    const { exchange } = this;
    const certificates = new CertificateFiles({ files, clock, log, renew: (renewed) => exchange.renew(renewed) });
    const unbound = ({ message }: Error) => message;
    const reloading = new Reloading({ files, setting, exchange, certificates, clock, log, unbound }, loaded);
    this.providers = joinProviders(this.exchange, files);
    const dropIns = { files, setting, storage, awaitTurn: async () => this.#awaitTurn() };
    this.accounts = new AccountFiles({ ...dropIns, secrets: this.secrets, clock, location: this.exchange.location });
    this.service = new ControlService({
      ...{ exchange: this.exchange, accounts: this.accounts, secrets: this.secrets, trace, log, buses, storage },
      providers: this.providers,
      providerFiles: new ProviderFiles(dropIns),
      reload: () => reloading.reload(),
      about: {
        version: '1.2.3',
        pid: 42,
        config: '/config',
        state: '/state',
        problems: () => this.problems,
      },
      daemonUid: options.uid ?? DAEMON_UID,
      loginName: async (uid) => options.logins?.get(uid),
    });
  }

  async start(): Promise<void> {
    for (const name of this.exchange.config.users.keys()) await this.secrets.set(name, 'passwd', name);
    await this.exchange.start();
  }

  /** A scripted user agent. */
  async at(user: string, host: string): Promise<Phone> {
    const phone = new Phone({ run: (ms) => this.clock.advance(ms ?? 0) }, this.net.host(host), user, { host, port: 5060 });
    await phone.open();
    return phone;
  }

  /** A registered phone. */
  async registered(user: string, address: string): Promise<Phone> {
    const phone = await this.at(user, address);
    phone.register();
    return phone;
  }

  #awaitTurn(): (() => void) | undefined {
    if (this.turn === 'theirs') return undefined;
    this.turn = 'ours';
    return () => {
      this.turn = 'free';
    };
  }

  private files(): Files {
    return {
      read: (path) => (path === '/config/sipwitch.conf' ? this.text : this.storage.read(path.replace('/state/', ''))),
      list: (folder) => (folder === '/state/conf.d' ? this.storage.list('conf.d') : []),
    };
  }
}

/** sipwitchctl's side, on a bus. */
export async function controlOn(buses: Buses, place: string): Promise<BusControl> {
  return new BusControl(await buses.connect(place), async () => false);
}
