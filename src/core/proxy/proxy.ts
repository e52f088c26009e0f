import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import { type Flow, viaLine } from '../../sip/transport/flow.ts';
import type { Gateway } from '../connector.ts';
import { type Binding, refreshes } from '../location/binding.ts';
import { route } from '../routing/route.ts';
import { MAX_BREADTH } from '../routing/way.ts';
import { printForwarded } from './forward.ts';
import { loopMark, type OwnVias } from './loop.ts';
import type { ForwardOrder, ProxyHome, ProxyParts, RingingCall } from './order.ts';
import { awaits, bindingsOf } from './plan-join.ts';
import { Proxied } from './proxied.ts';
import { Strangers } from './strangers.ts';

/** Sends requests on (RFC 3261 §16): the breadth, then one `Proxied` for each. */
export class StatefulProxy implements OwnVias, ProxyHome {
  readonly parts: ProxyParts;
  readonly strangers = new Strangers();
  /** Set once, by who builds the bridge. */
  gateway: Gateway | undefined = undefined;
  /** In a Set each that was taken out again would be kept by the Set's former tables until a full collection, and its messages with it. */
  private readonly calls: RingingCall[] = [];
  /** Requests that still have branches at work. */
  live = 0;

  constructor(parts: ProxyParts) {
    this.parts = parts;
  }

  forward(order: ForwardOrder, tx: ServerTransaction): void {
    const { request } = order;
    const mark = loopMark(request, this.parts.seed, order.drop);
    const written = request.get(Field.maxBreadth);
    const breadth = written !== undefined && /^[0-9]{1,4}$/.test(written) ? Number(written) : MAX_BREADTH;
    if (breadth < 1) {
      order.progress?.failed(440);
      return tx.respond(440, 'Max-Breadth Exceeded');
    }
    const proxied = new Proxied(this, order, tx, mark, breadth);
    if (request.method === 'INVITE' && order.within === undefined) this.calls.push(proxied);
    proxied.begin();
  }

  /** Calls that ring somewhere, the oldest first. */
  get ringing(): Iterable<RingingCall> {
    return this.calls;
  }

  /**
   * Somebody has registered: his phones that a call would reach if it came now ring as well (RFC 3261 §16.5), but for the caller's own, which may
   * be the one that calls, by another connection.
   */
  registered(aor: string): void {
    if (this.calls.length === 0) return;
    const snapshot = this.parts.snapshot();
    const isKnown = (phones: readonly Binding[]) => (phone: Binding) => phones.some((one) => refreshes(phone, one));
    for (const call of [...this.calls]) {
      const { facts, plan, talks } = call.order;
      if (facts === undefined) continue;
      const called = bindingsOf(plan).filter((binding) => binding.aor === aor);
      if (called.length === 0 && !awaits(plan, aor)) continue;
      if (snapshot.bindings(aor).every(isKnown(called))) continue; // as each refresh is
      const caller = facts.unpaid === true ? talks : facts.principal; // who transfers does not call
      if (caller?.kind === 'user' && caller.name === aor) continue;
      const now = route(facts, snapshot);
      if (now.kind !== 'forward') continue;
      for (const binding of bindingsOf(now.plan)) if (binding.aor === aor) call.join(binding);
    }
  }

  began({ stranger }: ForwardOrder): void {
    this.live++;
    if (stranger !== '') this.strangers.enter(stranger);
  }

  over({ stranger }: ForwardOrder, call: RingingCall): void {
    this.live--;
    const place = this.calls.indexOf(call); // among the first: those that ring the longest end the soonest
    if (place >= 0) this.calls.splice(place, 1);
    if (stranger !== '') this.strangers.leave(stranger);
  }

  isOurs(host: string, port: number): boolean {
    return this.parts.transport.isOurs(host, port);
  }

  mark(request: Request): string {
    return loopMark(request, this.parts.seed, this.parts.staying(request));
  }

  /** An ACK to a 2xx: sent on once, without a transaction (RFC 3261 §16.11, §13.2.2.4). */
  forwardAck(order: Omit<ForwardOrder, 'plan'>, came: Flow, to: Flow): void {
    const { request } = order;
    let top = viaLine(to, this.parts.transactions.branch());
    for (const route of order.path) top += `Route: ${route}\r\n`;
    to.send(
      printForwarded(request, came, {
        uri: order.uri,
        top,
        routes: order.routes,
        breadth: undefined,
        drop: order.drop,
        reliable: to.reliable,
      }),
    );
  }
}
