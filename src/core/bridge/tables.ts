import type { Table } from '../../sip/transaction/tables.ts';

/** `leaving`: the call is over, but the BYE may not go out before the ACK (RFC 3261 §15). */
export type LegState = 'early' | 'accepted' | 'leaving' | 'confirmed';
export type LegEvent =
  /** A 2xx was sent or received. */
  | 'accept'
  /** Its ACK was received, or may be sent. */
  | 'acknowledge'
  /** No ACK in 64*T1. */
  | 'unheard'
  /** The call shall end. */
  | 'end'
  /** The other side has left: its BYE, or it knows nothing of the dialog any more. */
  | 'gone';
export type LegAction = 'ack' | 'bye' | 'over';

/** A leg whose INVITE we received (RFC 3261 §13.3.1.4, §15). An absent cell absorbs. */
export const uasLeg: Table<LegState, LegEvent, LegAction> = {
  early: { accept: ['accepted'], end: ['end'], gone: ['end', 'over'] },
  accepted: { acknowledge: ['confirmed'], unheard: ['end', 'bye', 'over'], end: ['leaving'], gone: ['end', 'over'] },
  leaving: { acknowledge: ['end', 'bye'], unheard: ['end', 'bye'], gone: ['end'] },
  confirmed: { end: ['end', 'bye'], gone: ['end', 'over'] },
};

/** A leg whose INVITE we sent: every 2xx gets its ACK, whatever becomes of the call (RFC 3261 §13.2.2.4). */
export const uacLeg: Table<LegState, LegEvent, LegAction> = {
  early: { accept: ['accepted'], end: ['end'], gone: ['end', 'over'] },
  accepted: { acknowledge: ['confirmed', 'ack'], end: ['end', 'ack', 'bye'], gone: ['end', 'ack', 'over'] },
  leaving: {},
  confirmed: { end: ['end', 'bye'], gone: ['end', 'over'] },
};
