import { isTrunk, type Trunk } from '../../config/values/telephone.ts';
import { literal } from '../../sip/locate/address-class.ts';
import type { Uri } from '../../sip/message/uri.ts';
import type { Outcome, Plan, Target } from './decision.ts';
import { isE164 } from './numbers.ts';
import { eachOrElse, orElse } from './or-else.ts';
import { notPermitted, type TrunkCall, type TrunkRefused, trunkTarget } from './payer.ts';
import { trunkKey } from './rules.ts';
import { type Found, forbid, isNew, isTrusted, type Refusal, refusal, roomFor, type Way } from './way.ts';

/** A trunk that did not take the call; busy, declined and not answered are answers of the callee. */
export const NEXT_TRUNK: readonly Outcome[] = ['failed', 'unreachable', 'silent', 'offline', 'flowFailed'];
/** No address was found for the number, or nobody came to it: then it is called for money. */
const NO_ENUM: readonly Outcome[] = [...NEXT_TRUNK, 'noAnswer'];

/** Why the caller may not leave the house from his domain, or by the one that was dialed. */
function kept({ facts, domain, snapshot }: Way): string | undefined {
  const own = facts.principal.kind === 'user' && facts.from !== undefined ? snapshot.domains.of(facts.from.host) : undefined;
  const closed = [own, domain].find((one) => one?.outbound === 'off');
  return closed && `the users of ${closed.name} do not leave it (outbound = off)`;
}

/** Another domain, for those whose class allows it. No look-up is made for anybody else. */
export function toPeer(uri: Uri, way: Way): Found {
  const { snapshot, spender, steps, facts } = way;
  const text =
    uri.headers === '' ? uri.text : uri.text.slice(0, uri.text.indexOf('?', uri.text.indexOf(uri.host) + uri.host.length));
  if (spender === undefined)
    return refusal(403, 'Forbidden', `${uri.host} is no domain of ours, and only users leave the house`, text);
  const closed = notPermitted(spender, ['peers']) ?? kept(way);
  if (closed !== undefined) return forbid(403, 'Forbidden', closed, text, way);
  const host = uri.host.includes(':') ? `[${uri.host}]` : uri.host.replace(/\.$/, '');
  const via = snapshot.rules.peers.get(host);
  const address = literal(uri.host) === undefined ? undefined : `${host}${uri.port === undefined ? '' : `:${uri.port}`}`;
  if (via !== undefined) steps.say(`${uri.host} is another domain, at ${via}`);
  else
    steps.say(address === undefined ? `${uri.host} is another domain, to be found by DNS` : `${address} is no address of ours`);
  // Where somebody else leads, nobody of the house says that it may lie in its own network (security S21).
  return only({ kind: 'peer', uri: text, via, trusted: facts.unpaid !== true }, text, way);
}

/** A number that is called through one of these trunks, the first that takes it. */
export function toTrunks(trunks: readonly Trunk[], number: string, dialed: string, way: Way): Found {
  const { payer, facts, snapshot } = way;
  if (facts.method !== 'INVITE') return refusal(405, 'Method Not Allowed', `${facts.method} cannot be sent to a number`, number);
  const closed = kept(way);
  if (closed !== undefined) return forbid(403, 'Forbidden', closed, number, way);
  if (payer === undefined)
    return forbid(403, 'Forbidden', `a call to ${number} costs money, and nobody pays for it`, number, way);
  if (way.grouped !== undefined && !isNew(`${trunks.map(trunkKey).join()} ${number}`, way.grouped)) return calledAlready(number);
  const asked = trunks.map((trunk) => trunkTarget(payer, { trunk, number, dialed, emergency: false }, snapshot));
  return fallback(asked, number, way);
}

/** ENUM first (RFC 6116), where it is on and the class allows other domains. What it finds is routed again, with nobody to pay. */
export function byEnum(number: string, paid: Found, way: Way): Found {
  const { snapshot, facts, spender, steps } = way;
  if (snapshot.rules.enum.length === 0 || !isE164(number) || facts.unpaid === true || spender === undefined) return paid;
  // What is found is routed for the caller, and strangers do not leave the house: they cause no look-up either.
  if (!isTrusted(facts.principal)) return paid;
  if (notPermitted(spender, ['peers']) !== undefined || kept(way) !== undefined) return paid;
  steps.say(`${number} is looked up below ${snapshot.rules.enum.join(', ')}`);
  // That a method cannot be sent to a number says nothing of the address that was looked for.
  const refused = paid.kind === 'refusal' && paid.status !== 405 ? { status: paid.status, why: paid.why } : undefined;
  const led = facts.principal.kind === 'user' ? {} : { ledBy: spender.name };
  const found = only({ kind: 'enum', number, refused, ...led }, number, way);
  if (paid.kind === 'refusal') steps.say(`no other way: ${paid.why}`);
  return found.kind === 'plan' && paid.kind === 'plan' ? { ...found, plan: orElse(found.plan, NO_ENUM, paid.plan) } : found;
}

/** The trunks that may be used, one after the other; where none may, what comes nearest to a way. */
function fallback(asked: readonly ReturnType<typeof trunkTarget>[], number: string, way: Way): Found {
  const plans: Plan[] = [];
  let nearest: TrunkRefused | undefined;
  for (const target of asked) {
    if (target.kind === 'refused') {
      way.steps.say(target.why);
      if (nearest === undefined || target.status > nearest.status) nearest = target;
    } else if (roomFor([target], way).length > 0) {
      way.steps.say(`${target.trunk.kind} ${target.trunk.name} takes ${number}; ${target.payer.name} pays`);
      plans.push({ kind: 'target', target });
    }
  }
  const plan = eachOrElse(plans, NEXT_TRUNK);
  if (plan !== undefined) return { kind: 'plan', plan, callee: number };
  return refusedBy(nearest, number, way);
}

function refusedBy(nearest: TrunkRefused | undefined, number: string, way: Way): Refusal {
  if (nearest === undefined) return forbid(503, 'Service Unavailable', 'there is no provider and no modem', number, way);
  return forbid(nearest.status, nearest.status === 403 ? 'Forbidden' : 'Service Unavailable', nearest.why, number, way);
}

/**
 * A call for help: through any trunk, those first whose dial rules name it, those that are known to be down last. No class, no limit and no
 * state holds it up; only a user may make it, himself.
 */
export function toEmergency(number: string, way: Way): Found {
  const { payer, snapshot, steps, facts } = way;
  if (payer === undefined || way.trail.length > 0)
    return forbid(403, 'Forbidden', `${number} is an emergency number: a user calls it himself or not at all`, number, way);
  if (facts.method !== 'INVITE') return refusal(405, 'Method Not Allowed', `${facts.method} cannot be sent to a number`, number);
  steps.say(`${number} is an emergency number: no class, limit or forward holds it up`);
  const { dial, trunks } = snapshot.rules;
  const named = [...dial.filter(({ match }) => match.expression.test(number)), ...dial].flatMap(({ to }) => to.filter(isTrunk));
  const all = new Map<string, Trunk>();
  for (const trunk of [...named, ...[...trunks.values()].map((terms) => terms.trunk)]) all.set(trunkKey(trunk), trunk);
  const isUp = (trunk: Trunk) => snapshot.trunkState(trunk).up;
  const order = [...all.values()];
  const calls = [...order.filter(isUp), ...order.filter((trunk) => !isUp(trunk))].map(
    (trunk): TrunkCall => ({ trunk, number, dialed: number, emergency: true }),
  );
  const found = fallback(
    calls.map((call) => trunkTarget(payer, call, snapshot)),
    number,
    way,
  );
  return found.kind === 'plan' ? { ...found, emergency: true } : found;
}

function only(target: Target, callee: string, way: Way): Found {
  if (way.grouped !== undefined && !isNew(`${target.kind} ${callee}`, way.grouped)) return calledAlready(callee);
  if (roomFor([target], way).length === 0)
    return refusal(480, 'Temporarily Unavailable', 'there is no room for one more target', callee);
  return { kind: 'plan', plan: { kind: 'target', target }, callee };
}

const calledAlready = (callee: string): Refusal => refusal(480, 'Temporarily Unavailable', `${callee} is called already`, callee);
