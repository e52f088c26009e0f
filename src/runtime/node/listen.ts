import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Address, ListenTls, Stream, StreamServer, StreamUser } from '../network.ts';
import { failure } from './errno.ts';
import { acceptStream } from './stream.ts';
import { refusalOf, serverOptions } from './tls.ts';

/** Connections of one host whose TLS handshake is not done; one more is dropped, so that half of one costs little. */
const HANDSHAKES_PER_HOST = 32;
/** Those of all hosts, of which anybody may have many; beyond them the one that has taken longest makes room. */
const MOST_HANDSHAKES = 512;

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
  const handshakes = new Handshakes();
  const secured = (socket: Socket) => {
    handshakes.done(socket);
    accepted(socket);
  };
  let secure = secureServer(tls, secured);
  // The port stays when the credentials change, and so does what is in the middle of its handshake.
  const server = createServer({ noDelay: true }, (socket) => {
    if (handshakes.begun(socket)) secure.emit('connection', socket);
  });
  return {
    local: await open(server, local),
    renew: (credentials) => {
      secure = secureServer({ ...tls, credentials }, secured);
    },
    close: () => void server.close(),
  };
}

/** What makes TLS connections of the TCP ones that it is given; it listens nowhere itself. Throws NetworkError. */
function secureServer({ credentials, handshake, refused }: ListenTls, secured: (socket: Socket) => void): TlsServer {
  const server = createTlsServer({
    ...serverOptions(credentials),
    handshakeTimeout: handshake,
    // What a shown certificate is worth is judged above.
    requestCert: credentials.askClients === true,
    rejectUnauthorized: false,
  });
  const told = (error: Error, { remoteAddress }: Socket) => {
    const why = refusalOf(error);
    if (why !== undefined && remoteAddress !== undefined) refused?.(remoteAddress, why);
  };
  server.on('secureConnection', (socket) => {
    socket.once('error', (error) => told(error, socket)); // in TLS 1.3 a client says it when our side is done
    secured(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    told(error, socket);
    socket.destroy();
  });
  return server;
}

function open(server: Server, local: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(failure(cause)));
    server.listen({ host: local.host, port: local.port, ipv6Only: local.host.includes(':'), exclusive: true }, () => {
      // Later errors are of one connection that could not be accepted (too many files): the next one may be.
      server.on('error', () => undefined);
      const address = server.address();
      resolve({ host: local.host, port: typeof address === 'object' && address !== null ? address.port : local.port });
    });
  });
}

/** The connections whose handshake is not done, by host. */
class Handshakes {
  private readonly pending = new Map<string, Set<number>>();
  /** All of them, the oldest first, by host and port. */
  private readonly sockets = new Map<string, Socket>();

  /** False where there are too many of that host: the connection is dropped. */
  begun(socket: Socket): boolean {
    const { remoteAddress: host, remotePort: port } = socket;
    if (host === undefined || port === undefined) {
      socket.destroy();
      return false;
    }
    const ports = this.pending.get(host) ?? new Set();
    if (ports.size >= HANDSHAKES_PER_HOST) {
      socket.destroy();
      return false;
    }
    this.pending.set(host, ports.add(port));
    this.sockets.set(`${host} ${port}`, socket);
    socket.once('close', () => this.over(host, port));
    if (this.sockets.size > MOST_HANDSHAKES) this.sockets.values().next().value?.destroy();
    return true;
  }

  done({ remoteAddress, remotePort }: Socket): void {
    this.over(remoteAddress ?? '', remotePort ?? 0);
  }

  private over(host: string, port: number): void {
    this.sockets.delete(`${host} ${port}`);
    const ports = this.pending.get(host);
    if (ports?.delete(port) && ports.size === 0) this.pending.delete(host);
  }
}
