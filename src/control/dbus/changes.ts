import type { BusConnection } from '../../runtime/bus.ts';
import type { Exchange, ProviderTable } from './exchange.ts';
import { provider, user } from './interfaces.ts';
import type { ObjectTree, Standing } from './objects.ts';
import { pathOf, ROOT } from './paths.ts';
import { OBJECT_MANAGER, PROPERTIES } from './standard.ts';

/** Turns what happens in the exchange into the standard signals of D-Bus. */
export class Changes {
  readonly #exchange: Exchange;
  readonly #providers: ProviderTable;
  readonly #tree: ObjectTree;
  /** Buses, and whether everybody there may read everything. */
  readonly #buses = new Map<BusConnection, boolean>();
  #users: ReadonlySet<string> = new Set();
  #trunks: ReadonlySet<string> = new Set();
  #stops: (() => void)[] = [];

  constructor(exchange: Exchange, providers: ProviderTable, tree: ObjectTree) {
    this.#exchange = exchange;
    this.#providers = providers;
    this.#tree = tree;
  }

  begin(): void {
    const { location, calls } = this.#exchange;
    this.#users = new Set(this.#tree.names());
    this.#trunks = new Set(this.#tree.providers());
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
        else this.#changed(standing, ['State', 'Answered']);
      }),
      this.#providers.subscribe((name) => {
        const standing = this.#trunks.has(name) ? this.#tree.provider(name) : undefined;
        if (standing !== undefined) this.#changed(standing, ['State', 'Since', 'Why', 'Advice', 'Server', 'Expires']);
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

  /** The configuration was read again: users and providers may have come and gone. */
  namesMayHaveChanged(): void {
    const users = new Set(this.#tree.names());
    this.#compare(
      this.#users,
      users,
      (name) => this.#signalRemoved(pathOf('user', name), user.name),
      (name) => this.#tree.user(name),
    );
    this.#users = users;
    const trunks = new Set(this.#tree.providers());
    const gone = (name: string) => this.#signalRemoved(pathOf('provider', name), provider.name);
    this.#compare(this.#trunks, trunks, gone, (name) => this.#tree.provider(name));
    this.#trunks = trunks;
  }

  #compare(
    before: ReadonlySet<string>,
    now: ReadonlySet<string>,
    gone: (name: string) => void,
    standingOf: (name: string) => Standing | undefined,
  ): void {
    for (const name of before) if (!now.has(name)) gone(name);
    for (const name of now) {
      const standing = before.has(name) ? undefined : standingOf(name);
      if (standing !== undefined) this.#added(standing);
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
