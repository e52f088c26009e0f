import type { Config } from '../../config/config.ts';
import { isNumber } from '../../config/values/telephone.ts';

/** A local user. */
export interface Account {
  readonly name: string;
  readonly extension: string | undefined;
  readonly display: string | undefined;
  /** May be called by name from outside; never a name that is a number. */
  readonly published: boolean;
  /** Bindings at most. */
  readonly phones: number;
  /** Do not disturb. */
  readonly dnd: boolean;
  /** What Decline on one phone ends. */
  readonly decline: 'phone' | 'everywhere';
}

/** The local users of one configuration. */
export class Accounts {
  private readonly names = new Map<string, Account>();
  private readonly extensions = new Map<string, Account>();

  constructor(config: Config) {
    for (const { name, extension, display, published, phones, dnd, decline } of config.users.values()) {
      const account = { name, extension, display, published: published && !isNumber(name), phones, dnd, decline };
      this.names.set(name, account);
      if (extension !== undefined) this.extensions.set(extension, account);
    }
  }

  byName(name: string): Account | undefined {
    return this.names.get(name);
  }

  byExtension(digits: string): Account | undefined {
    return this.extensions.get(digits);
  }

  /** In the order of the configuration. */
  all(): IterableIterator<Account> {
    return this.names.values();
  }

  get count(): number {
    return this.names.size;
  }
}
