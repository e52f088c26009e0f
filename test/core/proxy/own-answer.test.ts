import { assert, test } from 'vitest';
import { ownAnswer } from '../../../src/core/proxy/own-answer.ts';

const said = (why: string, agent = 'home.example') => ownAnswer(404, why, agent).lines;

test('a 503 of the next hop is no 503 of ours (RFC 3261 §16.7 step 6)', () => {
  const answer = ownAnswer(503, undefined, 'home.example');
  assert.deepEqual(answer, { status: 500, reason: 'Server Internal Error (the next hop cannot be reached)', lines: '' });
  assert.deepEqual(ownAnswer(487, undefined, 'h'), { status: 487, reason: 'Request Terminated', lines: '' });
});

test('a Warning says why in one line that a quoted string may hold (RFC 3261 §20.43)', () => {
  assert.equal(said('there is no x'), 'Warning: 399 home.example "there is no x"\r\n');
  assert.equal(said('a "b\\c"\r\nEvil: 1', '[fd00::1]'), 'Warning: 399 [fd00::1] "a \\"b\\\\c\\" Evil: 1"\r\n');
  assert.equal(said('x'.repeat(1_000), 'h').length, 'Warning: 399 h ""\r\n'.length + 300);
  assert.match(said('"'.repeat(1_000)), /(?:\\"){300}"\r\n$/);
});
