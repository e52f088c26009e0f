import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import type { Decision, Principal } from '../../../src/core/routing/decision.ts';
import { Domains } from '../../../src/core/routing/domains.ts';
import { planOf } from '../../../src/core/routing/inside.ts';
import { route } from '../../../src/core/routing/route.ts';
import type { Snapshot } from '../../../src/core/routing/snapshot.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { account, binding, shown, snapshotOf, word } from '../../support/routing.ts';

const users = [
  account('alice', { extension: '201', published: true }),
  account('bob', { extension: '202' }),
  account('dora', { dnd: true, published: true }),
  account('300', { published: true }),
];
const bound: Readonly<Record<string, readonly Binding[]>> = {
  alice: [binding('sip:alice@10.0.0.2')],
  bob: [binding('sip:bob@10.0.0.3')],
  dora: [binding('sip:dora@10.0.0.4')],
  300: [binding('sip:300@10.0.0.5')],
  'gus@home.example': [binding('sip:gus@10.0.0.8')],
  'gus@open.example': [binding('sip:gus@10.0.0.9')],
  '5551234@open.example': [binding('sip:5551234@10.0.0.9')],
};
const snapshot: Snapshot = {
  ...snapshotOf(''),
  domains: new Domains({
    home: { name: 'home.example', inbound: 'anonymous', register: 'authenticated', outbound: 'authenticated' },
    written: [
      { name: 'open.example', inbound: 'anonymous', register: 'anonymous', outbound: 'authenticated' },
      { name: 'closed.example', inbound: 'authenticated', register: 'authenticated', outbound: 'authenticated' },
      { name: 'off.example', inbound: 'off', register: 'authenticated', outbound: 'authenticated' },
    ],
    hostNames: ['desk'],
    points: [{ host: '10.0.0.1', port: 5060 }],
  }),
  byName: (name: string) => users.find((user) => user.name === name),
  byExtension: (digits: string) => users.find((user) => user.extension === digits),
  bindings: (aor: string) => bound[aor] ?? [],
};

const alice: Principal = { kind: 'user', name: 'alice' };
const stranger: Principal = { kind: 'anonymous' };
const decide = (uri: string, principal: Principal, method = 'INVITE'): Decision =>
  route({ method, uri: parseUri(uri), principal }, snapshot);

test.each([
  ['sip:alice@home.example', 'sip:alice@10.0.0.2', 'sip:alice@10.0.0.2'],
  ['sip:%61lice@HOME.example', 'sip:alice@10.0.0.2', 'sip:alice@10.0.0.2'],
  ['sip:201@home.example', 'sip:alice@10.0.0.2', '404'],
  ['tel:201', 'sip:alice@10.0.0.2', '404'],
  ['sip:bob@home.example', 'sip:bob@10.0.0.3', '404'],
  ['sip:202@home.example', 'sip:bob@10.0.0.3', '404'],
  ['sip:300@home.example', 'sip:300@10.0.0.5', '404'],
  ['sip:Alice@home.example', '404', '404'],
  ['sip:nobody@home.example', '404', '404'],
  ['sip:dora@home.example', '486', '486'],
  ['sip:home.example', '404', '404'],
  ['sip:alice@desk', 'sip:alice@10.0.0.2', 'challenge'],
  ['sip:nobody@10.0.0.1', '404', 'challenge'],
  ['sip:alice@closed.example', 'sip:alice@10.0.0.2', 'challenge'],
  ['sip:nobody@closed.example', '404', 'challenge'],
  ['sip:alice@off.example', 'sip:alice@10.0.0.2', '403'],
  ['sip:gus@open.example', 'sip:gus@10.0.0.9', 'sip:gus@10.0.0.9'],
  ['sip:gus@home.example', '404', '404'],
  ['sip:5551234@open.example', 'sip:5551234@10.0.0.9', '404'],
  ['sip:x@other.example', 'sip:x@other.example', '403'],
  ['sip:10.0.0.3', 'sip:10.0.0.3', '403'],
  ['sip:x@10.0.0.1:5099', 'sip:x@10.0.0.1:5099', '403'],
  ['mailto:x@home.example', '416', '416'],
])('%s: a user gets %s, a stranger %s', (uri, forUser, forStranger) => {
  assert.equal(word(decide(uri, alice)), forUser);
  assert.equal(word(decide(uri, stranger)), forStranger);
});

test('who says to be ours and has not proved it is challenged, wherever the request goes', () => {
  for (const uri of ['sip:alice@home.example', 'sip:nobody@home.example', 'sip:x@other.example', 'tel:1']) {
    assert.equal(word(decide(uri, { kind: 'unproved', stale: false })), 'challenge', uri);
    assert.equal(word(decide(uri, { kind: 'unproved', stale: true })), 'challenge (stale)', uri);
  }
});

test('OPTIONS to the domain itself is answered for everybody (RFC 3261 §11)', () => {
  for (const principal of [alice, stranger, { kind: 'unproved', stale: false }] as const)
    assert.equal(word(decide('sip:home.example', principal, 'OPTIONS')), 'options');
});

test('do not disturb refuses calls, and lets messages through', () => {
  assert.equal(word(decide('sip:dora@home.example', alice, 'MESSAGE')), 'sip:dora@10.0.0.4');
});

test('strangers call, write and ask for abilities; what steers a phone is not taken from them (security S23)', () => {
  for (const method of ['REFER', 'NOTIFY', 'SUBSCRIBE', 'INFO', 'UPDATE', 'PRACK', 'BYE'])
    for (const uri of ['sip:alice@home.example', 'sip:nobody@home.example', 'sip:gus@open.example'])
      assert.equal(word(decide(uri, stranger, method)), '403', `${method} ${uri}`);
  for (const method of ['INVITE', 'MESSAGE', 'OPTIONS'])
    assert.equal(word(decide('sip:alice@home.example', stranger, method)), 'sip:alice@10.0.0.2', method);
  assert.equal(word(decide('sip:alice@home.example', stranger, 'PUBLISH')), '405');
});

test('bindings of one q ring together, the groups one after the other (RFC 3261 §16.6)', () => {
  const of = (...qs: number[]) => shown(planOf(qs.map((q, n) => binding(`${n}`, q))));
  assert.equal(of(1), '0');
  assert.equal(of(1, 1), 'all(0 1)');
  assert.equal(of(0.5, 1), 'order(1 0)');
  assert.equal(of(0.5, 1, 0.5, 0, 1), 'order(all(1 4) all(0 2) 3)');
});

test('the flows of one device never ring beside each other: the next one where the one before is gone (RFC 5626 §7)', () => {
  const of = (...flows: (readonly [uri: string, instance?: string, q?: number])[]) =>
    shown(planOf(flows.map(([uri, instance, q]) => ({ ...binding(uri, q), instance }))));
  assert.equal(of(['1', 'desk'], ['2', 'desk']), '(1 flowFailed 2)');
  assert.equal(of(['1', 'desk'], ['2', 'desk'], ['3', 'desk']), '((1 flowFailed 2) flowFailed 3)');
  assert.equal(of(['1', 'desk'], ['2', 'cell'], ['3', 'desk'], ['4']), 'all((1 flowFailed 3) 2 4)');
  assert.equal(of(['1', 'desk', 0.5], ['2', 'cell', 0.9], ['3', 'desk', 0.1]), 'order(2 (1 flowFailed 3))');
});

test('a sips URI leads to sips contacts alone (RFC 5630 §5.3)', () => {
  const phones = [binding('sip:alice@10.0.0.2'), binding('SIPS:alice@10.0.0.3')];
  const of = (uri: string, count: number) =>
    route({ method: 'INVITE', uri: parseUri(uri), principal: alice }, { ...snapshot, bindings: () => phones.slice(0, count) });
  assert.equal(word(of('sips:alice@home.example', 2)), 'SIPS:alice@10.0.0.3');
  assert.equal(word(of('sip:alice@home.example', 2)), 'all(sip:alice@10.0.0.2 SIPS:alice@10.0.0.3)');
  const none = of('sips:alice@home.example', 1);
  assert.equal(word(none), '480');
  assert.equal(none.trace.at(-1), 'alice has no phone registered with a sips URI');
});

test('every decision says how it came about, and the last sentence why', () => {
  assert.deepEqual(decide('sip:202@home.example', stranger).trace, [
    'caller: anonymous',
    'home.example is our domain home.example: inbound = anonymous',
    '202 is the user bob',
    'strangers reach published names only, and 202 is none',
  ]);
  assert.deepEqual(decide('sip:bob@home.example', alice).trace.at(-1), 'phone sip:bob@10.0.0.3 (q=1)');
});

test('a domain that proves itself is no stranger: it reaches published names where strangers are challenged', () => {
  const peer: Principal = { kind: 'peer', domain: 'away.example' };
  assert.equal(word(decide('sip:alice@closed.example', peer)), 'sip:alice@10.0.0.2');
  assert.equal(word(decide('sip:bob@closed.example', peer)), '404');
  assert.equal(word(decide('sip:201@closed.example', peer)), '404');
  assert.equal(word(decide('sip:alice@off.example', peer)), '403');
  assert.equal(word(decide('sip:alice@closed.example', peer, 'SUBSCRIBE')), '403');
});

test('the sentences say of an address that it is not ours, not that DNS is asked for it, and of a number whose it is', () => {
  assert.equal(decide('sip:bob@192.0.2.77:5070', alice).trace[1], '192.0.2.77:5070 is no address of ours');
  assert.equal(decide('sip:bob@[2001:db8::77]', alice).trace[1], '[2001:db8::77] is no address of ours');
  assert.equal(decide('sip:bob@away.example', alice).trace[1], 'away.example is another domain, to be found by DNS');
  assert.equal(
    decide('tel:202;phone-context=home.example', alice).trace[1],
    'a number belongs to our domain home.example: inbound = anonymous',
  );
});

test('each forward of a user is for what became of the phones, and a phone whose flow is gone is one that cannot be reached', () => {
  const users = '[daemon]\ndomain = home.example\n[user alice]\n[user carol]\n[user dave]\n[user erin]\n[user bob]\n';
  const plan = (forwards: string) =>
    word(route({ method: 'INVITE', uri: parseUri('sip:bob@home.example'), principal: alice }, snapshotOf(users + forwards)));
  const [late, busy, lost] = ['forward_noanswer = carol\n', 'forward_busy = dave\n', 'forward_unreachable = erin\n'];
  assert.equal(plan(late), '(sip:bob@10.0.0.2 noAnswer silent flowFailed no-answer>sip:carol@10.0.0.2)');
  const answered = '((sip:bob@10.0.0.2 noAnswer no-answer>sip:carol@10.0.0.2) busy declined user-busy>sip:dave@10.0.0.2)';
  const unreachable = 'unreachable silent flowFailed offline unavailable>sip:erin@10.0.0.2';
  assert.equal(plan(late + busy + lost), `(${answered} ${unreachable})`);
  assert.equal(plan('forward_offline = erin\n'), `(sip:bob@10.0.0.2 ${unreachable})`);
});
