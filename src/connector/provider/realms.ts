import { lower } from '../../text/ascii.ts';
import type { ProviderAccount } from './account.ts';

/** For which realms the password of an account is (security S9). */
export class Realms {
  private readonly account: ProviderAccount;
  private first: string | undefined = undefined;

  constructor(account: ProviderAccount) {
    this.account = account;
  }

  /** The realm of the account; where none is written one that is its domain, or the first that its registrar named. */
  known(realm: string): boolean {
    const { realm: written, domain, registrar, server } = this.account;
    if (written !== undefined) return realm === written;
    return realm === this.first || [domain, registrar.host, server.host].some((host) => isOf(realm, host));
  }

  /** The same for what the registrar itself asks, which thereby names its realm. */
  learn(realm: string): boolean {
    if (this.known(realm)) return true;
    if (this.account.realm !== undefined || this.first !== undefined) return false;
    this.first = realm;
    return true;
  }
}

/** `sipgate.de` is the realm of `sip.sipgate.de`, and `sip.sipgate.de` one of `sipgate.de`; a top-level domain is nobody's. */
function isOf(realm: string, host: string): boolean {
  const [a, b] = [lower(realm), lower(host)];
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.includes('.') && long.endsWith(`.${short}`);
}
