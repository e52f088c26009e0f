import { ParseError, readable } from '../../text/parse-error.ts';
import { parseAddress } from '../message/address.ts';
import { Field } from '../message/fields.ts';
import { own } from '../message/grammar.ts';
import { END, type Message, Request, type Response, VALUE } from '../message/message.ts';
import { endOfValue } from '../message/params.ts';
import { line } from '../message/print.ts';
import { parseUri, uriParam } from '../message/uri.ts';

/** What a dialog begins with (RFC 3261 §12.1). */
export interface DialogParts {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The values of From and To of our own requests, with their tags. */
  readonly local: string;
  readonly remote: string;
  readonly routes: readonly string[];
  readonly target: string;
  /** The highest CSeq that each side used; -1 for none yet. */
  readonly localCseq: number;
  readonly remoteCseq: number;
}

/** One dialog of a user agent of ours (RFC 3261 §12). */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly local: string;
  readonly remote: string;
  /** Values of the Route header of our requests, the next hop first. */
  routes: readonly string[];
  /** The Request-URI of our requests. */
  target: string;
  private localCseq: number;
  private remoteCseq: number;
  /** The CSeq of the newest request that said where the other side is. */
  private targetCseq = -1;

  constructor(parts: DialogParts) {
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.local = parts.local;
    this.remote = parts.remote;
    this.routes = parts.routes;
    this.target = parts.target;
    this.localCseq = parts.localCseq;
    this.remoteCseq = parts.remoteCseq;
  }

  /** The CSeq number of the next request of ours (RFC 3261 §12.2.1.1). */
  nextCseq(): number {
    this.localCseq = this.localCseq < 0 ? 1 : this.localCseq + 1;
    return this.localCseq;
  }

  /** Whether a request comes in its order; then its number is the newest. Below it is 500 (RFC 3261 §12.2.2). */
  inOrder(cseq: number): boolean {
    if (cseq < this.remoteCseq) return false;
    this.remoteCseq = cseq;
    return true;
  }

  /**
   * A target refresh request that is answered with a 2xx, or the 2xx to one of ours, says where the other side is now (RFC 3261 §12.2.1.2,
   * §12.2.2, RFC 6141 §4.6), unless a newer request has said so since (§4.8).
   */
  refreshTarget(message: Message): void {
    const target = contactUri(message);
    if (target === undefined) return;
    if (message instanceof Request) {
      if (message.cseq.number < this.targetCseq) return;
      this.targetCseq = message.cseq.number;
    }
    this.target = target;
  }

  /** The 2xx to our INVITE says the route set anew (RFC 3261 §13.2.2.4). */
  confirm(response: Response): void {
    this.routes = response.list(Field.recordRoute).reverse().map(tidy);
    this.refreshTarget(response);
  }
}

/** What a message said, as it may be said again in a line of our own: a NUL passes a proxy, and may not begin with us. */
export const tidy = (text: string): string => own(text.includes('\0') ? text.replaceAll('\0', '') : text);

/** The tag of whoever answered; empty if it gave none, or no To that can be read. */
export function toTag(response: Response): string {
  try {
    return own(response.to.tag ?? '');
  } catch (error) {
    if (error instanceof ParseError) return '';
    throw error;
  }
}

/** The dialog that an INVITE makes at its UAS, which answers with `tag` (RFC 3261 §12.1.1). */
export function dialogOfUas(request: Request, tag: string): Dialog {
  return new Dialog({
    callId: own(request.callId),
    localTag: tag,
    remoteTag: own(request.from.tag ?? ''),
    local: `${tidy(request.get(Field.to) ?? '')};tag=${tag}`,
    remote: tidy(request.get(Field.from) ?? ''),
    routes: request.list(Field.recordRoute).map(tidy),
    target: contactUri(request) ?? own(request.from.uriText),
    localCseq: -1,
    remoteCseq: request.cseq.number,
  });
}

/** The dialog that a response to our own INVITE makes (RFC 3261 §12.1.2). One without a Contact is asked by the URI that was called. */
export function dialogOfUac(sent: Request, response: Response): Dialog {
  return new Dialog({
    callId: own(sent.callId),
    localTag: own(sent.from.tag ?? ''),
    remoteTag: toTag(response),
    local: own(sent.get(Field.from) ?? ''),
    remote: tidy(response.get(Field.to) ?? ''),
    routes: response.list(Field.recordRoute).reverse().map(tidy),
    target: contactUri(response) ?? own(sent.uriText),
    localCseq: sent.cseq.number,
    remoteCseq: -1,
  });
}

/** The URI of the Contact, without headers, which may not stand in a Request-URI (RFC 3261 §19.1.1); undefined if there is no usable one. */
export function contactUri(message: Message): string | undefined {
  const place = message.find(Field.contact);
  if (place < 0) return undefined;
  const { text, index } = message;
  const start = index[place + VALUE]!;
  const end = endOfValue(text, start, index[place + END]!);
  try {
    const { uriText } = parseAddress('Contact', text, start, end);
    const headers = uriText.indexOf('?');
    return own(headers < 0 ? uriText : uriText.slice(0, headers));
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** What a request of ours within a dialog says besides what the dialog says. */
export interface RequestParts {
  readonly method: string;
  readonly cseq: number;
  /** Our Via line with its CRLF. */
  readonly via: string;
  /** Whole header lines, each with its CRLF. */
  readonly lines: string;
  readonly body: string;
}

/** Prints a request within a dialog; a strict router first in the route set gets its own URI (RFC 3261 §12.2.1.1). */
export function printRequest(dialog: Dialog, parts: RequestParts): string {
  const { routes, target } = dialog;
  const { method, cseq, via, lines, body } = parts;
  const strict = strictRouter(routes[0]);
  let out = `${method} ${strict ?? target} SIP/2.0\r\n${via}Max-Forwards: 70\r\n`;
  for (const route of strict === undefined ? routes : [...routes.slice(1), `<${target}>`]) out += line('Route', route);
  out +=
    line('From', dialog.local) + line('To', dialog.remote) + line('Call-ID', dialog.callId) + line('CSeq', `${cseq} ${method}`);
  return `${out}${lines}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function strictRouter(route: string | undefined): string | undefined {
  if (route === undefined) return undefined;
  const text = /<([^>]*)>/.exec(route)?.[1] ?? route;
  const uri = readable(() => parseUri(text, 'Route'));
  return uri !== undefined && uriParam(uri, 'lr') === undefined ? text : undefined;
}

/** Where the next request is sent: the first route, else the target (RFC 3261 §12.2.1.1, §8.1.2). */
export function nextHopUri(dialog: Pick<Dialog, 'routes' | 'target'>): string {
  const route = dialog.routes[0];
  return route === undefined ? dialog.target : (/<([^>]*)>/.exec(route)?.[1] ?? route);
}
