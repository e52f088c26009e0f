import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server, type Socket as Stream } from 'node:net';
import { type DecodedPacket, type Answer as DnsRecord, decode, encode, type Packet } from 'dns-packet';
import { recordOf, Zone, type ZoneRecord } from './zone.ts';

/** What a name server does wrong. */
export interface Habits {
  /** UDP answers are cut off and say so. */
  truncates?: boolean;
  /** Answers repeat the question in small letters. */
  lowers?: boolean;
  /** Nobody listens on TCP. */
  withoutTcp?: boolean;
  /** A TCP connection is closed when the question comes. */
  hangsUp?: boolean;
  /** FORMERR for a question with EDNS. */
  fearsEdns?: boolean;
  /** What is sent instead of, or before, the answer. */
  forge?: (answer: Packet, send: (packet: Packet | Buffer) => void) => void;
  /** Only the first link of a chain of aliases is answered. */
  oneLink?: boolean;
}

/** A name server on loopback, with a zone as text (see Zone). */
export class DnsStub {
  readonly host: string;
  zone: Zone;
  habits: Habits = {};
  readonly asked: string[] = [];
  /** The questions as they came: names, and whether by TCP. */
  readonly seen: {
    readonly name: string;
    readonly tcp: boolean;
    readonly edns: boolean;
    readonly id: number;
    readonly port: number;
  }[] = [];
  #udp: Socket | undefined;
  #tcp: Server | undefined;
  readonly #streams = new Set<Stream>();

  constructor(host: string, zone = '') {
    this.host = host;
    this.zone = new Zone(zone);
  }

  /** Listens, on a port of its own unless given one: one that is free for UDP may be taken for TCP. */
  async listen(port = 0, habits: Habits = {}): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#listen(port, habits);
      } catch (error) {
        if (port !== 0 || tries === 10) throw error;
        this.#udp?.close();
      }
    }
  }

  async #listen(port: number, habits: Habits): Promise<number> {
    this.habits = habits;
    const udp = createSocket(this.host.includes(':') ? 'udp6' : 'udp4');
    this.#udp = udp;
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject);
      udp.bind(port, this.host, resolve);
    });
    udp.on('message', (bytes, from) => {
      const send = (packet: Packet | Buffer) =>
        udp.send(Buffer.isBuffer(packet) ? packet : encode(packet), from.port, from.address);
      this.#serve(decode(bytes), false, from.port, send);
    });
    const bound = udp.address().port;
    if (habits.withoutTcp !== true) await this.#listenTcp(bound);
    return bound;
  }

  #listenTcp(port: number): Promise<void> {
    const tcp = createServer((stream) => {
      this.#streams.add(stream);
      stream.on('close', () => this.#streams.delete(stream));
      stream.on('error', () => undefined);
      stream.on('data', (bytes) => {
        const send = (packet: Packet | Buffer) => {
          const answer = Buffer.isBuffer(packet) ? packet : encode(packet);
          const framed = Buffer.alloc(2 + answer.length);
          framed.writeUInt16BE(answer.length);
          answer.copy(framed, 2);
          inPieces(stream, [framed.subarray(0, 1), framed.subarray(1, 5), framed.subarray(5)]);
        };
        if (this.habits.hangsUp === true || bytes.readUInt16BE(0) !== bytes.length - 2) return stream.end();
        this.#serve(decode(bytes.subarray(2)), true, stream.remotePort ?? 0, send);
      });
    });
    this.#tcp = tcp;
    return new Promise((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen(port, this.host, resolve);
    });
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#udp?.close();
    this.#tcp?.close();
  }

  #serve(query: DecodedPacket, tcp: boolean, port: number, send: (packet: Packet | Buffer) => void): void {
    const [question] = query.questions!;
    const edns = (query.additionals ?? []).some(({ type }) => type === 'OPT');
    const name = question!.name.toLowerCase();
    this.asked.push(`${question!.type} ${name}`);
    this.seen.push({ name: question!.name, tcp, edns, id: query.id!, port });
    const { truncates, lowers, fearsEdns, forge } = this.habits;
    const echoed = { ...question!, name: lowers === true ? name : question!.name };
    const shell: Packet = { type: 'response', id: query.id, questions: [echoed] };
    const misfortune = this.zone.misfortune(name);
    if (misfortune === 'SILENT') return;
    if (misfortune !== undefined) return send({ ...shell, flags: { FORMERR: 1, SERVFAIL: 2, REFUSED: 5 }[misfortune] });
    if (fearsEdns === true && edns) return send({ type: 'response', id: query.id, flags: 1, questions: [] });
    if (truncates === true && !tcp) {
      const whole = encode({ ...shell, flags: 0x200, answers: this.#answer(name, question!.type).answers });
      // Twice, as a network may bring it.
      for (let i = 0; i < 2; i++) send(whole.subarray(0, whole.length - 3));
      return;
    }
    const answer = { ...shell, ...this.#answer(name, question!.type) };
    if (forge !== undefined) return forge(answer, send);
    send(answer);
  }

  #answer(asked: string, type: string): { answers: DnsRecord[]; authorities: DnsRecord[]; flags: number } {
    const answers: DnsRecord[] = [];
    let name = asked;
    for (let links = 0; links < 20; links++) {
      const found = this.zone.at(name, type as ZoneRecord['type']);
      if (found.length > 0) return { answers: [...answers, ...found.map(wire)], authorities: [], flags: 0 };
      const alias = this.zone.at(name, 'CNAME')[0];
      if (alias === undefined) break;
      answers.push(wire(alias));
      name = alias.fields[0]!.replace(/\.$/, '');
      if (this.habits.oneLink === true) return { answers, authorities: [], flags: 0 };
    }
    const soa = this.zone.soa(name);
    return {
      answers,
      authorities: soa === undefined ? [] : [wire(soa)],
      flags: this.zone.has(name) ? 0 : 3,
    };
  }
}

/** A stream knows no messages: each piece comes by itself, for two turns of the loop let the other side read it. */
function inPieces(stream: Stream, [piece, ...others]: readonly Buffer[]): void {
  if (piece === undefined) return;
  stream.write(piece);
  setImmediate(() => setImmediate(() => inPieces(stream, others)));
}

export function wire({ name, ttl, type, fields }: ZoneRecord): DnsRecord {
  switch (type) {
    case 'SOA':
      return { name, ttl, type, data: { mname: 'ns.test', rname: 'root.test', serial: 1, minimum: Number(fields[0]) } };
    case 'SRV':
      return { name, ttl, type, data: { ...recordOf('SRV', fields), target: fields[3]! } };
    case 'NAPTR': {
      const { service, ...rest } = recordOf('NAPTR', fields);
      return { name, ttl, type, data: { ...rest, services: service } };
    }
    default:
      return { name, ttl, type, data: fields[0]! };
  }
}
