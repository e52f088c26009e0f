import { Field } from '../../sip/message/fields.ts';
import type { Plan, RouteFacts, Target } from '../routing/decision.ts';
import type { ForkBranch } from './fork-branch.ts';
import type { Event } from './fork-event.ts';
import type { ForwardOrder, ProxyParts } from './order.ts';
import { planOfNumber, recurse, urisOf, urisOfTarget, withContacts } from './recursion.ts';

/** Where one request goes on to when it is redirected, or has come to a number with addresses of its own: nowhere twice. */
export class Recursing {
  private readonly parts: Pick<ProxyParts, 'log' | 'snapshot'>;
  private readonly callId: string;
  private readonly facts: RouteFacts;
  /** The URIs that the request goes to, unless somebody takes it before. */
  private due: readonly string[];

  constructor({ request, plan }: ForwardOrder, routed: RouteFacts, parts: Pick<ProxyParts, 'log' | 'snapshot'>) {
    this.parts = parts;
    this.callId = request.callId;
    const { method, principal, from, flow } = routed;
    this.facts = { method, uri: request.uri, principal, from, flow }; // and no phone that was meant alone
    this.due = urisOf(plan);
  }

  /**
   * A 3xx: what we follow takes the place of its branch, and what is left of it is its answer (RFC 3261 §16.7 step 4). `user`: of the house, whose
   * phone redirects; `went`: where the request went so far.
   */
  redirected(event: Event & { type: 'answer' }, branch: ForkBranch, user: string | undefined, went: readonly Target[]): Event {
    const { facts, callId } = this;
    const tried = [...new Set([...this.due, ...went.flatMap(urisOfTarget)])];
    const { log } = this.parts;
    const { status } = event;
    const { outside } = branch;
    const response = branch.last!;
    const contacts = response.list(Field.contact);
    const { plan, left } = recurse({ status, contacts, facts, tried, outside, user }, this.parts.snapshot());
    if (left.length === contacts.length) return event;
    if (log.wants('info')) log.info(`${facts.method} ${callId}: ${status} with ${contacts.length} contacts, ${left.length} left`);
    if (left.length > 0) branch.last = withContacts(response, left);
    if (plan !== undefined) {
      this.goes(plan);
      return { type: 'redirect', branch: event.branch, status: left.length > 0 ? status : 0, plan };
    }
    // Nowhere but back to where it was, or where nobody may be sent: nobody is there.
    return left.length > 0 ? event : { type: 'gone', branch: event.branch, status: 480 };
  }

  /** What a number led to, for who dialed it; `ledBy`: or leads the call of a company there. */
  routed(uris: readonly string[], ledBy: string | undefined): Plan | undefined {
    const plan = planOfNumber(uris, { ...this.facts, ledBy }, this.parts.snapshot());
    if (plan !== undefined) this.goes(plan);
    return plan;
  }

  private goes(plan: Plan): void {
    this.due = [...this.due, ...urisOf(plan)];
  }
}
