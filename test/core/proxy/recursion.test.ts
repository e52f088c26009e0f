import { assert, test } from 'vitest';
import type { Account } from '../../../src/core/account/users.ts';
import { recurse, withContacts } from '../../../src/core/proxy/recursion.ts';
import type { Plan, Principal } from '../../../src/core/routing/decision.ts';
import { Domains } from '../../../src/core/routing/domains.ts';
import type { Snapshot } from '../../../src/core/routing/snapshot.ts';
import { MAX_BREADTH } from '../../../src/core/routing/way.ts';
import type { Response } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { binding, snapshotOf, account as user } from '../../support/routing.ts';

const account = (name: string, extension: string, published: boolean): Account =>
  user(name, { extension, published, dnd: name === 'dora' });
const users = [
  account('alice', '201', true),
  account('bob', '202', true),
  account('carol', '203', false),
  account('dora', '204', true),
  account('eve', '205', true),
  account('finn', '206', true),
];
const bound: Readonly<Record<string, readonly string[]>> = {
  alice: ['sip:alice@10.0.0.2'],
  bob: ['sip:bob@10.0.0.3'],
  carol: ['sip:carol@10.0.0.4', 'sip:carol@10.0.0.5'],
  dora: ['sip:dora@10.0.0.6'],
  finn: ['sips:finn@10.0.0.7'],
};
const snapshot: Snapshot = {
  ...snapshotOf(''),
  domains: new Domains({
    home: { name: 'home.example', inbound: 'anonymous', register: 'authenticated', outbound: 'authenticated' },
    written: [{ name: 'closed.example', inbound: 'authenticated', register: 'authenticated', outbound: 'authenticated' }],
    hostNames: [],
    points: [{ host: '10.0.0.1', port: 5060 }],
  }),
  byName: (name: string) => users.find((user) => user.name === name),
  byExtension: (digits: string) => users.find((user) => user.extension === digits),
  bindings: (aor: string) => (bound[aor] ?? []).map((uri) => binding(uri)),
};

const house: Principal = { kind: 'user', name: 'alice' };
const stranger: Principal = { kind: 'anonymous' };

interface More {
  readonly status?: number;
  readonly principal?: Principal;
  readonly uri?: string;
  readonly tried?: readonly string[];
  readonly outside?: boolean;
}

/** What bob's phone brings about with these contacts: `the plan | what is left`. */
function follow(contacts: readonly string[], more: More = {}): string {
  const { status = 302, principal = house, uri = 'sip:bob@home.example', tried = ['sip:bob@10.0.0.3'], outside = false } = more;
  const facts = { method: 'INVITE', uri: parseUri(uri), principal };
  const { plan, left } = recurse({ status, contacts, facts, tried, outside, user: outside ? undefined : 'bob' }, snapshot);
  return `${plan === undefined ? 'nowhere' : shown(plan)} | ${left.join(' ')}`;
}

function shown(plan: Plan): string {
  if (plan.kind === 'target')
    return plan.target.kind === 'binding' ? plan.target.binding.uri.replace(/^sip:\w+@10.0.0./, '.') : 'flow';
  if (plan.kind === 'diverted') return shown(plan.plan);
  if (plan.kind === 'else') return `else(${shown(plan.first)} ${shown(plan.then)})`;
  return `${plan.kind}(${plan.of.map(({ plan: member }) => shown(member)).join(' ')})`;
}

const ALICE = '<sip:alice@home.example>';
const CAROL = '"C, D" <sip:carol@home.example;x=y>';

test.each([
  ['a name of ours', [ALICE], '.2 | '],
  ['a number of ours', ['sip:203@home.example'], 'all(.4 .5) | '],
  ['our address', ['<sip:203@10.0.0.1:5060>'], 'all(.4 .5) | '],
  ['another domain', ['<sip:alice@away.example>'], 'nowhere | <sip:alice@away.example>'],
  ['a phone itself, past us', ['<sip:alice@10.0.0.2>'], 'nowhere | <sip:alice@10.0.0.2>'],
  ['a number without a domain', ['tel:201'], 'nowhere | tel:201'],
  ['nobody', ['sip:nobody@home.example'], 'nowhere | sip:nobody@home.example'],
  ['one without a phone', ['sip:eve@home.example'], 'nowhere | sip:eve@home.example'],
  ['one who is not to be disturbed', ['sip:dora@home.example'], 'nowhere | sip:dora@home.example'],
  ['header parts', ['<sip:alice@home.example?Route=%3Csip:x%3E>'], 'nowhere | <sip:alice@home.example?Route=%3Csip:x%3E>'],
  ['what cannot be read', ['<sip:alice@', ALICE], '.2 | '],
  ['no contact at all', [], 'nowhere | '],
  ['ours beside another', [ALICE, '<sip:y@away.example>;q=0.1', CAROL], 'all(.2 all(.4 .5)) | <sip:y@away.example>;q=0.1'],
  ['the phone that redirects', ['<sip:bob@10.0.0.3>'], 'nowhere | '],
  ['it in other words', ['<sip:%62ob@10.0.0.3;x=1>'], 'nowhere | '],
  ['its own user', ['sip:202@home.example', '<sip:z@away.example>'], 'nowhere | <sip:z@away.example>'],
  ['one twice', [ALICE, '<sip:201@home.example>'], '.2 | '],
])('a redirect to %s (RFC 3261 §16.7 step 4)', (_what, contacts, expected) => {
  assert.equal(follow(contacts), expected);
});

test('who was tried is left out of where a contact leads, and the contact where that is all, wherever he forwards to (RFC 3261 §16.7 step 4)', () => {
  const forwards = (name: string) => ({
    ...user(name, { published: true }),
    forwardBusy: { kind: 'name', name: 'carol' } as const,
  });
  const more = { gina: forwards('gina'), hugo: forwards('hugo') } as Readonly<Record<string, Account>>;
  const grown: Snapshot = {
    ...snapshot,
    byName: (name) => more[name] ?? snapshot.byName(name),
    bindings: (aor) => (aor in more ? [binding(`sip:${aor}@10.0.0.8`)] : snapshot.bindings(aor)),
  };
  const to = (contacts: readonly string[], tried: readonly string[]) => {
    const facts = { method: 'INVITE', uri: parseUri('sip:bob@home.example'), principal: house };
    const { plan, left } = recurse({ status: 302, contacts, facts, tried, outside: false, user: 'bob' }, grown);
    return `${plan === undefined ? 'nowhere' : shown(plan)} | ${left.join(' ')}`;
  };
  const [GINA, HUGO] = ['<sip:gina@home.example>', '<sip:hugo@home.example>'];
  assert.equal(to([GINA], []), 'else(.8 all(.4 .5)) | ');
  assert.equal(to([GINA], ['sip:carol@10.0.0.4']), 'else(.8 all(.4 .5)) | ');
  assert.equal(to([GINA], ['sip:gina@10.0.0.8']), 'nowhere | ');
  assert.equal(to([GINA, HUGO], []), 'all(else(.8 all(.4 .5)) else(.8 all(.4 .5))) | ');
  assert.equal(to([CAROL], ['sip:carol@10.0.0.4']), 'all(.5) | ');
});

test('contacts of one q are tried together, the groups in the order of q; without q it is 1 (RFC 3261 §16.7 step 4, §20.10)', () => {
  assert.equal(follow([`${CAROL};q=0.3`, ALICE]), 'order(.2 all(.4 .5)) | ');
  assert.equal(follow([`${CAROL};q=0.3`, `${ALICE};q=0.2`]), 'order(all(.4 .5) .2) | ');
  assert.equal(follow([`${CAROL};q=0.3`, `${ALICE};q=0.3`]), 'all(all(.4 .5) .2) | ');
});

test('a redirect opens nothing to a caller that was closed to it (house 5, RFC 3261 §26.1)', () => {
  const principal = stranger;
  assert.equal(follow([ALICE], { principal }), '.2 | ');
  assert.equal(follow([CAROL], { principal }), `nowhere | ${CAROL}`);
  assert.equal(follow(['sip:201@home.example'], { principal }), 'nowhere | sip:201@home.example');
  assert.equal(follow(['sip:alice@closed.example'], { principal }), 'nowhere | sip:alice@closed.example');
  assert.equal(follow(['sip:alice@10.0.0.1'], { principal }), 'nowhere | sip:alice@10.0.0.1');
});

test('of a stranger nothing of ours is left to the caller but what strangers may dial (features, row 31; security S1)', () => {
  const outside = true;
  const elsewhere = '<sip:0900123456@away.example>';
  assert.equal(follow([ALICE, elsewhere], { outside }), `.2 | ${elsewhere}`);
  assert.equal(follow(['<sip:0900123456@home.example>', 'tel:0900123456', 'sip:eve@closed.example'], { outside }), 'nowhere | ');
  assert.equal(follow(['<sip:0900123456@home.example?x=y>', '<sip:alice@', '<sip:202@10.0.0.1>'], { outside }), 'nowhere | ');
  assert.equal(follow([`${ALICE};q=.5`], { outside, status: 380 }), `nowhere | ${ALICE};q=.5`);
});

test('380 offers another service, not another place; every other 3xx is followed (RFC 3261 §21.3)', () => {
  const of = (status: number) => follow([ALICE], { status });
  assert.deepEqual([300, 301, 302, 305, 399].map(of), Array(5).fill('.2 | '));
  assert.equal(of(380), `nowhere | ${ALICE}`);
});

test('a call to a sips URI is not led to a sip URI, nor the other way (RFC 3261 §16.7 step 4, RFC 5630 §5.3)', () => {
  const uri = 'sips:bob@home.example';
  const finn = '<sip:finn@home.example>';
  const secure = '<sips:finn@home.example>';
  assert.equal(follow([finn], { uri }), `nowhere | ${finn}`);
  assert.equal(follow([secure], { uri }), 'sips:finn@10.0.0.7 | ');
  assert.equal(follow([secure]), `nowhere | ${secure}`);
  assert.equal(follow([finn]), 'sips:finn@10.0.0.7 | ');
});

test('the targets of one request are bounded, so that a chain of redirects ends', () => {
  const tried = Array.from({ length: MAX_BREADTH - 1 }, (_, n) => `sip:${n}@10.0.0.3`);
  assert.equal(follow([CAROL, ALICE], { tried }), `.2 | ${CAROL}`);
  assert.equal(follow([ALICE], { tried: [...tried, 'sip:x@10.0.0.3'] }), `nowhere | ${ALICE}`);
});

test('of what is passed on only the contacts change (RFC 3261 §16.7 step 4)', () => {
  const head = 'SIP/2.0 302 Moved\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n';
  const end = 'From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n';
  const redirect = read(`${head}m: <sip:a@b>,\r\n <sip:c@d>;q=.1\r\nX: 1\r\nContact: sip:e@f\r\n${end}\r\n`) as Response;
  const { text } = withContacts(redirect, ['<sip:c@d>;q=.1', 'sip:e@f']);
  assert.equal(text, `${head}m: <sip:c@d>;q=.1\r\nX: 1\r\nContact: sip:e@f\r\n${end}\r\n`);
});
