import type { BusConnection } from '../../runtime/bus.ts';
import type { Exchange } from './exchange.ts';
import { user } from './interfaces.ts';
import type { ObjectTree, Standing } from './objects.ts';
import { pathOf, ROOT } from './paths.ts';
import { OBJECT_MANAGER, PROPERTIES } from './standard.ts';

/** Turns what happens in the exchange into the standard signals of D-Bus. */
export class Changes {
  readonly #exchange: Exchange;
  readonly #tree: ObjectTree;
  /** Buses, and whether everybody there may read everything. */
  readonly #buses = new Map<BusConnection, boolean>();
  #users: ReadonlySet<string> = new Set();
  #stops: (() => void)[] = [];

  constructor(exchange: Exchange, tree: ObjectTree) {
    this.#exchange = exchange;
    this.#tree = tree;
  }

  begin(): void {
    const { location, calls } = this.#exchange;
    this.#users = new Set(this.#tree.names());
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

  usersMayHaveChanged(): void {
    const before = this.#users;
    this.#users = new Set(this.#tree.names());
    for (const name of before) {
      if (!this.#users.has(name)) this.#signalRemoved(pathOf('user', name), user.name);
    }
    for (const name of this.#users) {
      const standing = before.has(name) ? undefined : this.#tree.user(name);
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
