import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import type { Action, Event } from '../../../src/core/proxy/fork-event.ts';
import { ResponseContext } from '../../../src/core/proxy/response-context.ts';
import type { Diversion, Outcome, Plan } from '../../../src/core/routing/decision.ts';
import { planOf } from '../../../src/core/routing/inside.ts';

const bound = (name: string, more: Partial<Binding> = {}): Binding =>
  ({ aor: 'bob', uri: `sip:${name}`, q: 1, path: [], ...more }) as Binding;
const phones = (...of: Binding[]): Plan => planOf(of);
const all = (...plans: Plan[]): Plan => ({ kind: 'all', of: plans.map((plan) => ({ plan })) });
const orElse = (first: Plan, on: readonly Outcome[], then: Plan): Plan => ({ kind: 'else', first, on, then });
const CAROL = bound('carol', { aor: 'carol' });
const BY: Diversion = { from: 'sip:bob@h', to: 'sip:carol@h', reason: 'no-answer', cause: 408 };

function say(action: Action): string {
  switch (action.do) {
    case 'try':
      return `try ${action.target.kind === 'binding' ? action.target.binding.uri.slice(4) : '?'} ${action.breadth}`;
    case 'cancel':
      return `cancel ${action.branch}${action.answered ? ' (answered)' : ''}`;
    case 'pass':
      return `pass ${action.branch}`;
    case 'answer':
      return `answer ${action.status} of ${action.branch}`;
    case 'arm':
    case 'disarm':
      return `${action.do} ${action.timer}`;
    default:
      return action.do;
  }
}

function play(plan: Plan, breadth = 60) {
  const context = new ResponseContext(plan, { breadth, declineIsLocal: false, call: true });
  /** Without the timers of silence, which are beside the point. */
  const step = (event: Event) =>
    context
      .step(event)
      .map(say)
      .filter((said) => !said.startsWith('arm silent'));
  step({ type: 'start' });
  return {
    join: (phone: Binding) => step({ type: 'join', phone }),
    answer: (branch: number, status: number) => step({ type: 'answer', branch, status }),
    redirect: (branch: number, plan: Plan) => step({ type: 'redirect', branch, status: 0, plan }),
    gone: (branch: number, status: number, outcome?: Outcome) => step({ type: 'gone', branch, status, outcome }),
    timer: (timer: string) => step({ type: 'timer', timer }),
    cancel: () => step({ type: 'cancel' }),
  };
}

test('a phone that registers rings beside the others, once, and loses as they do (RFC 3261 §16.5, §16.7 step 10)', () => {
  const call = play(phones(bound('a')));
  assert.deepEqual(call.join(bound('b')), ['try b 4']);
  assert.deepEqual(call.join(bound('b')), []);
  assert.deepEqual(call.join(bound('a')), []);
  assert.deepEqual(call.join(bound('c')), ['try c 4']);
  assert.deepEqual(call.answer(0, 486), []);
  assert.deepEqual(call.answer(1, 200), ['pass 1', 'cancel 2 (answered)']);
  assert.deepEqual(call.join(bound('d')), []);
  assert.deepEqual(call.gone(2, 487), ['end']);
});

test('its answer is one of those that the best is chosen of, and it is waited for (RFC 3261 §16.7 step 6)', () => {
  const call = play(phones(bound('a'), bound('b')));
  call.join(bound('c'));
  assert.deepEqual(call.answer(0, 404), []);
  assert.deepEqual(call.answer(1, 404), []);
  assert.deepEqual(call.answer(2, 486), ['answer 486 of 2', 'end']);
});

test('nothing joins what was given up, declined for all or is over (RFC 3261 §16.7 steps 5 and 10)', () => {
  const cancelled = play(phones(bound('a')));
  assert.deepEqual(cancelled.cancel(), ['cancel 0']);
  assert.deepEqual(cancelled.join(bound('b')), []);
  assert.deepEqual(cancelled.gone(0, 487), ['answer 487 of 0', 'end']);
  const declined = play(phones(bound('a'), bound('b')));
  declined.answer(0, 603);
  assert.deepEqual(declined.join(bound('c')), []);
  const group = play(all(phones(bound('a')), phones(CAROL)));
  group.answer(0, 486);
  assert.deepEqual(group.join(bound('b')), []);
});

test('it has the time of the others that is left, and what comes after them comes after it (features row 20)', () => {
  const call = play(
    orElse({ ...phones(bound('a')), ring: 20_000 }, ['noAnswer'], { kind: 'diverted', by: BY, plan: phones(CAROL) }),
  );
  assert.deepEqual(call.join(bound('b')), ['try b 4']);
  call.answer(0, 180);
  call.answer(1, 180);
  assert.deepEqual(call.answer(0, 480), []);
  assert.deepEqual(call.timer('ring 1'), ['cancel 1', 'disarm ring 1', 'diverted', 'try carol 30']);
  assert.deepEqual(call.join(bound('c')), []);
  assert.deepEqual(call.join(bound('mobile', { aor: 'carol' })), ['try mobile 4']);
});

test('whoever comes after a silent phone is not tried while one that joined rings', () => {
  const call = play(orElse(phones(bound('a')), ['unreachable'], phones(CAROL)));
  call.join(bound('b'));
  call.answer(1, 180);
  assert.deepEqual(call.timer('silent 1'), []);
  assert.deepEqual(call.answer(1, 480), []);
  const silent = play(orElse(phones(bound('a')), ['unreachable', 'offline'], phones(CAROL)));
  silent.join(bound('b'));
  silent.answer(1, 404);
  assert.deepEqual(silent.timer('silent 1'), ['try carol 30']);
});

test('one of a lower q has its turn when it comes, one of a higher rings at once (RFC 3261 §16.6)', () => {
  const call = play(phones(bound('a', { q: 0.9 }), bound('b', { q: 0.5 })));
  assert.deepEqual(call.join(bound('c', { q: 0.7 })), []);
  assert.deepEqual(call.join(bound('d', { q: 0.5 })), []);
  assert.deepEqual(call.join(bound('d', { q: 0.5 })), []);
  assert.deepEqual(call.join(bound('e')), ['try e 4']);
  assert.deepEqual(call.answer(0, 486), []);
  assert.deepEqual(call.answer(1, 486), ['disarm next 0', 'try c 30']);
});

test('beneath the only level there is another one then, and the ring time is that of both', () => {
  const call = play({ ...phones(bound('a')), ring: 20_000 });
  assert.deepEqual(call.join(bound('b', { q: 0.1 })), []);
  assert.deepEqual(call.join(bound('c', { q: 0.1 })), []);
  assert.deepEqual(call.answer(0, 480), ['disarm next 0', 'try c 15', 'try b 15']);
  assert.deepEqual(call.timer('ring 0'), ['cancel 1', 'cancel 2', 'disarm ring 0']);
});

test('one of a lower q has its turn beside a phone that is silent, and not before it has been for as long as any (RFC 3261 §16.6)', () => {
  const context = new ResponseContext(phones(bound('a'), bound('b')), { breadth: 60, declineIsLocal: false, call: true });
  const step = (event: Event) => context.step(event).map(say);
  step({ type: 'start' });
  step({ type: 'answer', branch: 1, status: 180 });
  assert.deepEqual(step({ type: 'join', phone: bound('c', { q: 0.5 }) }), ['arm silent 1']);
  assert.deepEqual(step({ type: 'join', phone: bound('d', { q: 0.5 }) }), []);
  assert.deepEqual(step({ type: 'timer', timer: 'silent 1' }), []);
  assert.deepEqual(step({ type: 'answer', branch: 1, status: 486 }).slice(0, 2), ['disarm next 0', 'try d 15']);
  const one = play({ ...phones(bound('a')), ring: 20_000 });
  assert.deepEqual(one.join(bound('b', { q: 0.5 })), []);
  assert.deepEqual(one.timer('silent 0'), ['disarm next 0', 'try b 30']);
});

test('a member of a group whose turn is still to come comes with the phone', () => {
  const hunt: Plan = { kind: 'order', of: [{ plan: phones(CAROL) }, { plan: phones(bound('a')), after: 5_000 }] };
  const call = play(hunt);
  assert.deepEqual(call.join(bound('b')), []);
  assert.deepEqual(call.join(bound('b')), []);
  assert.deepEqual(call.timer('next 0'), ['try b 8', 'try a 8']);
});

test('whoever is led on to when nobody answers comes with the phone, and so does who is within a group whose turn it is then', () => {
  const late = all(phones(CAROL), phones(bound('eve', { aor: 'eve' })));
  const onward: Plan = { kind: 'order', of: [{ plan: phones(bound('dave', { aor: 'dave' })) }, { plan: late, after: 5_000 }] };
  const call = play(orElse(phones(bound('a')), ['busy'], { kind: 'diverted', by: BY, plan: onward }));
  for (let n = 0; n < 2; n++) assert.deepEqual(call.join(bound('mobile', { aor: 'carol' })), []);
  assert.deepEqual(call.answer(0, 486), ['diverted', 'try dave 8', 'arm next 3']);
  assert.deepEqual(call.timer('next 3'), ['try mobile 8', 'try carol 8', 'try eve 8']);
  const many = play(orElse(phones(bound('a')), ['busy'], phones(CAROL)));
  for (let n = 0; n < 100; n++) many.join(bound(`mobile${n}`, { aor: 'carol' }));
  assert.equal(many.answer(0, 486).filter((said) => said.startsWith('try')).length, 60);
});

test('a phone that the plan comes to once more rings once more, whoever has registered meanwhile', () => {
  const call = play(orElse(all(phones(bound('a')), phones(CAROL)), ['busy'], phones(bound('a'))));
  call.answer(0, 486);
  assert.deepEqual(call.join(CAROL), []);
  assert.deepEqual(call.join(bound('mobile', { aor: 'carol' })), ['try mobile 2']);
  call.answer(1, 486);
  assert.deepEqual(call.answer(2, 486), ['try a 30']);
});

test('a device that has moved rings where it is, and not by two of its flows at once (RFC 5626 §7)', () => {
  const moved = play(phones(bound('a', { instance: 'i' })));
  assert.deepEqual(moved.join(bound('b', { instance: 'i' })), ['try b 4']);
  const flow = play(phones(bound('a', { instance: 'i', regId: 1 }), bound('z')));
  assert.deepEqual(flow.join(bound('b', { instance: 'i', regId: 2 })), []);
  assert.deepEqual(flow.join(bound('c', { instance: 'i', regId: 1 })), ['try c 4']);
  assert.deepEqual(flow.join(bound('d', { instance: 'j', regId: 2 })), ['try d 4']);
});

test('a flow of a device whose other flow has its turn still to come is tried then, and the other one where it has failed (RFC 5626 §7)', () => {
  const first = bound('a', { instance: 'i', regId: 1 });
  const second = bound('b', { instance: 'i', regId: 2 });
  const later = play(phones(bound('z'), { ...first, q: 0.5 }));
  assert.deepEqual(later.join(second), []);
  assert.deepEqual(later.join(second), []);
  assert.deepEqual(later.answer(0, 486), ['disarm next 0', 'try b 30']);
  assert.deepEqual(later.gone(1, 503), ['try a 30']);
  const full = play(phones(bound('z'), bound('y'), first), 2);
  assert.deepEqual(full.join(second), []);
  assert.deepEqual(full.answer(0, 486), ['disarm next 0', 'try b 1']);
  assert.deepEqual(full.answer(1, 486), []);
  assert.deepEqual(full.answer(2, 486), ['answer 486 of 0', 'end']);
});

test('who has led on by a redirect has no phones that ring, and none joins them (RFC 3261 §16.7 step 4)', () => {
  const context = new ResponseContext(phones(bound('a')), { breadth: 60, declineIsLocal: false, call: true });
  context.step({ type: 'start' });
  context.step({ type: 'redirect', branch: 0, status: 0, plan: phones(CAROL) });
  assert.deepEqual(context.step({ type: 'join', phone: bound('b') }), []);
});

test('the breadth is never exceeded: where nothing is left of it, a phone waits for a place (RFC 5393 §5.3.3)', () => {
  const one = play(phones(bound('a')), 1);
  assert.deepEqual(one.join(bound('b')), []);
  assert.deepEqual(one.join(bound('c')), []);
  assert.deepEqual(one.answer(0, 486), ['disarm next 0', 'try b 1']);
  assert.deepEqual(one.answer(1, 486), ['disarm next 0', 'try c 1']);
  assert.deepEqual(one.answer(2, 486), ['answer 486 of 0', 'end']);
  for (const breadth of [1, 2, 3, 7, 59, 60]) {
    const call = play(phones(bound('a'), bound('b'), bound('c')), breadth);
    const rang: number[] = [];
    for (let n = 0; n < 20; n++) for (const said of call.join(bound(`p${n}`))) rang.push(Number(said.split(' ')[2]));
    const first = Math.min(3, breadth) * Math.ceil(Math.max(1, Math.floor(breadth / 3)) / 2);
    assert.isAtMost(first + rang.reduce((sum, one) => sum + one, 0), breadth, `${breadth}`);
  }
});

test('a member who had no phone has the place of one that rings no more, and waits for one else (RFC 5393 §5.3.3.1)', () => {
  const dave = phones(bound('dave', { aor: 'dave' }));
  const group = { ...all(phones(CAROL), dave), awaits: ['bob', 'eve'] } as Plan;
  const left = play(group, 2);
  left.answer(0, 486);
  assert.deepEqual(left.join(bound('a')), ['try a 1']);
  assert.deepEqual(left.join(bound('e', { aor: 'eve' })), []);
  assert.deepEqual(left.answer(1, 486), ['disarm next 0', 'try e 1']);
  const full = play(group, 2);
  assert.deepEqual(full.join(bound('a')), []);
  assert.deepEqual(full.answer(0, 486), ['disarm next 0', 'try a 1']);
});

test('nor has he a place when his turn comes where who rings has all of the breadth (RFC 5393 §5.3.3)', () => {
  const hunt: Plan = { kind: 'order', of: [{ plan: phones(bound('a'), bound('b')), after: 5_000 }], awaits: ['carol'] };
  const call = play(hunt, 2);
  assert.deepEqual(call.join(CAROL), []);
  assert.deepEqual(call.timer('next 0'), []);
  assert.deepEqual(call.answer(0, 486), []);
  assert.deepEqual(call.answer(1, 486), ['disarm next 0', 'try carol 1', 'arm next 0']);
});

test('where a phone that was joined redirects, it has no more of the breadth than it was given (RFC 5393 §5.3.3)', () => {
  const call = play(phones(bound('a')), 2);
  assert.deepEqual(call.join(bound('b')), ['try b 1']);
  assert.deepEqual(call.redirect(0, all(phones(CAROL), phones(bound('dave', { aor: 'dave' })))), ['try carol 1']);
  assert.deepEqual(call.answer(2, 486), ['disarm next 3', 'try dave 1']);
});

test('ten devices of a user ring where nine of them come back while the first one does', () => {
  const call = play(phones(bound('a')));
  for (let n = 0; n < 9; n++) assert.equal(call.join(bound(`p${n}`)).length, 1, `${n}`);
});

test('whoever registers ever new contacts is called at no more than sixty', () => {
  const call = play(all(phones(bound('a')), phones(CAROL)));
  let tried = 2;
  for (let n = 0; n < 200; n++) {
    const said = call.join(bound(`p${n}`));
    if (said.length > 0) call.answer(tried++, 486);
  }
  assert.equal(tried, 60);
});
