import type { Request, Response } from '../message/message.ts';
import type { Flow, TransportError } from '../transport/flow.ts';
import type { Source } from '../transport/source.ts';

/** A server transaction as its user sees it (RFC 3261 §17.2). */
export interface ServerTransaction {
  readonly request: Request;
  readonly flow: Flow;
  /** Whether a final response was sent. */
  readonly completed: boolean;
  /** Who proved nothing, and has to answer for the room that this takes. */
  account?: Source | undefined;
  /** Sends a response of our own. `extra` holds whole header lines, each with its CRLF. Nothing happens after a final response. */
  respond(status: number, reason: string, extra?: string, body?: string): void;
  /** Sends a response that came from downstream, already printed without our Via. 2xx pass also after a 2xx (RFC 6026 §7.1). */
  relay(status: number, text: string): void;
  /** Answers without keeping anything: a retransmission is answered anew (RFC 3261 §8.2.7). Only for a request not answered yet. */
  respondStateless(status: number, reason: string, extra?: string): void;
  /** Leaves the request without an answer, as RFC 4320 §4.2 asks where a 408 would be due. */
  abandon(): void;
  /** Hears that the client gives up an INVITE; the CANCEL itself was answered (RFC 3261 §9.2). `reason`: its Reason values. */
  cancelled: ((reason: readonly string[]) => void) | undefined;
  /** Hears once of the end: when the transaction has no work left. */
  ended: (() => void) | undefined;
}

/** Who decides what happens to a request (RFC 3261 §5, "transaction user"): handed to the transaction layer by the entry file. */
export interface TransactionUser {
  /** A request that no transaction knows; never an ACK or a CANCEL. */
  request(request: Request, transaction: ServerTransaction): void;
  /** An ACK that belongs to no INVITE transaction of ours: for a 2xx, end to end (RFC 3261 §13.2.2.4). */
  ack(request: Request, flow: Flow): void;
}

/** Who sent a request and waits for its responses. */
export interface ClientTransactionUser {
  response(response: Response, flow: Flow): void;
  /** Timer B or F ran out (RFC 3261 §17.1). */
  timedOut(): void;
  transportFailed(error: TransportError): void;
}
