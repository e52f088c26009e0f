import { type Dialog, printRequest } from '../../sip/dialog/dialog.ts';
import type { Message, Request } from '../../sip/message/message.ts';
import type { TrunkLeg } from '../connector.ts';
import { type Carried, carried, nothing } from './carried.ts';
import type { Repeat } from './repeat.ts';
import type { Wire } from './wire.ts';

/** The leg that they belong to. */
export interface Acknowledged {
  readonly dialog: Dialog;
  readonly wire: Wire;
  readonly trunk: TrunkLeg | undefined;
  hear(message: Message): void;
}

/** The ACKs of one leg: ours to each 2xx that comes, perhaps again (RFC 3261 §13.2.2.4), and the one that a 2xx of ours waits for (§13.3.1.4). */
export class Acks {
  private readonly leg: Acknowledged;
  /** Ours to the two newest 2xx: the older one may come again while the next modification is under way. */
  private kept: readonly { readonly cseq: number; readonly body: Carried }[] = [];
  private awaited: { readonly cseq: number; readonly repeat: Repeat; heard(body: Carried): void } | undefined = undefined;

  constructor(leg: Acknowledged) {
    this.leg = leg;
  }

  /** What ours to the 2xx with this number says. */
  keep(cseq: number, body: Carried): void {
    this.kept = [...this.kept.filter((ack) => ack.cseq !== cseq).slice(-1), { cseq, body }];
  }

  /** Sends it, once it is known what it says; the 2xx may have come again, for it was lost. */
  send(cseq: number): void {
    const body = this.kept.find((ack) => ack.cseq === cseq)?.body;
    if (body === undefined) return;
    const { dialog, trunk, wire } = this.leg;
    const lines = (trunk?.headers ?? '') + body.lines;
    wire.ack((via) => printRequest(dialog, { method: 'ACK', cseq, via, lines, body: body.body }));
  }

  /** The first: where nobody has said what it shall say, it says nothing. */
  sendFirst(cseq: number): void {
    if (this.kept.length === 0) this.keep(cseq, nothing);
    this.send(cseq);
  }

  /** A 2xx of ours is repeated until the ACK with its number, which `heard` is told of. */
  await(cseq: number, repeat: Repeat, heard: (body: Carried) => void): void {
    this.awaited = { cseq, repeat, heard };
  }

  /** An ACK came. */
  came(request: Request): void {
    const { awaited } = this;
    if (awaited === undefined || awaited.cseq !== request.cseq.number) return;
    awaited.repeat.stop();
    this.awaited = undefined;
    this.leg.hear(request);
    awaited.heard(carried(request));
  }

  /** None will come any more: an offer of the other leg gets its own without an answer (RFC 3261 §13.2.2.4). */
  stop(): void {
    const { awaited } = this;
    this.awaited = undefined;
    awaited?.repeat.stop();
    awaited?.heard(nothing);
  }
}
