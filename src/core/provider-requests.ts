import type { Log } from '../runtime/log.ts';
import type { Request } from '../sip/message/message.ts';
import { parseUri, type Uri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/user.ts';
import type { Bridge } from './bridge/bridge.ts';
import type { Traffic } from './call/traffic.ts';
import type { IncomingLeg, ProviderTrunks, TrunkRefusal } from './connector.ts';
import { claimed, otherName } from './proxy/principal.ts';
import type { ProviderCaller } from './routing/decision.ts';
import { isE164 } from './routing/numbers.ts';
import type { Snapshot } from './routing/snapshot.ts';

export interface ProviderRequestsParts {
  readonly log: Log;
  readonly traffic: Traffic;
  readonly bridge: Pick<Bridge, 'incoming'>;
  providers(): ProviderTrunks | undefined;
  snapshot(): Snapshot;
}

/** To a number that nobody has. */
const NOWHERE: TrunkRefusal = { status: 404, reason: 'Not Found' };

/** What providers ask for outside of any dialog: never challenged, and led by what the provider's section says. */
export class ProviderRequests {
  private readonly parts: ProviderRequestsParts;

  constructor(parts: ProviderRequestsParts) {
    this.parts = parts;
  }

  /** An INVITE. */
  call(caller: ProviderCaller, tx: ServerTransaction): void {
    const { log, traffic, bridge } = this.parts;
    const leg = this.legOf(caller, tx.request);
    if (leg !== undefined && 'contact' in leg) return bridge.incoming(tx, leg);
    traffic.count('refused');
    const { status, reason } = leg ?? NOWHERE;
    if (log.wants('info')) log.info(`[provider ${caller.name}] leads nowhere for ${tx.request.uriText}: ${status} ${reason}`);
    tx.respondStateless(status, reason); // its address may be written by anybody
  }

  /** Whom a MESSAGE is for: phones of the house and nobody else, for routing leads it no further, and no trunk takes it (RFC 3428). */
  messageTo(caller: ProviderCaller, request: Request): Uri | TrunkRefusal {
    const snapshot = this.parts.snapshot();
    const { domains } = snapshot;
    const from = claimed(request);
    const isOurs =
      from === undefined || domains.of(from.host) !== undefined || otherName(from, undefined, snapshot) !== undefined;
    // Nobody out there writes in the name of one of ours; a number may be shown as if it were at home, as with calls.
    if (isOurs && !isE164(from?.user ?? '')) return { status: 403, reason: 'Forbidden (From names one of ours)' };
    const leg = this.legOf(caller, request);
    return leg !== undefined && 'contact' in leg ? parseUri(leg.requestUri) : NOWHERE;
  }

  private legOf(caller: ProviderCaller, request: Request): IncomingLeg | TrunkRefusal | undefined {
    return this.parts.providers()?.incoming(caller, request);
  }
}
