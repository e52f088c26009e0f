import type { Millis } from '../../runtime/clock.ts';
import { tidy } from '../../sip/dialog/dialog.ts';
import type { NextHop } from '../../sip/locate/hop.ts';
import { parseContact } from '../../sip/message/contact.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Response } from '../../sip/message/message.ts';
import { parseSeconds } from '../../sip/message/seconds.ts';
import { uriParam } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';

/** What a provider granted last. */
export class Grant {
  /** The server that answered: calls use it until it fails (features, pain 5). */
  hop: NextHop | undefined = undefined;
  /** The way that the registrar wants requests to take (RFC 3608). */
  serviceRoute: readonly string[] = [];
  /** When it was granted, and when it ends, on the monotonic clock. */
  at: Millis = Number.NEGATIVE_INFINITY;
  until: Millis = 0;
  /** The Contact that is bound there; empty for none. */
  contact = '';

  answered(hop: NextHop | undefined, now: Millis, lasts: Millis): void {
    this.hop = hop;
    this.at = now;
    this.until = now + lasts;
  }

  /** The Contact that is bound there still. */
  boundAt(now: Millis): string {
    return now < this.until ? this.contact : '';
  }

  /** The 200 to a REGISTER: `contact` is bound. */
  bound(response: Response, contact: string): void {
    this.serviceRoute = response.list(Field.serviceRoute).map(tidy);
    this.contact = contact;
  }
}

/** Whatever a registrar grants, it is asked again within a day: no refresh, and no word of ours, would come before else. */
const MOST = 86_400;

/** Our Contact, in angle brackets, and the token in it. */
export interface OurContact {
  readonly contact: string;
  readonly token: string;
}

/**
 * The seconds that a 200 to our REGISTER grants: the expires of our own Contact among those of others, else its Expires header, else what
 * we asked for (RFC 3261 §10.2.4), a day at most. Ours is known by its token, for a registrar behind a NAT may write another address; of
 * several it is the one as we wrote it, for an address that we had before a crash may be bound still.
 */
export function grantedSeconds(response: Response, { contact, token }: OurContact, asked: number): number {
  const header = parseSeconds(response.get(Field.expires));
  const ours = response
    .list(Field.contact)
    .map((value) => readable(() => parseContact(value)))
    .filter((one) => one !== undefined)
    .filter(({ address: { uri } }) => uri.user === token || uriParam(uri, 'line') === token);
  const granted = ours.find(({ address }) => `<${address.uriText}>` === contact) ?? ours[0];
  return Math.min(granted?.expires ?? header ?? asked, MOST);
}
