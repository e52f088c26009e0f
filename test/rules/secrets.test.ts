import { assert, test } from 'vitest';
import { house, STRANGER } from './house.ts';

test('no password, digest, key or body of a message is in any log or in the history (security S27)', async () => {
  const { desk, alice, bob } = await house();
  const sdp = 'v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:CANARY\r\n';
  bob.register(['Contact: <sip:bob@10.0.0.3:5060>', 'Expires: 3600']);
  alice.request('INVITE', 'sip:bob:CANARY@home.example', { from: '<sip:eve:CANARY@away.example>', body: sdp });
  bob.answer(bob.take('INVITE'), 486);
  alice.request('INVITE', 'sip:nobody:CANARY@home.example', STRANGER);
  alice.request('MESSAGE', 'sip:nobody@home.example', { ...STRANGER, body: 'CANARY' });
  const digest = 'Digest username="bob", realm="desk", nonce="CANARY", uri="sip:h", response="CANARY", cnonce="CANARY"';
  for (const line of [`${digest}, nc=00000001, qop=auth`, digest, 'Digest CANARY', 'Basic CANARY', 'CANARY'])
    bob.request('REGISTER', 'sip:home.example', { to: '<sip:bob@home.example>', headers: [`Authorization: ${line}`] });
  alice.send(
    alice.text('OPTIONS', 'sip:home.example', { to: '<sip:a:CANARY@b', headers: ['Authorization: Digest response="CANARY"'] }),
  );
  bob.inbox.length = 0;
  const secret = bob.request('REGISTER', 'sip:home.example', {
    to: '<sip:bob@home.example>',
    headers: ['Contact: <sip:bob:CANARY@10.0.0.3:5061>'],
  });
  bob.authenticated(secret, bob.response(401));
  desk.run(60_000);
  await desk.exchange.stop();
  const { 'bindings.journal': journal, ...files } = Object.fromEntries(
    [...desk.storage.files].map(([path, { text }]) => [path, text]),
  );
  assert.match(files['history.jsonl'] ?? '', /"from":"sip:eve:\(hidden\)@away.example"/);
  for (const [path, text] of Object.entries(files)) assert.notInclude(text, 'CANARY', path);
  // The contact is where the phone wants to be called, to the letter.
  assert.equal(journal?.match(/CANARY/g)?.length, 1);
  assert.isAtLeast(desk.log.lines.length, 5);
  for (const line of desk.log.lines) assert.notInclude(JSON.stringify(line), 'CANARY');
});
