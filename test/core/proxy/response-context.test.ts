import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import type { Action, Event } from '../../../src/core/proxy/fork-event.ts';
import { ResponseContext } from '../../../src/core/proxy/response-context.ts';
import type { Diversion, Outcome, Plan, Target } from '../../../src/core/routing/decision.ts';

/** A target that is told from others by its port. */
const phone = (port: number, ring?: number): Plan => {
  const flow = {
    transport: 'udp',
    local: { host: '10.0.0.1', port: 5060 },
    remote: { host: '10.0.0.2', port },
    connection: '',
  } as const;
  const target: Target = { kind: 'flow', flow };
  return ring === undefined ? { kind: 'target', target } : { kind: 'target', target, ring };
};
/** The same of a phone that has registered. */
const registered = (port: number): Plan => {
  const binding = { uri: `sip:bob@10.0.0.2:${port}` } as Binding;
  return { kind: 'target', target: { kind: 'binding', binding } };
};
const all = (...plans: Plan[]): Plan => ({ kind: 'all', of: plans.map((plan) => ({ plan })) });
const order = (...plans: (Plan | readonly [Plan, number])[]): Plan => ({ kind: 'order', of: plans.map(member) });
const member = (plan: Plan | readonly [Plan, number]) => ('kind' in plan ? { plan } : { plan: plan[0], after: plan[1] });

const orElse = (first: Plan, on: readonly Outcome[], then: Plan): Plan => ({ kind: 'else', first, on, then });

const portOf = (target: Target): string =>
  target.kind === 'flow'
    ? `${target.flow.remote.port}`
    : target.kind === 'binding'
      ? target.binding.uri.slice('sip:bob@10.0.0.2:'.length)
      : '?';

function say(action: Action): string {
  switch (action.do) {
    case 'try':
      return `try ${action.branch} at ${portOf(action.target)}${action.breadth === 60 ? '' : ` breadth ${action.breadth}`}${action.led.length === 0 ? '' : ` led by ${action.led.map(({ index }) => index).join(' ')}`}`;
    case 'cancel':
      return `cancel ${action.branch}${action.answered ? ' (answered)' : ''}`;
    case 'pass':
      return `pass ${action.branch}`;
    case 'arm':
      return `arm ${action.timer} ${action.after}`;
    case 'disarm':
      return `disarm ${action.timer}`;
    case 'answer':
      return `answer ${action.status} of ${action.branch}`;
    case 'diverted':
    case 'end':
      return action.do;
    default:
      return action satisfies never;
  }
}

function play(plan: Plan, rules = {}) {
  const context = new ResponseContext(plan, { breadth: 60, declineIsLocal: false, call: true, ...rules });
  const step = (event: Event) => context.step(event).map(say);
  return {
    start: () => step({ type: 'start' }),
    answer: (branch: number, status: number) => step({ type: 'answer', branch, status }),
    gone: (branch: number, status: number, outcome?: Outcome) => step({ type: 'gone', branch, status, outcome }),
    timer: (timer: string) => step({ type: 'timer', timer }),
    cancel: () => step({ type: 'cancel' }),
    pickUp: (plan: Plan) => step({ type: 'pickUp', plan }),
    waiting: () => context.waiting,
    redirect: (branch: number, to: Plan, status = 0) => step({ type: 'redirect', branch, status, plan: to }),
  };
}

test('a target is told whether another one takes its place where it is silent: not where others ring beside it, nor the last one', () => {
  const by = { from: '', to: '', reason: 'no-answer', cause: 408 } as const;
  const diverted = (plan: Plan): Plan => ({ kind: 'diverted', by, plan });
  for (const [plan, told] of [
    [phone(1), [false]],
    [order(phone(1), phone(2)), [true, false]],
    [orElse(phone(1), ['silent'], orElse(phone(2), ['silent'], phone(3))), [true, true, false]],
    [orElse(phone(1), ['busy'], phone(2)), [false]],
    [orElse(all(phone(1), phone(2)), ['silent'], phone(3)), [false, false, false]],
    [orElse({ kind: 'all', of: [{ plan: phone(1) }], awaits: ['bob'] }, ['silent'], phone(2)), [true, false]],
    [orElse(diverted(phone(1)), ['silent'], phone(2)), [false]],
    [orElse(diverted(phone(1)), ['failed'], phone(2)), [true, false]],
  ] as const) {
    const context = new ResponseContext(plan, { breadth: 60, declineIsLocal: false, call: true });
    const followed: boolean[] = [];
    const step = (event: Event) => {
      for (const action of context.step(event)) if (action.do === 'try') followed.push(action.followed);
    };
    step({ type: 'start' });
    for (let branch = 0; branch < followed.length; branch++) step({ type: 'gone', branch, status: 408, outcome: 'silent' });
    assert.deepEqual(followed, [...told]);
  }
});

test('a silent target keeps its time where what follows would wait for those that ring beside it, in a hunting group too', () => {
  const hunting = orElse(order(phone(1), [phone(2), 5_000]), ['silent'], phone(3));
  const context = new ResponseContext(hunting, { breadth: 60, declineIsLocal: false, call: true });
  const followed = (event: Event) => context.step(event).flatMap((action) => (action.do === 'try' ? [action.followed] : []));
  assert.deepEqual(followed({ type: 'start' }), [true]);
  assert.deepEqual(followed({ type: 'answer', branch: 0, status: 180 }), []);
  assert.deepEqual(followed({ type: 'timer', timer: 'next 1' }), [false]);
  assert.deepEqual(followed({ type: 'gone', branch: 1, status: 408, outcome: 'silent' }), []);
  assert.deepEqual(followed({ type: 'gone', branch: 0, status: 408, outcome: 'silent' }), [false]);
});

test('one target: provisional answers pass but 100, then the final one (RFC 3261 §16.7 step 5)', () => {
  const fork = play(phone(1));
  assert.deepEqual(fork.start(), ['try 0 at 1']);
  assert.deepEqual(fork.answer(0, 100), []);
  assert.deepEqual(fork.answer(0, 180), ['pass 0']);
  assert.deepEqual(fork.answer(0, 199), ['pass 0']);
  assert.deepEqual(fork.answer(0, 200), ['pass 0', 'end']);
});

test('a fork answers when the last branch is done, with the best of them (RFC 3261 §16.7 step 6)', () => {
  const fork = play(all(phone(1), phone(2), phone(3)));
  assert.deepEqual(fork.start(), ['try 0 at 1 breadth 20', 'try 1 at 2 breadth 20', 'try 2 at 3 breadth 20']);
  assert.deepEqual(fork.answer(1, 404), []);
  assert.deepEqual(fork.gone(0, 408), []);
  assert.deepEqual(fork.answer(2, 486), ['answer 486 of 2', 'end']);
});

test('only a flow that is gone, or a 430, leads to the next flow of a device; no answer of the device does (RFC 5626 §7)', () => {
  for (const [way, status] of [
    ['gone', 503],
    ['gone', 430],
    ['answer', 430],
  ] as const) {
    const fork = play(orElse(phone(1), ['flowFailed'], phone(2)));
    fork.start();
    assert.deepEqual(fork[way](0, status), ['try 1 at 2'], `${way} ${status}`);
    assert.deepEqual(fork.answer(1, 486), ['answer 486 of 1', 'end']);
  }
  for (const status of [500, 503, 404, 480, 486]) {
    const fork = play(orElse(phone(1), ['flowFailed'], phone(2)));
    fork.start();
    assert.deepEqual(fork.answer(0, status), [`answer ${status} of 0`, 'end']);
  }
});

test('a 2xx passes at once, the rest are cancelled, and their late 2xx pass too (RFC 3261 §16.7 steps 5 and 10)', () => {
  const fork = play(all(phone(1), phone(2), phone(3)));
  fork.start();
  assert.deepEqual(fork.answer(1, 200), ['pass 1', 'cancel 0 (answered)', 'cancel 2 (answered)']);
  assert.deepEqual(fork.answer(0, 180), []);
  assert.deepEqual(fork.answer(0, 200), ['pass 0']);
  assert.deepEqual(fork.answer(2, 487), ['end']);
  assert.deepEqual(fork.answer(1, 200), ['pass 1', 'end']);
});

test('a 6xx cancels the others and waits for them; a 2xx that crosses still wins (RFC 3261 §16.7 steps 5, 6 and 10)', () => {
  const fork = play(all(phone(1), phone(2), phone(3)));
  fork.start();
  assert.deepEqual(fork.answer(0, 603), ['cancel 1', 'cancel 2']);
  assert.deepEqual(fork.answer(1, 180), []);
  assert.deepEqual(fork.answer(1, 487), []);
  assert.deepEqual(fork.answer(2, 200), ['pass 2', 'end']);
  const refused = play(all(phone(1), phone(2)));
  refused.start();
  refused.answer(0, 603);
  assert.deepEqual(refused.answer(1, 487), ['answer 603 of 0', 'end']);
});

test('a 603 of one phone lets the others ring where the callee wants it so', () => {
  const fork = play(all(phone(1), phone(2)), { declineIsLocal: true });
  fork.start();
  assert.deepEqual(fork.answer(0, 603), []);
  assert.deepEqual(fork.answer(1, 180), ['pass 1']);
  assert.deepEqual(fork.answer(1, 486), ['answer 603 of 0', 'end']);
  const six = play(all(phone(1), phone(2)), { declineIsLocal: true });
  six.start();
  assert.deepEqual(six.answer(0, 600), ['cancel 1']);
});

test('a 6xx ends a search in order: nothing else is tried (RFC 3261 §16.7 step 5)', () => {
  const hunt = play(order(phone(1), phone(2)));
  assert.deepEqual(hunt.start(), ['try 0 at 1']);
  assert.deepEqual(hunt.answer(0, 600), ['answer 600 of 0', 'end']);
});

test('in order: the next target when one has failed, the best answer when all have', () => {
  const hunt = play(order(phone(1), phone(2), phone(3)));
  assert.deepEqual(hunt.start(), ['try 0 at 1']);
  assert.deepEqual(hunt.answer(0, 486), ['disarm next 0', 'try 1 at 2']);
  assert.deepEqual(hunt.gone(1, 408), ['disarm next 0', 'try 2 at 3']);
  assert.deepEqual(hunt.gone(2, 503), ['answer 486 of 0', 'end']);
});

test('in order with delays: the next starts beside the one that still rings, and they share the breadth (RFC 5393 §5.3.3)', () => {
  const hunt = play(order(phone(1), [phone(2), 5_000], [phone(3), 5_000]));
  assert.deepEqual(hunt.start(), ['try 0 at 1 breadth 20', 'arm next 0 5000']);
  assert.deepEqual(hunt.timer('next 0'), ['try 1 at 2 breadth 20', 'arm next 0 5000']);
  assert.deepEqual(hunt.answer(0, 486), []);
  assert.deepEqual(hunt.answer(1, 486), ['disarm next 0', 'try 2 at 3 breadth 20']);
  assert.deepEqual(hunt.answer(2, 200), ['pass 2', 'end']);
});

test('a ring time cancels its branch, which counts as one that nobody answered; the next does not wait for its 487', () => {
  const hunt = play(order(phone(1, 15_000), phone(2)));
  assert.deepEqual(hunt.start(), ['try 0 at 1', 'arm ring 1 15000']);
  assert.deepEqual(hunt.answer(0, 180), ['pass 0']);
  assert.deepEqual(hunt.timer('ring 1'), ['cancel 0', 'disarm ring 1', 'disarm next 0', 'try 1 at 2']);
  assert.deepEqual(hunt.answer(0, 180), []);
  assert.deepEqual(hunt.answer(1, 404), []);
  assert.deepEqual(hunt.answer(0, 487), ['answer 480 of 0', 'end']);
});

test('a ring time ends what rings below it, and nothing beside it (RFC 3261 §16.6)', () => {
  const fork = play(all({ ...all(phone(1), phone(2)), ring: 10_000 }, phone(3)));
  fork.start();
  assert.deepEqual(fork.timer('ring 1'), ['cancel 0', 'cancel 1', 'disarm ring 1']);
  assert.deepEqual(fork.answer(2, 200), ['pass 2']);
});

test('a ring time that nobody used leaves an answer that says so: 480, for the caller did not cancel', () => {
  const one = play(phone(1, 15_000));
  one.start();
  assert.deepEqual(one.timer('ring 0'), ['cancel 0', 'disarm ring 0']);
  assert.deepEqual(one.answer(0, 487), ['answer 480 of 0', 'end']);
});

test('who was rung too long may say what he likes: a late 2xx wins, a late 6xx ends nothing (RFC 3261 §9.1, §16.7 step 5)', () => {
  const late = play(orElse(phone(1, 15_000), ['noAnswer'], phone(2)));
  late.start();
  late.answer(0, 180);
  assert.deepEqual(late.timer('ring 1'), ['cancel 0', 'disarm ring 1', 'try 1 at 2']);
  assert.deepEqual(late.answer(0, 200), ['pass 0', 'cancel 1 (answered)']);
  assert.deepEqual(late.answer(1, 487), ['end']);
  const rude = play(orElse(phone(1, 15_000), ['noAnswer'], phone(2)));
  rude.start();
  rude.answer(0, 180);
  rude.timer('ring 1');
  assert.deepEqual(rude.answer(0, 600), []);
  assert.deepEqual(rude.answer(1, 200), ['pass 1', 'end']);
});

test('phones that never said a word are silent; one that did is one that nobody answered', () => {
  const plan = (first: Plan): Plan => orElse(orElse({ ...first, ring: 20_000 }, ['noAnswer'], phone(8)), ['silent'], phone(9));
  const dead = play(plan(all(phone(1), phone(2))));
  dead.start();
  assert.deepEqual(dead.timer('ring 2'), ['cancel 0', 'cancel 1', 'disarm ring 2', 'try 2 at 9']);
  const there = play(plan(all(phone(1), phone(2))));
  there.start();
  there.answer(1, 100);
  assert.deepEqual(there.timer('ring 2'), ['cancel 0', 'cancel 1', 'disarm ring 2', 'try 2 at 8']);
  const silent = play(plan(all(phone(1), phone(2))));
  silent.start();
  assert.deepEqual(silent.gone(0, 408, 'silent'), []);
  assert.deepEqual(silent.gone(1, 503), ['disarm ring 2', 'try 2 at 9']);
  const busy = play(orElse(plan(all(phone(1), phone(2))), ['busy'], phone(7)));
  busy.start();
  busy.answer(0, 486);
  assert.deepEqual(busy.timer('ring 3'), ['cancel 1', 'disarm ring 3', 'try 2 at 7']);
});

test('beside a phone that is silent for 8 s the next of the order is tried, and it has the call if it answers (RFC 3261 §16.6)', () => {
  const serial = play(order(registered(1), registered(2), registered(3)));
  assert.deepEqual(serial.start(), ['try 0 at 1 breadth 30', 'arm silent 1 8000']);
  assert.deepEqual(serial.timer('silent 1'), ['disarm next 0', 'try 1 at 2 breadth 30', 'arm silent 2 8000']);
  assert.deepEqual(serial.answer(1, 180), ['pass 1']);
  assert.deepEqual(serial.timer('silent 2'), []);
  assert.deepEqual(serial.answer(0, 180), ['pass 0']);
  assert.deepEqual(serial.answer(1, 486), ['disarm next 0', 'try 2 at 3 breadth 30', 'arm silent 3 8000']);
  assert.deepEqual(serial.answer(0, 200), ['pass 0', 'cancel 2 (answered)']);
  assert.deepEqual(serial.gone(2, 487), ['end']);
});

test('where phones lead on that cannot be reached, they lead on beside the silent ones; one that rings or is still due keeps them', () => {
  const plan = (phones: Plan) =>
    orElse(orElse(orElse(phones, ['noAnswer'], phone(7)), ['busy'], phone(8)), ['unreachable'], phone(9));
  const both = play(plan({ ...all(registered(1), registered(2)), ring: 20_000 }));
  both.start();
  assert.deepEqual(both.timer('silent 4'), []);
  assert.deepEqual(both.timer('silent 5'), ['try 2 at 9']);
  assert.deepEqual(both.timer('ring 3'), []);
  assert.deepEqual(both.gone(0, 408, 'silent'), []);
  assert.deepEqual(both.answer(2, 486), []);
  assert.deepEqual(both.gone(1, 408, 'silent'), ['answer 486 of 2', 'end']);
  const rings = play(plan(all(registered(1), registered(2))));
  rings.start();
  rings.timer('silent 4');
  rings.answer(0, 180);
  assert.deepEqual(rings.timer('silent 5'), []);
  const late = play(plan(order(registered(1), [registered(2), 5_000])));
  late.start();
  late.timer('next 3');
  assert.deepEqual(late.timer('silent 4'), []);
  late.answer(0, 180);
  assert.deepEqual(late.timer('silent 5'), []);
  const busy = play(plan(all(registered(1), registered(2))));
  busy.start();
  busy.answer(0, 486);
  assert.deepEqual(busy.timer('silent 5'), ['try 2 at 8']);
  const due = play(orElse(all(registered(1), registered(2)), ['unreachable'], phone(9)), { breadth: 1 });
  due.start();
  assert.deepEqual(due.timer('silent 2'), []);
  const hunt = play(orElse(order(registered(1), [registered(2), 10_000]), ['unreachable'], phone(9)));
  hunt.start();
  assert.deepEqual(hunt.timer('silent 2'), ['disarm next 1', 'try 1 at 2 breadth 15', 'arm silent 3 8000']);
  assert.deepEqual(hunt.timer('silent 3'), ['try 2 at 9']);
});

test('what a silent phone leads on to is tried once, and where that is silent too its own failure counts, of a forward as none of the phones', () => {
  const by: Diversion = { from: 'sip:a@h', to: 'sip:b@h', reason: 'user-busy', cause: 486 };
  const chain = (second: Plan) => {
    const call = play(orElse(orElse(registered(1), ['busy'], second), ['unreachable'], registered(9)));
    call.start();
    call.answer(0, 486);
    return call;
  };
  const plain = chain(registered(2));
  assert.deepEqual(plain.timer('silent 3'), ['try 2 at 9 breadth 30', 'arm silent 4 8000']);
  assert.deepEqual(plain.timer('silent 4'), []);
  assert.deepEqual(chain({ kind: 'diverted', by, plan: registered(2) }).timer('silent 4'), []);
});

test('a phone that led on itself is not silent, and what it named rings for as long as it does (RFC 3261 §16.7 step 4)', () => {
  const call = play(orElse(registered(1), ['unreachable'], phone(9)));
  call.start();
  assert.deepEqual(call.redirect(0, phone(2)), ['try 1 at 2 breadth 30']);
  assert.deepEqual(call.timer('silent 1'), []);
});

test('whoever declines beside a phone that has been silent for 8 s leads on at once, and not when that one is given up', () => {
  const call = play(orElse(all(registered(1), registered(2)), ['busy', 'declined'], phone(9)), { declineIsLocal: true });
  call.start();
  call.answer(0, 180);
  assert.deepEqual(call.timer('silent 2'), []);
  assert.deepEqual(call.timer('silent 3'), []);
  assert.deepEqual(call.answer(0, 603), ['try 2 at 9']);
  assert.deepEqual(call.gone(1, 408, 'silent'), []);
  assert.deepEqual(call.answer(2, 200), ['pass 2', 'end']);
});

test('silence means nothing of a phone after which nobody comes, or of a gateway', () => {
  assert.deepEqual(play(all(registered(1), registered(2))).start(), ['try 0 at 1 breadth 15', 'try 1 at 2 breadth 15']);
  const by: Diversion = { from: 'sip:a@h', to: 'sip:b@h', reason: 'unconditional', cause: 302 };
  assert.deepEqual(play({ kind: 'diverted', by, plan: registered(1) }).start(), ['diverted', 'try 0 at 1 breadth 30 led by 1']);
  assert.deepEqual(play(order(phone(1), phone(2))).start(), ['try 0 at 1']);
});

test('a whole group may ring no longer than its time: members whose turn would come are not tried any more', () => {
  const group = play(orElse({ ...order(phone(1), [phone(2), 5_000], [phone(3), 5_000]), ring: 7_000 }, ['noAnswer'], phone(9)));
  assert.deepEqual(group.start(), ['try 0 at 1 breadth 20', 'arm next 1 5000', 'arm ring 1 7000']);
  group.answer(0, 180);
  group.timer('next 1');
  assert.deepEqual(group.timer('ring 1'), ['cancel 0', 'cancel 1', 'disarm ring 1', 'try 2 at 9']);
  assert.deepEqual(group.timer('next 1'), []);
  assert.deepEqual(group.answer(2, 200), ['pass 2']);
});

test('a member whose turn comes while there is no place for it gets the next that is free (RFC 5393 §5.3.3.1)', () => {
  const hunt = play(order(phone(1), [phone(2), 5_000]), { breadth: 1 });
  assert.deepEqual(hunt.start(), ['try 0 at 1 breadth 1', 'arm next 0 5000']);
  assert.deepEqual(hunt.timer('next 0'), []);
  assert.deepEqual(hunt.answer(0, 486), ['disarm next 0', 'try 1 at 2 breadth 1']);
});

test('nor need all who ring be done for that: the first place that is free is his (RFC 5393 §5.3.3.1)', () => {
  const hunt = play(order(phone(1), [phone(2), 5_000], [phone(3), 5_000]), { breadth: 2 });
  hunt.start();
  hunt.timer('next 0');
  assert.deepEqual(hunt.timer('next 0'), []);
  assert.deepEqual(hunt.answer(0, 486), ['disarm next 0', 'try 2 at 3 breadth 1']);
});

test('a group whose time is over keeps its caller waiting for no member that was to start later', () => {
  const group = play({ ...order(phone(1), [phone(2), 5_000]), ring: 3_000 });
  group.start();
  assert.deepEqual(group.timer('ring 0'), ['cancel 0', 'disarm ring 0']);
  assert.deepEqual(group.answer(0, 487), ['answer 480 of 0', 'end']);
  const inner = play(all({ ...order(phone(1), [phone(2), 5_000]), ring: 3_000 }, phone(3)));
  inner.start();
  inner.timer('ring 1');
  inner.answer(0, 487);
  assert.deepEqual(inner.answer(1, 486), ['answer 486 of 1', 'end']);
});

test('who was nobody to ask says nothing of a group: it is as busy as the phone that was asked', () => {
  const group = play(orElse(all(phone(1), phone(2)), ['busy'], phone(9)));
  group.start();
  group.gone(0, 0, 'failed');
  assert.deepEqual(group.answer(1, 486), ['try 2 at 9']);
});

test('of a call that was given up a 6xx is told before a 487 (RFC 3261 §16.7 step 6, §16.10)', () => {
  const fork = play(all(phone(1), phone(2)));
  fork.start();
  fork.cancel();
  fork.answer(0, 487);
  assert.deepEqual(fork.answer(1, 603), ['answer 603 of 1', 'end']);
});

test('who leads on is told before it is tried, and that it fails is no outcome of who led there (RFC 7044 §10.3)', () => {
  const by = { from: 'sip:b@h', to: 'sip:c@h', reason: 'user-busy', cause: 486 } as const;
  const diverted = (plan: Plan): Plan => ({ kind: 'diverted', by, plan });
  const plan = orElse(orElse(phone(1), ['busy'], diverted(orElse(phone(2), ['busy'], diverted(phone(3))))), ['busy'], phone(4));
  const call = play(plan);
  call.start();
  assert.deepEqual(call.answer(0, 486), ['diverted', 'try 1 at 2 led by 1']);
  assert.deepEqual(call.answer(1, 486), ['diverted', 'try 2 at 3 led by 1 1.1']);
  assert.deepEqual(call.answer(2, 486), ['answer 486 of 0', 'end']);
  const two = play(all(diverted(phone(1)), diverted(diverted(phone(2))), phone(3)));
  assert.deepEqual(two.start(), [
    'diverted',
    'try 0 at 1 breadth 20 led by 1',
    'diverted',
    'diverted',
    'try 1 at 2 breadth 20 led by 2 2.1',
    'try 2 at 3 breadth 20',
  ]);
});

test('a call that is picked up leaves whoever it rings at, and whatever it would have led on to (RFC 3326 §2)', () => {
  const call = play(orElse({ ...order(phone(1), [phone(2), 5_000]), ring: 20_000 }, ['noAnswer', 'busy'], phone(3)));
  call.start();
  assert.deepEqual(call.waiting(), [0]);
  assert.deepEqual(call.pickUp(phone(4)), ['cancel 0 (answered)', 'try 1 at 4']);
  assert.deepEqual(call.waiting(), [1]);
  assert.deepEqual([call.timer('next 1'), call.timer('ring 1')], [[], []]);
  assert.deepEqual(call.answer(0, 487), []);
  assert.deepEqual(call.answer(1, 200), ['pass 1', 'end']);
  const late = play(phone(1));
  late.start();
  late.pickUp(phone(4));
  assert.deepEqual(late.answer(0, 200), ['pass 0', 'cancel 1 (answered)']);
  const over = play(phone(1));
  over.start();
  over.cancel();
  assert.deepEqual(over.pickUp(phone(4)), []);
});

test('else: the other plan for the outcomes that it names, the failure itself for all others', () => {
  const plan = orElse(all(phone(1), phone(2)), ['busy', 'noAnswer'], phone(3));
  const busy = play(plan);
  busy.start();
  assert.deepEqual(busy.answer(0, 404), []);
  assert.deepEqual(busy.answer(1, 486), ['try 2 at 3']);
  assert.deepEqual(busy.answer(2, 200), ['pass 2', 'end']);
  const gone = play(plan);
  gone.start();
  gone.answer(1, 404);
  assert.deepEqual(gone.answer(0, 404), ['answer 404 of 0', 'end']);
});

test('the outcome of a group is that of its best answer, whoever answered last', () => {
  const plan = orElse(all(phone(1), phone(2)), ['busy'], phone(3));
  const busy = play(plan);
  busy.start();
  busy.answer(0, 486);
  assert.deepEqual(busy.answer(1, 404), ['try 2 at 3']);
});

test('a CANCEL cancels what is out, starts nothing more, and answers 487 when all are done (RFC 3261 §16.10)', () => {
  const hunt = play(order(all(phone(1), phone(2)), phone(3)));
  hunt.start();
  hunt.answer(0, 486);
  assert.deepEqual(hunt.cancel(), ['cancel 1']);
  assert.deepEqual(hunt.cancel(), []);
  assert.deepEqual(hunt.answer(1, 487), ['answer 487 of 1', 'end']);
});

test('a CANCEL that crosses a 2xx loses (RFC 3261 §9.1)', () => {
  const one = play(phone(1));
  one.start();
  assert.deepEqual(one.cancel(), ['cancel 0']);
  assert.deepEqual(one.answer(0, 200), ['pass 0', 'end']);
  assert.deepEqual(one.cancel(), ['end']);
});

test('a CANCEL that crosses a busy phone is answered with 487 all the same (RFC 3261 §9.2)', () => {
  const one = play(phone(1));
  one.start();
  one.cancel();
  assert.deepEqual(one.answer(0, 486), ['answer 487 of -1', 'end']);
});

test('what comes after the end of a branch changes nothing (RFC 3261 §17.1.1.2)', () => {
  const fork = play(all(phone(1), phone(2)));
  fork.start();
  assert.deepEqual(fork.answer(0, 486), []);
  assert.deepEqual(fork.answer(0, 180), []);
  assert.deepEqual(fork.answer(0, 603), []);
  assert.deepEqual(fork.gone(0, 408), []);
  assert.deepEqual(fork.answer(1, 480), ['answer 486 of 0', 'end']);
});

test('never more branches at once than the breadth allows, each with its share (RFC 5393 §5.3.3)', () => {
  const fork = play(all(phone(1), phone(2), phone(3), phone(4), phone(5)), { breadth: 2 });
  assert.deepEqual(fork.start(), ['try 0 at 1 breadth 1', 'try 1 at 2 breadth 1']);
  assert.deepEqual(fork.answer(0, 486), ['disarm next 0', 'try 2 at 3 breadth 1']);
  assert.deepEqual(fork.answer(1, 486), ['disarm next 0', 'try 3 at 4 breadth 1']);
  assert.deepEqual(fork.answer(2, 200), ['pass 2', 'cancel 3 (answered)']);
});

test('groups within a group share its breadth (RFC 5393 §5.3.3)', () => {
  const fork = play(all(all(phone(1), phone(2)), all(phone(3), phone(4))), { breadth: 2 });
  assert.deepEqual(fork.start(), ['try 0 at 1 breadth 1', 'try 1 at 3 breadth 1']);
  assert.deepEqual(fork.answer(0, 486), ['disarm next 1', 'try 2 at 2 breadth 1']);
});

test('whoever has more phones than others has more of the breadth: where it is enough for all of them, none waits (RFC 5393 §5.3.3)', () => {
  const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => phone(first + i));
  const rings = (plan: Plan, breadth = 60) => play(plan, { breadth }).start().length;
  assert.equal(rings(all(...from(1, 30), all(phone(31), phone(32)))), 32);
  assert.equal(rings(all(...from(1, 7), orElse(all(...from(8, 10)), ['busy'], phone(18)))), 17);
  assert.equal(rings(all(...from(1, 3), all(...from(4, 50), all(...from(54, 7))))), 60);
  assert.equal(rings(order(all(...from(1, 3)), [phone(4), 5_000])), 4);
  assert.deepEqual(play(all(all(phone(1), phone(2)), phone(3))).start(), [
    'try 0 at 1 breadth 20',
    'try 1 at 2 breadth 20',
    'try 2 at 3 breadth 20',
  ]);
});

test('a plan without any target is 480, not silence (sip-correctness rule 40)', () => {
  assert.deepEqual(play(all()).start(), ['answer 480 of -1', 'end']);
  assert.deepEqual(play(order()).start(), ['answer 480 of -1', 'end']);
  assert.deepEqual(play(order(all(), phone(1))).start(), ['disarm next 0', 'try 0 at 1']);
});

test('the targets of a redirect take the place of its branch (RFC 3261 §16.7 step 4)', () => {
  const one = play(phone(1));
  one.start();
  assert.deepEqual(one.redirect(0, order(phone(2), phone(3))), ['try 1 at 2']);
  assert.deepEqual(one.answer(1, 486), ['disarm next 1', 'try 2 at 3']);
  assert.deepEqual(one.answer(2, 404), ['answer 486 of 1', 'end']);
});

test('a phone that a redirect led to is not tried again where the plan comes to it; who picks the call up is (RFC 3261 §16.7 step 4)', () => {
  const eve = registered(9);
  const call = play(orElse(phone(1), ['busy'], order(eve, phone(2))));
  call.start();
  assert.deepEqual(call.redirect(0, eve), ['try 1 at 9 breadth 30', 'arm silent 2 8000']);
  assert.deepEqual(call.answer(1, 486), ['disarm next 3', 'try 2 at 2']);
  assert.deepEqual(call.answer(2, 404), ['answer 486 of 1', 'end']);
  const picked = play(all(eve, phone(1)));
  picked.start();
  picked.answer(0, 486);
  assert.deepEqual(picked.redirect(1, phone(2)), ['try 2 at 2 breadth 30']);
  assert.deepEqual(picked.pickUp(eve), ['cancel 2 (answered)', 'try 3 at 9 breadth 30']);
});

test('where a redirect led to whom the plan comes next when nobody answers, it rings on, and takes its time there (RFC 3261 §16.7 step 4)', () => {
  const eve = registered(9);
  const late = orElse({ ...phone(1), ring: 20_000 }, ['noAnswer'], orElse({ ...eve, ring: 30_000 }, ['noAnswer'], phone(2)));
  const call = play(late);
  call.start();
  assert.deepEqual(call.redirect(0, eve), ['try 1 at 9 breadth 30', 'arm silent 2 8000']);
  call.answer(1, 180);
  assert.deepEqual(call.timer('ring 1'), ['disarm ring 1', 'arm ring 4 30000']);
  assert.deepEqual(call.timer('ring 4'), ['cancel 1', 'disarm ring 4', 'try 2 at 2']);
  assert.deepEqual(call.answer(2, 200), ['pass 2']);
  assert.deepEqual(call.gone(1, 487), ['end']);
});

test('what is left of a redirect is an answer among the others (RFC 3261 §16.7 steps 4 and 6)', () => {
  const left = play(phone(1));
  left.start();
  assert.deepEqual(left.redirect(0, phone(2), 302), ['try 1 at 2']);
  assert.deepEqual(left.answer(1, 486), ['answer 302 of 0', 'end']);
  const taken = play(phone(1));
  taken.start();
  taken.redirect(0, phone(2), 302);
  assert.deepEqual(taken.answer(1, 200), ['pass 1', 'end']);
  const late = play(all(phone(1), phone(2)));
  late.start();
  late.cancel();
  assert.deepEqual(late.redirect(0, phone(3), 302), []);
  assert.deepEqual(late.answer(1, 487), ['answer 487 of 1', 'end']);
});

test('a redirect that crosses the CANCEL of a ring time, or of a pick-up, rings nowhere else (RFC 3261 §9.1)', () => {
  const late = play(orElse(phone(1, 20_000), ['noAnswer'], phone(2)));
  late.start();
  late.answer(0, 180);
  assert.deepEqual(late.timer('ring 1'), ['cancel 0', 'disarm ring 1', 'try 1 at 2']);
  assert.deepEqual(late.redirect(0, phone(3)), []);
  assert.deepEqual(late.answer(1, 486), ['answer 486 of 1', 'end']);

  const alone = play(phone(1, 20_000));
  alone.start();
  alone.answer(0, 180);
  assert.deepEqual(alone.timer('ring 0'), ['cancel 0', 'disarm ring 0']);
  assert.deepEqual(alone.redirect(0, phone(3)), ['answer 480 of -1', 'end']);

  const taken = play(phone(1));
  taken.start();
  taken.answer(0, 180);
  assert.deepEqual(taken.pickUp(phone(2)), ['cancel 0 (answered)', 'try 1 at 2']);
  assert.deepEqual(taken.redirect(0, phone(3)), []);
  assert.deepEqual(taken.answer(1, 200), ['pass 1', 'end']);
});

test('a gateway or a domain that cannot be reached is no flow that failed: the else for unreachable ones is taken', () => {
  const way = () => play(orElse(phone(1), ['unreachable'], phone(2)));
  const lost = way();
  lost.start();
  assert.deepEqual(lost.gone(0, 503, 'unreachable'), ['try 1 at 2']);
  const phoneLost = way();
  phoneLost.start();
  assert.deepEqual(phoneLost.gone(0, 503), ['answer 503 of 0', 'end']);
});

test('a branch that had nobody to ask is no answer: those of the others count', () => {
  const enumFirst = play(orElse(phone(1), ['failed'], phone(2)));
  enumFirst.start();
  assert.deepEqual(enumFirst.gone(0, 0, 'failed'), ['try 1 at 2']);
  assert.deepEqual(enumFirst.gone(1, 503, 'unreachable'), ['answer 503 of 1', 'end']);
  const alone = play(phone(1));
  alone.start();
  assert.deepEqual(alone.gone(0, 0, 'failed'), ['answer 480 of -1', 'end']);
});
