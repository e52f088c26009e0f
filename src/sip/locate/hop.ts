import type { Transport } from '../message/uri.ts';

/** Where and how a request leaves (RFC 3263 §4): the Hop of sip/transport, with the name that its certificate is checked against. */
export interface NextHop {
  readonly transport: Transport;
  /** An IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** The SIP domain that a TLS certificate must name, whatever host DNS led to (RFC 5922 §4), as A-label; an IP literal if the URI has one. */
  readonly domain: string;
}

/** What came of locating a URI. `records` says, a sentence each, what was asked and answered: for `route explain`. */
export type Located =
  /** In the order to be tried (RFC 3263 §4.3); never empty. */
  | { readonly kind: 'hops'; readonly hops: readonly NextHop[]; readonly records: readonly string[] }
  /** `why` is a sentence for a Warning and for the operator. */
  | { readonly kind: 'failed'; readonly status: LocateStatus; readonly why: string; readonly records: readonly string[] };

/**
 * 404: there is no such domain, or it says that it has no SIP. 416: the URI is of another scheme. 480: what it offers is nothing that we
 * can use. 504: the name service did not answer (RFC 3261 §21.5.5).
 */
export type LocateStatus = 404 | 416 | 480 | 504;
