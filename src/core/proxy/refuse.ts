import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Decision, Principal } from '../routing/decision.ts';
import { warning } from './own-answer.ts';

/** What we speak ourselves; whatever else a phone sends passes. */
export const ALLOW =
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, INFO, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY\r\n';

/** What a number takes that is called through a telephone company: a call, and what belongs to one. */
const ALLOW_NUMBER = 'Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER, NOTIFY\r\n';

/**
 * Who proved nothing is refused without a transaction: it would send the refusal eleven times to an address that may be invented, and keep
 * it for 32 seconds (security S12, S14). Whoever did not get it asks again.
 */
export function refuse(tx: ServerTransaction, { kind }: Principal, status: number, reason: string, extra = ''): void {
  if (kind === 'user') tx.respond(status, reason, extra);
  else tx.respondStateless(status, reason, extra);
}

/** The same for what routing decided. `agent`: who warns. */
export function reject(
  tx: ServerTransaction,
  principal: Principal,
  decision: Decision & { kind: 'reject' },
  agent: string,
): void {
  const { status, reason } = decision;
  let extra = '';
  if (decision.warning !== undefined)
    extra = warning(agent, 'SIPS Not Allowed', decision.warning); // RFC 5630 §5.3
  else if (status === 405) extra = tx.request.method === 'PUBLISH' ? ALLOW : ALLOW_NUMBER; // RFC 3261 §21.4.6
  refuse(tx, principal, status, reason, extra);
}
