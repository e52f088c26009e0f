import type { Config } from '../config/config.ts';
import type { TlsCredentials } from '../runtime/network.ts';
import type { Resolver } from '../runtime/resolver.ts';
import { Locator } from '../sip/locate/locator.ts';
import { TransactionLayer } from '../sip/transaction/layer.ts';
import type { TransportParts } from '../sip/transport/flow.ts';
import { TransportLayer } from '../sip/transport/layer.ts';
import type { ListenAddress } from '../sip/transport/listen.ts';
import { Listeners } from '../sip/transport/listeners.ts';

type Listen = Pick<Config['daemon'], 'listen' | 'tlsListen'>;

export interface StackParts extends TransportParts {
  /** Closed with the stack. */
  readonly resolver: Resolver;
  /** What to listen on, as the configuration says now. */
  daemon(): Listen;
  /** There are other listening points than before, or the machine `slept`: the network is another one. */
  networkChanged(slept: boolean): void;
}

/** What speaks SIP and decides nothing: the sockets, where a URI leads, and the transactions. */
export class SipStack {
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly locator: Locator;
  private readonly parts: StackParts;
  private readonly listeners: Listeners;
  private credentials: TlsCredentials | undefined = undefined;

  constructor(parts: StackParts) {
    this.parts = parts;
    const { clock, network, random, log, resolver } = parts;
    this.transport = new TransportLayer(parts);
    this.locator = new Locator({
      ...{ clock, random, resolver },
      transports: (family) => this.transport.transportsOf(family),
      sourceFor: (host) => network.sourceFor(host),
    });
    this.transactions = new TransactionLayer({ clock, random, transport: this.transport });
    this.transactions.locator = this.locator;
    this.listeners = new Listeners({
      ...{ clock, network, log, transport: this.transport },
      listening: () => ({ wanted: wantedBy(parts.daemon(), this.credentials), credentials: this.credentials }),
      changed: (slept) => {
        this.locator.networkChanged();
        parts.networkChanged(slept);
      },
    });
  }

  /** Binds every socket. Rejects with the BindFailure of the first address that is not to be had. */
  start(credentials: TlsCredentials | undefined): Promise<void> {
    this.credentials = credentials;
    return this.listeners.start();
  }

  /**
   * Opens what a configuration wants beyond the present one, which is to be taken next. Rejects with the BindFailure of an address that is not
   * to be had, or the NetworkError of bad credentials; then all is as it was.
   */
  async prepare(daemon: Listen, credentials: TlsCredentials | undefined): Promise<void> {
    if (credentials !== undefined) this.parts.network.check(credentials);
    await this.listeners.prepare({ wanted: wantedBy(daemon, credentials), credentials });
  }

  /** Opens what the configuration wants now, and closes what it wants no more. Every other socket stays. */
  follow(credentials: TlsCredentials | undefined): void {
    this.credentials = credentials;
    this.listeners.follow();
  }

  /** Other certificates for the connections to come. @throws NetworkError if they are bad; then the old ones stay. */
  renew(credentials: TlsCredentials): void {
    this.parts.network.check(credentials); // where nothing listens by TLS yet, nobody else says so
    this.transport.renew(credentials);
    this.credentials = credentials;
  }

  /** Sentences on the addresses that are wanted and not listened on. */
  get problems(): readonly string[] {
    return this.listeners.problems;
  }

  /** Nothing is opened any more; what is open may still say its last. */
  stop(): void {
    this.listeners.stop();
  }

  close(): void {
    this.transport.close();
    this.parts.resolver.close();
  }
}

const wantedBy = ({ listen, tlsListen }: Listen, credentials: TlsCredentials | undefined): readonly ListenAddress[] =>
  credentials === undefined ? listen : [...listen, ...tlsListen];
