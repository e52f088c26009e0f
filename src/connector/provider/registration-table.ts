import type { Table } from '../../sip/transaction/tables.ts';

/** Where an account does not register, an OPTIONS takes the place of the REGISTER, and any answer to it grants. */
export type State = 'idle' | 'locating' | 'registering' | 'registered' | 'refreshing' | 'waiting' | 'leaving';

export type Event =
  | 'start'
  /** DNS led to servers; or nowhere, or only to such as have asked us to wait. */
  | 'located'
  | 'nowhere'
  /** 2xx. */
  | 'granted'
  /** 401 or 407 that can be answered. */
  | 'challenged'
  /** 423 with a Min-Expires that is longer than what we asked for (RFC 3261 §10.2.8). */
  | 'brief'
  /** The server did not do its work (5xx, silence, no connection), and there is another one, or there is none. */
  | 'failed'
  | 'exhausted'
  /** It did, and will not have us: a wrong password, an unknown account. To ask again soon is to guess. */
  | 'refused'
  /** The one timer. */
  | 'due'
  /** The network is another one, or a person wants to see it tried. */
  | 'again'
  /** The connection closed, the server did not answer an OPTIONS or a call, or we reach it from another address. */
  | 'lost'
  /** Lost just after it was granted. */
  | 'flapping'
  | 'stop';

export type Action =
  | 'locate'
  /** What failed in another network says nothing of how long to wait in this one. */
  | 'locateAnew'
  /** DNS is looked at again, and the server in use stays that if it is one still. */
  | 'renew'
  | 'register'
  | 'answer'
  | 'next'
  | 'granted'
  | 'backOff'
  | 'backOffLong'
  /** Whatever is under way is not waited for any more. */
  | 'drop'
  /** If anything is bound there still, and wherever that was: the search for another server may be under way. */
  | 'deregister';

/**
 * Our registration at a provider (RFC 3261 §10.2; features, pains 3 to 6). It stays with the server that answered until that fails, or DNS
 * names it no more.
 */
export const registration: Table<State, Event, Action> = {
  idle: {
    start: ['locating', 'locate'],
    stop: ['end'],
  },
  locating: {
    located: ['registering', 'register'],
    nowhere: ['waiting', 'backOff'],
    again: ['locating', 'drop', 'locateAnew'],
    stop: ['leaving', 'drop', 'deregister'],
  },
  registering: {
    granted: ['registered', 'granted'],
    challenged: ['registering', 'answer'],
    brief: ['registering', 'register'],
    failed: ['registering', 'next', 'register'],
    exhausted: ['waiting', 'backOff'],
    refused: ['waiting', 'backOffLong'],
    again: ['locating', 'drop', 'locateAnew'],
    stop: ['leaving', 'drop', 'deregister'],
  },
  registered: {
    due: ['refreshing', 'renew'],
    lost: ['refreshing', 'register'],
    flapping: ['waiting', 'drop', 'backOff'],
    again: ['locating', 'drop', 'locateAnew'],
    stop: ['leaving', 'drop', 'deregister'],
  },
  refreshing: {
    located: ['refreshing', 'register'],
    granted: ['registered', 'granted'],
    challenged: ['refreshing', 'answer'],
    brief: ['refreshing', 'register'],
    failed: ['locating', 'drop', 'locate'], // the servers may be others by now; the one that failed comes last
    exhausted: ['locating', 'drop', 'locate'],
    refused: ['waiting', 'backOffLong'],
    again: ['locating', 'drop', 'locateAnew'],
    stop: ['leaving', 'drop', 'deregister'],
  },
  waiting: {
    due: ['locating', 'locate'],
    again: ['locating', 'drop', 'locateAnew'],
    stop: ['leaving', 'drop', 'deregister'],
  },
  leaving: {
    challenged: ['leaving', 'answer'],
    granted: ['end', 'drop'],
    brief: ['end', 'drop'],
    failed: ['end', 'drop'],
    exhausted: ['end', 'drop'],
    refused: ['end', 'drop'],
    due: ['end', 'drop'],
  },
};
