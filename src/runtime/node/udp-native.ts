import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { Address, ConnectedUdpSocket, Received, UdpSocket } from '../network.ts';
import { failure } from './errno.ts';
import { isBusy, watchPace } from './pace.ts';
import { type Failed, KERNEL_BUFFER, noRoute, notSent, refused, tell, type UdpSockets } from './udp.ts';
import { probe } from './udp-dgram.ts';

type Heard = (text: string, host: string, port: number) => void;

/** What `udp.c` exports (`udp-send.c` and `udp-address.c` are parts of it). A socket is a number from 0, an error one below it: negative errno. */
interface Native {
  open(
    host: string,
    port: number,
    remoteHost: string,
    remotePort: number,
    kernelBuffer: number,
    received: Heard,
    failed: (error: number) => void,
  ): number;
  /** From now on each datagram is put there before its text is handed on; an error where there is no room for the longest. */
  land(bytes: Uint8Array): number;
  port(socket: number): number;
  send(socket: number, text: string, host?: string, port?: number): number;
  /** As `send`, together with what else is said to datagrams that were read together; a later refusal is told to `failed`. */
  post(socket: number, text: string, host?: string, port?: number): number;
  close(socket: number): void;
  /** Whether this thread waits for who runs already; an error where that cannot be. */
  wait(waits: boolean): number;
}

/** Where who reads the texts of datagrams wants their bytes as well. */
export interface Landing {
  /** 64 kB or more. */
  readonly bytes: Uint8Array;
  /** The bytes are those of this text, which is handed on next. */
  landed(text: string): void;
}

export interface NativeSockets extends UdpSockets {
  /**
   * Under a load that lasts this thread no longer interrupts who runs when a datagram comes for it: who sends several has sent them all by
   * then, and they are read together. Otherwise it does, as somebody waits for the phone to ring.
   */
  waitWhenBusy(): void;
}

/** The sockets of the library that was built of `udp.c`; undefined where there is none, or none for this machine. */
export function nativeSockets(path: string, landing: Landing): NativeSockets | undefined {
  const library = { exports: {} };
  try {
    process.dlopen(library, path);
  } catch {
    return undefined;
  }
  const native = library.exports as Native;
  if (typeof native.land !== 'function' || native.land(landing.bytes) !== 0) return undefined;
  const heardBy =
    (received: Received): Heard =>
    (text, host, port) => {
      landing.landed(text);
      received(text, { host, port });
    };
  return {
    bind(local, received) {
      probe(local);
      return new BoundUdp(native, local, heardBy(received));
    },
    connect: (local, remote, received, failed) => new ConnectedUdp(native, local, remote, heardBy(received), failed),
    waitWhenBusy() {
      let waits = false;
      watchPace((pace) => {
        if (isBusy(pace) === waits) return;
        waits = !waits;
        native.wait(waits);
      });
    },
  };
}

class BoundUdp implements UdpSocket {
  readonly local: Address;
  readonly #native: Native;
  readonly #socket: number;
  #open = true;

  constructor(native: Native, local: Address, heard: Heard) {
    // Nobody waits for the errors of a socket that has many remotes: what matters is told by `send`.
    const socket = native.open(local.host, local.port, '', 0, KERNEL_BUFFER, heard, () => undefined);
    if (socket < 0) throw failure(error(socket));
    this.#native = native;
    this.#socket = socket;
    this.local = { host: local.host, port: native.port(socket) };
  }

  send(text: string, to: Address, failed?: Failed): void {
    const refusal = refused(text, this.#open);
    if (refusal !== undefined) return tell(failed, refusal, to);
    if (failed === undefined) {
      this.#native.post(this.#socket, text, to.host, to.port);
      return;
    }
    const result = this.#native.send(this.#socket, text, to.host, to.port);
    if (result < 0) tell(failed, error(result), to);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#native.close(this.#socket);
  }
}

class ConnectedUdp implements ConnectedUdpSocket {
  readonly #native: Native;
  readonly #socket: number;
  readonly #remote: Address;
  readonly #failed: Failed;
  #open = true;

  constructor(native: Native, local: Address, remote: Address, heard: Heard, failed: Failed) {
    const refusedThere = (code: number) => this.#failed(notSent(error(code), remote));
    if (isIP(remote.host) === 0 || !(remote.port > 0 && remote.port < 65_536)) throw noRoute(remote);
    const socket = native.open(local.host, local.port, remote.host, remote.port, KERNEL_BUFFER, heard, refusedThere);
    if (socket < 0) throw notSent(error(socket), remote);
    this.#native = native;
    this.#socket = socket;
    this.#failed = (cause) => {
      if (this.#open) failed(cause);
    };
    this.#remote = remote;
  }

  send(text: string): void {
    const refusal = refused(text, this.#open);
    if (refusal !== undefined) return tell(this.#failed, refusal, this.#remote);
    const result = this.#native.post(this.#socket, text);
    if (result < 0) tell(this.#failed, error(result), this.#remote);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#native.close(this.#socket);
  }
}

/** As Node's own sockets would say it. */
function error(code: number): Error {
  const name = getSystemErrorName(code);
  return Object.assign(new Error(name), { code: name });
}
