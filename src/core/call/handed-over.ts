import type { Bridged, Party } from '../connector.ts';
import type { Call, CallParts } from './call.ts';
import type { Side } from './end.ts';

/** What a call is from now on, in which somebody else talks in the place of one side. Its dialogs are no longer what the table can see. */
export function handedOver(
  call: Call,
  left: Side,
  to: Party,
  bridged: Bridged,
  now: { number: number; since: number },
): CallParts {
  const { parts } = call;
  const trace = [...parts.trace, `handed over to ${to.user === '' ? to.uri : to.user} by the ${left}`];
  const next = { ...parts, ...now, trace, bridged };
  if (left === 'caller') return { ...next, user: to.user, from: to };
  return { ...next, aor: to.user === '' ? to.uri : to.user, to };
}
