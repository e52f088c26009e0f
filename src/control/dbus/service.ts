import type { Reloaded } from '../../core/reloading.ts';
import {
  type Body,
  type BusConnection,
  BusError,
  type BusEvents,
  type Buses,
  type BusPlace,
  type BusService,
  type MethodCall,
} from '../../runtime/bus.ts';
import { moment } from '../../runtime/clock.ts';
import { type Log, stackOf } from '../../runtime/log.ts';
import { type Storage, StorageError } from '../../runtime/storage.ts';
import { pointText } from '../../sip/transport/flow.ts';
import { Authority, type AuthorityParts } from './authority.ts';
import { Changes } from './changes.ts';
import { ControlError, storageFailed } from './errors.ts';
import { call as callShape, manager, phone, provider, signatureOf, state, user } from './interfaces.ts';
import { managerMethods } from './manager-methods.ts';
import type { Method, MethodParts } from './method.ts';
import { callMethods, phoneMethods, providerMethods, stateMethods, userMethods } from './object-methods.ts';
import { ObjectTree } from './objects.ts';
import { NAME } from './paths.ts';
import type { Asker } from './permission.ts';
import { BUS_NOTE } from './place.ts';
import type { StatusReport } from './reports.ts';
import { StandardInterfaces, standingAt, unknownInterface, unknownMethod, wrongSignature } from './standard.ts';

/** What the daemon gives control to work with. */
export interface ControlParts extends AuthorityParts, Omit<MethodParts, 'tree'> {
  readonly log: Log;
  readonly buses: Buses;
  /** Where sipwitchctl finds the private bus noted, whatever its surroundings are. */
  readonly storage: Storage;
  /** What the daemon knows of itself; where it can be asked and what goes on are filled in here. */
  readonly about: About;
}

export interface About extends Pick<StatusReport, 'version' | 'pid' | 'config' | 'state'> {
  /** What is wrong now, a sentence each. */
  problems(): readonly string[];
}

const methods: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  [manager.name]: managerMethods,
  [user.name]: userMethods,
  [phone.name]: phoneMethods,
  [callShape.name]: callMethods,
  [provider.name]: providerMethods,
  [state.name]: stateMethods,
};

/** The D-Bus service of the daemon: on a private bus, and on the session or system bus. */
export class ControlService implements BusService {
  readonly name = NAME;
  readonly #parts: ControlParts;
  readonly #methodParts: MethodParts;
  readonly #authority: Authority;
  readonly #tree: ObjectTree;
  readonly #standard: StandardInterfaces;
  readonly #changes: Changes;
  readonly #connections = new Map<string, BusConnection>();
  readonly #leave: (() => Promise<void>)[] = [];
  /** Where it cannot be asked and shall be, a sentence each. */
  readonly #problems = new Map<string, string>();
  #note = '';
  /** When the daemon started, in milliseconds since 1970. */
  readonly #since: () => number;

  constructor(parts: ControlParts) {
    const { exchange, secrets, providers } = parts;
    this.#parts = parts;
    this.#since = moment(exchange.parts.clock);
    this.#authority = new Authority(parts, exchange.parts.clock);
    this.#tree = new ObjectTree({ exchange, secrets, providers, status: (everything) => this.status(everything) });
    this.#standard = new StandardInterfaces(this.#tree, this.#authority);
    this.#changes = new Changes(exchange, providers, this.#tree);
    this.#methodParts = { ...parts, tree: this.#tree, reload: () => this.#reload() };
  }

  /** Opens the private bus at the first of `sockets` that can be had, and joins the other one; what cannot be is said once, and the calls go on. */
  async start(sockets: readonly string[], place: BusPlace): Promise<void> {
    const { buses, log, about } = this.#parts;
    this.#changes.begin();
    this.#leave.push(buses.join(place, this, this.#eventsOf(place, place === 'session')));
    const refusals: string[] = [];
    for (const socket of sockets) {
      try {
        this.#leave.push(await buses.open(socket, this, this.#eventsOf('private', true)));
      } catch (error) {
        if (!(error instanceof BusError)) throw error;
        refusals.push(error.message);
        continue;
      }
      if (refusals.length > 0) {
        const how = `"sipwitchctl --config ${about.config} --state ${about.state}"`;
        log.notice(`control: ${refusals.join('; ')}; the private bus is at ${socket} instead: ask by ${how}`);
      }
      return this.#noteBus(socket);
    }
    const mend = 'give this daemon a --state and an XDG_RUNTIME_DIR of its own, and sipwitchctl the same';
    const why = `no private bus: ${refusals.join('; ')}; ${mend}`;
    this.#problems.set('private', why);
    log.error(`control: ${why}`);
  }

  async #noteBus(socket: string): Promise<void> {
    this.#note = `${socket}\n`;
    try {
      await this.#parts.storage.write(BUS_NOTE, this.#note);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const why = `${error.message}; without XDG_RUNTIME_DIR sipwitchctl may not find this daemon`;
      this.#problems.set('note', why);
      this.#parts.log.error(`control: ${why}`);
    }
  }

  async #takeNoteAway(): Promise<void> {
    const { storage } = this.#parts;
    try {
      // A daemon that was started since on the same folders has a note of its own.
      if (this.#note !== '' && storage.read(BUS_NOTE) === this.#note) await storage.remove(BUS_NOTE);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error; // one that stays does no harm
    }
  }

  /** What a bus that comes and goes means to us. `open`: whether all who listen there may read everything. */
  #eventsOf(place: BusPlace, open: boolean): BusEvents {
    const { log } = this.#parts;
    let wasAway = false;
    return {
      joined: (bus) => {
        this.#connections.set(place, bus);
        this.#problems.delete(place);
        this.#changes.announceOn(bus, open);
        const there = `control: ${NAME} is on the ${nameOf(place)} bus`;
        if (wasAway) log.notice(there);
        else log.info(there);
        wasAway = false;
      },
      lost: (why) => {
        wasAway = true;
        const bus = this.#connections.get(place);
        if (bus !== undefined) this.#changes.forget(bus);
        this.#connections.delete(place);
        const away = `not on the ${nameOf(place)} bus (${why}); it is tried again`;
        // Who is not logged in on a desktop has no session.
        if (place !== 'session' || bus !== undefined) this.#problems.set(place, away);
        log.notice(`control: ${away}, and sipwitchctl works without it`);
      },
    };
  }

  async stop(): Promise<void> {
    this.#changes.end();
    await this.#takeNoteAway();
    for (const leave of this.#leave) await leave();
  }

  /** The configuration was read again, by whomever: users may have come and gone. */
  reloaded(): void {
    this.#changes.reloaded();
  }

  /** `everything`: also what it tells of the calls of users. */
  status(everything: boolean): StatusReport {
    const { exchange, about } = this.#parts;
    const { version, pid, config } = about;
    const traffic = exchange.traffic.report();
    return {
      version,
      pid,
      since: this.#since(),
      domain: exchange.config.daemon.domain,
      config,
      state: about.state,
      listeners: exchange.transport.points.map(pointText),
      users: exchange.config.users.size,
      phones: exchange.location.count,
      calls: exchange.calls.size,
      auth: exchange.authenticator.counts,
      traffic: traffic.total,
      trafficToday: traffic.today,
      trafficHour: traffic.hour,
      problems: [...about.problems(), ...(everything ? exchange.problemsOfUsers : []), ...this.#problems.values()],
      buses: [...this.#connections.keys()],
    };
  }

  async call(call: MethodCall): Promise<Body> {
    try {
      const asker = await this.#authority.asker(call.caller);
      await call.turn();
      return (await this.#standard.answer(call, asker)) ?? (await this.#own(call, asker));
    } catch (error) {
      const refusal = error instanceof StorageError ? storageFailed(error, true) : error;
      if (refusal instanceof ControlError) throw new BusError(`${NAME}.Error.${refusal.name}`, refusal.message, refusal);
      throw error;
    }
  }

  bug(error: unknown): void {
    this.#parts.log.error(`bug: control: ${stackOf(error)}`);
  }

  async #own(call: MethodCall, asker: Asker): Promise<Body> {
    const standing = standingAt(this.#tree, call.path);
    const { name, methods: known } = standing.shape;
    if (call.interface !== name && call.interface !== '') throw unknownInterface(call.path, call.interface);
    const shape = Object.hasOwn(known, call.member) ? known[call.member] : undefined;
    const method = methods[name]?.[call.member];
    if (shape === undefined || method === undefined) throw unknownMethod(call);
    const expected = signatureOf(shape.in);
    if (call.signature !== expected) throw wrongSignature(call, expected);
    const ready = method.prepare(call.args, standing, this.#methodParts);
    const { operation, subjects, first } = ready.need;
    await this.#authority.require(operation, call, asker, subjects, first);
    return { signature: signatureOf(shape.out), values: await ready.run() };
  }

  async #reload(): Promise<Reloaded> {
    const read = await this.#parts.reload();
    this.reloaded();
    return read;
  }
}

function nameOf(place: BusPlace): string {
  return place === 'system' || place === 'session' || place === 'private' ? place : `given (${place})`;
}
