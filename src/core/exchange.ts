import type { Config } from '../config/config.ts';
import { stackOf } from '../runtime/log.ts';
import type { TlsCredentials } from '../runtime/network.ts';
import type { Resolver } from '../runtime/resolver.ts';
import { type Storage, StorageError } from '../runtime/storage.ts';
import { keyedHex } from '../sip/auth/hash.ts';
import type { Authenticator } from '../sip/auth/verify.ts';
import type { Locator } from '../sip/locate/locator.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { ListeningPoint, TransportParts } from '../sip/transport/flow.ts';
import type { TransportLayer } from '../sip/transport/layer.ts';
import type { AccessControl } from './access/access-control.ts';
import type { Secrets } from './account/secrets.ts';
import type { Accounts } from './account/users.ts';
import { type AdmissionParts, accessOf, authenticatorOf } from './admission.ts';
import { Bridge } from './bridge/bridge.ts';
import { Spending } from './budget/spending.ts';
import { Traffic } from './call/traffic.ts';
import { Calls } from './calls.ts';
import type { Originate, ProviderTrunks } from './connector.ts';
import type { Dispatch } from './dispatch.ts';
import { admitsUnknown, dispatchOf, principalsOf, type SpineParts } from './dispatch-of.ts';
import { Features } from './features.ts';
import { isGuest } from './location/aor.ts';
import { GuestFlows } from './location/guests.ts';
import { LocationService } from './location/service.ts';
import { BindingStore } from './location/store.ts';
import { Origination } from './originate.ts';
import { ProviderRequests } from './provider-requests.ts';
import { PeerAddresses } from './proxy/peer-addresses.ts';
import type { Principals } from './proxy/principal.ts';
import { StatefulProxy } from './proxy/proxy.ts';
import { RouteTokens } from './proxy/record-route.ts';
import { limitsOf } from './routing/payer.ts';
import { NO_MODEMS, type Snapshot } from './routing/snapshot.ts';
import { RunningConfig } from './running-config.ts';
import { SipStack } from './sip-stack.ts';

export interface ExchangeParts extends TransportParts {
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly realm: string;
  /** A secret that survives a restart, for what other hosts carry for us: Record-Route tokens. */
  readonly key: string;
  /** localhost, the host name and NAME.local. */
  readonly hostNames: readonly string[];
  /** Closed with the exchange. */
  readonly resolver: Resolver;
}

/** The daemon behind its interfaces: everything joined, nothing of Node. The entry file and a test on virtual time build it alike. */
export class Exchange {
  readonly parts: ExchangeParts;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly location: LocationService;
  readonly calls: Calls;
  readonly authenticator: Authenticator;
  readonly access: AccessControl;
  readonly locator: Locator;
  readonly dispatch: Dispatch;
  readonly proxy: StatefulProxy;
  readonly guests: GuestFlows;
  readonly spending: Spending;
  readonly traffic: Traffic;
  /** Where the domains of `[peer]` are. */
  readonly peers: PeerAddresses;
  /** A user agent on each side of the calls of providers. */
  readonly bridge: Bridge;
  readonly features: Features;
  /** Puts requests of our own making on their way. */
  readonly originate: Originate;
  readonly stack: SipStack;
  private readonly running: RunningConfig;
  private readonly store: BindingStore;
  private stopped: Promise<void> | undefined = undefined;
  private readonly principals: Principals;
  private uncaught = 0;
  private providers: ProviderTrunks | undefined = undefined;

  constructor(parts: ExchangeParts, config: Config) {
    this.parts = parts;
    const { clock, network, random, log, storage, realm } = parts;
    this.stack = new SipStack({
      ...parts,
      daemon: () => this.config.daemon,
      networkChanged: (slept) => this.networkChanged(slept),
    });
    this.transport = this.stack.transport;
    this.transactions = this.stack.transactions;
    this.locator = this.stack.locator;
    this.peers = new PeerAddresses({
      ...{ clock, log, locator: this.locator },
      changed: () => this.transport.answered.reconsider(),
    });
    this.location = new LocationService(clock, log);
    this.guests = new GuestFlows(this.location);
    this.traffic = new Traffic(clock);
    this.spending = new Spending({ clock, storage, log });
    this.store = new BindingStore({ storage, clock, log, location: this.location });
    const admission: AdmissionParts = {
      ...{ clock, network, random, log, realm, secrets: parts.secrets, transport: this.transport, peers: this.peers },
      config: () => this.config,
      snapshot: () => this.snapshot,
      providers: () => this.providers,
    };
    this.authenticator = authenticatorOf(admission);
    this.access = accessOf(admission);
    this.features = new Features(
      {
        ...{ clock, random, log, storage, transactions: this.transactions },
        snapshot: () => this.snapshot,
        ringing: () => this.proxy.ringing,
      },
      config,
    );
    this.running = new RunningConfig(
      {
        ...{ clock, location: this.location, features: this.features, usage: this.spending, hostNames: parts.hostNames },
        points: () => this.transport.points,
        trunkState: ({ kind, name }) => (kind === 'modem' ? NO_MODEMS : (this.providers?.state(name) ?? { up: true })),
      },
      config,
    );
    this.access.configure(config.access.values(), config.daemon.strangers);
    const tokens = new RouteTokens({ mac: (text) => keyedHex(parts.key, text), clock });
    this.proxy = new StatefulProxy({
      clock,
      transport: this.transport,
      transactions: this.transactions,
      tokens,
      log,
      locator: this.locator,
      isProvider: (host) => this.providers?.at(host) !== undefined,
      seed: random.below(2 ** 31),
      staying: (request) => this.principals.staying(request),
      called: (aor, request, caller) => this.features.lastCallers.note(aor, request, caller),
      answeredAgain: (response, callee) => this.calls.answeredAgain(response, callee),
      snapshot: () => this.snapshot,
    });
    const { transport, transactions, location, spending, authenticator, access, peers, guests } = this;
    this.calls = new Calls({ clock, log, random, storage, transport, transactions, location });
    const { proxy, calls, features, traffic } = this;
    const spine: SpineParts = {
      ...{ log, authenticator, access, location, guests, peers, transport },
      ...{ proxy, tokens, calls, features, traffic },
      snapshot: () => this.snapshot,
      accounts: () => this.accounts,
      providers: () => this.providers,
      made: (flow) => this.originate.made(flow),
    };
    this.principals = principalsOf(spine);
    this.dispatch = dispatchOf(spine, this.principals);
    const { dispatch } = this;
    this.originate = new Origination({ random, dispatch, points: () => transport.points });
    this.bridge = new Bridge({
      ...{ clock, random, transport, transactions, location, spending },
      trunk: ({ kind, name }) => (kind === 'provider' ? this.providers?.trunk(name) : undefined),
      providers: () => this.config.providers.size,
      house: () => this.originate,
      admits: (request, tx) => admitsUnknown(spine, request, tx),
      listing: this.calls,
      userCalled: ({ routes, callId, localTag }) => tokens.userCalled(routes, callId, localTag),
      heard: (request, flow) => void this.calls.request(request, 'caller', flow),
    });
    this.dispatch.bridge = this.bridge;
    this.dispatch.fromProviders = new ProviderRequests({ ...spine, bridge: this.bridge });
    this.proxy.gateway = this.bridge;
    this.transactions.user = this.dispatch;
    this.transactions.onConnectionClosed = (connection) => {
      this.location.connectionClosed(connection);
      this.calls.connectionClosed();
      this.providers?.connectionClosed(connection);
    };
  }

  /** Joins the providers with the rest, before `start`: what they need of the exchange they were given already. */
  connect(providers: ProviderTrunks): void {
    this.providers = providers;
    providers.subscribe(() => this.transport.answered.reconsider());
    providers.configure(this.config);
  }

  /** Restores the bindings and binds every socket. Rejects with the BindFailure of the first address that is not to be had. */
  async start(credentials?: TlsCredentials): Promise<readonly ListeningPoint[]> {
    this.store.restore();
    this.spending.restore();
    this.endGone();
    this.features.states.restore();
    this.guests.noteAll();
    await this.stack.start(credentials);
    this.running.refresh();
    this.peers.configure(this.config.peers.values());
    this.providers?.start();
    return this.transport.points;
  }

  private networkChanged(slept: boolean): void {
    this.store.lookAtClock();
    this.features.states.lookAtClock();
    this.running.refresh();
    this.peers.locate();
    this.providers?.networkChanged(slept);
    this.bridge.networkChanged();
  }

  /**
   * Takes a checked configuration that the stack is prepared for. Calls stay, and so do the bindings of users and guests and every socket that is
   * still wanted.
   *
   * @throws NetworkError if the credentials are bad; then all stays as it was.
   */
  reload(config: Config, credentials?: TlsCredentials): void {
    if (credentials !== undefined) this.stack.renew(credentials);
    this.running.take(config);
    this.features.configure(config);
    this.access.configure(config.access.values(), config.daemon.strangers);
    this.stack.follow(credentials);
    this.running.refresh();
    this.endGone();
    this.peers.configure(config.peers.values());
    this.providers?.configure(config);
  }

  /** Who is no user any more has no phones either, and whoever gets the name next has spent nothing and was called by nobody. */
  private endGone(): void {
    const { location, accounts, features, spending } = this;
    const isGone = (aor: string) => !isGuest(aor) && accounts.byName(aor) === undefined;
    for (const aor of location.aors) if (isGone(aor)) location.commit(aor, []);
    features.lastCallers.forget(isGone);
    spending.forget(isGone);
  }

  /** Other certificates for the connections to come. @throws NetworkError if they are bad; then the old ones stay. */
  renew(credentials: TlsCredentials): void {
    this.stack.renew(credentials);
  }

  get config(): Config {
    return this.running.config;
  }

  get accounts(): Accounts {
    return this.running.accounts;
  }

  /** All that a routing decision may depend on, as it is now. */
  get snapshot(): Snapshot {
    return this.running.snapshot;
  }

  /** A bug that nobody caught on its way: logged and counted. What it cost is the one event that it came up in (house, 8). */
  bug(error: unknown): void {
    this.uncaught++;
    this.parts.log.error(`bug: ${stackOf(error)}`);
  }

  /** Bugs since the start, wherever they came up. */
  get bugs(): number {
    return this.dispatch.bugs + this.transport.reader.counts.bugs + this.uncaught;
  }

  /** What is wrong now with what the daemon wants to do, a sentence each. */
  get problems(): readonly string[] {
    const { stack, store, calls, spending, features, parts, peers } = this;
    return [stack, parts.secrets, store, calls, spending, features.states, peers].flatMap(({ problems }) => problems);
  }

  /** The same where it tells of what users call: who has used up a budget, which name cannot be looked up. */
  get problemsOfUsers(): readonly string[] {
    const { parts, spending } = this;
    return [...(parts.resolver.problems ?? []), ...spending.usedUp((ledger) => limitsOf(ledger, this.snapshot))];
  }

  /** Closes every socket and writes down what is not written yet. Asked again, as by a second ^C, it is what is under way. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.dispatch.ends = true;
    this.stack.stop();
    this.peers.close();
    const left = this.providers?.stop();
    // None waits for another, nor for a disk that hangs: what a provider counts ends all the same.
    const stored = [this.store.close(), this.calls.close()];
    this.bridge.close();
    for (const call of [...this.proxy.ringing]) call.stop();
    stored.push(this.spending.close());
    for (const end of await Promise.allSettled(stored)) {
      if (end.status === 'fulfilled') continue;
      if (!(end.reason instanceof StorageError)) throw end.reason;
      this.parts.log.error(end.reason.message);
    }
    await left; // by the sockets that are closed next
    this.stack.close();
  }
}
