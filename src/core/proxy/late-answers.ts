import type { Response } from '../../sip/message/message.ts';
import type { ClientTransactionUser, ServerTransaction } from '../../sip/transaction/user.ts';
import type { Callee } from '../connector.ts';
import type { ForkBranch } from './fork-branch.ts';
import { leadsOn, printBackward } from './forward.ts';
import type { ProxyParts } from './order.ts';

/** A branch that was accepted, as who passes on its further 2xx sees it. */
export type Answered = Pick<ForkBranch, 'outside' | 'callee'>;

/** All that is left of a forwarded INVITE once it was accepted: every further 2xx goes through (RFC 6026 §7.1, RFC 3261 §16.7 step 5). */
export class LateAnswers implements ClientTransactionUser {
  private readonly tx: ServerTransaction;
  private readonly outside: boolean;
  private readonly callee: Callee | undefined;
  private readonly table: Pick<ProxyParts, 'answeredAgain'>;

  /** `outside`: whoever answers is none of the house. `callee`: undefined within a dialog, where no answer makes another one. */
  constructor(tx: ServerTransaction, outside: boolean, callee: Callee | undefined, table: Pick<ProxyParts, 'answeredAgain'>) {
    this.tx = tx;
    this.outside = outside;
    this.callee = callee;
    this.table = table;
  }

  response(response: Response): void {
    if (!leadsOn(response)) return;
    this.tx.relay(response.status, printBackward(response, this.tx.flow, '', this.outside));
    if (this.callee !== undefined) this.table.answeredAgain(response, this.callee);
  }

  timedOut(): void {}

  transportFailed(): void {}
}
