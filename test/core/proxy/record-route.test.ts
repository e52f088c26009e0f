import { assert, test } from 'vitest';
import { RouteTokens } from '../../../src/core/proxy/record-route.ts';
import { keyedHex } from '../../../src/sip/auth/hash.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { SimClock } from '../../support/sim-clock.ts';

const caller: FlowName = {
  transport: 'udp',
  local: { host: '10.0.0.1', port: 5060 },
  remote: { host: '10.0.0.2', port: 5062 },
  connection: '',
};
const callee: FlowName = {
  transport: 'tls',
  local: { host: 'fd00::1', port: 5061 },
  remote: { host: 'fe80::2%eth0', port: 40_000 },
  connection: '0a1b2c3d4e5f6071',
};
const route = { caller, callee, principal: 'u.alice' };
let now = 1_000 * 3_600_000;
const clock = { now: () => now, wall: () => now };
const keyed = (key: string) => new RouteTokens({ mac: (text) => keyedHex(key, text), clock });
const tokens = () => keyed('key');

test('a token holds both flows in characters that every stack leaves alone, and a keyed hash', () => {
  assert.equal(
    tokens().issue('call', 'from', route),
    'u*10.0.0.1-5060*10.0.0.2-5062~s*fd00__1-5061*fe80__2!eth0-40000*0a1b2c3d4e5f6071~u.alice~aae49223159d37f72ca9',
  );
  assert.match(tokens().issue('call', 'from', route), /^[A-Za-z0-9\-_.!~*'()]+$/);
});

test('it opens for the dialog that it was made for, from either side; what was forgotten is hashed again', () => {
  const ours = tokens();
  const token = ours.issue('call', 'from', route);
  for (const keeper of [ours, tokens()]) {
    for (let again = 0; again < 2; again++) {
      assert.deepEqual(keeper.open(token, 'call', 'from', 'to'), { towards: 'callee', route });
      assert.deepEqual(keeper.open(token, 'call', 'to', 'from'), { towards: 'caller', route });
    }
  }
});

test('a phone on its link alone is reached after a restart, whatever its interface is called (RFC 4007 §11)', () => {
  for (const zone of ['eth0', 'br_lan', 'wlan0_1-a.7', 'x!y']) {
    const linked = { ...route, callee: { ...callee, remote: { host: `fe80::2%${zone}`, port: 5060 } } };
    assert.deepEqual(tokens().open(tokens().issue('call', 'from', linked), 'call', 'from', 'to'), {
      towards: 'callee',
      route: linked,
    });
  }
});

test('what is long is not remembered, whoever writes it, but hashed again (security S12)', () => {
  let hashed = 0;
  const mac = (text: string) => {
    hashed++;
    return keyedHex('key', text);
  };
  const ours = new RouteTokens({ mac, clock });
  const opened = (callId: string, tag: string) => {
    const token = ours.issue(callId, tag, route);
    hashed = 0;
    for (let again = 0; again < 3; again++) assert.deepEqual(ours.open(token, callId, tag, 'to'), { towards: 'callee', route });
    return hashed;
  };
  assert.deepEqual(
    [opened('c'.repeat(256), 't'.repeat(256)), opened('c'.repeat(8_000), 't'), opened('c', 't'.repeat(8_000))],
    [0, 3, 3],
  );
});

test.each([
  [{ called: 'x' }, '~x~'],
  [{ called: 'u.bob' }, '~u.bob~'],
  [{ called: 'u.bob', dialed: '0a1b2c3d' }, '~u.bob~0a1b2c3d~'],
  [{ called: 'x', asked: '0a1b2c3d' }, '~x~~0a1b2c3d~'],
  [{ called: 'x', dialed: '0a1b2c3d', asked: '1a1b2c3d' }, '~x~0a1b2c3d~1a1b2c3d~'],
])('it tells who was called, to who hashes it again as well: %o', (more, part) => {
  const ours = tokens();
  const token = ours.issue('call', 'from', { ...route, ...more });
  for (const keeper of [ours, tokens()]) assert.deepEqual(keeper.open(token, 'call', 'from', 'to')?.route, { ...route, ...more });
  assert.equal(token.split(part).length, 2);
  assert.equal(tokens().open(token.replace(part, '~'), 'call', 'from', 'to'), undefined);
  assert.match(token, /^[A-Za-z0-9\-_.!~*'()]+$/);
});

test('a name that was dialed takes eight characters of a token, however long it is', () => {
  assert.equal(tokens().mark(`${'x'.repeat(8_000)}@home.example`).length, 8);
  assert.notEqual(tokens().mark('202@home.example'), tokens().mark('203@home.example'));
});

test('the user whose phone was called is named by all tokens of a route set, or by none (house, "A dialog proves itself")', () => {
  const ours = tokens();
  const [bob, away, old] = [{ called: 'u.bob' }, { called: 'x' }, {}].map(
    (more) => `<sip:${ours.issue('call', 'from', { ...route, ...more })}@10.0.0.1;lr>`,
  );
  const named = (...routes: (string | undefined)[]) => ours.userCalled(routes as string[], 'call', 'from');
  assert.deepEqual(
    [named(bob), named(bob, bob, '<sip:p.example;lr>'), named(bob, away), named(away), named(old), named()],
    ['bob', 'bob', undefined, undefined, undefined, undefined],
  );
});

test('it opens for no other Call-ID or tags, whether it is remembered or not', () => {
  const ours = tokens();
  const token = ours.issue('call', 'from', route);
  for (const keeper of [ours, tokens()])
    for (const [callId, from, to] of [
      ['call2', 'from', 'to'],
      ['', 'from', 'to'],
      ['call', 'to', 'to'],
      ['call', '', ''],
      ['call\nfrom', '', ''],
      ['CALL', 'from', 'to'],
    ] as const)
      assert.equal(keeper.open(token, callId, from, to), undefined, `${callId} ${from} ${to}`);
});

test('no part of it can be changed, left out or cut off', () => {
  const token = tokens().issue('call', 'from', route);
  const changed = [...token].map((c, at) => token.slice(0, at) + (c === '1' ? '2' : '1') + token.slice(at + 1));
  const cut = [...token].map((_, at) => token.slice(0, at));
  for (const wrong of [...changed, ...cut, `${token}0`, `x~${token}`, token.replace(/[^~]*$/, '')])
    if (wrong !== token) assert.equal(tokens().open(wrong, 'call', 'from', 'to'), undefined, wrong);
});

test('another key opens nothing', () => {
  const token = tokens().issue('call', 'from', route);
  assert.equal(keyed('other').open(token, 'call', 'from', 'to'), undefined);
});

test("a stranger's token opens for a day, in whatever it is handed on to, and a user's for ever (security S23)", () => {
  const start = now;
  const ours = tokens();
  const [user, stranger, guest] = ['u.alice', 'a', 'g'].map((principal) => ours.issue('call', 'from', { ...route, principal }));
  assert.match(stranger!, /~a\.1000~[0-9a-f]{20}$/);
  const { principal } = ours.open(stranger!, 'call', 'from', 'to')!.route;
  now += 24 * 3_600_000;
  const handedOn = ours.issue('call', 'from', { ...route, principal });
  const opens = () =>
    [ours, tokens()].map((keeper) =>
      [user, stranger, guest, handedOn].map((token) => keeper.open(token!, 'call', 'from', 'to') !== undefined),
    );
  assert.deepEqual(opens(), [
    [true, true, true, true],
    [true, true, true, true],
  ]);
  now += 3_600_000;
  assert.deepEqual(opens(), [
    [true, false, false, false],
    [true, false, false, false],
  ]);
  assert.isDefined(ours.open(stranger!, 'call', 'from', 'to', true)); // a BYE
  assert.isDefined(tokens().open(stranger!, 'call', 'from', 'to', true));
  now = start;
});

test("a stranger's token is as old as the time that passed, over a jump of the clock, and a restart after nights of sleep (security S23)", () => {
  for (const jump of [56 * 365 * 24, 36, 8, -1, -36, -56 * 365 * 24]) {
    const sim = new SimClock(600_000 * 3_600_000);
    const ours = () => new RouteTokens({ mac: (text) => keyedHex('key', text), clock: sim });
    const keeper = ours();
    const issue = () => keeper.issue('call', 'from', { ...route, principal: 'a' });
    const opens = (token: string, by = keeper) => by.open(token, 'call', 'from', 'to') !== undefined;
    const before = issue();
    sim.step(jump * 3_600_000);
    const after = issue();
    sim.advance(24 * 3_600_000);
    assert.deepEqual([opens(before), opens(after)], [true, true], `${jump}`);
    sim.advance(3_600_000);
    assert.deepEqual([opens(before), opens(after)], [jump < 0, false], `${jump}`); // set back, it looks younger than it is
    for (let night = 0; night < 10; night++) sim.step(8 * 3_600_000);
    assert.isTrue(opens(issue(), ours()));
  }
});
