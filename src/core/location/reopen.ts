import { isSip, parseUri, uriParam } from '../../sip/message/uri.ts';
import type { Flow, FlowName } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { ParseError } from '../../text/parse-error.ts';
import { hopOf, isAt, RECONNECT } from './binding.ts';

/**
 * The way to the other side of a dialog: the flow that it was heard by or, where that was a connection that has closed meanwhile, a new one
 * to its Contact (RFC 3261 §12.2.1.1, §18.1.1); undefined if there is none. Only the host that the old one led to is sent to, so that no
 * Contact aims us at anybody else. One with `ob` asks for its flow alone (RFC 5626 §5.3.1).
 *
 * `contact`: the URI that the next request goes to; undefined where other proxies stand before it.
 */
export function flowOrNew(transport: TransportLayer, name: FlowName, contact: string | undefined): Flow | undefined {
  const flow = transport.flowNamed(name);
  if (flow !== undefined || name.transport === 'udp' || contact === undefined) return flow;
  try {
    const uri = parseUri(contact, 'Contact');
    if (!isSip(uri) || uriParam(uri, 'ob') !== undefined || !isAt(uri, name.remote.host)) return undefined;
    const again = transport.flowTo(hopOf(uri, name), name.local.host, RECONNECT);
    return 'send' in again ? again : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
