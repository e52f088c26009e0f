import type { Address, Stream } from '../../../src/runtime/network.ts';
import type { Request, Response } from '../../../src/sip/message/message.ts';
import type { Flow, Sender, TransportError } from '../../../src/sip/transport/flow.ts';
import { TransportLayer } from '../../../src/sip/transport/layer.ts';
import type { MessageUser } from '../../../src/sip/transport/reader.ts';
import { SimClock } from '../../support/sim-clock.ts';
import type { SimHost } from '../../support/sim-host.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimNetwork } from '../../support/sim-network.ts';
import { SimRandom } from '../../support/sim-random.ts';

export const US: Address = { host: '10.0.0.1', port: 5060 };
export const US_6: Address = { host: 'fd00::1', port: 5060 };

/** The transport layer on the virtual network; what it hands up is kept, and what its senders hear. */
export class Lab implements MessageUser {
  readonly clock = new SimClock();
  readonly random = new SimRandom();
  readonly net = new SimNetwork(this.clock, this.random);
  readonly host: SimHost = this.net.host(US.host, US_6.host);
  readonly log = new SimLog();
  /** What a trace shows: `out OPTIONS`. */
  readonly traced: string[] = [];
  readonly layer = new TransportLayer({
    ...{ clock: this.clock, network: this.host, random: this.random, log: this.log },
    tap: { message: (direction, text) => void this.traced.push(`${direction} ${text.split(' ')[0]}`) },
  });
  readonly taken: { readonly message: Request | Response; readonly flow: Flow }[] = [];
  readonly closedConnections: string[] = [];

  private constructor() {
    this.layer.reader.user = this;
  }

  static async open(...transports: ('udp' | 'tcp')[]): Promise<Lab> {
    const lab = new Lab();
    for (const transport of transports) await lab.layer.listen(transport, US);
    return lab;
  }

  request(message: Request, flow: Flow): void {
    this.taken.push({ message, flow });
  }

  response(message: Response, flow: Flow): void {
    this.taken.push({ message, flow });
  }

  connectionClosed(connection: string): void {
    this.closedConnections.push(connection);
  }

  /** A program on a machine of its own that connects to us by TCP. */
  dial(host: SimHost, to = US): { stream: Stream; heard: string[]; closed: boolean } {
    const side = { heard: [] as string[], closed: false };
    const user = {
      data: (text: string) => void side.heard.push(text),
      closed: () => {
        side.closed = true;
      },
    };
    const stream = host.connect(undefined, to, { timeout: 1_000 }, user);
    this.clock.advance(0);
    return Object.assign(side, { stream });
  }
}

/** Remembers what it is told of what it sent. */
export class Told implements Sender {
  readonly whys: string[] = [];

  sendFailed(error: TransportError): void {
    this.whys.push(error.why);
  }
}

export const OPTIONS =
  'OPTIONS sip:home.example SIP/2.0\r\nVia: SIP/2.0/TCP a.example;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';
