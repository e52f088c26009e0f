import { type Address, type ConnectedUdpSocket, NetworkError, type Received, type UdpSocket } from '../network.ts';
import { failure } from './errno.ts';

/** Asked of the kernel for each direction: a collection of 10 ms must not cost packets. The kernel gives what it allows. */
export const KERNEL_BUFFER = 4 * 1024 * 1024;
export const LARGEST_DATAGRAM = 65_507;

export type Failed = (error: NetworkError) => void;

/** Who makes the UDP sockets: Node (`udp-dgram.ts`) or, where it was built, `udp.c` (`udp-native.ts`), which costs less a datagram. */
export interface UdpSockets {
  /** Binds one socket, whose port connected sockets may share. Throws NetworkError. */
  bind(local: Address, received: Received): UdpSocket;
  /**
   * Opens a connected socket beside the one bound at `local`, to be closed with it: while it is open nobody can bind there
   * again. Throws NetworkError.
   */
  connect(local: Address, remote: Address, received: Received, failed: Failed): ConnectedUdpSocket;
}

/** Why a text cannot even be tried. */
export function refused(text: string, open: boolean): NetworkError | undefined {
  if (!open) return new NetworkError('closed', 'the socket is closed');
  if (text.length > LARGEST_DATAGRAM) return new NetworkError('too-big', `${text.length} bytes do not fit in a datagram`);
  return undefined;
}

/** Tells of a failure, but not before who sends has come back from sending. */
export function tell(failed: Failed | undefined, cause: unknown, to: Address): void {
  if (failed !== undefined) queueMicrotask(() => failed(notSent(cause, to)));
}

export function notSent(cause: unknown, to: Address): NetworkError {
  return failure(cause, `cannot send to ${to.host} port ${to.port}`);
}

export function noRoute(remote: Address): NetworkError {
  return new NetworkError('unreachable', `cannot send to ${remote.host} port ${remote.port}: there is no route to it`);
}
