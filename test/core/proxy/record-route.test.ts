import { assert, test } from 'vitest';
import { RouteTokens } from '../../../src/core/proxy/record-route.ts';
import { keyedHex } from '../../../src/sip/auth/hash.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';

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
const tokens = () => new RouteTokens({ mac: (text) => keyedHex('key', text) });

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
  assert.equal(new RouteTokens({ mac: (text) => keyedHex('other', text) }).open(token, 'call', 'from', 'to'), undefined);
});
