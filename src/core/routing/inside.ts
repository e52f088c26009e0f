import { sameWord } from '../../sip/message/grammar.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import type { Account } from '../account/users.ts';
import { type Binding, isSameFlow } from '../location/binding.ts';
import { type Preferred, planByQ } from './by-q.ts';
import type { Outcome, Plan, Target } from './decision.ts';
import { forwarded } from './forwarding.ts';
import { orElse } from './or-else.ts';
import { notPermitted } from './payer.ts';
import { refuse } from './refuse.ts';
import { type Found, forbid, isNew, refusal, roomFor, type Way } from './way.ts';

/** The phones of a user, and where they are forwarded to. */
export function toUser(account: Account, way: Way): Found {
  const { name } = account;
  // Who led the call on did not take it: his phones do not ring again.
  if (way.trail.includes(`[user ${name}]`))
    return refusal(482, 'Loop Detected', `[user ${name}] leads back to itself by ${way.trail.join(', ')}`, name);
  const closed = way.spender && notPermitted(way.spender, ['internal']);
  if (closed !== undefined) return forbid(403, 'Forbidden', closed, name, way);
  const unwanted = refuse(account, way.facts, way.snapshot);
  if (unwanted !== undefined) return refusal(unwanted.status, unwanted.reason, unwanted.why, name);
  return forwarded(account, toBindings(name, way.snapshot.bindings(name), way), way);
}

/** The guest of an open domain by that name, if there is one. */
export function toGuest(dialed: string, way: Way): Found | undefined {
  const { domain, snapshot, steps } = way;
  if (domain.register !== 'anonymous') return undefined;
  const aor = `${dialed}@${domain.name}`;
  const bindings = snapshot.bindings(aor);
  if (bindings.length === 0) return undefined;
  steps.say(`${dialed} is a guest of ${domain.name}`);
  const closed = way.spender && notPermitted(way.spender, ['internal']);
  return closed === undefined ? toBindings(aor, bindings, way) : forbid(403, 'Forbidden', closed, aor, way);
}

function toBindings(aor: string, all: readonly Binding[], way: Way): Found {
  const { grouped } = way;
  const { phone, flow, principal } = way.facts;
  const meant = phone === undefined ? all : all.filter(({ uri }) => uri === phone);
  const fitting = way.secure ? meant.filter(({ uri }) => sameWord(uri, 0, 5, 'sips:')) : meant;
  const own = grouped !== undefined && principal.kind === 'user' && principal.name === aor;
  const others = own ? fitting.filter((binding) => !calls(binding, flow)) : fitting;
  // Whoever asks beforehand may not have said by which phone.
  if (own && (flow === undefined || others.length < fitting.length)) way.steps.say(`the phone of ${aor} that calls is left out`);
  const fresh = grouped === undefined ? others : others.filter((binding) => isNew(binding, grouped));
  if (fresh.length === 0 && others.length > 0) return refusal(480, 'Temporarily Unavailable', `${aor} rings already`, aor);
  const bindings = roomFor(fresh, way);
  if (bindings.length === 0) {
    const why = `${aor} has ${others.length < fitting.length ? 'no other phone registered' : 'no phone registered'}`;
    if (meant.length === fitting.length) return refusal(480, 'Temporarily Unavailable', why, aor);
    return { ...forbid(480, 'Temporarily Unavailable', `${why} with a sips URI`, aor, way), warning: 380 };
  }
  for (const { uri, q } of bindings) way.steps.say(`phone ${uri} (q=${q})`);
  return { kind: 'plan', plan: planOf(bindings), callee: aor };
}

/**
 * Whether a phone is the one that calls: a member who calls his own group is not rung in his own ear, and a phone that answers by itself does
 * not take its own call. Behind a proxy (RFC 3327) the flow tells nothing of which phone it is.
 */
function calls({ flow, path }: Binding, from: FlowName | undefined): boolean {
  return from !== undefined && path.length === 0 && isSameFlow(flow, from);
}

/**
 * Bindings of one q ring together, the groups one after the other. The bindings of one device never ring beside each other: the next flow
 * is tried where the one before is gone (RFC 5626 §7).
 */
export function planOf(bindings: readonly Binding[]): Plan {
  if (bindings.length === 1) return leaf(bindings[0]!);
  const devices = new Map<string, Preferred>();
  for (const binding of bindings) {
    const device = binding.instance ?? binding.uri;
    const before = devices.get(device);
    if (before === undefined) devices.set(device, { q: binding.q, plan: leaf(binding) });
    else devices.set(device, { ...before, plan: orElse(before.plan, FLOW_FAILED, leaf(binding)) });
  }
  return planByQ([...devices.values()]);
}

const FLOW_FAILED: readonly Outcome[] = ['flowFailed'];

function leaf(binding: Binding): Plan {
  const target: Target = { kind: 'binding', binding };
  return { kind: 'target', target };
}
