import { assert, test } from 'vitest';
import { type HopAction, HopWalk } from '../../../src/core/proxy/hop-walk.ts';

function say(action: HopAction): string {
  switch (action.do) {
    case 'wait':
    case 'stop waiting':
      return action.do;
    case 'give':
      return `give ${action.status} of ${action.hop}`;
    case 'gone':
      return `gone ${action.status}`;
    default:
      return `${action.do} ${action.hop}`;
  }
}

function walk() {
  const hops = new HopWalk();
  return {
    located: (count: number) => hops.step({ type: 'located', hops: count }).map(say),
    unlocated: (status: number) => hops.step({ type: 'unlocated', status }).map(say),
    silent: () => hops.step({ type: 'silent' }).map(say),
    answer: (hop: number, status: number) => hops.step({ type: 'answer', hop, status }).map(say),
    gone: (hop: number, status: number) => hops.step({ type: 'gone', hop, status }).map(say),
    barred: (hop: number) => hops.step({ type: 'barred', hop }).map(say),
    cancel: () => hops.step({ type: 'cancel' }).map(say),
  };
}

test('one hop: its answers are the answers, and nothing is waited for', () => {
  const hops = walk();
  assert.deepEqual(hops.located(1), ['try 0']);
  assert.deepEqual(hops.answer(0, 180), ['well 0', 'give 180 of 0']);
  assert.deepEqual(hops.answer(0, 183), ['give 183 of 0']);
  assert.deepEqual(hops.answer(0, 486), ['give 486 of 0']);
});

test('a name that leads nowhere ends the branch with what DNS said', () => {
  assert.deepEqual(walk().unlocated(404), ['gone 404']);
});

test('a 503, a lost and a silent hop are followed by the next, and are not tried first again (RFC 3263 §4.3)', () => {
  const hops = walk();
  assert.deepEqual(hops.located(4), ['try 0', 'wait']);
  assert.deepEqual(hops.answer(0, 503), ['grey 0', 'try 1', 'wait']);
  assert.deepEqual(hops.gone(1, 503), ['grey 1', 'try 2', 'wait']);
  assert.deepEqual(hops.gone(2, 408), ['grey 2', 'try 3', 'stop waiting']);
  assert.deepEqual(hops.answer(3, 200), ['well 3', 'give 200 of 3']);
});

test('a 503 after a 180 leads to the next hop too (RFC 3263 §4.3)', () => {
  const hops = walk();
  hops.located(2);
  assert.deepEqual(hops.answer(0, 180), ['stop waiting', 'well 0', 'give 180 of 0']);
  assert.deepEqual(hops.answer(0, 503), ['grey 0', 'try 1']);
});

test('any other final answer is the answer: a 500 or a 404 sends nobody on (RFC 3263 §4.3)', () => {
  for (const status of [302, 404, 486, 500, 504, 603]) {
    const hops = walk();
    hops.located(2);
    assert.deepEqual(hops.answer(0, status), ['stop waiting', 'well 0', `give ${status} of 0`]);
    assert.deepEqual(hops.silent(), []);
  }
});

test('when all hops failed the branch is gone: 503 if one said so or was lost, 408 if all were silent (RFC 3261 §16.8, §16.9)', () => {
  const busy = walk();
  busy.located(2);
  busy.answer(0, 503);
  assert.deepEqual(busy.answer(1, 503), ['grey 1', 'gone 503']);
  const mixed = walk();
  mixed.located(2);
  mixed.gone(0, 503);
  assert.deepEqual(mixed.gone(1, 408), ['grey 1', 'gone 503']);
  const silent = walk();
  silent.located(2);
  silent.silent();
  assert.deepEqual(silent.gone(0, 408), ['grey 0']);
  assert.deepEqual(silent.gone(1, 408), ['grey 1', 'gone 408']);
});

test('what cannot be sent at all costs a hop nothing but its turn', () => {
  const hops = walk();
  hops.located(2);
  assert.deepEqual(hops.barred(0), ['try 1', 'stop waiting']);
  assert.deepEqual(hops.barred(1), ['gone 503']);
});

test('beside a silent hop the next is tried; the first that says anything is the one, and the other is cancelled (RFC 8305 §5)', () => {
  const hops = walk();
  assert.deepEqual(hops.located(3), ['try 0', 'wait']);
  assert.deepEqual(hops.silent(), ['try 1', 'wait']);
  assert.deepEqual(hops.answer(1, 100), ['stop waiting', 'well 1', 'grey 0', 'cancel 0', 'give 100 of 1']);
  // It was slow only: what it says is nobody's business now.
  assert.deepEqual(hops.answer(0, 180), []);
  assert.deepEqual(hops.answer(0, 487), []);
  assert.deepEqual(hops.answer(1, 200), ['give 200 of 1']);
});

test('the first hop may win the race after all', () => {
  const hops = walk();
  hops.located(2);
  hops.silent();
  assert.deepEqual(hops.answer(0, 180), ['well 0', 'grey 1', 'cancel 1', 'give 180 of 0']);
  assert.deepEqual(hops.gone(1, 487), []);
  assert.deepEqual(hops.answer(0, 200), ['give 200 of 0']);
});

test('after the race was won silence counts no more', () => {
  const hops = walk();
  hops.located(2);
  hops.answer(0, 100);
  assert.deepEqual(hops.silent(), []);
});

test('a 2xx of the hop that lost is given as that of any fork, and ends the other (RFC 3261 §13.2.2.4)', () => {
  const hops = walk();
  hops.located(2);
  hops.silent();
  hops.answer(1, 180);
  assert.deepEqual(hops.answer(0, 200), ['well 0', 'cancel 1', 'give 200 of 0']);
  assert.deepEqual(hops.answer(1, 200), ['give 200 of 1']);
  assert.deepEqual(hops.answer(1, 487), []);
});

test('a 482 in a race says that the request came by the other hop, which goes on (RFC 3261 §8.2.2.2)', () => {
  const hops = walk();
  hops.located(2);
  hops.silent();
  assert.deepEqual(hops.answer(1, 482), []);
  assert.deepEqual(hops.answer(0, 180), ['well 0', 'give 180 of 0']);

  const dead = walk();
  dead.located(2);
  dead.silent();
  dead.answer(1, 482);
  assert.deepEqual(dead.gone(0, 408), ['grey 0', 'give 482 of 1']);

  const alone = walk();
  alone.located(1);
  assert.deepEqual(alone.answer(0, 482), ['well 0', 'give 482 of 0']);
});

test('a refusal beside a silent hop is the answer at once, and where one rings no other is tried for one that is lost', () => {
  const refused = walk();
  refused.located(3);
  refused.silent();
  assert.deepEqual(refused.answer(1, 404), ['stop waiting', 'well 1', 'grey 0', 'cancel 0', 'give 404 of 1']);
  const rings = walk();
  rings.located(3);
  rings.silent();
  rings.answer(1, 180);
  assert.deepEqual(rings.gone(0, 503), ['grey 0']);
});

test('a hop that we cancelled wins no race any more, and its 487 is no answer; a refusal that crossed is one (RFC 3261 §9.1)', () => {
  const race = () => {
    const hops = walk();
    hops.located(4);
    hops.silent();
    assert.deepEqual(hops.answer(1, 100), ['stop waiting', 'well 1', 'grey 0', 'cancel 0', 'give 100 of 1']);
    assert.deepEqual(hops.answer(1, 503), ['grey 1', 'try 2', 'wait']);
    return hops;
  };
  const late = race();
  assert.deepEqual(late.answer(0, 180), []);
  assert.deepEqual(late.answer(0, 487), []);
  assert.deepEqual(late.answer(2, 180), ['stop waiting', 'well 2', 'give 180 of 2']);
  const silent = race();
  assert.deepEqual(silent.gone(0, 487), []);
  assert.deepEqual(silent.silent(), ['try 3']);
  const last = walk();
  last.located(2);
  last.silent();
  last.answer(1, 100);
  assert.deepEqual(last.answer(1, 503), ['grey 1']);
  assert.deepEqual(last.answer(0, 487), ['gone 503']);
  const crossed = race();
  assert.deepEqual(crossed.answer(0, 486), ['stop waiting', 'well 0', 'grey 2', 'cancel 2', 'give 486 of 0']);
});

test('a hop that rang and was never answered ends the branch: another leads to the same callee', () => {
  const hops = walk();
  hops.located(2);
  hops.answer(0, 180);
  assert.deepEqual(hops.gone(0, 408), ['gone 408']);
});

test('a caller that gives up before anything was sent is free at once; hops found later are not tried', () => {
  const hops = walk();
  assert.deepEqual(hops.cancel(), ['gone 487']);
  assert.deepEqual(hops.located(2), []);
});

test('a caller that gives up cancels the hop in use, and no other is tried (RFC 3263 §4)', () => {
  const hops = walk();
  hops.located(2);
  hops.answer(0, 180);
  assert.deepEqual(hops.cancel(), ['cancel 0']);
  assert.deepEqual(hops.answer(0, 487), ['give 487 of 0']);

  const racing = walk();
  racing.located(3);
  racing.silent();
  assert.deepEqual(racing.cancel(), ['stop waiting', 'cancel 0', 'cancel 1']);
  assert.deepEqual(racing.gone(0, 487), []);
  assert.deepEqual(racing.gone(1, 487), ['gone 487']);

  const lost = walk();
  lost.located(2);
  assert.deepEqual(lost.cancel(), ['stop waiting', 'cancel 0']);
  assert.deepEqual(lost.gone(0, 503), ['gone 487']);
});

test('what comes late changes nothing: silence after the caller gave up, a word of a hop that failed (RFC 3261 §9.1, §17.1.1.2)', () => {
  const given = walk();
  given.located(2);
  given.cancel();
  assert.deepEqual(given.silent(), []);

  const failed = walk();
  failed.located(2);
  assert.deepEqual(failed.answer(0, 503), ['grey 0', 'try 1', 'stop waiting']);
  assert.deepEqual(failed.answer(0, 180), []);
  assert.deepEqual(failed.answer(0, 486), []);
  assert.deepEqual(failed.answer(1, 180), ['well 1', 'give 180 of 1']);
});
