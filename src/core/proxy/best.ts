import type { Outcome } from '../routing/decision.ts';

/**
 * Which of the final responses of a fork goes back (RFC 3261 §16.7 step 6): any 6xx, else the lowest class; within 4xx one that the
 * caller can repair before one that it cannot; 430 is no caller's business (RFC 5626 §11.5).
 */
const order4xx = [
  412, 484, 422, 423, 401, 407, 402, 420, 421, 406, 415, 488, 413, 414, 400, 405, 416, 481, 483, 482, 440, 486, 480, 410, 403,
  404, 487, 408, 430,
];

/** Smaller is better. */
export function rank(status: number): number {
  if (status >= 600) return 0;
  if (status >= 500) return status === 503 ? 5_600 : 5_000 + (status - 500);
  if (status >= 400) {
    const place = order4xx.indexOf(status);
    return 4_000 + (place < 0 ? 20 : place);
  }
  return 3_000;
}

/** The best of several answers; the first of equals. */
export function best<Answer extends { readonly status: number }>(answers: readonly Answer[]): Answer | undefined {
  let chosen: Answer | undefined;
  for (const answer of answers) if (chosen === undefined || rank(answer.status) < rank(chosen.status)) chosen = answer;
  return chosen;
}

/** How a final status counts for an `else` of the plan. */
export function outcomeOf(status: number): Outcome {
  switch (status) {
    case 486:
    case 600:
      return 'busy';
    case 603:
      return 'declined';
    case 408:
    case 487:
      return 'noAnswer';
    case 480:
    case 410:
    case 404:
      return 'offline';
    case 500:
    case 502:
    case 503:
    case 504:
      return 'unreachable';
    case 430:
      return 'flowFailed';
    default:
      return 'failed';
  }
}
