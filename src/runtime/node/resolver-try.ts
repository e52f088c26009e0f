import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { DecodedPacket } from 'dns-packet';
import { failure } from './errno.ts';
import { type Question, questionBytes, readAnswer } from './resolver-message.ts';

export interface Server {
  readonly host: string;
  readonly port: number;
}

export interface TryUser {
  answered(packet: DecodedPacket): void;
  /** This server will not answer this any more. */
  gaveUp(why: string): void;
}

/** One question to one name server: by a UDP socket of its own, whose port is as random as its id, and by TCP if need be. */
export class Try {
  private readonly server: Server;
  private readonly question: Question;
  private readonly user: TryUser;
  private datagrams: Datagrams | undefined = undefined;
  private stream: Socket | undefined = undefined;
  private edns = true;
  private over = false;

  constructor(server: Server, question: Question, user: TryUser) {
    this.server = server;
    this.question = question;
    this.user = user;
  }

  begin(): void {
    const { host, port } = this.server;
    const family = host.includes(':') ? 'udp6' : 'udp4';
    // Connected: the kernel drops what comes from elsewhere, and tells that nobody listens there.
    const socket = createSocket({ type: family });
    this.datagrams = socket;
    socket.on('error', (cause) => this.giveUp(cause));
    socket.on('message', (bytes) => this.heard(bytes));
    // An event, for a callback would be given the errors as well.
    socket.on('connect', () => socket.send(questionBytes(this.question, this.edns)));
    socket.connect(port, host);
  }

  private heard(bytes: Buffer): void {
    if (this.over) return;
    const reading = readAnswer(bytes, this.question);
    switch (reading.kind) {
      case 'foreign':
        return;
      case 'truncated':
      case 'other-case':
        // Nobody can guess a TCP connection, so there the case of the letters proves nothing.
        return this.overTcp();
      case 'not-understood':
        if (!this.edns) return this.end('does not understand the question');
        this.edns = false;
        return this.datagrams?.send(questionBytes(this.question, false));
      case 'refused':
        return this.end(`says ${reading.why}`);
      case 'answer':
        this.close();
        return this.user.answered(reading.packet);
      default:
        reading satisfies never;
    }
  }

  private overTcp(): void {
    if (this.stream !== undefined) return;
    const { host, port } = this.server;
    const socket = connect({ host, port });
    this.stream = socket;
    let came = Buffer.alloc(0);
    socket.on('error', (cause) => this.giveUp(cause));
    socket.on('close', () => this.end('closed the connection'));
    socket.on('connect', () => {
      const bytes = questionBytes(this.question, this.edns);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
    });
    socket.on('data', (chunk: Buffer) => {
      // One answer is waited for, and its length is 16 bits.
      came = Buffer.concat([came, chunk]);
      if (came.length < 2 || came.length < 2 + came.readUInt16BE(0)) return;
      this.heardOverTcp(came.subarray(2, 2 + came.readUInt16BE(0)));
    });
  }

  private heardOverTcp(bytes: Buffer): void {
    if (this.over) return;
    const reading = readAnswer(bytes, this.question, 'any case');
    if (reading.kind !== 'answer') return this.end(reading.kind === 'refused' ? `says ${reading.why}` : 'answers something else');
    this.close();
    this.user.answered(reading.packet);
  }

  private giveUp(cause: Error): void {
    this.end(failure(cause, 'cannot be asked').message);
  }

  private end(why: string): void {
    if (this.over) return;
    this.close();
    this.user.gaveUp(`${this.server.host} ${why}`);
  }

  close(): void {
    this.over = true;
    this.datagrams?.close();
    this.datagrams = undefined;
    this.stream?.destroy();
    this.stream = undefined;
  }
}
