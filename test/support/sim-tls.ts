import { certifiedText, certifies } from '../../src/runtime/certificate.ts';
import {
  type Address,
  type ListenTls,
  NetworkError,
  type PeerCertificate,
  type Stream,
  type StreamOptions,
  type StreamUser,
  type TlsCredentials,
} from '../../src/runtime/network.ts';
import { keyOf } from './sim-medium.ts';
import { SimStream, type StreamHost } from './sim-stream.ts';

export interface Listener {
  readonly accept: (stream: Stream) => StreamUser;
  tls: ListenTls | undefined;
  certificate: PeerCertificate | undefined;
}

/** What connecting asks of a machine. */
export interface ConnectingHost extends StreamHost {
  readonly noRoute: ReadonlySet<string>;
  readonly listeners: ReadonlyMap<string, Listener>;
  reach(from: Address, to: Address): { machine: ConnectingHost; from: Address; to: Address } | undefined;
}

const NO_CERTIFICATE: PeerCertificate = { verified: false, names: [], commonName: undefined, fingerprint: undefined };

/**
 * What a simulated certificate proves: entries after commas, `DNS:a.example, URI:sip:a.example, CN=a.example`;
 * `untrusted` where its authority is not known, `sha256:AB:CD` for its fingerprint. Throws NetworkError where it is none of that.
 */
export function credentialsPeer(credentials: TlsCredentials): PeerCertificate {
  const entries = credentials.certificate.split(',').map((entry) => entry.trim());
  const bad = entries.find((entry) => !/^(?:(?:DNS|URI|IP Address|email):.+|CN=.+|untrusted|sha256:[0-9A-F:]+)$/.test(entry));
  if (bad !== undefined) throw new NetworkError('tls', `the certificate cannot be read: ${bad}`);
  return {
    verified: !entries.includes('untrusted'),
    names: entries.filter((entry) => /^(?:DNS|URI|IP Address|email):/.test(entry)),
    commonName: entries.find((entry) => entry.startsWith('CN='))?.slice(3),
    fingerprint: entries.find((entry) => entry.startsWith('sha256:'))?.slice(7) ?? '00',
  };
}

/** A connection attempt, hop by hop: SYN, answer, and for TLS a hello and its answer. */
export function connectStream(
  host: ConnectingHost,
  local: Address,
  remote: Address,
  options: StreamOptions,
  user: StreamUser,
): SimStream {
  const { tls, timeout } = options;
  const client = new SimStream(host, local, remote, tls === undefined ? 'tcp' : 'tls', user);
  const where = `${remote.host} port ${remote.port}`;
  if (host.noRoute.has(remote.host)) {
    client.fail('unreachable', `no route to ${remote.host}`);
    return client;
  }
  client.giveUpAfter(timeout, () => client.fail('timeout', `${where} did not answer within ${timeout} ms`));
  const end = host.reach(local, remote);
  if (end === undefined) return client;
  const server = new SimStream(end.machine, end.to, end.from, client.transport);
  client.pair(server);
  server.pair(client);
  client.hop('', () => {
    const listener = end.machine.listeners.get(keyOf(end.to));
    if (listener === undefined) return refuse(server, client, where);
    if (client.closed) return;
    if (listener.tls === undefined) server.open(listener.accept(server));
    else server.giveUpAfter(listener.tls.handshake, () => server.destroy());
    server.hop('', () => {
      if (tls === undefined) client.open();
      else client.hop('\x16\x03\x01', () => hello(client, server, listener, tls));
    });
  });
  return client;
}

function hello(client: SimStream, server: SimStream, listener: Listener, tls: NonNullable<StreamOptions['tls']>): void {
  if (server.closed || listener.certificate === undefined) return;
  const shown = listener.certificate;
  server.hop('\x16\x03\x03', () => {
    if (client.closed) return;
    const name = tls.serverName ?? client.remote.host;
    if (tls.verify && !(shown.verified && certifies(shown, name))) {
      const why = shown.verified ? `is for ${certifiedText(shown)}` : 'is of an authority that is not known';
      client.hop('', () => server.destroy());
      return client.fail('tls', `the certificate of ${client.remote.host} ${why}; ${name} was wanted`);
    }
    client.peer = shown;
    client.hop('\x14\x03\x03', () => {
      if (server.closed) return;
      const asked = listener.tls?.credentials.askClients === true;
      server.peer = asked && tls.credentials !== undefined ? credentialsPeer(tls.credentials) : NO_CERTIFICATE;
      server.open(listener.accept(server));
    });
    client.open();
  });
}

function refuse(server: SimStream, client: SimStream, where: string): void {
  server.hop('', () => client.fail('refused', `nothing listens at ${where}`));
  server.destroy();
}
