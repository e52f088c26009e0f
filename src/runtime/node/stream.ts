import { isIP, connect as netConnect, Socket } from 'node:net';
import { TLSSocket, connect as tlsConnect } from 'node:tls';
import { certifiedText, certifies } from '../certificate.ts';
import type { Clock, Timed, Timer } from '../clock.ts';
import {
  type Address,
  NetworkError,
  type PeerCertificate,
  type Stream,
  type StreamOptions,
  type StreamUser,
} from '../network.ts';
import { failure } from './errno.ts';
import { clientContext, peerOf } from './tls.ts';

/** How long a connection that we ended may wait for the other side to take the rest and to end too. */
const LINGER = 5_000;
/**
 * How long a connection that we opened is idle before the kernel asks whether its other side is still there: as often as a flow over TCP is
 * kept alive (RFC 5626 §4.4.1), so that no NAT between forgets it. Ten seconds without an answer end it.
 */
const KEEP_ALIVE = 100_000;

/** Connects by TCP or TLS; the outcome arrives at the user, never in this turn. */
export function connectStream(
  clock: Clock,
  local: string | undefined,
  remote: Address,
  options: StreamOptions,
  user: StreamUser,
): Stream {
  const stream = new NodeStream(clock, dial(local, remote, options), remote, local, user);
  stream.connecting(options);
  return stream;
}

/** Hands over a connection that has come in, its handshake done; one that is already gone is not told. */
export function acceptStream(clock: Clock, socket: Socket, accept: (stream: Stream) => StreamUser): void {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) {
    socket.on('error', () => undefined);
    socket.destroy();
    return;
  }
  const stream = new NodeStream(clock, socket, { host: remoteAddress, port: remotePort }, socket.localAddress, undefined);
  stream.accepted(accept);
}

function dial(local: string | undefined, remote: Address, { tls }: StreamOptions): Socket {
  try {
    if (isIP(remote.host) === 0) throw new NetworkError('no-address', `${remote.host} is not an IP address`);
    const to = { host: remote.host, port: remote.port, noDelay: true, ...(local !== undefined && { localAddress: local }) };
    if (tls === undefined) return netConnect(to);
    const { serverName } = tls;
    return tlsConnect({
      ...to,
      secureContext: clientContext(tls.credentials),
      // Judged in `secured`, by the rules of RFC 5922, which are not those of HTTPS.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(serverName !== undefined && isIP(serverName) === 0 && { servername: serverName }),
    });
  } catch (cause) {
    return new Socket().destroy(failure(cause, `cannot connect to ${remote.host} port ${remote.port}`));
  }
}

class NodeStream implements Stream, Timed {
  readonly remote: Address;
  peer: PeerCertificate | undefined;
  readonly #clock: Clock;
  readonly #socket: Socket;
  #local: Address;
  #user: StreamUser | undefined;
  #pending = '';
  #timer: Timer | undefined;
  #error: NetworkError | undefined;
  #open = false;
  #dropped = false;

  constructor(clock: Clock, socket: Socket, remote: Address, local: string | undefined, user: StreamUser | undefined) {
    this.#clock = clock;
    this.#socket = socket;
    this.#user = user;
    this.remote = remote;
    this.#local = { host: local ?? '', port: socket.localPort ?? 0 };
    socket.on('error', (cause) => {
      this.#error ??= failure(cause, this.#open ? `connection to ${this.#where()}` : `cannot connect to ${this.#where()}`);
    });
    socket.on('close', () => this.#closed());
    socket.on('end', () => this.#linger());
  }

  get local(): Address {
    return this.#local;
  }

  get queued(): number {
    return this.#dropped ? 0 : this.#socket.writableLength + this.#pending.length;
  }

  write(text: string): void {
    if (this.#dropped || this.#socket.writableEnded) return;
    // What one turn of the loop writes goes out as one segment, if it fits.
    if (this.#pending === '') process.nextTick(flush, this);
    this.#pending += text;
  }

  end(): void {
    if (this.#dropped) return;
    this.flush();
    this.#socket.end();
    if (this.#open) this.#linger();
  }

  destroy(): void {
    this.#dropped = true;
    this.#socket.destroy();
  }

  flush(): void {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '' && !this.#dropped && this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  timeout(timer: string): void {
    const why = timer === 'linger' ? 'did not take the end of the connection' : 'did not answer in time';
    this.#socket.destroy(new NetworkError('timeout', `${this.#where()} ${why}`));
  }

  connecting({ tls, timeout }: StreamOptions): void {
    const socket = this.#socket;
    if (!socket.destroyed) this.#timer = this.#clock.start('connect', timeout, this);
    if (tls === undefined) socket.once('connect', () => this.#opened());
    else if (socket instanceof TLSSocket) socket.once('secureConnect', () => this.#secured(socket, tls));
  }

  accepted(accept: (stream: Stream) => StreamUser): void {
    const socket = this.#socket;
    if (socket instanceof TLSSocket) this.peer = peerOf(socket);
    this.#open = true;
    this.#user = accept(this);
    this.#read();
  }

  #secured(socket: TLSSocket, { verify, serverName }: NonNullable<StreamOptions['tls']>): void {
    const peer = peerOf(socket);
    const name = serverName ?? this.remote.host;
    if (verify && !peer.verified) {
      const why = `its authority is not known or it is not valid now (${socket.authorizationError})`;
      const whose = `the certificate of ${this.#where()}, where ${name} was wanted, is refused`;
      socket.destroy(new NetworkError('tls', `${whose}: ${why}`));
    } else if (verify && !certifies(peer, name)) {
      const why = `is for ${certifiedText(peer)}; ${name} was wanted`;
      socket.destroy(new NetworkError('tls', `the certificate of ${this.#where()} ${why}`));
    } else {
      this.peer = peer;
      this.#opened();
    }
  }

  #opened(): void {
    if (this.#dropped) return;
    this.#timer?.cancel();
    this.#socket.setKeepAlive(true, KEEP_ALIVE);
    this.#open = true;
    this.#local = { host: this.#socket.localAddress ?? this.#local.host, port: this.#socket.localPort ?? 0 };
    this.#read();
    this.#user?.connected?.();
    if (this.#socket.writableEnded) this.#linger();
  }

  #read(): void {
    this.#socket.on('data', (bytes) => {
      if (!this.#dropped) this.#user?.data(bytes.toString('latin1'));
    });
  }

  #linger(): void {
    if (this.#timer?.name === 'linger' || this.#socket.destroyed) return;
    this.#timer = this.#clock.start('linger', LINGER, this);
  }

  #closed(): void {
    this.#timer?.cancel();
    this.#pending = '';
    const error = this.#dropped ? undefined : (this.#error ?? this.#early());
    this.#dropped = true;
    this.#user?.closed(error);
  }

  /** A connection that ends before it is up has failed, however politely. */
  #early(): NetworkError | undefined {
    return this.#open ? undefined : new NetworkError('closed', `${this.#where()} closed the connection at once`);
  }

  #where(): string {
    return `${this.remote.host} port ${this.remote.port}`;
  }
}

function flush(stream: NodeStream): void {
  stream.flush();
}
