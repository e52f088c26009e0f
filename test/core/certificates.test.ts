import { assert, test } from 'vitest';
import type { TlsCredentials } from '../../src/runtime/network.ts';
import { Desk, HOUSE, readConfig } from '../support/desk.ts';

const FINGERPRINT = Array.from({ length: 32 }, (_, n) => (n + 100).toString(16).toUpperCase()).join(':');
const CONFIG = HOUSE.replace(
  '[domain',
  'tls_listen = tls:10.0.0.1:5061\ntls_certificate = /c.pem\ntls_key = /k.pem\ntls_client_certificates = ask\n[domain',
)
  .replace('[user alice]', '[user alice]\ncertificate = sip:alice@home.example')
  .replace('[user bob]', `[user bob]\ncertificate = sha256:${FINGERPRINT}`);
const made = (certificate: string): TlsCredentials => ({ certificate, key: '', authorities: undefined, askClients: true });

/** A phone at a TLS connection with this certificate, and what is answered to its first request of each kind. */
async function setup(user: string, certificate: string | undefined, config = CONFIG) {
  const desk = await Desk.open({ config, credentials: made('DNS:home.example') });
  const phone = await desk.phone(user, '10.0.0.20', 5061, 'tls');
  phone.certificate = certificate === undefined ? undefined : made(certificate);
  phone.connect();
  desk.run();
  const ask = (method: string, uri: string, wanted = {}) => {
    phone.inbox.length = 0;
    phone.request(method, uri, wanted);
    desk.run();
    return phone.inbox.flatMap((message) => (message.kind === 'response' && message.status > 100 ? [message.status] : []));
  };
  const register = (name = user) =>
    ask('REGISTER', 'sip:home.example', { to: `<sip:${name}@home.example>`, headers: [`Contact: ${phone.contact}`] });
  return { desk, phone, ask, register };
}

test('a listed certificate proves its user without a password: REGISTER and INVITE', async () => {
  const { desk, register, ask } = await setup('alice', 'URI:sip:alice@home.example');
  assert.deepEqual(register(), [200]);
  assert.equal(desk.exchange.snapshot.bindings('alice').length, 1);
  assert.deepEqual(ask('INVITE', 'sip:bob@home.example'), [480]);
});

test('a fingerprint proves its user though nobody vouches for the certificate', async () => {
  const { register } = await setup('bob', `untrusted, sha256:${FINGERPRINT}`);
  assert.deepEqual(register(), [200]);
});

test.each([
  ['nobody vouches for', 'alice', 'untrusted, URI:sip:alice@home.example'],
  ['nobody lists', 'alice', 'URI:sip:alicia@home.example'],
  ['has another fingerprint', 'bob', `sha256:${FINGERPRINT.replace('64', '65')}`],
  ['is not there', 'alice', undefined],
])('a certificate that %s proves nobody: the phone is challenged', async (_why, user, certificate) => {
  const { register, ask } = await setup(user, certificate);
  assert.deepEqual(register(), [401]);
  assert.deepEqual(ask('INVITE', 'sip:bob@home.example'), [407]);
});

test('the user of a certificate is nobody else: 403 where From names another, and for the address of another', async () => {
  const { ask, register } = await setup('alice', 'URI:sip:alice@home.example');
  assert.deepEqual(ask('INVITE', 'sip:bob@home.example', { from: '<sip:bob@home.example>' }), [403]);
  assert.deepEqual(ask('INVITE', 'sip:bob@home.example', { from: '<sip:202@home.example>' }), [403]);
  assert.deepEqual(register('bob'), [403]);
});

test('credentials say for one request who calls, on the connection of another user too', async () => {
  const { phone, ask } = await setup('carol', undefined);
  const to = '<sip:carol@home.example>';
  const request = phone.request('REGISTER', 'sip:home.example', { to });
  const challenge = phone.response(401);
  phone.certificate = made('URI:sip:alice@home.example');
  phone.connect();
  assert.deepEqual(ask('REGISTER', 'sip:home.example', { to }), [403]);
  phone.authenticated(request, challenge);
  assert.equal(phone.response(200).status, 200);
});

test.each([
  ['speaks for its domain', 'DNS:b.test', '<sip:x@b.test>', 480],
  ['does not speak for another', 'DNS:b.test', '<sip:x@c.test>', 407],
  ['is worth nothing where nobody vouches for it', 'DNS:b.test, untrusted', '<sip:x@b.test>', 407],
  ['does not speak for our users', 'DNS:home.example', '<sip:x@home.example>', 407],
])('a client certificate %s: where callers have to prove themselves', async (_what, certificate, from, status) => {
  const closed = CONFIG.replace('inbound = anonymous', 'inbound = authenticated');
  const { ask } = await setup('x', certificate, closed);
  assert.deepEqual(ask('INVITE', 'sip:bob@home.example', { from }), [status]);
});

test('a certificate that its user lists no more proves nobody from the next request on', async () => {
  const { desk, register } = await setup('alice', 'URI:sip:alice@home.example');
  assert.deepEqual(register(), [200]);
  const { config } = readConfig(CONFIG.replace('certificate = sip:alice@home.example', ''));
  desk.exchange.reload(config!, made('DNS:home.example'));
  assert.deepEqual(register(), [401]);
});
