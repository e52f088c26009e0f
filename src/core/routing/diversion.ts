import type { Destination } from '../../config/values/telephone.ts';
import { escapeUser } from '../../sip/message/uri.ts';
import type { Diversion, Plan } from './decision.ts';
import { houseUri } from './domains.ts';
import type { Way } from './way.ts';

/** Why a user or a group leads on. */
export type Cause = 'all' | 'busy' | 'noAnswer' | 'unreachable' | 'offline' | 'dnd';

/** RFC 6044 §5; 404 is what stands for all that has no cause of its own, 503 for who cannot be reached (RFC 4458 §2). */
const SAID: Readonly<Record<Cause, Pick<Diversion, 'reason' | 'cause'>>> = {
  all: { reason: 'unconditional', cause: 302 },
  busy: { reason: 'user-busy', cause: 486 },
  noAnswer: { reason: 'no-answer', cause: 408 },
  unreachable: { reason: 'unavailable', cause: 503 },
  offline: { reason: 'unavailable', cause: 404 },
  dnd: { reason: 'do-not-disturb', cause: 404 },
};

/** A plan that is reached because `name`, a user or a group, leads on. */
export function diverted(plan: Plan, name: string, to: Destination, cause: Cause, way: Way): Plan {
  const host = way.snapshot.domains.home.name;
  return { kind: 'diverted', by: { from: `sip:${escapeUser(name)}@${host}`, to: houseUri(to, host), ...SAID[cause] }, plan };
}
