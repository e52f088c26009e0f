import type { Config } from '../../config/config.ts';
import type { UserSettings } from '../../config/sections/user.ts';
import { isNumber } from '../../config/values/telephone.ts';
import { lower } from '../../text/ascii.ts';

/** A local user: what its section says. */
export type Account = UserSettings & { readonly name: string };

/** The local users of one configuration. Its sections are the accounts themselves: a hundred thousand of them need no copies. */
export class Accounts {
  private readonly names: ReadonlyMap<string, Account>;
  private readonly extensions = new Map<string, Account>();
  private readonly certificates = new Map<string, Account>();
  /** In small letters: the names of users that have capitals, and those of groups. */
  private readonly others = new Map<string, Account | 'group'>();

  constructor({ users, groups }: Config) {
    this.names = withoutPublishedNumbers(users);
    for (const name of groups.keys()) this.others.set(lower(name), 'group');
    for (const account of this.names.values()) {
      const small = lower(account.name);
      if (small !== account.name) this.others.set(small, account);
      if (account.extension !== undefined) this.extensions.set(account.extension, account);
      for (const name of account.certificate) this.certificates.set(name, account);
    }
  }

  byName(name: string): Account | undefined {
    return this.names.get(name);
  }

  byExtension(digits: string): Account | undefined {
    return this.extensions.get(digits);
  }

  /** Whose name people read in one that is his but for the case of its letters; nobody is called by that (RFC 3261 §19.1.4). */
  shownAs(name: string): Account | 'group' | undefined {
    const small = lower(name);
    return this.names.get(small) ?? this.others.get(small);
  }

  /** The user who lists one of these names of a certificate. */
  byCertificate(names: readonly string[]): Account | undefined {
    for (const name of this.certificates.size === 0 ? [] : names) {
      const account = this.certificates.get(name);
      if (account !== undefined) return account;
    }
    return undefined;
  }

  /** In the order of the configuration. */
  all(): IterableIterator<Account> {
    return this.names.values();
  }
}

function withoutPublishedNumbers(users: ReadonlyMap<string, Account>): ReadonlyMap<string, Account> {
  const wrong = [...users.values()].filter(({ name, published }) => published && isNumber(name));
  if (wrong.length === 0) return users;
  const right = new Map(users);
  // A section inherits what nobody wrote, and so would be lost in a copy.
  for (const account of wrong) right.set(account.name, Object.create(account, { published: { value: false } }) as Account);
  return right;
}
