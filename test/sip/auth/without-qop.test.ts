import { assert, test } from 'vitest';
import { type Algorithm, digestResponse, ha1, ha2 } from '../../../src/sip/auth/digest.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request, Response } from '../../../src/sip/message/message.ts';
import { Desk, HOUSE } from '../../support/desk.ts';
import { parseDigest } from '../../support/digest.ts';
import type { Phone } from '../../support/phone.ts';

const HOME = 'sip:home.example';

function asked(challenge: Response): { nonce: string; realm: string } {
  const params = parseDigest('', challenge.get(challenge.status === 407 ? Field.proxyAuthenticate : Field.wwwAuthenticate)!)!;
  return { nonce: params.nonce!, realm: params.realm! };
}

/** What Pidgin 2.14 writes: a nonce count, but neither qop nor cnonce, and a response without the three. */
function credentials(challenge: Response, method: string, uri: string, nc = '00000001', algorithm: Algorithm = 'MD5'): string {
  const proxy = challenge.status === 407;
  const { nonce, realm } = asked(challenge);
  const a1 = ha1(algorithm, 'alice', realm, 'alice');
  const response = digestResponse(algorithm, a1, ha2(algorithm, method, uri), { nonce, nc: '', cnonce: '', qop: '' });
  return `${proxy ? 'Proxy-Authorization' : 'Authorization'}: Digest username="alice", realm="${realm}", nonce="${nonce}", uri="${uri}", nc="${nc}", response="${response}"`;
}

function register(alice: Phone, ...headers: string[]): Request {
  const aor = '<sip:alice@home.example>';
  return alice.request('REGISTER', HOME, { to: aor, from: aor, headers: [`Contact: ${alice.contact}`, ...headers] });
}

const isStale = (challenge: Response): boolean => /stale=true/.test(challenge.get(Field.wwwAuthenticate)!)!;

test('a phone that answers a challenge without qop, as Pidgin does, registers and sends messages (RFC 3261 §22.4, item 8)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  register(alice);
  register(alice, credentials(alice.response(401), 'REGISTER', HOME));
  assert.equal(alice.response(200).get(Field.contact), '<sip:alice@10.0.0.2:5060>;expires=300');
  const uri = 'sip:bob@home.example';
  alice.request('MESSAGE', uri, { body: 'one' });
  alice.request('MESSAGE', uri, { body: 'one', headers: [credentials(alice.response(407), 'MESSAGE', uri)] });
  const message = bob.take('MESSAGE');
  assert.deepEqual([message.body, message.get(Field.proxyAuthorization)], ['one', undefined]);
});

test('without qop a nonce is good for one request: what is sent again, or with a higher count that no hash holds, is stale (security S7)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  register(alice);
  const challenge = alice.response(401);
  const first = credentials(challenge, 'REGISTER', HOME);
  register(alice, first);
  alice.response(200);
  register(alice, first);
  assert.isTrue(isStale(alice.response(401)));
  register(alice, alice.credentials(challenge, 'REGISTER', HOME));
  assert.isTrue(isStale(alice.response(401)));
  register(alice, credentials(challenge, 'REGISTER', HOME, '00000002'));
  register(alice, credentials(alice.response(401), 'REGISTER', HOME, '00000002'));
  alice.response(200);
});

test('a response that was made with qop proves nothing without it, whatever stands where the nonce does (RFC 7616 §3.4.1)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  register(alice);
  const challenge = alice.response(401);
  const { nonce } = asked(challenge);
  const counted = alice.credentials(challenge, 'REGISTER', HOME).replace(', cnonce="c", qop=auth, nc=00000001', '');
  // The second is the text that was hashed.
  for (const said of [nonce, `${nonce}:00000001:c:auth`]) {
    register(alice, counted.replace(nonce, said));
    alice.response(401);
  }
});

test('SHA-256 is never without qop: who speaks it knows that (RFC 7616 §3.4)', async () => {
  const desk = await Desk.open({ config: HOUSE.replace('[daemon]', '[daemon]\ndigest = SHA-256') });
  const alice = await desk.phone('alice', '10.0.0.2');
  register(alice);
  register(alice, `${credentials(alice.response(401), 'REGISTER', HOME, '00000001', 'SHA-256')}, algorithm=SHA-256`);
  assert.isFalse(isStale(alice.response(401)));
});
