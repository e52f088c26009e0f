import type { Config } from '../../config/config.ts';
import type { BlockedCaller } from '../../config/values/caller.ts';
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
  /** May be called by who does not prove who they are, once published. */
  readonly anonymous: boolean;
  readonly blocked: readonly BlockedCaller[];
}

/** The local users of one configuration. Its sections are the accounts themselves: a hundred thousand of them need no copies. */
export class Accounts {
  private readonly names: ReadonlyMap<string, Account>;
  private readonly extensions = new Map<string, Account>();

  constructor({ users }: Config) {
    this.names = withoutPublishedNumbers(users);
    for (const account of this.names.values())
      if (account.extension !== undefined) this.extensions.set(account.extension, account);
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

function withoutPublishedNumbers(users: ReadonlyMap<string, Account>): ReadonlyMap<string, Account> {
  const wrong = [...users.values()].filter(({ name, published }) => published && isNumber(name));
  if (wrong.length === 0) return users;
  const right = new Map(users);
  for (const account of wrong) right.set(account.name, { ...account, published: false });
  return right;
}
