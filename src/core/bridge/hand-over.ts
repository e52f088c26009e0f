import { parseAddress } from '../../sip/message/address.ts';
import { readable } from '../../text/parse-error.ts';
import type { Bridged, CallListing, Listed, Party } from '../connector.ts';
import { isGuest } from '../location/aor.ts';
import type { LocationService } from '../location/service.ts';
import { holderOfContact } from '../location/whose.ts';
import type { BridgedCall } from './bridged-call.ts';
import type { Leg } from './leg.ts';

/** Tells the table of calls who talks with whom once a transfer is done. */
export class HandOver {
  private readonly listing: CallListing;
  private readonly location: LocationService;

  constructor(listing: CallListing, location: LocationService) {
    this.listing = listing;
    this.location = location;
  }

  /** The local user who talks on a leg; empty for none. */
  userOf(leg: Leg): string {
    const holder = leg.provider === undefined ? holderOfContact(this.location, leg.dialog.target) : undefined;
    return holder === undefined || isGuest(holder) ? '' : holder;
  }

  /** A leg leaves the other one, which goes on with somebody whom an INVITE of ours has called. */
  left(from: Leg, who: Leg): void {
    for (const leg of [from, who]) this.leave(leg, leg === from);
  }

  /** A leg leaves the other one, and `by`, which no INVITE through us has called, takes its place in this call. */
  replaced(from: Leg, who: Leg, by: Leg, call: BridgedCall): void {
    const bridged = { hangUp: (reason: string) => call.hangup(reason) };
    let party: Party | undefined = this.party(by);
    for (const leg of [from, who]) {
      const listed = this.leave(leg, leg === from, party, bridged);
      if (listed === undefined) continue;
      party = undefined; // one call begins, however many end
      const [left, stayed] = sides(leg, leg === from);
      call.tell({ ended: (gone) => listed.ended(gone === by ? left : stayed) });
    }
  }

  private leave(leg: Leg, leaves: boolean, party?: Party, bridged?: Bridged): Listed | undefined {
    const { callId, localTag, remoteTag } = leg.dialog;
    const [near, far] = leg.role === 'uas' ? [remoteTag, localTag] : [localTag, remoteTag];
    return this.listing.handedOver({ callId, near, far, left: sides(leg, leaves)[0] }, party, bridged);
  }

  private party(leg: Leg): Party {
    const user = this.userOf(leg);
    const named = readable(() => {
      const { uri, display } = parseAddress('From', leg.name);
      return { uri: uri.text, display };
    });
    return { uri: leg.dialog.target, display: '', ...named, user };
  }
}

/** Which side of the call that the table knows by the dialog of a leg leaves, and which stays. */
function sides(leg: Leg, leaves: boolean): readonly ['caller' | 'callee', 'caller' | 'callee'] {
  return (leg.role === 'uas') === leaves ? ['caller', 'callee'] : ['callee', 'caller'];
}
