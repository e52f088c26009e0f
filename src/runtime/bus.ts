import type { Millis } from './clock.ts';

/** Which bus: `system`, `session`, or a D-Bus address such as `unix:path=/run/sipwitch/bus`. */
export type BusPlace = 'system' | 'session' | (string & {});

/** Who calls a method. */
export interface Caller {
  /** The unique name of the connection, `:1.42`. */
  readonly sender: string;
  /** The user whom the bus vouches for; undefined if the connection was gone when the call was taken. */
  readonly uid: number | undefined;
}

/** A method call as it arrived. Nothing of it was checked but its D-Bus form. */
export interface MethodCall {
  readonly path: string;
  /** Empty where the caller named none. */
  readonly interface: string;
  readonly member: string;
  /** The D-Bus signature of the arguments. */
  readonly signature: string;
  /** Variants as their values, dictionaries with string keys as objects, 64-bit numbers as bigint. */
  readonly args: readonly unknown[];
  readonly caller: Caller;
  /** Whether the caller waits while a person is asked for a password. */
  readonly interactive: boolean;
  /** The connection that it came by. */
  readonly bus: BusConnection;
  /** Resolves when it may be answered: in a turn of the event loop that no other call is given, in the order in which one sender asked. */
  turn(): Promise<void>;
}

/** Values to send, and the D-Bus signature that they are written by. A variant is `[signature, value]`, a dictionary pairs. */
export interface Body {
  readonly signature: string;
  readonly values: readonly unknown[];
}

/** A program that answers method calls under a name. */
export interface BusService {
  /** The well-known name. */
  readonly name: string;
  /** Answers one call; rejects with a BusError. */
  call(call: MethodCall): Promise<Body>;
  /** Hears what else `call` rejected with, or that what it resolved with has not the form it says. */
  bug(error: unknown): void;
}

/** One connection to a bus. */
export interface BusConnection {
  /** Calls a method. Rejects with a BusError, also when the bus is gone or no answer came within `timeout`. */
  call(to: Destination, body: Body, timeout: Millis): Promise<readonly unknown[]>;
  /** Whether anybody else could hear a signal now. */
  readonly heard: boolean;
  /** Sends a signal to whoever listens. */
  signal(from: Origin, body: Body): void;
  close(): Promise<void>;
}

export interface Origin {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
}

export interface Destination extends Origin {
  readonly name: string;
  /** Whether a person may be asked for a password before the answer comes. */
  readonly interactive?: boolean;
}

/** How a service hears about its bus. */
export interface BusEvents {
  /** The service has its name on the bus. */
  joined(bus: BusConnection): void;
  /** The bus is gone, or cannot be reached, or the name is another program's; it is tried again. Told once for each time. */
  lost(why: string): void;
}

/** The buses of this machine. */
export interface Buses {
  /**
   * Opens a bus of our own at a socket of mode 0600 and serves there, when it resolves; who can connect counts as ourselves. What a dead
   * daemon left is replaced. Returns how to close it. Rejects with a BusError where another program listens, or the socket cannot be made.
   */
  open(socket: string, service: BusService, events: BusEvents): Promise<() => Promise<void>>;
  /** Serves on a bus of this machine, and comes back whenever that bus does. Returns how to leave. */
  join(place: BusPlace, service: BusService, events: BusEvents): () => Promise<void>;
  /** Connects as a client. Rejects with a BusError if there is no such bus. */
  connect(place: BusPlace): Promise<BusConnection>;
}

/** A D-Bus error: of our own when a call is refused, of the other side's when one was. */
export class BusError extends Error {
  /** `org.freedesktop.DBus.Error.AccessDenied` */
  override readonly name: string;

  constructor(name: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = name;
  }
}

/** The errors of D-Bus itself. */
export const Standard = {
  addressInUse: 'org.freedesktop.DBus.Error.AddressInUse',
  disconnected: 'org.freedesktop.DBus.Error.Disconnected',
  failed: 'org.freedesktop.DBus.Error.Failed',
  invalidArgs: 'org.freedesktop.DBus.Error.InvalidArgs',
  limitsExceeded: 'org.freedesktop.DBus.Error.LimitsExceeded',
  noReply: 'org.freedesktop.DBus.Error.NoReply',
  noServer: 'org.freedesktop.DBus.Error.NoServer',
  propertyReadOnly: 'org.freedesktop.DBus.Error.PropertyReadOnly',
  serviceUnknown: 'org.freedesktop.DBus.Error.ServiceUnknown',
  timeout: 'org.freedesktop.DBus.Error.Timeout',
  unknownInterface: 'org.freedesktop.DBus.Error.UnknownInterface',
  unknownMethod: 'org.freedesktop.DBus.Error.UnknownMethod',
  unknownObject: 'org.freedesktop.DBus.Error.UnknownObject',
  unknownProperty: 'org.freedesktop.DBus.Error.UnknownProperty',
} as const;
