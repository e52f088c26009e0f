import { FORWARDS, type ForwardField } from '../../config/forwards.ts';
import { type Destination, wordOf } from '../../config/values/telephone.ts';
import { isSip, parseUri, unescapeUri } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';
import type { Account } from '../account/users.ts';
import type { Outcome, Plan } from './decision.ts';
import { type Cause, diverted } from './diversion.ts';
import { orElse } from './or-else.ts';
import { sayingState, wishesOf } from './states.ts';
import { type Found, isTrusted, ledOn, refusal, type Way } from './way.ts';

/** A phone that declines is one whose user is busy with something. */
const BUSY: readonly Outcome[] = ['busy', 'declined'];
const NO_ANSWER: readonly Outcome[] = ['noAnswer'];
/** Where nobody has said where calls go that reach no phone, those to a dead one are calls that nobody answers, after the time that it is given. */
const NO_ANSWER_OR_DEAD: readonly Outcome[] = ['noAnswer', 'silent', 'flowFailed'];
const UNREACHABLE: readonly Outcome[] = ['unreachable', 'silent', 'flowFailed', 'offline'];

/**
 * What becomes of a call to a user: `phones` is where his phones are, or a refusal where none is registered. A forward that leads nowhere,
 * or that nobody pays for, is as good as none. A call that he has is handed over to his phone, whatever he wishes of new ones.
 */
export function forwarded(account: Account, phones: Found, way: Way): Found {
  if (way.facts.method !== 'INVITE' || way.facts.joins === true) return phones;
  const wishes = wishesOf(account, way.snapshot.active());
  if (way.grouped !== undefined) return wishes.dnd ? undisturbed(account, way) : phones;
  const on = (cause: Cause, key: ForwardField) => {
    const to = wishes[key];
    return to === undefined ? undefined : forward(account, cause, key, to, way);
  };
  const found = (plan: Plan): Found => ({ kind: 'plan', plan, callee: account.name });

  const always = on('all', 'forwardAll');
  if (always !== undefined) return found(always);
  if (wishes.forwardAll !== undefined && isKeptBySaying(account, wishes.forwardAll, way))
    return refusal(
      482,
      'Loop Detected',
      `${account.name} leads all calls on, and this one no more, as the caller says`,
      account.name,
    );
  if (wishes.dnd) {
    const away = on('dnd', 'forwardDnd');
    return away === undefined ? undisturbed(account, way) : found(away);
  }
  if (phones.kind === 'refusal') {
    const away = on('offline', 'forwardOffline');
    return away === undefined ? phones : found(away);
  }
  // What became of a forward is no outcome of the phones: each of these is about the phones alone.
  let { plan } = phones;
  const late = on('noAnswer', 'forwardNoanswer');
  const lost = on('unreachable', wishes.forwardUnreachable === undefined ? 'forwardOffline' : 'forwardUnreachable');
  const missed = lost === undefined ? NO_ANSWER_OR_DEAD : NO_ANSWER;
  if (late !== undefined) plan = orElse({ ...plan, ring: wishes.noAnswer * 1_000 }, missed, late);
  const busy = on('busy', 'forwardBusy');
  if (busy !== undefined) plan = orElse(plan, BUSY, busy);
  if (lost !== undefined) plan = orElse(plan, UNREACHABLE, lost);
  return plan === phones.plan ? phones : { ...phones, plan };
}

/**
 * Whether a stranger alone says that all calls are not led on any more, for this one has been before: nobody gets through to phones that his header
 * makes ring, and who has led a call on does not ring again in the house either.
 */
function isKeptBySaying(account: Account, to: Destination, way: Way): boolean {
  const { led = [], principal } = way.facts;
  if (led.length === 0 || isTrusted(principal) || principal.kind === 'provider') return false;
  return forward(account, 'all', 'forwardAll', to, { ...way, facts: { ...way.facts, led: undefined } }) !== undefined;
}

function undisturbed(account: Account, { snapshot }: Way): Found {
  const state = sayingState(account, snapshot.active(), 'dnd');
  const why = state === undefined ? 'does not want to be disturbed' : `is not to be disturbed: [state ${state.name}] says so`;
  return refusal(486, 'Busy Here', `${account.name} ${why}`, account.name);
}

/** Where one of the forwards leads; undefined where it leads nowhere, and the trace says why. */
function forward(account: Account, cause: Cause, wish: ForwardField, to: Destination, way: Way): Plan | undefined {
  const { steps } = way;
  const state = sayingState(account, way.snapshot.active(), wish);
  const key = `${state === undefined ? `[user ${account.name}]` : `[state ${state.name}]`} ${FORWARDS[wish]}`;
  if (isCaller(to, way)) {
    steps.say(`${key} leads to the caller, who gets through`);
    return undefined;
  }
  if (way.facts.led?.some((uri) => isAor(uri, account, way)) === true) {
    steps.say(`${key}: ${account.name} has led this call on before`);
    return undefined;
  }
  const on = ledOn(way, way.snapshot.rules.spender(account), `[user ${account.name}]`, account.forwardStrangers);
  const found = 'kind' in on ? on : onward(key, to, on);
  if (found.kind === 'plan') return diverted(found.plan, account.name, to, cause, way);
  steps.say(`${key}: ${found.why}`);
  return undefined;
}

function onward(key: string, to: Destination, on: Way): Found {
  on.steps.say(`${key} = ${to.kind === 'uri' ? to.uri : wordOf(to)}`);
  return on.onward(to, on);
}

/** Whoever calls are forwarded to reaches the one who forwards them. */
function isCaller(to: Destination, { facts, snapshot }: Way): boolean {
  const { principal } = facts;
  if (principal.kind !== 'user') return false;
  if (to.kind !== 'uri') {
    const called = wordOf(to);
    return called === principal.name || snapshot.byExtension(called)?.name === principal.name;
  }
  const caller = snapshot.byName(principal.name);
  return caller !== undefined && isAor(to.uri, caller, { snapshot });
}

/** Whether a URI is that of a user of ours. */
function isAor(text: string, account: Account, { snapshot }: Pick<Way, 'snapshot'>): boolean {
  const uri = readable(() => parseUri(text));
  if (uri === undefined || !isSip(uri) || uri.user === undefined) return false;
  const user = unescapeUri(uri.user);
  return (user === account.name || user === account.extension) && snapshot.domains.owns(uri);
}
