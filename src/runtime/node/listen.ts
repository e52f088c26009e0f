import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Address, Stream, StreamServer, StreamUser, TlsCredentials } from '../network.ts';
import { failure } from './errno.ts';
import { acceptStream } from './stream.ts';
import { serverOptions } from './tls.ts';

/** Connections of one host whose TLS handshake is not done; one more is dropped, so that half of one costs little. */
const HANDSHAKES_PER_HOST = 32;

export interface ListenTls {
  readonly credentials: TlsCredentials;
  /** Milliseconds that a handshake may take. */
  readonly handshake: number;
  readonly askCertificate?: boolean;
}

/** Listens for TCP or, with credentials, TLS. Rejects with a NetworkError. */
export async function listen(
  clock: Clock,
  local: Address,
  accept: (stream: Stream) => StreamUser,
  tls: ListenTls | undefined,
): Promise<StreamServer> {
  const accepted = (socket: Socket) => acceptStream(clock, socket, accept);
  if (tls === undefined) {
    const server = createServer({ noDelay: true }, accepted);
    return { local: await open(server, local), renew: () => undefined, close: () => void server.close() };
  }
  const server = createTlsServer({
    ...serverOptions(tls.credentials),
    noDelay: true,
    handshakeTimeout: tls.handshake,
    // What a shown certificate is worth is judged above.
    requestCert: tls.askCertificate === true,
    rejectUnauthorized: false,
  });
  server.on('secureConnection', accepted);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  boundHandshakes(server);
  return {
    local: await open(server, local),
    renew: (credentials) => server.setSecureContext(serverOptions(credentials)),
    close: () => void server.close(),
  };
}

function open(server: Server, local: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(failure(cause, `cannot listen at TCP ${local.host} port ${local.port}`)));
    server.listen({ host: local.host, port: local.port, ipv6Only: local.host.includes(':'), exclusive: true }, () => {
      // Later errors are of one connection that could not be accepted (too many files): the next one may be.
      server.on('error', () => undefined);
      const address = server.address();
      resolve({ host: local.host, port: typeof address === 'object' && address !== null ? address.port : local.port });
    });
  });
}

function boundHandshakes(server: TlsServer): void {
  const pending = new Map<string, Set<number>>();
  const done = (host: string, port: number) => {
    const ports = pending.get(host);
    if (ports?.delete(port) && ports.size === 0) pending.delete(host);
  };
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: host, remotePort: port } = socket;
    if (host === undefined || port === undefined) return;
    const ports = pending.get(host) ?? new Set();
    if (ports.size >= HANDSHAKES_PER_HOST) {
      socket.destroy();
      return;
    }
    pending.set(host, ports.add(port));
    socket.once('close', () => done(host, port));
  });
  server.on('secureConnection', (socket) => done(socket.remoteAddress ?? '', socket.remotePort ?? 0));
}
