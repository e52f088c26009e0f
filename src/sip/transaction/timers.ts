import type { Millis } from '../../runtime/clock.ts';

/** The timers of RFC 3261 table 4, in milliseconds. */
export const T1: Millis = 500;
export const T2: Millis = 4_000;
export const T4: Millis = 5_000;
/** Timers B, F, H, J, L and M. */
export const TIMEOUT: Millis = 64 * T1;
/** A 100 is due this long after an INVITE if nothing else was sent (RFC 3261 §17.2.1). */
export const TRYING: Millis = 200;
/** A 100 is due this long after any other request: when the client's timer E has grown to T2, and not before (RFC 4320 §4.1). */
export const TRYING_LATE: Millis = 7 * T1;
/** Timer C: for so long, above three minutes, an INVITE may ring without a word (RFC 3261 §16.6 step 11). */
export const TIMER_C: Millis = 185_000;
/** Timer D, on an unreliable transport. */
export const TIMER_D: Millis = 32_000;
