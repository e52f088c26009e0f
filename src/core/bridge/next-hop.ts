import { type Dialog, nextHopUri } from '../../sip/dialog/dialog.ts';
import { isPublicOrBeside } from '../../sip/locate/address-class.ts';
import { DEFAULT_PORT, isSip, parseUri, type Uri } from '../../sip/message/uri.ts';
import type { Flow, TransportError } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { readable } from '../../text/parse-error.ts';
import { isAt } from '../location/binding.ts';
import { datagramsTo, listensAt } from '../location/reopen.ts';

/**
 * The flow to a provider: that of the call, or another one where the route set or its Contact names another address or, for UDP, another port
 * (RFC 3261 §12.2.1.1, §8.1.2); an address that is on the internet or where the provider is itself (security S21). `again` opens one in the
 * place of a connection that has closed.
 */
export function flowTowards(
  dialog: Dialog,
  flow: Flow,
  transport: TransportLayer,
  again: () => Flow | undefined,
): Flow | undefined {
  const uri = sipUri(nextHopUri(dialog));
  return (uri && (portAt(uri, flow, transport) ?? hostOf(uri, flow, transport))) ?? (flow.open ? flow : again());
}

/** The same for a user of the house, who is nowhere but at the host that he speaks from; undefined where the flow itself leads there. */
export function portTowards(dialog: Dialog, flow: Flow, transport: TransportLayer): Flow | undefined {
  const uri = sipUri(nextHopUri(dialog));
  return uri && portAt(uri, flow, transport);
}

/** Whether what is too long for UDP may be tried by TCP where a flow leads: the other side says itself that it listens there. */
export const listens = (dialog: Dialog, { remote }: Flow): boolean => {
  const uri = sipUri(nextHopUri(dialog));
  return uri !== undefined && listensAt(uri, remote);
};

/** By UDP: to the port that is named at the same host. A connection is to the other side, whatever the port of either. */
function portAt(uri: Uri, flow: Flow, transport: TransportLayer): Flow | undefined {
  const to = flow.transport === 'udp' ? datagramsTo(flow, uri, transport) : flow;
  return to === flow ? undefined : usable(transport.flowTo({ transport: 'udp', ...to.remote }, flow.local));
}

function hostOf(uri: Uri, { transport: by, remote }: Flow, transport: TransportLayer): Flow | undefined {
  if (isAt(uri, remote.host) || !isPublicOrBeside(uri.host, remote.host)) return undefined;
  return usable(transport.flowTo({ transport: by, host: uri.host, port: uri.port ?? DEFAULT_PORT[by] }));
}

const usable = (flow: Flow | TransportError): Flow | undefined => ('send' in flow ? flow : undefined);

function sipUri(text: string): Uri | undefined {
  const uri = readable(() => parseUri(text));
  return uri !== undefined && isSip(uri) ? uri : undefined;
}
