import type { Response } from '../../sip/message/message.ts';
import type { ClientTransactionUser, ServerTransaction } from '../../sip/transaction/user.ts';
import { leadsOn, printBackward } from './forward.ts';

/** All that is left of a forwarded INVITE once it was accepted: every further 2xx goes through (RFC 6026 §7.1, RFC 3261 §16.7 step 5). */
export class LateAnswers implements ClientTransactionUser {
  private readonly tx: ServerTransaction;
  private readonly outside: boolean;

  /** `outside`: whoever answers is none of the house. */
  constructor(tx: ServerTransaction, outside: boolean) {
    this.tx = tx;
    this.outside = outside;
  }

  response(response: Response): void {
    if (leadsOn(response)) this.tx.relay(response.status, printBackward(response, this.tx.flow, '', this.outside));
  }

  timedOut(): void {}

  transportFailed(): void {}
}
