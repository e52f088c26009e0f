import { assert, test } from 'vitest';
import { HOUSE } from '../../../src/core/routing/classes.ts';
import type { Principal, RouteFacts } from '../../../src/core/routing/decision.ts';
import { byEnum } from '../../../src/core/routing/outside.ts';
import { route } from '../../../src/core/routing/route.ts';
import { Steps } from '../../../src/core/routing/steps.ts';
import { ledOn, refusal, type Way } from '../../../src/core/routing/way.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { binding, configOf, snapshotOf, word } from '../../support/routing.ts';

const ALICE: Principal = { kind: 'user', name: 'alice' };
const ask = (uri: string, text: string, more: Partial<RouteFacts> = {}) =>
  route({ method: 'INVITE', uri: parseUri(uri), principal: ALICE, ...more }, snapshotOf(text));
const HOME = '[daemon]\ndomain = home.example\ncountry = DE\nemergency = 112\n[user alice]\n';

const owner = { name: 'bob', called: 'bob', class: HOUSE };
const snapshot = snapshotOf(HOME);
const wayOf = (principal: Principal, trail: readonly string[] = []): Way => ({
  facts: { method: 'INVITE', uri: parseUri('sip:bob@home.example'), principal },
  snapshot,
  steps: new Steps(false),
  onward: undefined as never,
  domain: snapshot.domains.home,
  secure: false,
  spender: undefined,
  payer: undefined,
  trail,
  grouped: undefined,
  rewrites: 0,
  room: { targets: 60 },
  turns: [],
});

test.each<readonly [Principal, boolean, string | undefined]>([
  [ALICE, false, 'bob'],
  [{ kind: 'provider', name: 'acme' }, false, 'bob'],
  [{ kind: 'provider', name: 'acme', byAddress: true }, false, undefined],
  [{ kind: 'line', name: 'gsm0' }, false, 'bob'],
  [{ kind: 'peer', domain: 'away.example' }, false, undefined],
  [{ kind: 'guest', aor: 'gus@open.example' }, false, undefined],
  [{ kind: 'anonymous' }, false, undefined],
  [{ kind: 'peer', domain: 'away.example' }, true, 'bob'],
  [{ kind: 'guest', aor: 'gus@open.example' }, true, 'bob'],
  [{ kind: 'anonymous' }, true, 'bob'],
])('for %j the owner of a forward with forward_strangers = %s: %s pays (security S1)', (principal, forStrangers, payer) => {
  const on = ledOn(wayOf(principal), owner, '[user bob]', forStrangers);
  assert.equal('kind' in on ? 'refused' : on.payer?.name, payer);
  assert.deepEqual('kind' in on ? [] : [on.spender?.name, on.trail], ['bob', ['[user bob]']]);
});

test('nobody is led through twice, and not through more than five (security S13)', () => {
  const five = ['[user a]', '[user b]', '[user c]', '[user d]', '[user e]'];
  const on = (trail: readonly string[], through: string) => {
    const way = ledOn(wayOf(ALICE, trail), owner, through, false);
    return 'kind' in way ? `${way.status} ${way.why}` : way.trail.length;
  };
  assert.equal(on(five.slice(0, 4), '[user e]'), 5);
  assert.equal(
    on(five, '[user f]'),
    '482 [user a], [user b], [user c], [user d], [user e] lead on one after the other; 5 are the most',
  );
  assert.equal(on(five.slice(0, 2), '[user a]'), '482 [user a] leads back to itself by [user a], [user b]');
});

test('groups that lead to each other ring everybody else, once', () => {
  // Of what goes by a speed dial the check of the configuration only warns.
  const speed = '[speed 5]\nto = b\n';
  const text = `${HOME}${speed}[user bob]\n[group a]\nmembers = 5, alice\n[group b]\nmembers = a, bob\n`;
  assert.equal(word(ask('sip:a@home.example', text)), 'all(sip:bob@10.0.0.2 sip:alice@10.0.0.2)');
  const none = ask('sip:a@home.example', `${HOME}${speed}[group a]\nmembers = 5\n[group b]\nmembers = a\n`);
  assert.equal(word(none), '480');
  assert.deepEqual(none.trace.slice(-2), ['[group a]: [group b]: nobody can be reached', '[group a]: nobody can be reached']);
});

const stated = (text: string, dialed: string) => {
  const on = [...configOf(text).states.values()];
  return route(
    { method: 'INVITE', uri: parseUri(`sip:${dialed}@home.example`), principal: ALICE },
    snapshotOf(text, { active: () => on }),
  );
};
const GROUPS = `${HOME}[user bob]\n[user carol]\n[group inner]\nmembers = bob\n[group outer]\nmembers = inner, alice\n`;

test('a state leads on the calls to a group, and not those to a group that it belongs to; the first that says where', () => {
  const text = `${GROUPS}[state day]\ngroups = inner\n[state night]\ngroups = inner\nforward_all = carol\n`;
  assert.equal(word(stated(text, 'inner')), 'unconditional>sip:carol@10.0.0.2');
  assert.equal(word(stated(text, 'outer')), 'all(sip:bob@10.0.0.2 sip:alice@10.0.0.2)');
});

test('a group rings however often others have led a call on, but from there it goes no further (security S13)', () => {
  const trunk = '[provider itsp]\nregistrar = sip:itsp.example\nusername = u\npassword = p\ninbound = outer\n';
  const members = GROUPS.replace('members = bob', 'members = bob, 0301112233, sip:x@away.example');
  const text = `${members}then = carol\n${trunk}[dial out]\nmatch = 0!\nto = provider itsp\n[state night]\ngroups = inner\nforward_all = carol\n`;
  const on = [...configOf(text).states.values()];
  const ring = (group: string, times: number, principal: Principal = ALICE) => {
    const led = new Array<string>(times).fill('sip:y@away.example');
    const facts = { method: 'INVITE', uri: parseUri(`sip:${group}@home.example`), principal, led } as const;
    return word(route(facts, snapshotOf(text, { active: () => on })));
  };
  const phones = 'all(sip:bob@10.0.0.2 sip:alice@10.0.0.2)';
  for (const times of [5, 16]) {
    assert.equal(ring('outer', times), phones);
    assert.equal(ring('outer', times, { kind: 'provider', name: 'itsp' }), phones);
    assert.equal(ring('inner', times), 'sip:bob@10.0.0.2');
  }
  assert.equal(ring('inner', 4), 'unconditional>sip:carol@10.0.0.2');
  for (const everybody of [ring('outer', 3), ring('outer', 2, { kind: 'provider', name: 'itsp' })])
    for (const one of [/bob/, /alice/, /49301112233/, /x@away/, /carol/]) assert.match(everybody, one);
});

test('a group within another rings no longer than either of them', () => {
  const ring = (inner: number, outer: number) => {
    const timed = GROUPS.replace('members = bob', `members = bob\ntimeout = ${inner}`).replace('inner, alice', 'inner');
    const decision = ask('sip:outer@home.example', `${timed}timeout = ${outer}\n`);
    return decision.kind === 'forward' && decision.plan.ring;
  };
  assert.deepEqual([ring(10, 60), ring(60, 10)], [10_000, 10_000]);
});

test('a group whose members take turns moves on by one for a call, however often it is a member itself', () => {
  const text = `${GROUPS.replace('members = bob', 'members = bob, carol\nstrategy = rotate')}[speed 5]\nto = inner\n`;
  const decision = ask('sip:outer@home.example', text.replace('inner, alice', 'inner, 5'));
  assert.deepEqual(decision.kind === 'forward' && decision.turns, ['inner']);
});

test('who has led a call on before is known by an address of ours, not by that of a namesake elsewhere', () => {
  const text = `${HOME}[user bob]\nforward_all = carol\n[user carol]\n`;
  assert.equal(word(ask('sip:bob@home.example', text, { led: ['sip:bob@home.example'] })), 'sip:bob@10.0.0.2');
  assert.equal(word(ask('sip:bob@home.example', text, { led: ['sip:bob@away.example'] })), 'unconditional>sip:carol@10.0.0.2');
});

test('no stranger gets past a forward of all calls by saying that others have led his on (security S23)', () => {
  const text = `${HOME}[user bob]\npublished = yes\nforward_all = carol\n[user carol]\n[user dan]\npublished = yes\nforward_busy = carol\n`;
  const open = `${text}[domain home.example]\ninbound = anonymous\n`;
  for (const principal of [
    { kind: 'anonymous' },
    { kind: 'peer', domain: 'x.example' },
    { kind: 'guest', aor: 'g@x.example' },
  ] as const)
    for (const [led, told] of [
      [[], 'unconditional>sip:carol@10.0.0.2'],
      [['sip:x@away.example'], 'unconditional>sip:carol@10.0.0.2'],
      [['sip:bob@home.example'], '482'],
      [new Array<string>(5).fill('sip:x@away.example'), '482'],
    ] as const) {
      assert.equal(word(ask('sip:bob@home.example', open, { principal, led })), told);
      // What is led on when his phones do not take the call costs nobody his peace.
      assert.match(word(ask('sip:dan@home.example', open, { principal, led })), /sip:dan@10/);
      // And a forward that leads nowhere is as good as none, whatever was before.
      const nowhere = open.replace('forward_all = carol', 'forward_all = +491701234567');
      assert.equal(word(ask('sip:bob@home.example', nowhere, { principal, led })), 'sip:bob@10.0.0.2');
    }
});

test('no forward and no group calls for help: a user does that himself', () => {
  const text = `${HOME}[modem gsm0]\nport = /dev/x\n[group a]\nmembers = 112, alice\n[speed 5]\nto = 112\n`;
  assert.equal(word(ask('sip:a@home.example', text)), 'sip:alice@10.0.0.2');
  assert.equal(word(ask('sip:5@home.example', text)), 'gsm0 112!');
});

test('a rule that rewrites fits a number with + by its own writing alone', () => {
  const rules = '[dial a]\nmatch = 0X!\nstrip = 1\n[dial b]\nmatch = X!\nto = modem gsm0\n';
  const text = `${HOME}[modem gsm0]\nport = /dev/x\n${rules}`;
  assert.equal(word(ask('sip:+4930123456@home.example', text)), 'gsm0 +4930123456');
  assert.equal(word(ask('sip:0112345@home.example', text)), 'gsm0 112345');
});

test('a request has 60 targets at most, however many phones there are (RFC 5393 §5.3.3)', () => {
  const names = Array.from({ length: 8 }, (_, i) => `u${i}`);
  const text = `${HOME}${names.map((name) => `[user ${name}]\n`).join('')}[group all]\nmembers = ${names.join(', ')}\n`;
  const phones = (aor: string) => Array.from({ length: 9 }, (_, i) => binding(`sip:${aor}@10.0.0.${i}`));
  const decision = route(
    { method: 'INVITE', uri: parseUri('sip:all@home.example'), principal: ALICE },
    { ...snapshotOf(text), bindings: phones },
  );
  assert.equal(word(decision).match(/sip:/g)?.length, 60);
  assert.include(decision.trace, 'there are more than 60 places to ring: 3 are left out');
});

test('a stranger causes no ENUM look-up, whoever leads on', () => {
  const on = (principal: Principal) => ({
    ...wayOf(principal),
    spender: owner,
    snapshot: snapshotOf(`${HOME}`.replace('country', 'enum = e164.arpa\ncountry')),
  });
  const paid = refusal(403, 'Forbidden', 'nobody pays', '+4930123456');
  assert.equal(byEnum('+4930123456', paid, on(ALICE)).kind, 'plan');
  assert.equal(byEnum('+4930123456', paid, on({ kind: 'provider', name: 'acme' })).kind, 'plan');
  for (const principal of [
    { kind: 'anonymous' },
    { kind: 'peer', domain: 'x.example' },
    { kind: 'guest', aor: 'g@x.example' },
  ] as const)
    assert.equal(byEnum('+4930123456', paid, on(principal)), paid);
});

test('a step names the section that says where a call goes, a state as well as a user, and the key that stands there (house 1.8)', () => {
  const users = '[user bob]\nforward_all = alice\n[user carol]\nforward_offline = dave\n[user dave]\n';
  const states = '[state day]\nusers = bob\n[state night]\nusers = bob\nforward_all = carol\n';
  const { trace } = stated(`${HOME}${users}${states}`, 'bob');
  assert.deepEqual(
    trace.filter((step) => / forward_/.test(step)),
    ['[state night] forward_all = carol', '[user carol] forward_offline = dave'],
  );
});

test('who is not disturbed because a state says so is told apart from who wants it', () => {
  const why = (more: string) => stated(`${HOME}[user bob]\n${more}`, 'bob').trace.at(-1);
  assert.equal(why('dnd = yes\n'), 'bob does not want to be disturbed');
  assert.equal(why('[state night]\nusers = bob\ndnd = yes\n'), 'bob is not to be disturbed: [state night] says so');
});
