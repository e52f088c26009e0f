import type { Clock } from '../runtime/clock.ts';
import type { Authenticator } from '../sip/auth/verify.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { TransportLayer } from '../sip/transport/layer.ts';
import type { AccessControl } from './access/access-control.ts';
import type { Bridge } from './bridge/bridge.ts';
import type { Calls } from './calls.ts';
import type { GuestFlows } from './location/guests.ts';
import type { LocationService } from './location/service.ts';
import type { StatefulProxy } from './proxy/proxy.ts';

/** What counts. */
export interface CountedParts {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly authenticator: Authenticator;
  readonly access: AccessControl;
  readonly location: LocationService;
  readonly guests: GuestFlows;
  readonly calls: Calls;
  readonly proxy: StatefulProxy;
  readonly bridge: Bridge;
  readonly bugs: number;
}

/** How full each table is now, and what was counted since the start, by names for people: `debug counts`. */
export function exchangeCounts(parts: CountedParts): Readonly<Record<string, number>> {
  const { clock, transport, transactions, authenticator, access, location, guests, calls, proxy, bridge, bugs } = parts;
  const { servers, clients } = transactions.size;
  const counts: Record<string, number> = {
    ...{ bindings: location.count, guests: guests.count, calls: calls.size, 'requests under way': proxy.live },
    ...{ 'bridged calls': bridge.size.calls, 'dialogs of the bridge': bridge.size.legs },
    ...{ 'server transactions': servers, 'client transactions': clients, connections: transport.connections },
    ...{ 'accounts and sources delayed': authenticator.delays, timers: clock.armed().length, bugs },
    ...{ 'connections that TLS failed on': transport.tlsFailures },
    ...{ 'messages received': transport.reader.counts.received, 'messages malformed': transport.reader.counts.malformed },
    ...{ 'answers not sent to strangers': transport.answered.silenced, 'stray responses': transactions.counts.strayResponses },
    ...{
      'requests refused for load': transactions.counts.refused + access.counts.shed,
      'requests over the limit of their source': access.counts.limited,
      'requests turned away by network': access.counts.turnedAway,
      'requests of strangers left unanswered': access.counts.unheard,
      'transactions of strangers': transport.answered.transactions,
      'final answers without ACK': transactions.counts.unacknowledged,
    },
  };
  for (const [verdict, count] of Object.entries(authenticator.counts)) counts[`credentials ${verdict}`] = count;
  for (const [how, count] of Object.entries(calls.counts)) counts[`calls ${how}`] = count;
  return counts;
}
