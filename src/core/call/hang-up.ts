import type { Timed, Timer } from '../../runtime/clock.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import { TIMEOUT } from '../../sip/transaction/timers.ts';
import { type Flow, remoteText, viaLine } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { flowOrNew, nextToTry } from '../location/reopen.ts';
import { type DialogRequest, ENDED_BY_US, printBye, towardsCallee, towardsCaller } from './bye.ts';
import type { Call } from './call.ts';
import type { End, Ending, Farewell, HangupOutcome, Side } from './end.ts';

export interface HangUpParts {
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  /** The call leaves the table: its BYEs are about to go out. */
  ended(): void;
}

/**
 * Ends one call from between its sides: a ringing one as if the caller gave up, an answered one by a BYE to each side of each dialog. Those
 * wait for the ACK, at most as long as the caller may take with it (RFC 3261 §15); a 2xx that crosses the CANCEL is ended that way too.
 */
export class HangUp implements Ending, Timed {
  private readonly call: Call;
  private readonly parts: HangUpParts;
  private readonly told: ((outcome: HangupOutcome) => void)[] = [];
  private readonly farewells: Farewell[] = [];
  private timer: Timer | undefined = undefined;
  private outstanding = 0;

  constructor(call: Call, parts: HangUpParts) {
    this.call = call;
    this.parts = parts;
  }

  tell(told: (outcome: HangupOutcome) => void): void {
    this.told.push(told);
  }

  proceed(): void {
    const { call } = this;
    if (call.state !== 'answered') return call.transaction?.cancelled?.([ENDED_BY_US]);
    const bridged = call.dialogs.every((dialog) => call.gateway(dialog) !== undefined); // the ACK went to the gateway
    if ((call.acknowledged || bridged) && this.timer === undefined) return this.sayBye();
    // The ACK that ends the wait has still to be sent on: the BYE follows it.
    const { clock } = this.parts.transactions;
    const wait = call.acknowledged ? 0 : call.answeredAt + TIMEOUT - clock.now();
    this.timer?.cancel();
    this.timer = clock.start('hang up', Math.max(0, wait), this);
  }

  timeout(): void {
    this.sayBye();
  }

  over(end: End): void {
    this.timer?.cancel();
    if (this.outstanding > 0) return;
    this.done(end.how === 'hangup' ? { kind: 'cancelled', status: end.status } : { kind: 'over' });
  }

  private sayBye(): void {
    const { call } = this;
    const dialogs = call.dialogs.map((dialog) => ({ dialog, callee: dialog.callee, gateway: call.gateway(dialog) }));
    this.outstanding = 1 + dialogs.filter(({ gateway }) => gateway === undefined).length * 2;
    this.parts.ended();
    for (const { dialog, callee, gateway } of dialogs) {
      gateway?.hangUp(ENDED_BY_US); // it says BYE to both sides itself
      if (gateway !== undefined || !('send' in callee)) continue;
      this.bye('callee', callee, towardsCallee(call, dialog, callee));
      this.bye('caller', call.caller, towardsCaller(call, dialog));
    }
    this.settle();
  }

  private bye(side: Side, last: Flow, what: DialogRequest): void {
    const { transport, transactions } = this.parts;
    const house = (side === 'caller' ? this.call.parts.user : this.call.answeredBy) !== '';
    // Datagrams for a phone behind a proxy go where they went.
    const next = nextToTry({ routes: what.routes, target: what.uri }, house && last.transport !== 'udp');
    const flow = flowOrNew(transport, last, next, house);
    const said = (status: number) => this.said({ side, hop: remoteText(last), status });
    if (flow === undefined) return said(503);
    const branch = transactions.branch();
    transactions.send(branch, 'BYE', printBye(viaLine(flow, branch), what), flow, {
      response({ status }) {
        if (status >= 200) said(status);
      },
      timedOut: () => said(408),
      transportFailed: () => said(503),
    });
  }

  private said(farewell: Farewell): void {
    this.farewells.push(farewell);
    this.settle();
  }

  private settle(): void {
    if (--this.outstanding > 0) return;
    const confirmed = this.farewells.every(({ status }) => (status >= 200 && status < 300) || status === 481);
    this.done({ kind: 'bye', confirmed, farewells: this.farewells });
  }

  private done(outcome: HangupOutcome): void {
    for (const told of this.told) told(outcome);
  }
}
