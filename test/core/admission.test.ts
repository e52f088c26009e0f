import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Desk, HOUSE, readConfig } from '../support/desk.ts';

test('who types an extension for a user name is told so by the log, and reads the same answer as anybody else (house §8, security S5)', async () => {
  const desk = await Desk.open();
  // One of digits, who has no password yet.
  desk.exchange.reload(readConfig(`${HOUSE}[user 300]\nextension = 300\n`).config!);
  const phone = await desk.phone('alice', '10.0.1.1');
  for (const user of ['201', '299', 'Alice', '300']) {
    const aor = `<sip:${user}@home.example>`;
    const request = phone.request('REGISTER', 'sip:home.example', { to: aor, from: aor });
    phone.authenticated(request, phone.response(401), 'alice', user);
    phone.response(401);
  }
  assert.deepEqual(desk.log.of('notice'), [
    'wrong credentials for "201", which is the extension of alice and no user name, from 10.0.1.1',
    'wrong credentials for "299", who has no password here, from 10.0.1.1',
    'wrong credentials for "Alice", who has no password here, from 10.0.1.1',
    'wrong credentials for "300", who has no password here, from 10.0.1.1',
  ]);
});
