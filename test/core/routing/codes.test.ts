import { assert, test } from 'vitest';
import { type CodeAction, codeText } from '../../../src/config/codes.ts';
import { codeRefusal } from '../../../src/core/routing/code-refusal.ts';
import type { RouteFacts } from '../../../src/core/routing/decision.ts';
import { route } from '../../../src/core/routing/route.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { snapshotOf, word } from '../../support/routing.ts';

const house = snapshotOf(`[daemon]
domain = home.example
[user alice]
extension = 201
[codes]
forward_all = *21*
forward_busy = *72
dnd = *26
pickup = *8
last_caller = *69
state_night = *82
[state night]
users = alice
`);

const dial = (dialed: string, more: Partial<RouteFacts> = {}) =>
  route(
    {
      method: 'INVITE',
      uri: parseUri(`sip:${dialed.replaceAll('#', '%23')}@home.example`),
      principal: { kind: 'user', name: 'alice' },
      ...more,
    },
    house,
  );

test.each<readonly [string, CodeAction | string]>([
  ['*21*202', { do: 'forward', key: 'forward_all', to: '202' }],
  ['*21*202#', { do: 'forward', key: 'forward_all', to: '202' }],
  ['*21*+4930123456', { do: 'forward', key: 'forward_all', to: '+4930123456' }],
  ['*21*carol', { do: 'forward', key: 'forward_all', to: 'carol' }],
  ['*21*', { do: 'forward', key: 'forward_all', to: undefined }],
  ['*21*#', { do: 'forward', key: 'forward_all', to: undefined }],
  ['#21#', { do: 'forward', key: 'forward_all', to: undefined }],
  ['##21#', { do: 'forward', key: 'forward_all', to: undefined }],
  ['#21#5', '404'],
  ['*72202', { do: 'forward', key: 'forward_busy', to: '202' }],
  ['#72', { do: 'forward', key: 'forward_busy', to: undefined }],
  ['*26', { do: 'dnd', to: 'other' }],
  ['*265', '404'],
  ['#26#', { do: 'dnd', to: 'no' }],
  ['*8', { do: 'pickup', of: undefined }],
  ['*8201', { do: 'pickup', of: '201' }],
  ['*82', { do: 'state', name: 'night' }],
  ['*821', { do: 'pickup', of: '21' }],
  ['*21', '404'],
])('%s is dialed for %j', (dialed, wanted) => {
  const decision = dial(dialed);
  assert.deepEqual(decision.kind === 'serve' && decision.by === 'code' ? decision.action : word(decision), wanted);
});

test('nobody dials a code for somebody else: no transfer and no redirect, no other method, nobody but users', () => {
  assert.equal(word(dial('*26')), 'code');
  assert.equal(word(dial('*26', { unpaid: true })), '404');
  assert.equal(word(dial('*26', { method: 'MESSAGE' })), '404');
  assert.equal(word(dial('*26', { uri: parseUri('sip:*26@away.example') })), 'sip:*26@away.example');
  for (const principal of [
    { kind: 'provider', name: 'acme' },
    { kind: 'line', name: 'gsm0' },
    { kind: 'guest', aor: 'gus@open.example' },
    { kind: 'peer', domain: 'away.example' },
    { kind: 'user', name: 'nobody' },
  ] as const)
    assert.notEqual(word(dial('*26', { principal })), 'code');
});

test.each([
  ['*21*202', 'forward_all = 202'],
  ['#72', 'no forward_busy any more'],
  ['*26', 'dnd on or off'],
  ['#26#', 'dnd = no'],
  ['*8', 'pick up a call that rings at somebody of the same group'],
  ['*8201', 'pick up a call that rings at 201'],
  ['*82', 'the state night on or off'],
])('who asks what %s would do reads: %s', (dialed, text) => {
  const decision = dial(dialed);
  assert.equal(decision.kind === 'serve' && decision.by === 'code' ? codeText(decision.action) : '', text);
  assert.include(decision.trace, `${dialed} is a feature code: ${text}`);
});

test('who asks what *69 would do reads that the last caller is called', () => {
  assert.include(dial('*69').trace, '*69 is a feature code: call whoever called last');
});

test('a call may be picked up at a user, an extension or a group', () => {
  const snapshot = snapshotOf('[user alice]\nextension = 201\n[group kitchen]\nextension = 600\nmembers = alice\n');
  const refused = (of: string) => codeRefusal('alice', { do: 'pickup', of }, snapshot);
  assert.deepEqual(['alice', '201', 'kitchen', '600'].map(refused), Array(4).fill(undefined));
  assert.equal(refused('601'), 'there is no user or group 601');
});
