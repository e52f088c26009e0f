import { assert, test } from 'vitest';
import {
  agreedSession,
  answerSession,
  askSession,
  expiresAfter,
  minSe,
  refreshAfter,
  sessionExpires,
} from '../../../src/sip/dialog/session.ts';
import { request, response } from '../../support/written.ts';

const invite = (...extra: string[]) => request({ extra });
const ok = (...extra: string[]) => response(200, { extra });

test.each([
  // what the request says, the session, who refreshes: RFC 4028 §9, table 2
  [[], 1_800, 'uas'],
  [['Session-Expires: 600'], 600, 'uas'],
  [['Supported: timer'], 1_800, 'uas'],
  [['Supported: timer', 'x: 600'], 600, 'uac'],
  [['Supported: timer', 'Session-Expires: 600; refresher=UAS'], 600, 'uas'],
  [['Require: timer', 'Session-Expires: 600;refresher=uac'], 600, 'uac'],
  [['k: timer', 'Session-Expires: 600', 'Min-SE: 900'], 900, 'uac'],
] as const)('%j is answered with %d seconds, refreshed by the %s (RFC 4028 §9)', (headers, seconds, refresher) => {
  const answer = answerSession(invite(...headers), 1_800);
  assert.deepEqual(answer.kind === 'session' && answer.session, { seconds, refresher });
  const required = headers.some((line) => /timer/.test(line)) ? 'Require: timer\r\n' : '';
  assert.equal(answer.lines, `Session-Expires: ${seconds};refresher=${refresher}\r\n${required}`);
});

test('where nobody asks for a session timer there is none', () => {
  assert.deepEqual(answerSession(invite('Supported: timer'), undefined), { kind: 'session', session: undefined, lines: '' });
  const asked = answerSession(invite('Supported: timer', 'Session-Expires: 600'), undefined);
  assert.deepEqual(asked.kind === 'session' && asked.session, { seconds: 600, refresher: 'uac' });
});

test('below 90 seconds it is 422 with Min-SE, but for who knows no session timer (RFC 4028 §5, §8)', () => {
  assert.deepEqual(answerSession(invite('Supported: timer', 'Session-Expires: 89'), 1_800), {
    kind: 'tooSmall',
    lines: 'Min-SE: 90\r\n',
  });
  assert.equal(answerSession(invite('Session-Expires: 89'), 1_800).kind, 'session');
});

test('what is asked for, and what a 2xx agrees to (RFC 4028 §7.1, §7.2)', () => {
  assert.equal(askSession(1_800, undefined, 0), 'Session-Expires: 1800\r\n');
  assert.equal(askSession(600, 'uac', 900), 'Session-Expires: 900;refresher=uac\r\nMin-SE: 900\r\n');
  assert.deepEqual(agreedSession(ok('Session-Expires: 1200;refresher=uac')), { seconds: 1_200, refresher: 'uac' });
  assert.deepEqual(agreedSession(ok('Session-Expires: 1')), { seconds: 90, refresher: 'uas' });
  assert.equal(agreedSession(ok()), undefined);
  assert.equal(sessionExpires(ok('Session-Expires: soon')), undefined);
  assert.equal(minSe(ok('Min-SE: 120;x=y')), 120);
  assert.equal(minSe(ok()), 0);
});

test('half the time until a refresh; 32 seconds or a third before the end it is over (RFC 4028 §10)', () => {
  assert.equal(refreshAfter({ seconds: 1_800, refresher: 'uac' }), 900_000);
  assert.equal(expiresAfter({ seconds: 1_800, refresher: 'uas' }), 1_768_000);
  assert.equal(expiresAfter({ seconds: 90, refresher: 'uas' }), 60_000);
});
