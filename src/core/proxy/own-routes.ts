import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { isSip, type Uri, uriParam } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';
import type { Domains } from '../routing/domains.ts';

/** What the Route header says about us (RFC 3261 §16.4). */
export interface OwnRoutes {
  /** How many values on top are ours: both of a double Record-Route, and what a phone preloaded. */
  readonly count: number;
  /** The tokens that stand in them; the request's own URI among them where a strict router put it there. */
  readonly tokens: readonly string[];
  /** After ours there is somebody else's. */
  readonly foreign: boolean;
  /** What strict routers make necessary: another Request-URI, and the whole of the Route that goes on (RFC 3261 §16.4, §16.6 step 6). */
  readonly strict: StrictRoute | undefined;
}

export interface StrictRoute {
  readonly uri: string;
  readonly route: readonly string[];
}

const none: OwnRoutes = { count: 0, tokens: [], foreign: false, strict: undefined };

/** Finds our own values on top of the Route header; nobody else's is touched (sip-correctness rules 33 and 34). */
export function ownRoutes(request: Request, domains: Domains): OwnRoutes {
  if (request.find(Field.route) < 0) return none;
  const values = request.list(Field.route);
  const tokens: string[] = [];
  let strict: StrictRoute | undefined;
  // A strict router took our Record-Route for the Request-URI: what was there is the last Route. Nobody has one of ours before a dialog.
  if (
    request.to.tag !== undefined &&
    isSip(request.uri) &&
    uriParam(request.uri, 'lr') !== undefined &&
    domains.owns(request.uri)
  ) {
    const last = request.uri.user === undefined ? undefined : routeUri(values.at(-1)!);
    if (last !== undefined) {
      tokens.push(request.uri.user!);
      values.pop();
      strict = { uri: last.text, route: values };
    }
  }
  let count = 0;
  let next: Uri | undefined;
  for (; count < values.length; count++) {
    next = routeUri(values[count]!);
    if (next === undefined || !isSip(next) || !domains.owns(next)) break;
    if (next.user !== undefined) tokens.push(next.user);
    next = undefined;
  }
  if (strict !== undefined) strict = { uri: strict.uri, route: values.slice(count) };
  // The next hop is a strict router: it wants its own URI in the Request-URI, and ours at the end.
  if (next !== undefined && isSip(next) && uriParam(next, 'lr') === undefined)
    strict = { uri: next.text, route: [...values.slice(count + 1), `<${strict?.uri ?? request.uriText}>`] };
  return { count, tokens, foreign: count < values.length, strict };
}

/** Where a request goes on by its route set (RFC 3261 §16.6 step 6, §12.2.1.1); undefined where that is no URI to send to. */
export function nextHop(request: Request, { count, foreign, strict }: OwnRoutes): string | undefined {
  if (strict !== undefined) return strict.uri;
  const uri = foreign ? routeUri(request.list(Field.route)[count]!) : request.uri;
  return uri !== undefined && isSip(uri) ? uri.text : undefined;
}

/** The URI of a Route; undefined where it cannot be read, or has header parts, which none has (RFC 3261 §19.1.1 table 1). */
function routeUri(text: string): Uri | undefined {
  const uri = readable(() => parseAddress('Route', text).uri);
  return uri?.headers === '' ? uri : undefined;
}
