import type { Decision, Plan, Principal, Target } from './decision.ts';

/** What kinds of calls there are for who counts them: by who calls where nobody of the house does, else by where it leads. */
export const CALL_KINDS = [
  ...(['internal', 'peerIn', 'peerOut', 'providerIn', 'providerOut', 'modemIn', 'modemOut'] as const),
  ...(['guest', 'anonymous', 'emergency', 'refused'] as const),
] as const;

export type CallKind = (typeof CALL_KINDS)[number];

/** The kind of a call that a decision was taken about; undefined where nothing is decided yet, as with a challenge. */
export function callKind(principal: Principal, decision: Decision): CallKind | undefined {
  if (decision.kind === 'reject') return 'refused';
  if (decision.kind !== 'forward') return undefined;
  if (decision.emergency) return 'emergency';
  switch (principal.kind) {
    case 'user':
      return leads(decision.plan);
    case 'guest':
    case 'anonymous':
      return principal.kind;
    case 'peer':
      return 'peerIn';
    case 'provider':
      return 'providerIn';
    case 'line':
      return 'modemIn';
    case 'unproved':
      return 'anonymous';
    default:
      return principal satisfies never;
  }
}

/** Where a plan leads at first; ENUM only asks, and what it may lead to instead of costs money. */
function leads(plan: Plan): CallKind {
  switch (plan.kind) {
    case 'target':
      return kindOf(plan.target);
    case 'all':
    case 'order':
      return plan.of.length === 0 ? 'internal' : leads(plan.of[0]!.plan);
    case 'else':
      return plan.first.kind === 'target' && plan.first.target.kind === 'enum' ? leads(plan.then) : leads(plan.first);
    case 'diverted':
      return leads(plan.plan);
    default:
      return plan satisfies never;
  }
}

function kindOf(target: Target): CallKind {
  switch (target.kind) {
    case 'binding':
    case 'flow':
      return 'internal';
    case 'peer':
    case 'enum':
      return 'peerOut';
    case 'trunk':
      return target.trunk.kind === 'modem' ? 'modemOut' : 'providerOut';
    default:
      return target satisfies never;
  }
}
