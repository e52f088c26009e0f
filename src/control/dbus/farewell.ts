import type { HangupOutcome } from '../../core/call/end.ts';

/** How a hang-up went, in a sentence. */
export function farewell(outcome: HangupOutcome): string {
  switch (outcome.kind) {
    case 'cancelled':
      return `nobody had answered; the caller was told ${outcome.status}`;
    case 'over':
      return 'it had ended already';
    case 'bye': {
      if (outcome.confirmed) return 'both sides were told, and agreed';
      const silent = outcome.farewells.filter(({ status }) => status >= 300 && status !== 481);
      return `not both sides confirmed it: ${silent.map(({ side, hop, status }) => `the ${side} at ${hop} ${status}`).join(', ')}`;
    }
    default:
      return outcome satisfies never;
  }
}
