import type { Request } from '../../sip/message/message.ts';
import type { IncomingLeg } from '../connector.ts';

/** Calls that may come in at once, each provider the same share: one that is flooded keeps no call of another out (security S12). */
const MOST = 1_000;

/** A call that came in: what tells its INVITE if it comes again by another way, and the provider. */
export interface Arrived {
  readonly key: string;
  readonly provider: string;
}

export const arrivedBy = ({ callId, from, cseq }: Request, leg: IncomingLeg): Arrived => ({
  key: [callId, from.tag, cseq.number, leg.requestUri].join('\n'),
  provider: leg.principal.name,
});

/** Why one more call cannot come in beside these, of which those that go out are undefined. `providers`: how many share the places. */
export function crowded(
  calls: Iterable<Arrived | undefined>,
  { key, provider }: Arrived,
  providers: number,
): 'merged' | 'full' | undefined {
  let places = Math.max(1, Math.floor(MOST / Math.max(1, providers)));
  for (const call of calls) {
    if (call === undefined) continue;
    if (call.key === key) return 'merged';
    if (call.provider === provider) places--;
  }
  return places > 0 ? undefined : 'full';
}
