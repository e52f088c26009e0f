import { Field } from '../../sip/message/fields.ts';
import { type Flow, viaLine } from '../../sip/transport/flow.ts';
import type { Destination } from './destination.ts';
import { diversionLines } from './diversions.ts';
import { printForwarded, withIdentities } from './forward.ts';
import type { ForwardOrder, ProxyParts } from './order.ts';
import type { Led } from './plan-walk.ts';
import { dialedTo, otherName } from './principal.ts';
import { OUTSIDE, recordRouteUri } from './record-route.ts';
import { eventsOf } from './refer.ts';
import { withoutSips } from './sips.ts';

/** Methods that open no dialog. One has to come back through us, and one that nobody knows may open one (RFC 3261 §16.6 step 4). */
const plainMethods = new Set(['MESSAGE', 'OPTIONS', 'INFO', 'UPDATE', 'PRACK', 'BYE', 'PUBLISH']);

/** Each phone knows one of them. */
const ANSWER_AT_ONCE =
  'Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0\r\nCall-Info: <sip:127.0.0.1>;answer-after=0\r\n';

/** One branch, as far as its request says so. */
export interface BranchTerms {
  /** Of our Via. */
  readonly branch: string;
  readonly flow: Flow;
  readonly to: Destination;
  readonly breadth: number;
  /** Who led on to it. */
  readonly led: readonly Led[] | undefined;
  /** It is at the phone of who picked the call up. */
  readonly pickedUp: boolean;
}

type Named = Pick<ProxyParts, 'tokens' | 'snapshot'>;

/** The request as it goes out on one branch (RFC 3261 §16.6 steps 1 to 8). `came`: the flow that it came by. */
export function printBranch(order: ForwardOrder, came: Flow, parts: Named, terms: BranchTerms): string {
  const { request } = order;
  const { flow, to, led } = terms;
  const uri = to.uri ?? order.uri;
  let top = viaLine(flow, terms.branch);
  // A NOTIFY can be what makes the dialog, so that all of them say where it goes (RFC 6665 §4.3).
  if (order.within !== undefined ? request.method === 'NOTIFY' : !plainMethods.has(request.method))
    top += recordRoute(order, came, terms, parts);
  for (const path of to.path) top += `Route: ${path}\r\n`;
  for (const path of order.path) top += `Route: ${path}\r\n`;
  const told = led && diversionLines(request, led);
  return printForwarded(request, came, {
    uri: isSecure(order) || uri === undefined ? uri : withoutSips(uri),
    top: top + (told?.top ?? '') + (terms.pickedUp ? ANSWER_AT_ONCE : ''),
    bottom: told?.bottom ?? '',
    routes: order.routes,
    breadth: order.within !== undefined && request.find(Field.maxBreadth) < 0 ? undefined : terms.breadth,
    drop: to.foreign === true ? withIdentities(request, order.drop) : order.drop,
    reliable: flow.reliable,
  });
}

export const isSecure = ({ request }: ForwardOrder): boolean => request.uri.scheme === 'sips';

/** One Record-Route, or two where the sides reach us by different points (RFC 5658 §5). */
function recordRoute(order: ForwardOrder, came: Flow, { flow, to }: BranchTerms, parts: Named): string {
  const { request } = order;
  // It was TCP for the length of this request alone (RFC 3261 §18.1.1): a phone that registered by UDP may send by
  // nothing else, as Twinkle does that is set to UDP.
  const out = to.flow.transport === 'udp' ? to.flow : flow;
  const { callId, from } = request;
  const { tokens } = parts;
  const secure = isSecure(order);
  let token: string;
  if (order.within === undefined) {
    const user = to.foreign === true ? undefined : to.binding?.aor;
    const name = otherName(dialedTo(request), user, parts.snapshot());
    const dialed = name === undefined ? undefined : tokens.mark(name);
    const called = user === undefined ? OUTSIDE : `u.${user}`;
    const asked = request.method === 'SUBSCRIBE' ? tokens.mark(eventsOf(request).join()) : undefined;
    const { principal } = order;
    token = tokens.issue(callId, from.tag ?? '', { caller: came, callee: out, principal, called, dialed, asked });
  } else {
    // Whoever sends it: who was called is no more of the house for that, and who called is still its caller.
    const { towards, route } = order.within;
    token =
      towards === 'callee'
        ? tokens.issue(callId, from.tag ?? '', { ...route, caller: came, callee: out })
        : tokens.issue(callId, request.to.tag ?? '', { ...route, caller: out, callee: came });
  }
  const near = `Record-Route: ${recordRouteUri(token, out, secure)}\r\n`;
  return out.point === came.point ? near : `${near}Record-Route: ${recordRouteUri(token, came, secure)}\r\n`;
}
