import { addressClass } from '../locate/address-class.ts';
import type { NextHop } from '../locate/hop.ts';
import type { Locator } from '../locate/locator.ts';
import type { Via } from '../message/via.ts';
import type { Flow, Sender } from '../transport/flow.ts';
import type { TransportLayer } from '../transport/layer.ts';
import { sourceNetwork } from '../transport/source-network.ts';

/** Servers that a response is tried at, after the one that the request came from. */
const MOST = 2;

export interface ReplyParts {
  readonly transport: Pick<TransportLayer, 'flowTo'>;
  readonly locator: Pick<Locator, 'locate'>;
}

/**
 * A response whose connection has closed and that did not get back to where the request came from: it goes to the servers of the name in
 * the Via's sent-by (RFC 3263 §5). That name is the client's own word, so that it leads to no address of our own network (security S21).
 */
export class Reply implements Sender {
  private readonly parts: ReplyParts;
  private readonly via: Via;
  private readonly came: Flow;
  private readonly text: string;
  private hops: NextHop[] | undefined = undefined;

  constructor(parts: ReplyParts, via: Via, came: Flow, text: string) {
    this.parts = parts;
    this.via = via;
    this.came = came;
    this.text = text;
  }

  sendFailed(): void {
    if (this.hops !== undefined) return this.next();
    const { host, port } = this.via;
    // An address leads where it has been tried already, or to somebody else's host.
    if (addressClass(host) !== undefined) return;
    // Anybody can make us look for a name of his choice: it costs us five questions, and not three dozen.
    const by = { transport: this.came.transport, secure: false, domain: host };
    const wanted = { host, port, ...by, most: MOST, behalf: 'stranger' as const, asker: sourceNetwork(this.came.remote.host) };
    this.parts.locator.locate(wanted, (located) => {
      const found = located.kind === 'hops' ? located.hops : [];
      this.hops = found.filter((hop) => addressClass(hop.host) === 'public' && hop.host !== this.came.remote.host).slice(0, MOST);
      this.next();
    });
  }

  private next(): void {
    const hop = this.hops?.shift();
    if (hop === undefined) return;
    const flow = this.parts.transport.flowTo(hop);
    if ('send' in flow) flow.send(this.text, this);
    else this.next();
  }
}
