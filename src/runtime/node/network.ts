import { readFileSync } from 'node:fs';
import { SocketAddress } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Clock, Millis } from '../clock.ts';
import {
  type Address,
  type ConnectedUdpSocket,
  type InterfaceAddress,
  type ListenTls,
  type Network,
  NetworkError,
  type Received,
  type Stream,
  type StreamOptions,
  type StreamServer,
  type StreamUser,
  type TlsCredentials,
  type UdpSocket,
} from '../network.ts';
import { codeOf, wordsOf } from './errno.ts';
import { listen } from './listen.ts';
import { connectStream } from './stream.ts';
import { serverOptions } from './tls.ts';
import { tried } from './tried.ts';
import type { UdpSockets } from './udp.ts';
import { dgramSockets, sourceAddress } from './udp-dgram.ts';

/** How long what the kernel said of IPv6 addresses is believed: they are looked at each second, and reading it takes longer than all else. */
const BELIEVED: Millis = 10_000;

/** The sockets of this machine. */
export class NodeNetwork implements Network {
  readonly #clock: Clock;
  readonly #udp: UdpSockets;
  #found: NodeJS.Dict<NetworkInterfaceInfo[]> | undefined = undefined;
  #passing: ReadonlySet<string> = new Set();
  #asked: Millis = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, udp: UdpSockets = dgramSockets) {
    this.#clock = clock;
    this.#udp = udp;
  }

  async udp(local: Address, received: Received): Promise<UdpSocket> {
    return this.#udp.bind(local, received);
  }

  udpConnected(local: Address, remote: Address, received: Received, failed: (error: NetworkError) => void): ConnectedUdpSocket {
    return this.#udp.connect(local, remote, received, failed);
  }

  listen(local: Address, accept: (stream: Stream) => StreamUser, tls?: ListenTls): Promise<StreamServer> {
    return listen(this.#clock, local, accept, tls);
  }

  check(credentials: TlsCredentials): void {
    serverOptions(credentials);
  }

  connect(local: string | undefined, remote: Address, options: StreamOptions, user: StreamUser): Stream {
    return connectStream(this.#clock, local, remote, options, user);
  }

  sourceFor(host: string): string | undefined {
    return sourceAddress(host);
  }

  interfaces(): readonly InterfaceAddress[] {
    const now = this.#clock.now();
    if (now - this.#asked >= BELIEVED) {
      this.#asked = now;
      this.#passing = passingIn(tried(() => readFileSync('/proc/net/if_inet6', 'latin1'), ''));
    }
    return addressesOf(this.#find(), this.#passing);
  }

  /** What the system says, by a socket of its own: where it has none left for us, what it said before. Throws NetworkError if it never did. */
  #find(): NodeJS.Dict<NetworkInterfaceInfo[]> {
    try {
      this.#found = networkInterfaces();
    } catch (error) {
      if (codeOf(error) !== 'ERR_SYSTEM_ERROR') throw error;
      if (this.#found === undefined) throw untold(error as Error & { errno: number });
    }
    return this.#found;
  }
}

/** A program without netlink, as Android and a unit with RestrictAddressFamilies have them. Node gives the number of this error alone as C does. */
function untold(cause: Error & { readonly errno: number }): NetworkError {
  const why = wordsOf({ errno: -Math.abs(cause.errno) });
  return new NetworkError('other', `the system does not tell the addresses of this machine (netlink): ${why}`, cause);
}

/** The addresses of a machine, of which some leave soon. */
export function addressesOf(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  passing: ReadonlySet<string>,
): readonly InterfaceAddress[] {
  const found = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, family, cidr, scopeid }): InterfaceAddress => {
      const six = family === 'IPv6';
      const prefix = Number(cidr?.split('/')[1] ?? (six ? 64 : 24));
      // A link-local address says nothing without the link it is local to.
      if (/^fe[89ab]/i.test(address)) return { host: `${address}%${name}`, family: 6, prefix, link: scopeid ?? 0 };
      return { host: address, family: six ? 6 : 4, prefix, ...(passing.has(address) ? { passing: true } : {}) };
    }),
  );
  return found.sort((a, b) => Number(a.passing ?? false) - Number(b.passing ?? false));
}

/** Bits of <linux/if_addr.h>. */
const [TEMPORARY, DEPRECATED, PERMANENT] = [0x01, 0x20, 0x80];

/** The IPv6 addresses that leave soon by themselves, of the text of /proc/net/if_inet6. */
export function passingIn(text: string): ReadonlySet<string> {
  const passing = new Set<string>();
  for (const line of text.split('\n')) {
    const [digits = '', , , , flags = ''] = line.split(/ +/);
    const bits = Number.parseInt(flags, 16);
    // Whoever wrote an address down for good and lets nothing leave from it wants to be called there.
    if ((bits & TEMPORARY) === 0 && (bits & (DEPRECATED | PERMANENT)) !== DEPRECATED) continue;
    const address = digits.replace(/(.{4})(?!$)/g, '$1:');
    passing.add(new SocketAddress({ address, family: 'ipv6' }).address);
  }
  return passing;
}
