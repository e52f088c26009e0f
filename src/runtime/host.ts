import type { Address, InterfaceAddress } from './network.ts';

/** What this machine tells of itself to who looks for what is wrong with it. Nothing is changed. */
export interface Host {
  /** Who holds a port: `kamailio (pid 1234)`; undefined: nobody that we know of. */
  holderOf(transport: 'udp' | 'tcp' | 'tls', address: Address): string | undefined;
  /** Who has a state directory: `sipwitchd (pid 1234)`; undefined: nobody that we can see. */
  stateHolder(folder: string): string | undefined;
  /** Bytes that an unprivileged user may still write in the file system of a folder; undefined where that cannot be said. */
  freeBytes(folder: string): number | 'read-only' | undefined;
  /** The mode of a file or folder; undefined where there is none. */
  modeOf(path: string): number | undefined;
  interfaces(): readonly InterfaceAddress[];
  /** What a PEM file with a certificate and its chain says, and whether a key belongs to it; a sentence where it cannot be read. */
  certificate(pem: string, key: string | undefined): CertificateReport | string;
}

/** A certificate with its chain. */
export interface CertificateReport {
  /** subjectAltName entries, as `PeerCertificate` has them. */
  readonly names: readonly string[];
  readonly commonName: string | undefined;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  readonly selfSigned: boolean;
  /** Certificates in the file. */
  readonly chain: number;
  /** Each is issued by the one behind it. */
  readonly inOrder: boolean;
  /** undefined: no key was given. */
  readonly keyFits: boolean | undefined;
}
