import type { Located, NextHop } from '../../sip/locate/hop.ts';
import type { Wanted } from '../../sip/locate/wanted.ts';

/** Finds the servers behind a URI and remembers which of them failed (RFC 3263 §4): what the provider needs of sip/locate. */
export interface Locating {
  /** `done` is called once, at once or later. */
  locate(wanted: Wanted, done: (located: Located) => void): void;
  /** It did not answer, or with 503 (`seconds`: its Retry-After). */
  failed(hop: NextHop, seconds?: number): void;
  succeeded(hop: NextHop): void;
}
