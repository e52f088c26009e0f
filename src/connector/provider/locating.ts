import type { NumberPlan } from '../../core/routing/numbers.ts';
import type { Located, NextHop } from '../../sip/locate/hop.ts';
import type { Wanted } from '../../sip/locate/wanted.ts';
import type { ProviderAccount } from './account.ts';

/** What a provider needs to know of the house behind it. */
export interface House {
  /** Our own domain. */
  readonly domain: string;
  readonly plan: NumberPlan;
  /** Whether a host is a domain or an address of ours. */
  isOurs(host: string): boolean;
  /** The extension of a user or a group. */
  extensionOf(name: string): string | undefined;
}

/** Finds the servers behind a URI and remembers which of them failed (RFC 3263 §4): what the provider needs of sip/locate. */
export interface Locating {
  /** `done` is called once, at once or later. */
  locate(wanted: Wanted, done: (located: Located) => void): void;
  /** It did not answer, or with 503 (`seconds`: its Retry-After). */
  failed(hop: NextHop, seconds?: number): void;
  succeeded(hop: NextHop): void;
}

/** What is wanted of a server of a provider: by the transport of the account, and by TLS also where we do not listen for it. */
export function asClient(wanted: Wanted, { transport }: ProviderAccount): Wanted {
  const by = wanted.transport ?? transport;
  return { ...wanted, transport: by, outward: by === 'tls' || wanted.secure, behalf: 'configured' };
}
