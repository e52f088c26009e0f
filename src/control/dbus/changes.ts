import type { Config } from '../../config/config.ts';
import type { Providers } from '../../connector/provider/providers.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Binding } from '../../core/location/binding.ts';
import type { BusConnection } from '../../runtime/bus.ts';
import { type Configured, configured, kinds, type ObjectTree, type Standing, sectionsOf } from './objects.ts';
import { pathOf, ROOT } from './paths.ts';
import { propertyName } from './record.ts';
import { OBJECT_MANAGER, PROPERTIES } from './standard.ts';

/** Turns what happens in the exchange into the standard signals of D-Bus. */
export class Changes {
  readonly #exchange: Exchange;
  readonly #providers: Providers;
  readonly #tree: ObjectTree;
  /** Buses, and whether everybody there may read everything. */
  readonly #buses = new Map<BusConnection, boolean>();
  /** What was told last is of this configuration. */
  #config: Config;
  #stops: (() => void)[] = [];

  constructor(exchange: Exchange, providers: Providers, tree: ObjectTree) {
    this.#exchange = exchange;
    this.#providers = providers;
    this.#tree = tree;
    this.#config = exchange.config;
  }

  begin(): void {
    const { location, calls, features } = this.#exchange;
    this.#config = this.#exchange.config;
    this.#stops = [
      location.subscribe((event) => {
        const standing = () => this.#tree.phone(event.binding, event.phone);
        if (event.kind === 'added') this.#added(standing());
        else if (event.kind !== 'refreshed') this.#removed(standing());
        else if (hasMoved(event.was, event.binding))
          this.#changed(standing(), ['Contact', 'Transport', 'Agent', 'Source', 'Since']);
      }),
      calls.subscribe((event, call) => {
        const standing = this.#tree.call(call);
        if (event === 'started') this.#added(standing);
        else if (event === 'ended') this.#removed(standing);
        else this.#changed(standing, ['State', 'Answered', 'AnsweredBy']);
      }),
      this.#providers.subscribe((name) => {
        const standing = this.#config.providers.has(name) ? this.#tree.find('provider', name) : undefined;
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

  /** The configuration was read again: users, providers and states may have come and gone, or be set otherwise. */
  reloaded(): void {
    const last = this.#config;
    this.#config = this.#exchange.config;
    for (const collection of configured) {
      const before = sectionsOf(collection, last);
      const now = sectionsOf(collection, this.#config);
      for (const name of before.keys())
        if (!now.has(name)) this.#signalRemoved(pathOf(collection, name), kinds[collection].shape.name);
      for (const [name, section] of now) this.#configured(collection, name, before.get(name), section);
    }
  }

  #configured(collection: Configured, name: string, before: object | undefined, now: object): void {
    const names = set[collection].filter(
      (field) => before !== undefined && Reflect.get(before, field) !== Reflect.get(now, field),
    );
    if (before !== undefined && names.length === 0) return;
    const standing = this.#tree.find(collection, name);
    if (standing === undefined) return;
    if (before === undefined) this.#added(standing);
    else this.#changed(standing, names.map(propertyName));
  }

  #added({ path, shape, properties }: Standing): void {
    for (const [bus, open] of this.#buses) {
      if (!bus.heard) continue;
      const origin = { path: ROOT, interface: OBJECT_MANAGER, member: 'InterfacesAdded' };
      bus.signal(origin, { signature: 'oa{sa{sv}}', values: [path, [[shape.name, open ? properties(open) : []]]] });
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
      const changed = open ? properties(open).filter(([name]) => names.includes(name)) : [];
      bus.signal(origin, { signature: 'sa{sv}as', values: [shape.name, changed, open ? [] : names] });
    }
  }
}

/** The properties that are what a section says, by its keys; of the others each is told when it changes. */
const set: Readonly<Record<Configured, readonly string[]>> = {
  user: ['extension', 'display', 'published', 'dnd'],
  provider: ['preset', 'registrar', 'username'],
  state: [],
};

/** A phone registers again all the time, and seldom says anything new. One that takes its contact back before it names it begins anew. */
function hasMoved(was: Binding, now: Binding): boolean {
  const [before, { remote, transport }] = [was.flow, now.flow];
  if (was.uri !== now.uri || was.agent !== now.agent || was.since !== now.since) return true;
  return before.transport !== transport || before.remote.host !== remote.host || before.remote.port !== remote.port;
}
