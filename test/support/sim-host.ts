import { after } from '../../src/runtime/clock.ts';
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
} from '../../src/runtime/network.ts';
import { keyOf, type SimMedium } from './sim-medium.ts';
import type { Realm } from './sim-nat.ts';
import type { SimStream } from './sim-stream.ts';
import { connectStream, credentialsPeer, type Listener } from './sim-tls.ts';

const LARGEST_DATAGRAM = 65_507;

/** What is open on one UDP port: datagrams from a connected socket's remote go to that socket. */
interface UdpPort {
  bound: Received | undefined;
  readonly connected: Map<string, { received: Received; failed: (error: NetworkError) => void }>;
}

/** One machine with its addresses: the Network that a daemon or a phone on it is given. */
export class SimHost implements Network {
  readonly addresses: string[];
  /** While false nothing reaches or leaves the machine: its cable is out. */
  up = true;
  /** Hosts to which the kernel knows no route. */
  readonly noRoute = new Set<string>();
  readonly streams = new Set<SimStream>();
  readonly listeners = new Map<string, Listener>();
  readonly medium: SimMedium;
  readonly realm: Realm<SimHost>;
  readonly #ports = new Map<string, UdpPort>();
  #ephemeral = 49_152;

  constructor(realm: Realm<SimHost>, medium: SimMedium, addresses: readonly string[]) {
    this.realm = realm;
    this.medium = medium;
    this.addresses = [];
    for (const address of addresses) this.addAddress(address);
  }

  addAddress(host: string): void {
    if (!isLoopback(host)) {
      if (this.realm.machines.has(host) || this.realm.gateways.has(host)) throw new Error(`${host} is already another machine`);
      this.realm.machines.set(host, this);
    }
    this.addresses.push(host);
  }

  removeAddress(host: string): void {
    this.addresses.splice(this.addresses.indexOf(host), 1);
    this.realm.machines.delete(host);
  }

  async udp(local: Address, received: Received): Promise<UdpSocket> {
    return this.bind(local, received);
  }

  /** As `udp`, at once. Throws NetworkError. */
  bind(address: Address, received: Received): UdpSocket {
    const local = this.#local(address);
    const port = this.#port(local);
    if (port.bound !== undefined || port.connected.size > 0)
      throw new NetworkError('in-use', `${local.host} port ${local.port} is taken`);
    port.bound = received;
    let open = true;
    return {
      local,
      send: (text, to, failed) => {
        const error = open ? this.#send(local, to, text) : new NetworkError('closed', 'the socket is closed');
        if (error !== undefined && failed !== undefined) after(this.medium.clock, 'refused', 0, () => failed(error));
      },
      close: () => {
        if (!open) return;
        open = false;
        port.bound = undefined;
        this.#tidy(local);
      },
    };
  }

  udpConnected(address: Address, remote: Address, received: Received, failed: (error: NetworkError) => void): ConnectedUdpSocket {
    const local = this.#local(address);
    if (this.noRoute.has(remote.host)) throw new NetworkError('unreachable', `no route to ${remote.host}`);
    const { connected } = this.#port(local);
    const key = keyOf(remote);
    const socket = { received, failed: (error: NetworkError) => connected.get(key) === socket && failed(error) };
    connected.set(key, socket);
    return {
      send: (text) => {
        if (connected.get(key) !== socket) return;
        const error = this.#send(local, remote, text);
        if (error !== undefined) after(this.medium.clock, 'refused', 0, () => socket.failed(error));
      },
      close: () => {
        if (connected.get(key) !== socket) return;
        connected.delete(key);
        this.#tidy(local);
      },
    };
  }

  async listen(address: Address, accept: (stream: Stream) => StreamUser, tls?: ListenTls): Promise<StreamServer> {
    const local = this.#local(address, this.listeners);
    const key = keyOf(local);
    if (this.listeners.has(key)) throw new NetworkError('in-use', `${local.host} port ${local.port} is taken`);
    const listener: Listener = { accept, tls, certificate: tls && credentialsPeer(tls.credentials) };
    this.listeners.set(key, listener);
    return {
      local,
      renew: (credentials: TlsCredentials) => {
        listener.certificate = credentialsPeer(credentials);
        if (listener.tls !== undefined) listener.tls = { ...listener.tls, credentials };
      },
      close: () => {
        if (this.listeners.get(key) === listener) this.listeners.delete(key);
      },
    };
  }

  check(credentials: TlsCredentials): void {
    credentialsPeer(credentials);
  }

  connect(local: string | undefined, remote: Address, options: StreamOptions, user: StreamUser): SimStream {
    const host = local ?? this.sourceFor(remote.host) ?? this.addresses[0] ?? '0.0.0.0';
    return connectStream(this, { host, port: this.#ephemeral++ }, remote, options, user);
  }

  sourceFor(host: string): string | undefined {
    if (this.noRoute.has(host)) return undefined;
    const own = this.addresses.filter((address) => address.includes(':') === host.includes(':'));
    if (own.includes(host)) return host;
    const outward = own.filter((address) => isLoopback(address) === isLoopback(host));
    return outward.find((address) => subnet(address) === subnet(host)) ?? outward[0];
  }

  interfaces(): readonly InterfaceAddress[] {
    return this.addresses.map((host) => (host.includes(':') ? { host, family: 6, prefix: 64 } : { host, family: 4, prefix: 24 }));
  }

  /** Where a packet of ours to `to` ends. */
  reach(from: Address, to: Address) {
    if (this.addresses.includes(to.host)) return { machine: this, from, to };
    return isLoopback(to.host) ? undefined : this.realm.carry(from, to);
  }

  #send(from: Address, to: Address, text: string): NetworkError | undefined {
    if (text.length > LARGEST_DATAGRAM) return new NetworkError('too-big', `${text.length} bytes do not fit in a datagram`);
    if (this.noRoute.has(to.host)) return new NetworkError('unreachable', `no route to ${to.host}`);
    if (!this.addresses.includes(from.host))
      return new NetworkError('no-address', `${from.host} is no longer an address of this machine`);
    const arrivals = this.medium.datagram(from, to, text);
    if (!this.up) return undefined;
    for (const delay of arrivals) {
      const end = this.reach(from, to);
      if (end === undefined) continue;
      const timeout = () => {
        if (!this.up || !end.machine.up) return;
        if (!end.machine.#receive(end.from, end.to, text)) this.#refused(from, to, delay);
      };
      this.medium.clock.start('datagram', delay, { timeout });
    }
    return undefined;
  }

  #receive(from: Address, to: Address, text: string): boolean {
    const port = this.#ports.get(keyOf(to));
    if (port === undefined) return false;
    const received = (port.connected.size > 0 ? port.connected.get(keyOf(from))?.received : undefined) ?? port.bound;
    received?.(text, from);
    return received !== undefined;
  }

  /** ICMP port unreachable: only a connected socket hears of it. */
  #refused(from: Address, to: Address, delay: number): void {
    const socket = this.#ports.get(keyOf(from))?.connected.get(keyOf(to));
    if (socket === undefined) return;
    const error = new NetworkError('refused', `nothing listens at ${to.host} port ${to.port}`);
    after(this.medium.clock, 'icmp', delay, () => socket.failed(error));
  }

  #local(address: Address, taken: ReadonlyMap<string, unknown> = this.#ports): Address {
    if (!this.addresses.includes(address.host))
      throw new NetworkError('no-address', `${address.host} is no address of this machine`);
    let { port } = address;
    while (port === 0 || (address.port === 0 && taken.has(keyOf({ host: address.host, port })))) port = this.#ephemeral++;
    return { host: address.host, port };
  }

  #tidy(local: Address): void {
    const port = this.#ports.get(keyOf(local));
    if (port !== undefined && port.bound === undefined && port.connected.size === 0) this.#ports.delete(keyOf(local));
  }

  #port(local: Address): UdpPort {
    const key = keyOf(local);
    const port = this.#ports.get(key) ?? { bound: undefined, connected: new Map() };
    this.#ports.set(key, port);
    return port;
  }
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

function subnet(host: string): string {
  return host.includes(':') ? host.split(':').slice(0, 4).join(':') : host.slice(0, host.lastIndexOf('.'));
}
