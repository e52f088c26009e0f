import type { Config } from '../../config/config.ts';
import type { ProviderTrunks } from '../../core/connector.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Files } from '../../runtime/files.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import type { Locating } from './locating.ts';
import { Providers } from './providers.ts';

/** What providers need of an exchange. */
export interface ProviderHost {
  readonly parts: { readonly clock: Clock; readonly random: Random; readonly log: Log; readonly key: string };
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly locator: Locating;
  readonly config: Config;
  readonly snapshot: Snapshot;
  connect(providers: ProviderTrunks): void;
}

/** Gives an exchange its providers. `files`: where password files are read. */
export function joinProviders(host: ProviderHost, files: Pick<Files, 'read'>): Providers {
  const { parts, transport, transactions, locator } = host;
  const providers = new Providers({
    ...{ clock: parts.clock, random: parts.random, log: parts.log, key: parts.key },
    ...{ transport, transactions, locating: locator, files },
    house: () => ({
      domain: host.config.daemon.domain,
      plan: host.snapshot.rules.numbers,
      isOurs: (name) => host.snapshot.domains.of(name) !== undefined,
      extensionOf: (name) => (host.snapshot.byName(name) ?? host.snapshot.group(name))?.extension,
    }),
  });
  host.connect(providers);
  return providers;
}
