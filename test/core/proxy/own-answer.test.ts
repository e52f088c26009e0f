import { assert, test } from 'vitest';
import { ownAnswer } from '../../../src/core/proxy/own-answer.ts';
import type { Response } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { response } from '../../support/written.ts';

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

test('of a 503 that came its phrase and causes are told, but for a cause with a NUL (RFC 3261 §16.7 step 6, RFC 3326)', () => {
  const reasons = ['Reason: Q.850;cause=42;text="a, b"', 'Reason: SIP;cause=503;text="\\\0"', 'Reason: X;cause=1,Y;cause=2'];
  const refused = response(503, { extra: [...reasons, 'Warning: 399 x "y"'] });
  assert.deepEqual(ownAnswer(503, undefined, 'h', refused), {
    ...{ status: 500, reason: 'Server Internal Error (503 Said)' },
    lines: 'Reason: Q.850;cause=42;text="a, b", X;cause=1, Y;cause=2\r\n',
  });
  const silent = read(refused.text.replace('503 Said', '503 ')) as Response;
  assert.equal(ownAnswer(503, undefined, 'h', silent).reason, 'Server Internal Error (503)');
});
