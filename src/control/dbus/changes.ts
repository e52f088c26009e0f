import type { Providers } from '../../connector/provider/providers.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { BusConnection } from '../../runtime/bus.ts';
import { type Configured, configured, kinds, type ObjectTree, type Standing } from './objects.ts';
import { pathOf, ROOT } from './paths.ts';
import { OBJECT_MANAGER, PROPERTIES } from './standard.ts';

/** Turns what happens in the exchange into the standard signals of D-Bus. */
export class Changes {
  readonly #exchange: Exchange;
  readonly #providers: Providers;
  readonly #tree: ObjectTree;
  /** Buses, and whether everybody there may read everything. */
  readonly #buses = new Map<BusConnection, boolean>();
  /** The names of each collection that were told last. */
  readonly #names = new Map<Configured, ReadonlySet<string>>();
  #stops: (() => void)[] = [];

  constructor(exchange: Exchange, providers: Providers, tree: ObjectTree) {
    this.#exchange = exchange;
    this.#providers = providers;
    this.#tree = tree;
  }

  begin(): void {
    const { location, calls, features } = this.#exchange;
    for (const collection of configured) this.#names.set(collection, new Set(this.#tree.names(collection)));
    this.#stops = [
      location.subscribe((event) => {
        if (event.kind === 'refreshed') return; // nothing that anybody waits for, and the most frequent of all
        const standing = this.#tree.phone(event.binding);
        if (event.kind === 'added') this.#added(standing);
        else this.#removed(standing);
      }),
      calls.subscribe((event, call) => {
        const standing = this.#tree.call(call);
        if (event === 'started') this.#added(standing);
        else if (event === 'ended') this.#removed(standing);
        else this.#changed(standing, ['State', 'Answered', 'AnsweredBy']);
      }),
      this.#providers.subscribe((name) => {
        const standing = this.#names.get('provider')?.has(name) === true ? this.#tree.find('provider', name) : undefined;
        if (standing !== undefined) this.#changed(standing, ['State', 'Since', 'Why', 'Advice', 'Server', 'Expires']);
      }),
      features.states.subscribe((name) => {
        const standing = this.#tree.find('state', name);
        if (standing !== undefined) this.#changed(standing, ['On', 'By']);
      }),
    ];
  }

  end(): void {
    for (const stop of this.#stops) stop();
    this.#buses.clear();
  }

  /** `open`: whether who listens on this bus may read all; if not, signals say what changed and not how it is now. */
  announceOn(bus: BusConnection, open: boolean): void {
    this.#buses.set(bus, open);
  }

  forget(bus: BusConnection): void {
    this.#buses.delete(bus);
  }

  /** The configuration was read again: users, providers and states may have come and gone. */
  namesMayHaveChanged(): void {
    for (const collection of configured) {
      const before = this.#names.get(collection) ?? new Set<string>();
      const now = new Set(this.#tree.names(collection));
      this.#names.set(collection, now);
      for (const name of before) if (!now.has(name)) this.#signalRemoved(pathOf(collection, name), kinds[collection].shape.name);
      for (const name of now) {
        const standing = before.has(name) ? undefined : this.#tree.find(collection, name);
        if (standing !== undefined) this.#added(standing);
      }
    }
  }

  #added({ path, shape, properties }: Standing): void {
    for (const [bus, open] of this.#buses) {
      if (!bus.heard) continue;
      const origin = { path: ROOT, interface: OBJECT_MANAGER, member: 'InterfacesAdded' };
      bus.signal(origin, { signature: 'oa{sa{sv}}', values: [path, [[shape.name, open ? properties() : []]]] });
    }
  }

  #removed({ path, shape }: Standing): void {
    this.#signalRemoved(path, shape.name);
  }

  #signalRemoved(path: string, interfaceName: string): void {
    const origin = { path: ROOT, interface: OBJECT_MANAGER, member: 'InterfacesRemoved' };
    for (const bus of this.#buses.keys()) bus.signal(origin, { signature: 'oas', values: [path, [interfaceName]] });
  }

  #changed({ path, shape, properties }: Standing, names: readonly string[]): void {
    const origin = { path, interface: PROPERTIES, member: 'PropertiesChanged' };
    for (const [bus, open] of this.#buses) {
      if (!bus.heard) continue;
      const changed = open ? properties().filter(([name]) => names.includes(name)) : [];
      bus.signal(origin, { signature: 'sa{sv}as', values: [shape.name, changed, open ? [] : names] });
    }
  }
}
