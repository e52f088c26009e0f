import type { Config } from '../../config/config.ts';
import type { Providers } from '../../connector/provider/providers.ts';
import type { Secrets } from '../../core/account/secrets.ts';
import type { Account } from '../../core/account/users.ts';
import type { CallView } from '../../core/call/view.ts';
import type { Exchange } from '../../core/exchange.ts';
import { type Binding, phoneOf } from '../../core/location/binding.ts';
import { utf8ToWire, wireToUtf8 } from '../../text/wire.ts';
import { call, type InterfaceShape, manager, phone, provider, state, user } from './interfaces.ts';
import { type Collection, collections, parsePath, pathOf, ROOT } from './paths.ts';
import type { Operation } from './permission.ts';
import { callFields, type Dict, phoneFields, providerFields, stateFields, statusFields, toDict, userFields } from './record.ts';
import type { ProviderReport, StateReport, StatusReport } from './reports.ts';
import { callReport, phoneId, phoneReport, userReport } from './tell.ts';

/** What stands at an object path. */
export interface Standing {
  readonly path: string;
  readonly shape: InterfaceShape;
  /** The users whom it is about; none for the exchange itself. */
  readonly subjects: readonly string[];
  /** What reading it is. */
  readonly reading: Operation;
  /** Its properties now, which are its row in a listing as well. `everything`: for who may see those of everybody's calls, too. */
  properties(everything?: boolean): Dict;
}

export interface TreeParts {
  readonly exchange: Exchange;
  readonly secrets: Secrets;
  readonly providers: Providers;
  status(everything: boolean): StatusReport;
}

/** What stands in each collection, and what reading it is. */
export const kinds = {
  user: { shape: user, reading: 'seeAccount' },
  phone: { shape: phone, reading: 'seePhones' },
  call: { shape: call, reading: 'seeCalls' },
  provider: { shape: provider, reading: 'status' },
  state: { shape: state, reading: 'status' },
} as const satisfies Readonly<Record<Collection, Pick<Standing, 'shape' | 'reading'>>>;

/** The collections that the configuration names the members of. */
export const configured = ['user', 'provider', 'state'] as const;
export type Configured = (typeof configured)[number];

/** Those members, by name. */
export function sectionsOf(collection: Configured, { users, providers, states }: Config): ReadonlyMap<string, object> {
  return { user: users, provider: providers, state: states }[collection];
}

function standing(collection: Collection, id: string, subjects: readonly string[], properties: () => Dict): Standing {
  return { path: pathOf(collection, id), ...kinds[collection], subjects, properties };
}

/** The exchange as objects: nothing is kept here, every object is made when it is asked for. */
export class ObjectTree {
  readonly #parts: TreeParts;

  constructor(parts: TreeParts) {
    this.#parts = parts;
  }

  at(path: string): Standing | undefined {
    if (path === ROOT) return this.root();
    const parsed = parsePath(path);
    return parsed && this.find(parsed.collection, parsed.id);
  }

  /** What stands in a collection by this name or id. */
  find(collection: Collection, id: string): Standing | undefined {
    if (collection === 'phone') {
      const binding = this.binding(id);
      return binding && this.phone(binding);
    }
    const path = pathOf(collection, id);
    for (const standing of this.of(collection, collection === 'user' ? id : undefined))
      if (standing.path === path) return standing;
    return undefined;
  }

  /** Everything below the root. `whose`: of accounts, phones and calls those of one user alone; everybody's if it is undefined. */
  *all(whose: string | undefined): Generator<Standing> {
    for (const collection of collections) yield* this.of(collection, whose);
  }

  *of(collection: Collection, whose?: string): Generator<Standing> {
    const { exchange, providers } = this.#parts;
    if (collection === 'user') for (const account of this.#accounts(whose)) yield this.user(account);
    else if (collection === 'phone') for (const binding of this.#bindings(whose)) yield this.phone(binding);
    else if (collection === 'provider') for (const report of providers.list()) yield this.#provider(report);
    else if (collection === 'state') for (const report of exchange.features.states.list()) yield this.#state(report);
    else for (const call of exchange.calls.list()) if (whose === undefined || call.users.includes(whose)) yield this.call(call);
  }

  #accounts(whose?: string): Iterable<Account> {
    const { accounts } = this.#parts.exchange;
    if (whose === undefined) return accounts.all();
    const account = accounts.byName(whose);
    return account === undefined ? [] : [account];
  }

  #bindings(whose?: string): Iterable<Binding> {
    const { location } = this.#parts.exchange;
    return whose === undefined ? location.all() : location.bindings(utf8ToWire(whose));
  }

  root(): Standing {
    return {
      path: ROOT,
      shape: manager,
      subjects: [],
      reading: 'status',
      properties: (everything = false) => toDict(this.#parts.status(everything), statusFields),
    };
  }

  user(account: Account): Standing {
    const { exchange, secrets } = this.#parts;
    const { name } = account;
    const report = () => userReport(account, exchange.location.bindings(name).length, secrets);
    return standing('user', name, [name], () => toDict(report(), userFields));
  }

  phone(binding: Binding, phone = this.#phoneOf(binding)): Standing {
    const { location } = this.#parts.exchange;
    const report = () => phoneReport(binding, phone, location.ahead);
    return standing('phone', phoneId(binding.aor, phone), [wireToUtf8(binding.aor)], () => toDict(report(), phoneFields));
  }

  #phoneOf(binding: Binding): string {
    return phoneOf(binding, this.#parts.exchange.location.bindings(binding.aor));
  }

  call(call: CallView): Standing {
    return standing('call', call.id, call.users, () => toDict(callReport(call), callFields));
  }

  #provider(report: ProviderReport): Standing {
    return standing('provider', report.name, [], () => toDict(report, providerFields));
  }

  #state(report: StateReport): Standing {
    return standing('state', report.name, [], () => toDict(report, stateFields));
  }

  /** The binding that a phone's id stands for. */
  binding(id: string): Binding | undefined {
    for (const binding of this.#parts.exchange.location.all())
      if (phoneId(binding.aor, this.#phoneOf(binding)) === id) return binding;
    return undefined;
  }

  /** The names of all there are. */
  names(collection: Configured): Iterable<string> {
    return sectionsOf(collection, this.#parts.exchange.config).keys();
  }
}

/** The names of what lies directly below a path that is no collection: the way down to the root, then the collections. */
export function fixedChildren(path: string): readonly string[] {
  if (path === ROOT) return collections;
  const below = path === '/' ? '/' : `${path}/`;
  return ROOT.startsWith(below) ? [ROOT.slice(below.length).split('/')[0]!] : [];
}

/** The collection that stands at a path. */
export function collectionAt(path: string): Collection | undefined {
  return collections.find((one) => path === `${ROOT}/${one}`);
}
