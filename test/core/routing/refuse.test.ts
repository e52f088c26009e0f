import { assert, test } from 'vitest';
import type { BlockedCaller } from '../../../src/config/values/caller.ts';
import { blockedCaller } from '../../../src/config/values/caller.ts';
import type { Account } from '../../../src/core/account/users.ts';
import type { Principal } from '../../../src/core/routing/decision.ts';
import { Domains } from '../../../src/core/routing/domains.ts';
import { refuse } from '../../../src/core/routing/refuse.ts';
import type { Snapshot } from '../../../src/core/routing/snapshot.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { snapshotOf, account as user } from '../../support/routing.ts';

const account = (name: string, extension: string, anonymous = true, blocked: readonly BlockedCaller[] = []): Account =>
  user(name, { extension, anonymous, blocked, published: true });
const bob = account('bob', '202');
const home = { name: 'home.example', inbound: 'anonymous', register: 'authenticated', outbound: 'authenticated' } as const;
const snapshot: Snapshot = {
  ...snapshotOf(''),
  domains: new Domains({ home, written: [home], hostNames: ['desk'], points: [{ host: '10.0.0.1', port: 5060 }] }),
  byName: (name) => (name === 'bob' ? bob : undefined),
  byExtension: () => undefined,
  bindings: () => [],
};
const ANONYMOUS: Principal = { kind: 'anonymous' };
const PROVIDER: Principal = { kind: 'provider', name: 'acme' };
const BOB: Principal = { kind: 'user', name: 'bob' };

/** What `alice` answers: the status, or undefined where the caller gets through. */
function answer(from: string | undefined, principal: Principal, blocked: readonly string[], anonymous = true) {
  const alice = account(
    'alice',
    '201',
    anonymous,
    blocked.map((text) => blockedCaller.read(text)),
  );
  const facts = { method: 'INVITE', uri: parseUri('sip:alice@home.example'), principal };
  return refuse(alice, { ...facts, from: from === undefined ? undefined : parseUri(from) }, snapshot)?.status;
}

test('a blocked caller hears 603, a stranger the 404 of a name that is not published (RFC 3261 §21.6.2)', () => {
  const blocked = ['sip:spam@away.example', '@junk.example', '+4930123456', '202'];
  const cases: readonly (readonly [string, Principal, number | undefined])[] = [
    ['sip:spam@away.example', ANONYMOUS, 404],
    ['sip:spam@AWAY.example.:5070;user=phone', ANONYMOUS, 404],
    ['sips:s%70am@away.example', { kind: 'guest', aor: 'gus@open.example' }, 404],
    ['sip:spam@away.example', { kind: 'peer', domain: 'away.example' }, 603],
    ['sip:spam2@away.example', ANONYMOUS, undefined],
    ['sip:spam@away.example.org', ANONYMOUS, undefined],
    ['sip:anyone@junk.example', ANONYMOUS, 404],
    ['sip:junk.example', ANONYMOUS, 404],
    ['sip:anyone@sub.junk.example', ANONYMOUS, undefined],
    ['sip:+4930123456@acme.example', PROVIDER, 603],
    ['sip:+49-30-123456@acme.example', PROVIDER, 603],
    ['tel:+49(30)123-456', PROVIDER, 603],
    ['tel:+4930123457', PROVIDER, undefined],
    ['sip:bob@home.example', BOB, 603],
    ['sip:carol@home.example', { kind: 'user', name: 'carol' }, undefined],
  ];
  for (const [from, principal, status] of cases)
    assert.equal(answer(from, principal, blocked), status, `${from} ${principal.kind}`);
  assert.equal(answer('sip:spam@away.example', ANONYMOUS, []), undefined);
});

test('a user of the house who is blocked gets through by no other name of his', () => {
  for (const entry of ['sip:bob@home.example', 'bob@desk', 'sip:202@10.0.0.1', '202'])
    for (const from of ['sip:bob@home.example', 'sip:202@home.example', 'tel:202', 'sip:x@anonymous.invalid'])
      assert.equal(answer(from, BOB, [entry]), 603, `${entry} ${from}`);
  assert.equal(answer('sip:bob@away.example', ANONYMOUS, ['sip:bob@home.example']), undefined);
});

test('who takes no anonymous calls is reached by those who prove who they are (RFC 5079 §5)', () => {
  const cases: readonly (readonly [string | undefined, Principal, number | undefined])[] = [
    ['sip:eve@away.example', ANONYMOUS, 404],
    [undefined, ANONYMOUS, 404],
    ['sip:gus@open.example', { kind: 'guest', aor: 'gus@open.example' }, undefined],
    ['sip:anonymous@anonymous.invalid', PROVIDER, 433],
    ['sip:anonymous@acme.example', PROVIDER, 433],
    ['sip:+4930123456@acme.example', PROVIDER, undefined],
    ['sip:x@away.example', { kind: 'peer', domain: 'away.example' }, undefined],
    ['sip:anonymous@anonymous.invalid', { kind: 'peer', domain: 'away.example' }, 433],
    ['sip:anonymous@anonymous.invalid', BOB, undefined],
  ];
  for (const [from, principal, status] of cases) {
    assert.equal(answer(from, principal, [], false), status, `${from} ${principal.kind}`);
    assert.equal(answer(from, principal, [], true), undefined, `${from} ${principal.kind}`);
  }
});

test('what may be blocked is an address, a domain or a number', () => {
  assert.deepEqual(blockedCaller.read('sip:Ärger@Example.ORG'), { kind: 'address', user: '\xc3\x84rger', host: 'example.org' });
  assert.deepEqual(blockedCaller.read('x@[2001:DB8::0:1]'), { kind: 'address', user: 'x', host: '2001:db8::1' });
  assert.deepEqual(blockedCaller.read('@example.org'), { kind: 'domain', host: 'example.org' });
  assert.deepEqual(blockedCaller.read('+4930123'), { kind: 'number', number: '+4930123' });
  for (const wrong of ['example.org', 'sip:', 'a b@example.org', 'a@', '@', 'a@exam ple', 'a@b@c'])
    assert.throws(() => blockedCaller.read(wrong), undefined, undefined, wrong);
});
