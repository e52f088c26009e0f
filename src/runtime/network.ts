/**
 * Sockets, as interfaces. Bytes cross this line as latin1 text: one byte is one character, lossless both ways
 * (sip/ reads and writes that text, nothing converts it on the way).
 */

/** An IP literal without brackets (zone-id kept for link-local) and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export type NetworkErrorKind =
  | 'in-use'
  | 'no-address'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'closed'
  | 'too-big'
  | 'other';

/** Why a socket could not do what it was asked: told, or thrown. `message` is a sentence for the operator. */
export class NetworkError extends Error {
  readonly kind: NetworkErrorKind;

  constructor(kind: NetworkErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

export type Received = (text: string, from: Address) => void;

export interface UdpSocket {
  readonly local: Address;
  /** Sends one datagram. `failed` is called, later, if the kernel refuses it; a lost datagram is not noticed. */
  send(text: string, to: Address, failed?: (error: NetworkError) => void): void;
  close(): void;
}

/** A UDP socket for one next hop on the listening port: ICMP errors of that hop are told (RFC 3261 §18.4). */
export interface ConnectedUdpSocket {
  send(text: string): void;
  close(): void;
}

/** What the other side of a TLS connection proved; without a certificate: not verified, no names. */
export interface PeerCertificate {
  /** The chain ends at an authority we know. */
  readonly verified: boolean;
  /** subjectAltName entries as written by the certificate: `DNS:a.example`, `URI:sip:a.example`, `IP Address:192.0.2.1`. */
  readonly names: readonly string[];
  readonly commonName: string | undefined;
  /** SHA-256 of the whole certificate, `AB:CD:...`; undefined without one. Known of certificates that are not verified too. */
  readonly fingerprint: string | undefined;
}

export interface Stream {
  readonly local: Address;
  readonly remote: Address;
  /** Bytes accepted but not yet taken by the kernel. */
  readonly queued: number;
  /** Undefined for TCP and before the handshake. */
  readonly peer: PeerCertificate | undefined;
  write(text: string): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface StreamUser {
  /** The connection is up (for TLS: the handshake is done). Called once, before any data; not for accepted streams. */
  connected?(): void;
  data(text: string): void;
  /** Called once, whoever closed and why; nothing follows it. */
  closed(error: NetworkError | undefined): void;
}

export interface TlsCredentials {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** PEM bundle of authorities; undefined: the system's. */
  readonly authorities: string | undefined;
  /**
   * Whether who connects to us is asked for a certificate, which may still be withheld. Not by default: Linphone asks its user for a
   * password when it is asked and has none.
   */
  readonly askClients?: boolean;
}

/** Files of TLS that were read, as far as they could be; PEM. */
export type TlsTexts = { readonly [part in TlsFault['part']]?: string | undefined };

/** The part of TLS credentials that is bad. `why` goes on after its name: `cannot be read: it is not PEM, or damaged`. */
export interface TlsFault {
  readonly part: 'certificate' | 'key' | 'authorities';
  readonly why: string;
}

export interface StreamOptions {
  /** TLS when given. `serverName` is the SNI; `verify` refuses a certificate whose chain is not known or that does not name it (RFC 5922 §7). */
  readonly tls?: {
    readonly credentials: TlsCredentials | undefined;
    readonly serverName: string | undefined;
    readonly verify: boolean;
  };
  /** Milliseconds until a connection attempt (with its handshake) is given up. */
  readonly timeout: number;
}

export interface ListenTls {
  readonly credentials: TlsCredentials;
  /** Milliseconds that a handshake may take. */
  readonly handshake: number;
  /** Who connected does not take our certificate: `unknown ca`. Of what else goes wrong in a handshake nobody hears, for scanners do it all day. */
  readonly refused?: (host: string, why: string) => void;
}

export interface StreamServer {
  readonly local: Address;
  /** Uses other TLS credentials for connections from now on. Throws NetworkError (`tls`) and keeps the old ones if they are bad. Without TLS: nothing. */
  renew(credentials: TlsCredentials): void;
  close(): void;
}

export interface InterfaceAddress {
  readonly host: string;
  readonly family: 4 | 6;
  /** Prefix length, such as 24. */
  readonly prefix: number;
  /** Of a link-local address of IPv6: the number of its interface, of which another may come under the same name. */
  readonly link?: number;
  /** It leaves soon by itself: a temporary one of IPv6 (RFC 8981), or one that was deprecated and ends (RFC 4862 §5.5.4). */
  readonly passing?: true;
}

export interface Network {
  /** Binds one UDP socket. Rejects with a NetworkError; `in-use` also if the holder allowed address reuse. */
  udp(local: Address, received: Received): Promise<UdpSocket>;
  /**
   * Opens a connected socket beside a bound one, at once; `failed` tells ICMP errors and why sending failed. To be closed
   * with the bound one: while it is open its address stays taken. Throws NetworkError.
   */
  udpConnected(local: Address, remote: Address, received: Received, failed: (error: NetworkError) => void): ConnectedUdpSocket;
  /** Listens for TCP or, with credentials, TLS. Rejects with a NetworkError. */
  listen(local: Address, accept: (stream: Stream) => StreamUser, tls?: ListenTls): Promise<StreamServer>;
  /** Whether a TLS server can be made of these. Throws NetworkError (`tls`) that names the part that is bad. */
  check(credentials: TlsCredentials): void;
  /** Connects; the outcome arrives at the user (`connected`, never before this returns, or `closed`). */
  connect(local: string | undefined, remote: Address, options: StreamOptions, user: StreamUser): Stream;
  /** Our address that packets to `host` leave from, by the kernel's routing table; undefined if there is no route. */
  sourceFor(host: string): string | undefined;
  /** Every address of this machine that is up, those that pass last. */
  interfaces(): readonly InterfaceAddress[];
}
