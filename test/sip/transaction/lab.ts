import { Request, type Response } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import type { ClientTransaction } from '../../../src/sip/transaction/client.ts';
import { TransactionLayer } from '../../../src/sip/transaction/layer.ts';
import type { ClientTransactionUser, ServerTransaction, TransactionUser } from '../../../src/sip/transaction/user.ts';
import type { Flow, TransportError } from '../../../src/sip/transport/flow.ts';
import { TransportLayer } from '../../../src/sip/transport/layer.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimNetwork } from '../../support/sim-network.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { invite, message } from '../../support/written.ts';

const US = { host: '10.0.0.1', port: 5060 };
const PEER = { host: '10.0.0.2', port: 5060 };

/** `200 INVITE` or `ACK`. */
function summary(text: string): string {
  const message = read(text);
  if (message === undefined || message.kind === 'malformed') return JSON.stringify(text);
  return message.kind === 'request' ? message.method : `${message.status}`;
}

/** The transaction layer on the virtual network, one peer, and a log of everything that either side sees, with its time. */
export class Lab implements TransactionUser, ClientTransactionUser {
  readonly clock = new SimClock();
  readonly transport: TransportLayer;
  readonly layer: TransactionLayer;
  /** `500 > 486`: sent to the peer; `0 < INVITE`: from it, as the transaction user hears it; `end`: a transaction is over. */
  readonly log: string[] = [];
  /** What the peer received, as text. */
  readonly texts: string[] = [];
  readonly servers: ServerTransaction[] = [];
  /** What the transaction user does with a new request. */
  onRequest: (tx: ServerTransaction) => void = () => {};
  private readonly net: SimNetwork;
  private send: (text: string) => void = () => {};
  private sendElsewhere: (text: string) => void = () => {};
  /** The peer's program ends. */
  closePeer: () => void = () => {};

  private constructor(most?: number) {
    const random = new SimRandom();
    this.net = new SimNetwork(this.clock, random);
    this.transport = new TransportLayer({ clock: this.clock, network: this.net.host(US.host), random, log: new SimLog() });
    this.layer = new TransactionLayer({ clock: this.clock, random, transport: this.transport, ...(most && { most }) });
    this.layer.user = this;
  }

  /** `most`: server transactions at most. */
  static async open(transport: 'udp' | 'tcp' = 'udp', most?: number): Promise<Lab> {
    const lab = new Lab(most);
    await lab.transport.listen(transport, US);
    const host = lab.net.host(PEER.host);
    const heard = (text: string): void => {
      lab.texts.push(text);
      lab.note(`> ${summary(text)}`);
    };
    if (transport === 'udp') {
      const socket = await host.udp(PEER, heard);
      lab.send = (text) => socket.send(text, US);
      const other = await host.udp({ host: PEER.host, port: 40_000 }, (text) => lab.note(`>> ${summary(text)}`));
      lab.sendElsewhere = (text) => other.send(text, US);
      lab.closePeer = () => socket.close();
    } else {
      const stream = host.connect(undefined, US, { timeout: 1000 }, { data: heard, closed: () => lab.note('closed') });
      lab.send = (text) => stream.write(text);
      lab.clock.advance(0);
    }
    return lab;
  }

  private note(what: string): void {
    this.log.push(`${this.clock.now()} ${what}`);
  }

  /** The log since the last look. */
  take(): string[] {
    return this.log.splice(0);
  }

  /** The peer sends a message, which arrives at once. */
  receive(text: string): void {
    this.send(text);
    this.clock.advance(0);
  }

  /** By UDP: the same from a port that it does not listen on; what comes there all the same is logged as `>> ACK`. */
  receiveElsewhere(text: string): void {
    this.sendElsewhere(text);
    this.clock.advance(0);
  }

  run(ms: number): void {
    this.clock.advance(ms);
  }

  get tx(): ServerTransaction {
    return this.servers.at(-1)!;
  }

  /** A client transaction towards the peer. */
  client(method: string): ClientTransaction {
    const branch = this.layer.branch();
    const text = message(`${method} sip:bob@10.0.0.2 SIP/2.0`, {
      via: `SIP/2.0/${this.flow.reliable ? 'TCP' : 'UDP'} 10.0.0.1:5060;branch=${branch}`,
      method,
      extra: ['Route: <sip:10.0.0.2;lr>'],
    });
    const client = this.layer.send(branch, method, text, this.flow, this);
    this.run(0);
    return client;
  }

  get flow(): Flow {
    if (this.transport.points[0]!.transport === 'udp') return this.transport.flowTo({ transport: 'udp', ...PEER }) as Flow;
    if (this.servers.length === 0) this.receive(invite({ method: 'INFO' }));
    return this.tx.flow;
  }

  /** The peer's response to what it received last that is no ACK. */
  respond(status: number, tag = 'b', cseq?: string): void {
    const requests = this.texts.map((text) => read(text)).filter((sent) => sent instanceof Request && sent.method !== 'ACK');
    this.receive(response(requests.at(-1) as Request, status, tag, cseq));
  }

  request(_request: Request, tx: ServerTransaction): void {
    this.note(`< ${tx.request.method}`);
    this.servers.push(tx);
    tx.ended = () => this.note('end');
    this.onRequest(tx);
  }

  ack(): void {
    this.note('< ACK');
  }

  response(received: Response): void {
    this.note(`< ${received.status}`);
  }

  timedOut(): void {
    this.note('timed out');
  }

  transportFailed(error: TransportError): void {
    this.note(`failed: ${error.why}`);
  }
}

export function response(request: Request, status: number, tag = 'b', cseq = request.get(5)!): string {
  return message(`SIP/2.0 ${status} Said`, { via: request.via.text, to: `<sip:bob@home.example>;tag=${tag}`, cseq });
}
