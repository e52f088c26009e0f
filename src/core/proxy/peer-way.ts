import { addressClass } from '../../sip/locate/address-class.ts';
import { type Wanted, wantedOf } from '../../sip/locate/wanted.ts';
import { parseServer, parseUri, requestUri } from '../../sip/message/uri.ts';
import type { Target } from '../routing/decision.ts';
import type { Reaching } from './may-reach.ts';
import { withSips } from './sips.ts';

/** Where a request to another domain goes. */
export interface PeerWay extends Reaching {
  /** The Request-URI; undefined: the one that came. */
  readonly uri: string | undefined;
  /** What is located: the Request-URI, or the next hop before it. */
  readonly wanted: Wanted;
}

/**
 * The way to a domain that was dialed. A sips URI goes by TLS in any case.
 *
 * @param secure a sips URI was dialed, which a forward leads nowhere else
 */
export function wayToPeer(target: Target & { readonly kind: 'peer' }, secure: boolean): PeerWay {
  const { via, trusted } = target;
  const dialed = parseUri(secure ? withSips(target.uri) : target.uri);
  const uri = requestUri(dialed);
  if (via === undefined) {
    const wanted = wantedOf(dialed);
    return { uri, wanted, pinned: false, trusted, named: isName(wanted) };
  }
  const wanted: Wanted = { ...wantedOf(parseServer(via)), behalf: 'configured' };
  const secured = dialed.scheme === 'sips' ? { ...wanted, secure: true } : wanted;
  return { uri, wanted: secured, pinned: true, trusted, named: isName(wanted) };
}

/**
 * The way to the other side of a dialog whose connection has closed: what it says of itself leads to no address of our own network but the
 * one that it was at. `next`: its Record-Route or Contact.
 */
export function wayBack(next: string, known: string, secure: boolean): PeerWay {
  const wanted: Wanted = { ...wantedOf(parseUri(next)), behalf: 'stranger' };
  const named = isName(wanted);
  return { uri: undefined, wanted: secure ? { ...wanted, secure } : wanted, pinned: false, known, trusted: false, named };
}

const isName = ({ host }: Wanted): boolean => addressClass(host) === undefined;
