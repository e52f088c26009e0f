import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { isSip, type Uri, uriParam } from '../../sip/message/uri.ts';
import { ParseError } from '../../text/parse-error.ts';
import type { Domains } from '../routing/domains.ts';

/** What the Route header says about us (RFC 3261 §16.4). */
export interface OwnRoutes {
  /** How many values on top are ours: both of a double Record-Route, and what a phone preloaded. */
  readonly count: number;
  /** The tokens that stand in them; the request's own URI among them where a strict router put it there. */
  readonly tokens: readonly string[];
  /** After ours there is somebody else's. */
  readonly foreign: boolean;
  /** A strict router took our Record-Route for the Request-URI: this URI, the last Route, is to be put back, and that Route removed. */
  readonly repaired: string | undefined;
  /** The place in the list of the Route that `repaired` came from. */
  readonly last: number;
}

const none: OwnRoutes = { count: 0, tokens: [], foreign: false, repaired: undefined, last: -1 };

/** Finds our own values on top of the Route header; nobody else's is touched (sip-correctness rules 33 and 34). */
export function ownRoutes(request: Request, domains: Domains): OwnRoutes {
  if (request.find(Field.route) < 0) return none;
  const values = request.list(Field.route);
  const tokens: string[] = [];
  const strict =
    isSip(request.uri) &&
    uriParam(request.uri, 'lr') !== undefined &&
    isOurs(request.uri, domains) &&
    request.uri.user !== undefined;
  if (strict) tokens.push(request.uri.user!);
  let count = 0;
  for (; count < values.length; count++) {
    const uri = routeUri(values[count]!);
    if (uri === undefined || !isSip(uri) || !isOurs(uri, domains)) break;
    if (strict && count === values.length - 1) break;
    if (uri.user !== undefined) tokens.push(uri.user);
  }
  const repaired = strict ? routeUri(values[values.length - 1]!)?.text : undefined;
  return {
    count,
    tokens,
    foreign: count < values.length - (repaired === undefined ? 0 : 1),
    repaired,
    last: repaired === undefined ? -1 : values.length - 1,
  };
}

function isOurs(uri: Uri, domains: Domains): boolean {
  return domains.of(uri.host, uri.port) !== undefined;
}

function routeUri(text: string): Uri | undefined {
  try {
    return parseAddress('Route', text).uri;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
