/**
 * The four transaction machines, to be read beside the figures of RFC 3261 §17 as RFC 6026 and RFC 4320 correct them. A row is a state,
 * a cell is `event: [next state, what to do ...]`. An absent cell absorbs the event. `end` is the state in which nothing is left.
 */
export type Table<State extends string, Event extends string, Action extends string> = {
  readonly [S in State]: { readonly [E in Event]?: readonly [State | 'end', ...Action[]] };
};

export type InviteServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted';
export type InviteServerEvent = 'INVITE' | 'ACK' | 'send1xx' | 'send2xx' | 'send3xx' | 'trying' | 'G' | 'H' | 'I' | 'L';
export type ServerAction =
  | 'send'
  | 'resend'
  | 'trying'
  | 'startG'
  | 'againG'
  | 'startH'
  | 'startI'
  | 'startJ'
  | 'startL'
  | 'stopG'
  | 'stopH'
  | 'tellNoAck';

/**
 * INVITE server transaction: RFC 3261 §17.2.1 figure 7 as corrected by RFC 6026 §7.1. A transport error is no event: it stays as it is, for a
 * retransmission may reach us over a better path (§8.8).
 */
export const inviteServer: Table<InviteServerState, InviteServerEvent, ServerAction> = {
  proceeding: {
    INVITE: ['proceeding', 'resend'],
    trying: ['proceeding', 'trying'], // 100 within 200 ms if nothing else was sent
    send1xx: ['proceeding', 'send'],
    send2xx: ['accepted', 'send', 'startL'],
    send3xx: ['completed', 'send', 'startG', 'startH'], // any final answer from 300 to 699
  },
  completed: {
    INVITE: ['completed', 'resend'],
    G: ['completed', 'resend', 'againG'],
    H: ['end', 'tellNoAck'],
    ACK: ['confirmed', 'stopG', 'stopH', 'startI'],
  },
  confirmed: {
    I: ['end'],
  },
  accepted: {
    send2xx: ['accepted', 'send'], // further 2xx of the fork, and the UAS's own retransmissions
    L: ['end'],
  },
};

export type ServerState = 'trying' | 'proceeding' | 'completed';
export type ServerEvent = 'request' | 'trying' | 'send1xx' | 'sendFinal' | 'J';

/** Non-INVITE server transaction: RFC 3261 §17.2.2 figure 8 as RFC 4320 §4.1 narrows it: no provisional response but a late 100. */
export const nonInviteServer: Table<ServerState, ServerEvent, ServerAction> = {
  trying: {
    trying: ['trying', 'trying'],
    send1xx: ['proceeding', 'send'],
    sendFinal: ['completed', 'send', 'startJ'],
  },
  proceeding: {
    request: ['proceeding', 'resend'],
    send1xx: ['proceeding', 'send'],
    sendFinal: ['completed', 'send', 'startJ'],
  },
  completed: {
    request: ['completed', 'resend'],
    J: ['end'],
  },
};

export type InviteClientState = 'calling' | 'proceeding' | 'completed' | 'accepted';
export type InviteClientEvent = 'r1xx' | 'r2xx' | 'r3xx' | 'lost' | 'A' | 'B' | 'D' | 'M';
export type ClientAction =
  | 'resend'
  | 'againA'
  | 'againE'
  | 'stop'
  | 'pass'
  | 'ack'
  | 'reack'
  | 'startD'
  | 'startK'
  | 'startM'
  | 'tellTimeout'
  | 'tellLost';

/** INVITE client transaction: RFC 3261 §17.1.1 figure 5 as corrected by RFC 6026 §7.2. `stop` ends timers A and B, or E and F. */
export const inviteClient: Table<InviteClientState, InviteClientEvent, ClientAction> = {
  calling: {
    A: ['calling', 'resend', 'againA'],
    B: ['end', 'tellTimeout'],
    r1xx: ['proceeding', 'stop', 'pass'],
    r2xx: ['accepted', 'stop', 'pass', 'startM'],
    r3xx: ['completed', 'stop', 'ack', 'pass', 'startD'],
    lost: ['end', 'tellLost'],
  },
  proceeding: {
    r1xx: ['proceeding', 'pass'],
    r2xx: ['accepted', 'pass', 'startM'],
    r3xx: ['completed', 'ack', 'pass', 'startD'],
  },
  completed: {
    r3xx: ['completed', 'reack'],
    D: ['end'],
  },
  accepted: {
    r2xx: ['accepted', 'pass'], // RFC 6026 §7.2: every 2xx is the user's
    M: ['end'],
  },
};

export type ClientState = 'trying' | 'proceeding' | 'completed';
export type ClientEvent = 'r1xx' | 'rFinal' | 'lost' | 'E' | 'F' | 'K';

/** Non-INVITE client transaction: RFC 3261 §17.1.2 figure 6. */
export const nonInviteClient: Table<ClientState, ClientEvent, ClientAction> = {
  trying: {
    E: ['trying', 'resend', 'againE'],
    F: ['end', 'tellTimeout'],
    r1xx: ['proceeding', 'pass'],
    rFinal: ['completed', 'stop', 'pass', 'startK'],
    lost: ['end', 'tellLost'],
  },
  proceeding: {
    E: ['proceeding', 'resend', 'againE'],
    F: ['end', 'tellTimeout'],
    r1xx: ['proceeding', 'pass'],
    rFinal: ['completed', 'stop', 'pass', 'startK'],
    lost: ['end', 'tellLost'],
  },
  completed: {
    K: ['end'],
  },
};
