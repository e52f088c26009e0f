import { createClient, DBusError, type Message, type MessageBus, messageType } from 'dbus-native';
import {
  type Body,
  type BusConnection,
  BusError,
  type BusService,
  type Destination,
  type MethodCall,
  type Origin,
  Standard,
} from '../bus.ts';
import type { Millis } from '../clock.ts';
import { wordsOf } from './errno.ts';
import { Turns } from './turns.ts';

/** How long a bus itself may take to answer. */
const BUS_TIMEOUT: Millis = 5_000;
/** How long it may take to close its end of a connection that we have closed. */
const FAREWELL: Millis = 500;
/** Signals are dropped while so many bytes wait for a bus that does not read. */
const BACKLOG_MOST = 1 << 20;
/** Senders whose user is remembered. */
const KNOWN_MOST = 1_000;
const BUS = 'org.freedesktop.DBus';

/** Connects and says Hello. Rejects with a BusError. */
export function connectBus(address: string): Promise<NodeBusConnection> {
  return new Promise((done, failed) => {
    const refuse = (cause: unknown) => {
      const message = wordsOf(cause ?? 'the connection was closed');
      failed(new BusError(Standard.noServer, `no bus answers at ${address}: ${message}`, cause));
    };
    let bus: MessageBus;
    try {
      bus = createClient({
        busAddress: address,
        authMethods: ['EXTERNAL'],
        plainValues: true,
        returnBigInt: true,
      });
    } catch (error) {
      return refuse(error); // an address of a form that it does not know
    }
    const connection = new NodeBusConnection(bus);
    bus.connection.on('error', refuse);
    bus.connection.on('handlerError', refuse);
    bus.connection.on('close', refuse);
    // It says Hello by itself, before anything else that is sent.
    bus.invokeDbus({ member: 'GetId' }, { timeout: BUS_TIMEOUT }).then(
      () => done(connection),
      (error: unknown) => {
        // One that answers nothing closes nothing either: the program would not end.
        bus.connection.stream.destroy();
        const late = asBusError(error).name === Standard.timeout;
        if (late) failed(new BusError(Standard.timeout, `a program listens at ${address}, and says nothing`, error));
        else refuse(error);
      },
    );
  });
}

/** One connection, by dbus-native; its own way to export objects is not used, because it tells no property who asks. */
export class NodeBusConnection implements BusConnection {
  /** Hears that the connection ended and nobody here closed it. */
  lost: (why: string) => void = () => {};
  /** Whether anybody else could hear a signal. */
  audience: () => boolean = () => true;
  readonly #bus: MessageBus;
  /** Who is behind a unique name: a bus gives none twice. */
  readonly #uids = new Map<string, Promise<number | undefined>>();
  #closing = false;

  constructor(bus: MessageBus) {
    this.#bus = bus;
    bus.connection.on('close', (cause) => {
      if (!this.#closing) this.lost(cause?.message ?? 'the bus closed the connection');
    });
  }

  /** Answers method calls from now on. `uidOf` tells who is behind a unique name; the bus, if it is not given. */
  serve(service: BusService, uidOf = (sender: string) => this.#uidOf(sender)): void {
    const { connection } = this.#bus;
    const turns = new Turns();
    const [ownListener] = connection.listeners('message') as [(message: Message) => void];
    connection.removeListener('message', ownListener);
    connection.on('message', (message) => {
      if (message.type !== messageType.methodCall || message.interface === `${BUS}.Peer`) return ownListener(message);
      const { sender = '' } = message;
      const callOf = (uid: number | undefined): MethodCall => ({
        path: message.path ?? '',
        interface: message.interface ?? '',
        member: message.member ?? '',
        signature: message.signature ?? '',
        args: message.body ?? [],
        caller: { sender, uid },
        interactive: ((message.flags ?? 0) & ALLOW_INTERACTIVE_AUTHORIZATION) !== 0,
        bus: this,
        turn: () => turns.turn(sender),
      });
      uidOf(sender)
        .then((uid) => turns.count(sender, uid, () => service.call(callOf(uid))))
        .then((body) => this.#answer(message, body))
        .catch((error: unknown) => this.#refuse(message, error, service));
    });
  }

  requestName(name: string, flags: number): Promise<number> {
    return Promise.resolve(this.#bus.requestName(name, flags)).catch((error: unknown) => {
      throw asBusError(error);
    });
  }

  async call(to: Destination, { signature, values }: Body, timeout: Millis): Promise<readonly unknown[]> {
    const { name: destination, path, interface: interfaceName, member, interactive } = to;
    const message: Message = { destination, path, interface: interfaceName, member };
    if (interactive === true) message.flags = ALLOW_INTERACTIVE_AUTHORIZATION;
    if (signature !== '') Object.assign(message, { signature, body: [...values] });
    return new Promise((done, failed) => {
      this.#bus.invoke(message, { timeout }, (error: unknown, ...results: unknown[]) => {
        if (error) failed(asBusError(error));
        else done(results);
      });
    });
  }

  get heard(): boolean {
    return !this.#closing && this.audience() && this.#bus.connection.stream.writableLength < BACKLOG_MOST;
  }

  signal({ path, interface: interfaceName, member }: Origin, { signature, values }: Body): void {
    if (this.heard) this.#bus.sendSignal(path, interfaceName, member, signature, [...values]);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const late = setTimeout(() => this.#bus.connection.stream.destroy(), FAREWELL);
    await this.#bus.close();
    clearTimeout(late);
  }

  #uidOf(sender: string): Promise<number | undefined> {
    const known = this.#uids.get(sender);
    if (known !== undefined) return known;
    if (this.#uids.size >= KNOWN_MOST) this.#uids.clear();
    const uid = this.#askUid(sender);
    this.#uids.set(sender, uid);
    return uid;
  }

  async #askUid(sender: string): Promise<number | undefined> {
    const to = { name: BUS, path: '/org/freedesktop/DBus', interface: BUS, member: 'GetConnectionUnixUser' };
    try {
      const [uid] = await this.call(to, { signature: 's', values: [sender] }, BUS_TIMEOUT);
      return typeof uid === 'number' ? uid : undefined;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.#uids.delete(sender);
      return undefined; // it has left the bus
    }
  }

  #answer(message: Message, { signature, values }: Body): void {
    if (this.#closing || !wantsReply(message)) return;
    this.#bus.sendReply(message, signature, [...values]);
  }

  #refuse(message: Message, error: unknown, service: BusService): void {
    const known = error instanceof BusError;
    if (!known) service.bug(error);
    if (this.#closing || !wantsReply(message)) return;
    this.#bus.sendError(message, known ? error.name : Standard.failed, known ? error.message : 'this is a bug; the log has more');
  }
}

const NO_REPLY_EXPECTED = 1;
const ALLOW_INTERACTIVE_AUTHORIZATION = 4;

function wantsReply({ flags = 0 }: Message): boolean {
  return (flags & NO_REPLY_EXPECTED) === 0;
}

function asBusError(error: unknown): BusError {
  if (!(error instanceof DBusError)) return new BusError(Standard.failed, String(error), error);
  const code = 'code' in error ? error.code : '';
  const name = code === 'ETIMEDOUT' ? Standard.timeout : code === 'ECONNCLOSED' ? Standard.disconnected : error.dbusName;
  return new BusError(name ?? Standard.failed, error.message, error);
}
