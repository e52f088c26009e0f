import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { type Address, type ConnectedUdpSocket, NetworkError, type Received, type UdpSocket } from '../network.ts';
import { failure } from './errno.ts';
import { tried } from './tried.ts';
import { type Failed, KERNEL_BUFFER, LARGEST_DATAGRAM, noRoute, notSent, refused, tell, type UdpSockets } from './udp.ts';

/** Bytes of one socket that may wait for a kernel that takes no more; beyond it datagrams are dropped. */
const LARGEST_QUEUE = 4 * 1024 * 1024;
/** Connecting a datagram socket sends nothing, so any port will do. */
const DISCARD = 9;

/**
 * Text on its way out is written here, for one socket after the other: the kernel has copied it when `send` returns. Where
 * it has not, because its own buffer is full, the bytes belong to the queue and a new scratch is made.
 */
let scratch = Buffer.allocUnsafeSlow(LARGEST_DATAGRAM);
/** The beginning of the scratch, by its length: a view that is made once costs no garbage a datagram. */
let views: (Buffer | undefined)[] = [];
/** A longer text gets a view of its own. */
const LONGEST_VIEW = 4_096;

/** Node's own sockets. */
export const dgramSockets: UdpSockets = {
  bind(local, received) {
    probe(local);
    return new BoundUdp(local, received);
  },
  connect: (local, remote, received, failed) => new ConnectedUdp(local, remote, received, failed),
};

/**
 * Asks whether anybody holds the address, with a socket that shares with nobody: our own sockets share their port, and
 * without this a second daemon would bind it too and take half of the packets. Throws NetworkError.
 */
export function probe(local: Address): void {
  if (local.port === 0) return;
  const socket = create(local.host, false);
  bind(socket, local);
  socket.close();
}

/** Our address that packets to `host`, an IP literal, leave from; undefined if there is no route. */
export function sourceAddress(host: string): string | undefined {
  if (isIP(host) === 0) return undefined;
  const socket = create(host, false);
  socket.on('error', () => undefined);
  socket.connect(DISCARD, host);
  const source = isConnected(socket) ? socket.address().address : undefined;
  socket.close();
  return source;
}

class BoundUdp implements UdpSocket {
  readonly local: Address;
  readonly #socket: Socket;
  #open = true;
  #queued = false;

  constructor(local: Address, received: Received) {
    this.#socket = create(local.host, true);
    bind(this.#socket, local);
    prepare(this.#socket, received);
    // Nobody waits for the errors of a socket that has many remotes: what matters is told by `send`.
    this.#socket.on('error', () => undefined);
    this.local = { host: local.host, port: this.#socket.address().port };
  }

  send(text: string, to: Address, failed?: Failed): void {
    const socket = this.#socket;
    const refusal = refusedBy(socket, text, this.#open, this.#queued);
    if (refusal !== undefined) return tell(failed, refusal, to);
    const bytes = encode(text, this.#queued);
    try {
      // Without a callback Node neither makes a closure nor takes a turn to say that all is well.
      if (failed === undefined) socket.send(bytes, to.port, to.host);
      else socket.send(bytes, to.port, to.host, (cause) => cause && failed(notSent(cause, to)));
    } catch (cause) {
      return tell(failed, cause, to);
    }
    this.#queued = isQueued(socket, bytes);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }
}

class ConnectedUdp implements ConnectedUdpSocket {
  readonly #socket: Socket;
  readonly #remote: Address;
  readonly #failed: Failed;
  readonly #sent: (cause: Error | null) => void;
  #open = true;
  #queued = false;

  constructor(local: Address, remote: Address, received: Received, failed: Failed) {
    const socket = create(local.host, true);
    this.#socket = socket;
    this.#remote = remote;
    this.#failed = (error) => {
      if (this.#open) failed(error);
    };
    bind(socket, local);
    // An error is told once, by receiving or by sending, whichever asks the kernel first.
    this.#sent = (cause) => cause && this.#failed(notSent(cause, remote));
    socket.on('error', this.#sent);
    // In this same turn, so that the port's other datagrams hardly come here (those that do are passed on).
    if (isIP(remote.host) !== 0 && remote.port > 0 && remote.port < 65_536) socket.connect(remote.port, remote.host);
    if (!isConnected(socket)) {
      this.#open = false;
      socket.close();
      throw noRoute(remote);
    }
    prepare(socket, received);
  }

  send(text: string): void {
    const socket = this.#socket;
    const refusal = refusedBy(socket, text, this.#open, this.#queued);
    if (refusal !== undefined) return tell(this.#failed, refusal, this.#remote);
    const bytes = encode(text, this.#queued);
    socket.send(bytes, this.#sent);
    this.#queued = isQueued(socket, bytes);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }
}

/** Answers IP literals at once: Node's own look-up costs every datagram a tick. */
function literal(
  host: string,
  family: unknown,
  answer: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  answer(null, host, family === 6 ? 6 : 4);
}

function create(host: string, reuseAddr: boolean): Socket {
  const family = host.includes(':') ? 'udp6' : 'udp4';
  return createSocket({ type: family, reuseAddr, ipv6Only: family === 'udp6', lookup: literal as never });
}

/** Binds in this same turn, which `literal` allows. Throws NetworkError and closes the socket. */
function bind(socket: Socket, local: Address): void {
  let refusal: Error | undefined;
  const note = (error: Error) => {
    refusal ??= error;
  };
  socket.on('error', note);
  socket.bind({ address: local.host, port: local.port, exclusive: true });
  socket.off('error', note);
  if (refusal === undefined) return;
  socket.close();
  throw failure(refusal);
}

function prepare(socket: Socket, received: Received): void {
  try {
    socket.setRecvBufferSize(KERNEL_BUFFER);
    socket.setSendBufferSize(KERNEL_BUFFER);
  } catch {
    // A kernel that does not give as much as was asked for gives what it has.
  }
  socket.on('message', (message, from) => received(message.toString('latin1'), { host: from.address, port: from.port }));
}

function isConnected(socket: Socket): boolean {
  return tried(() => socket.remoteAddress().port > 0, false);
}

/** Why a text cannot even be tried, here where the process may have a queue. */
function refusedBy(socket: Socket, text: string, open: boolean, queued: boolean): NetworkError | undefined {
  const full = open && queued && socket.getSendQueueSize() > LARGEST_QUEUE;
  return full ? new NetworkError('other', 'the send queue is full') : refused(text, open);
}

/** The scratch, or bytes of their own for a socket whose queue would keep them. */
function encode(text: string, queued: boolean): Buffer {
  if (queued) return Buffer.from(text, 'latin1');
  const { length } = text;
  scratch.write(text, 'latin1');
  if (length > LONGEST_VIEW) return scratch.subarray(0, length);
  views[length] ??= scratch.subarray(0, length);
  return views[length];
}

/** Whether something waits in the process; if that is the scratch, it is given away. */
function isQueued(socket: Socket, bytes: Buffer): boolean {
  if (socket.getSendQueueCount() === 0) return false;
  if (bytes.buffer !== scratch.buffer) return true;
  scratch = Buffer.allocUnsafeSlow(LARGEST_DATAGRAM);
  views = [];
  return true;
}
