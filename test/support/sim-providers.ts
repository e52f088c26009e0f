import type { ProviderTrunks } from '../../src/core/connector.ts';

/** Providers that are up, and of which no more is known than a test says. */
export function simProviders(known: Partial<ProviderTrunks>): ProviderTrunks {
  return {
    trunk: () => undefined,
    state: () => ({ up: true }),
    callerOf: () => undefined,
    incoming: () => undefined,
    at: () => undefined,
    configure() {},
    start() {},
    stop: async () => {},
    networkChanged() {},
    connectionClosed() {},
    subscribe: () => () => {},
    ...known,
  };
}
