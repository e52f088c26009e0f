import type { Exchange } from './exchange.ts';

/** How full each table is now, and what was counted since the start, by names for people: `debug counts`. */
export function exchangeCounts(exchange: Exchange): Readonly<Record<string, number>> {
  const { parts, transport, transactions, authenticator, access, location, guests, calls, proxy, bridge, bugs } = exchange;
  const { servers, clients } = transactions.size;
  const counts: Record<string, number> = {
    ...{ bindings: location.count, guests: guests.count, calls: calls.size, 'requests under way': proxy.live },
    ...{ 'bridged calls': bridge.size.calls, 'dialogs of the bridge': bridge.size.legs },
    ...{ 'server transactions': servers, 'client transactions': clients, connections: transport.connections },
    ...{ 'accounts and sources delayed': authenticator.delays, timers: parts.clock.armed().length, bugs },
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
