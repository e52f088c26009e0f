import { parseAddress } from '../../sip/message/address.ts';
import { parseUri, requestUri, uriParam } from '../../sip/message/uri.ts';
import type { Flow, Hop, TransportError } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { isGuest } from '../location/aor.ts';
import { type Binding, type Reach, reach, refreshes } from '../location/binding.ts';
import type { Target } from '../routing/decision.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import { isSips } from './sips.ts';

/** Where one branch is sent: the flow, the Request-URI and the Route that the target prescribes (RFC 3261 §16.6 steps 2, 6 and 7). */
export interface Destination {
  readonly flow: Flow;
  /** undefined: the Request-URI that came. */
  readonly uri: string | undefined;
  readonly path: readonly string[];
  /** Another transport may be tried for a request that is too long for UDP. */
  readonly behindNat: boolean;
  /** Where a new connection leads if that of `flow` closes, which the other side opened. */
  readonly otherwise?: Hop | undefined;
  /** None of the house, who is told nothing that we assert of our callers (RFC 3325 §5). */
  readonly foreign?: boolean;
  /** The phone that it leads to; a guest's too. */
  readonly binding?: Binding;
}

/**
 * Finds the way to a phone, or to the other side of a dialog. Sends nothing. Whose turn comes late in a plan may have registered again since it
 * was made, by another connection or from another address.
 */
export function destination(
  target: Target & { kind: 'binding' | 'flow' },
  transport: TransportLayer,
  { bindings }: Pick<Snapshot, 'bindings'>,
): Destination | TransportError {
  if (target.kind === 'flow') {
    const flow = transport.flowNamed(target.flow);
    if (flow === undefined)
      return {
        why: 'the connection of the other side is closed',
        hop: `${target.flow.transport}:${target.flow.remote.host}`,
      };
    const behindNat = target.direct !== true;
    return { flow: target.stranger === true ? onAccount(flow) : flow, uri: undefined, path: nothing, behindNat };
  }
  const binding = bindings(target.binding.aor).find((one) => refreshes(one, target.binding)) ?? target.binding;
  const found = toBinding(binding, transport);
  if ('why' in found) return found;
  // The phone may have registered a sips contact over UDP: that is no way back to it (RFC 5630 §5.3).
  if (found.flow.transport !== 'tls' && isSips(binding.uri))
    return { why: 'a sips contact is reached by TLS alone', hop: binding.uri };
  // Nobody vouches for a guest: the address may be another's.
  return isGuest(binding.aor) ? { ...found, flow: onAccount(found.flow), foreign: true } : found;
}

const onAccount = (flow: Flow): Flow => flow.onAccount ?? flow;

function toBinding(binding: Binding, transport: TransportLayer): Destination | TransportError {
  const way = reachOf(binding);
  if (way.via === 'connection') {
    const { otherwise } = way;
    const flow = transport.flowNamed(way.flow);
    if (flow !== undefined) return { flow, uri: way.uri, path: way.route, behindNat: true, otherwise, binding };
    if (otherwise === undefined) return { why: 'the connection of the phone is closed', hop: way.uri };
    const again = transport.flowTo(otherwise, way.flow.local, way.within);
    return 'send' in again ? { flow: again, uri: way.uri, path: way.route, behindNat: true, binding } : again;
  }
  const flow = transport.flowTo(way.hop, way.local);
  return 'send' in flow ? { flow, uri: way.uri, path: way.route, behindNat: way.via === 'source', binding } : flow;
}

const nothing: readonly string[] = [];

/** A binding is a value, so the way to it is found once. */
const ways = new WeakMap<Binding, Reach>();

function reachOf(binding: Binding): Reach {
  let way = ways.get(binding);
  if (way === undefined) {
    const found = reach(binding);
    way = beforeStrictRouter({ ...found, uri: requestUri(parseUri(found.uri)) });
    ways.set(binding, way);
  }
  return way;
}

/** A Path whose first hop is no loose router: it wants its own URI in the Request-URI, and the phone's last (RFC 3261 §16.6 step 6). */
function beforeStrictRouter(way: Reach): Reach {
  const [first, ...rest] = way.route;
  if (first === undefined) return way;
  const { uri } = parseAddress('Path', first);
  return uriParam(uri, 'lr') === undefined ? { ...way, uri: uri.text, route: [...rest, `<${way.uri}>`] } : way;
}
