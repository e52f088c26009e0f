import { assert, test } from 'vitest';
import { best, outcomeOf } from '../../../src/core/proxy/best.ts';

const of = (...statuses: number[]) => best(statuses.map((status) => ({ status })))?.status;

test('any 6xx beats all, else the lowest class wins (RFC 3261 §16.7 step 6)', () => {
  assert.equal(of(486, 603, 302), 603);
  assert.equal(of(500, 404), 404);
  assert.equal(of(401, 302), 302);
  assert.equal(of(503, 500), 500);
  assert.equal(of(), undefined);
});

test('the first of equals is kept: no 6xx or 3xx is better than another (RFC 3261 §16.7 step 6)', () => {
  assert.equal(of(600, 603), 600);
  assert.equal(of(604, 600), 604);
  assert.equal(of(302, 300), 302);
});

test('within 4xx what the caller can repair comes first, silence last (RFC 3261 §16.7 step 6)', () => {
  const better = [
    [412, 484],
    [484, 422],
    [423, 401],
    [407, 402],
    [402, 420],
    [420, 415],
    [415, 486],
    [488, 486],
    [486, 480],
    [480, 410],
    [410, 403],
    [403, 404],
    [404, 487],
    [487, 408],
  ] as const;
  for (const [good, bad] of better) {
    assert.equal(of(bad, good), good, `${good} before ${bad}`);
    assert.equal(of(good, bad), good, `${good} before ${bad}`);
  }
});

test('a 4xx that nobody foresaw stands between what can be repaired and what says where the callee is', () => {
  assert.equal(of(499, 401), 401);
  assert.equal(of(499, 486), 499);
  assert.equal(of(499, 404), 499);
});

test('503 is the worst: it says nothing of the callee (RFC 3261 §16.7 step 6)', () => {
  assert.equal(of(503, 599), 599);
  assert.equal(of(503, 408), 408);
});

test('how an answer counts for an else', () => {
  const outcomes = [486, 600, 603, 408, 487, 480, 404, 503, 430, 500, 401, 488].map(outcomeOf);
  assert.deepEqual(outcomes, [
    'busy',
    'busy',
    'declined',
    'noAnswer',
    'noAnswer',
    'offline',
    'offline',
    'unreachable',
    'flowFailed',
    'unreachable',
    'failed',
    'failed',
  ]);
});
