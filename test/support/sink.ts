import { createSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Field } from '../../src/sip/message/fields.ts';
import { Framer } from '../../src/sip/message/frame.ts';
import { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { hostPort } from '../../src/sip/message/uri.ts';

/** What a server got. */
export interface Arrival {
  /** `udp 192.0.2.10:5060` */
  readonly where: string;
  /** `INVITE sip:u@d.test`, or a status line. */
  readonly what: string;
  readonly branch: string;
  readonly text: string;
  readonly at: number;
}

/** What it answers: statuses with header lines, nothing, or as it is told. */
export type Behaviour = (request: Request, reply: (status: number, ...lines: string[]) => void) => void;

export const takes: Behaviour = ({ method }, reply) => {
  if (method !== 'ACK') reply(200);
};
export const silent: Behaviour = () => undefined;

interface Keys {
  readonly certificate: string;
  readonly key: string;
}

/** A server of some other domain on real sockets, which writes down what comes to it. */
export class Sink {
  readonly arrivals: Arrival[] = [];
  private readonly behaviour: Behaviour;

  constructor(behaviour: Behaviour = takes) {
    this.behaviour = behaviour;
  }

  /** What came, in order: `udp 192.0.2.10:5060 INVITE sip:u@d.test`. An ACK says nothing more. */
  get got(): string[] {
    return this.arrivals.filter(({ what }) => !what.startsWith('ACK')).map(({ where, what }) => `${where} ${what}`);
  }

  async udp(host: string, port = 5060): Promise<this> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((done) => socket.bind(port, host, done));
    socket.on('message', (bytes, from) =>
      this.take(bytes.toString('latin1'), `udp ${hostPort(host, port)}`, (text) =>
        socket.send(Buffer.from(text, 'latin1'), from.port, from.address),
      ),
    );
    return this;
  }

  tcp(host: string, port = 5060): Promise<this> {
    return this.listen(
      createServer((socket) => this.stream(socket, `tcp ${hostPort(host, port)}`)),
      host,
      port,
    );
  }

  tls(host: string, { certificate: cert, key }: Keys, port = 5061): Promise<this> {
    const server = createTlsServer({ cert, key }, (socket) => this.stream(socket, `tls ${hostPort(host, port)}`));
    return this.listen(server, host, port);
  }

  private async listen(server: Server, host: string, port: number): Promise<this> {
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((done) => server.listen(port, host, done));
    return this;
  }

  private stream(socket: Socket, where: string): void {
    const framer = new Framer();
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const frame of framer.push(bytes.toString('latin1')))
        if (frame.kind === 'message') this.take(frame.text, where, (text) => socket.write(text, 'latin1'));
    });
  }

  private take(text: string, where: string, send: (text: string) => void): void {
    const message = read(text);
    if (!(message instanceof Request || message instanceof Response)) return;
    const what = message instanceof Request ? `${message.method} ${message.uriText}` : `${message.status} ${message.cseq.method}`;
    const branch = /;branch=([^;\s]+)/.exec(text)?.[1] ?? '';
    this.arrivals.push({ where, what, branch, text, at: Date.now() });
    if (!(message instanceof Request)) return;
    const contact = `Contact: <sip:sink@${where.split(' ')[1]};transport=${where.split(' ')[0]}>`;
    this.behaviour(message, (status, ...lines) => send(answerTo(message, status, contact, lines)));
  }
}

function answerTo(request: Request, status: number, contact: string, lines: readonly string[]): string {
  const copy = (id: number, name: string) => request.list(id).map((value) => `${name}: ${value}`);
  const dialog = status > 100 && status < 300 && request.method === 'INVITE';
  return [
    `SIP/2.0 ${status} Said`,
    ...copy(Field.via, 'Via'),
    ...(dialog ? [...copy(Field.recordRoute, 'Record-Route'), contact] : []),
    `From: ${request.get(Field.from)}`,
    `To: ${request.get(Field.to)}${status === 100 || request.to.tag !== undefined ? '' : ';tag=sink'}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.get(Field.cseq)}`,
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
