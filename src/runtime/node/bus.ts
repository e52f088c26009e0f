import { mkdirSync, unlinkSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { dirname } from 'node:path';
import { createBroker, type DBusBroker } from 'dbus-native';
import { type BusConnection, BusError, type BusEvents, type Buses, type BusPlace, type BusService, Standard } from '../bus.ts';
import type { Clock, Millis, Timer } from '../clock.ts';
import { connectBus, type NodeBusConnection } from './bus-connection.ts';
import { codeOf, wordsOf } from './errno.ts';

const DO_NOT_QUEUE = 4;
const PRIMARY_OWNER = 1;
/** How long until a lost bus is tried again: doubled up to the last. */
const FIRST_RETRY: Millis = 250;
const LAST_RETRY: Millis = 30_000;
/** Node binds a socket path of 107 bytes at most, and says so in a way that nobody understands. */
const PATH_MOST = 107;

/** Buses by dbus-native. Import this file when it is needed and not before: it takes longer to load than the daemon to start. */
export class NodeBuses implements Buses {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(socket: string, service: BusService, events: BusEvents): Promise<() => Promise<void>> {
    await claim(socket);
    const broker = createBroker({ authMethods: ['EXTERNAL'], authorize: () => true }); // the file mode has decided who may connect
    await listen(broker, socket);
    const clients = clientsOf(broker);
    const ourselves = process.getuid?.();
    const member = new Membership(this.#clock, `unix:path=${socket}`, service, events, (connection) => {
      connection.serve(service, async () => ourselves);
      connection.audience = () => clients.size > 1;
    });
    await member.begin();
    return async () => {
      await member.leave();
      await closeBroker(broker);
    };
  }

  connect(place: BusPlace): Promise<BusConnection> {
    return connectBus(addressOf(place));
  }

  join(place: BusPlace, service: BusService, events: BusEvents): () => Promise<void> {
    const member = new Membership(this.#clock, place, service, events, (connection) => connection.serve(service));
    void member.begin();
    return () => member.leave();
  }
}

/** A service's place on a bus that may come and go. */
class Membership {
  readonly #clock: Clock;
  readonly #place: BusPlace;
  readonly #service: BusService;
  readonly #events: BusEvents;
  readonly #serve: (connection: NodeBusConnection) => void;
  #connection: NodeBusConnection | undefined = undefined;
  #timer: Timer | undefined = undefined;
  #wait: Millis = FIRST_RETRY;
  #told = false;
  #left = false;

  constructor(
    clock: Clock,
    place: BusPlace,
    service: BusService,
    events: BusEvents,
    serve: (connection: NodeBusConnection) => void,
  ) {
    this.#clock = clock;
    this.#place = place;
    this.#service = service;
    this.#events = events;
    this.#serve = serve;
  }

  /** Resolves when this try is over; one that failed is followed by others. */
  async begin(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.#join();
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.#lost(error.message);
    }
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#timer?.cancel();
    await this.#connection?.close();
  }

  async #join(): Promise<void> {
    const connection = await connectBus(addressOf(this.#place));
    this.#serve(connection);
    try {
      await ownName(connection, this.#service.name);
    } catch (error) {
      await connection.close();
      throw error;
    }
    if (this.#left) return connection.close();
    this.#connection = connection;
    this.#wait = FIRST_RETRY;
    this.#told = false;
    connection.lost = (why) => this.#lost(why);
    this.#events.joined(connection);
  }

  #lost(why: string): void {
    this.#connection = undefined;
    if (this.#left) return;
    if (!this.#told) this.#events.lost(why);
    this.#told = true;
    this.#timer = this.#clock.start('join bus', this.#wait, { timeout: () => this.begin() });
    this.#wait = Math.min(LAST_RETRY, this.#wait * 2);
  }
}

/** The connections that a broker has let in; it tells of the end of others too. */
function clientsOf(broker: DBusBroker): ReadonlySet<unknown> {
  const clients = new Set<unknown>();
  broker.on('connection', (client: unknown) => clients.add(client));
  broker.on('disconnect', (client: unknown) => clients.delete(client));
  return clients;
}

async function ownName(connection: NodeBusConnection, name: string): Promise<void> {
  if ((await connection.requestName(name, DO_NOT_QUEUE)) === PRIMARY_OWNER) return;
  throw new BusError(Standard.addressInUse, `another program has the name ${name}`);
}

/** The D-Bus address of a bus. @throws BusError where there is none. */
function addressOf(place: BusPlace): string {
  const { DBUS_SESSION_BUS_ADDRESS, DBUS_SYSTEM_BUS_ADDRESS, XDG_RUNTIME_DIR } = process.env;
  if (place === 'system') return DBUS_SYSTEM_BUS_ADDRESS || 'unix:path=/run/dbus/system_bus_socket';
  if (place !== 'session') return place;
  if (DBUS_SESSION_BUS_ADDRESS) return DBUS_SESSION_BUS_ADDRESS;
  if (XDG_RUNTIME_DIR) return `unix:path=${XDG_RUNTIME_DIR}/bus`;
  throw new BusError(Standard.noServer, 'this is no desktop session: DBUS_SESSION_BUS_ADDRESS is not set');
}

/** Makes room for a socket: a folder of our own, and nothing that a dead daemon left. */
async function claim(socket: string): Promise<void> {
  if (Buffer.byteLength(socket) > PATH_MOST)
    throw new BusError(Standard.failed, `${socket} is too long for the path of a socket`);
  try {
    mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
    if (await isAlive(socket)) throw new BusError(Standard.addressInUse, `another daemon listens on ${socket}`);
    unlinkSync(socket);
  } catch (error) {
    if (error instanceof BusError) throw error;
    if (codeOf(error) !== 'ENOENT') throw new BusError(Standard.failed, `${socket} cannot be made: ${wordsOf(error)}`, error);
  }
}

function isAlive(socket: string): Promise<boolean> {
  return new Promise((done, failed) => {
    const stream = connectSocket(socket);
    stream.on('connect', () => {
      stream.destroy();
      done(true);
    });
    stream.on('error', (error) => (codeOf(error) === 'ECONNREFUSED' ? done(false) : failed(error)));
  });
}

function listen(broker: DBusBroker, socket: string): Promise<void> {
  return new Promise((done, failed) => {
    broker.on('error', (error) => failed(new BusError(Standard.failed, `${socket} cannot be made: ${wordsOf(error)}`, error)));
    broker.on('clientError', () => {}); // its connection is closed; nothing of ours depends on it
    // The mode is decided at the moment of binding, which `listen` does before it returns: no one can connect in between.
    const before = process.umask(0o177);
    try {
      broker.listen({ socket }, () => done());
    } finally {
      process.umask(before);
    }
  });
}

function closeBroker(broker: DBusBroker): Promise<void> {
  return new Promise((done) => {
    broker.close(() => done());
  });
}
