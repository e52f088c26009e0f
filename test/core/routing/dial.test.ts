import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import type { Principal, RouteFacts } from '../../../src/core/routing/decision.ts';
import { route } from '../../../src/core/routing/route.ts';
import type { Snapshot } from '../../../src/core/routing/snapshot.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { binding, snapshotOf, word } from '../../support/routing.ts';

const ALICE: Principal = { kind: 'user', name: 'alice' };
const USERS = '[user alice]\nextension = 201\n[user bob]\nextension = 202\n';
const PLAN = '[daemon]\ndomain = home.example\ncountry = DE\narea_code = 30\n';
const TRUNKS =
  '[provider acme]\nregistrar = sip:acme.example\n[provider zack]\nregistrar = sip:zack.example\n[modem gsm0]\nport = /dev/x\n';

const ask = (house: Snapshot, dialed: string, more: Partial<RouteFacts> = {}, every = false) =>
  route(
    { method: 'INVITE', uri: parseUri(`sip:${dialed.replaceAll('#', '%23')}@home.example`), principal: ALICE, ...more },
    house,
    every,
  );
const at = (house: Snapshot, dialed: string, more: Partial<RouteFacts> = {}) => word(ask(house, dialed, more));
const last = (house: Snapshot, dialed: string, more: Partial<RouteFacts> = {}) => ask(house, dialed, more).trace.at(-1);

test('the first rule whose every part fits says where a number goes, and its length is exact', () => {
  const house = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[class family]\nmay = internal, paid\n[dial a]\nmatch = 0XXX\nto = provider acme\n[dial b]\nmatch = 0X.\nto = provider zack\n` +
      '[dial c]\nmatch = 5X!\nto = modem gsm0\nclasses = family\n[dial d]\nmatch = [5-7]!\nto = provider zack\n',
  );
  assert.equal(at(house, '0123'), 'acme 0123');
  assert.equal(at(house, '01234'), 'zack +491234');
  assert.equal(at(house, '012'), 'zack 012');
  assert.equal(at(house, '01'), '404');
  assert.equal(at(house, '551'), 'zack 551', 'alice is not of the class');
  assert.equal(at(house, '8'), '404');
  assert.equal(last(house, '8'), 'there is no user, extension or guest 8, and no dial rule fits');
  assert.equal(at(house, `0${'1'.repeat(64)}`), '404', 'more than 64 characters are no number');
});

test('what a number outside lacks is told in the order in which it is made: a provider, a dial rule, one that fits', () => {
  const nobody = (text: string) => `there is no user, extension or guest ${text}`;
  const house = snapshotOf(`${PLAN}${USERS}`);
  assert.equal(last(house, '+49301234567'), `${nobody('+49301234567')}, and there is no provider and no modem`);
  assert.equal(last(house, '0301234567'), `${nobody('0301234567')}, and there is no provider and no modem`);
  assert.deepEqual([last(house, '299'), last(house, 'carl')], [nobody('299'), nobody('carl')]);
  const provided = `${PLAN}${USERS}${TRUNKS}`;
  assert.equal(last(snapshotOf(provided), '030'), `${nobody('030')}, and there is no dial rule to go out by`);
  const ruled = snapshotOf(`${provided}[dial out]\nmatch = 9X!\nto = provider acme\n`);
  assert.equal(last(ruled, '030'), `${nobody('030')}, and no dial rule fits`);
});

test('digits are taken away, then others put before the rest; a text without a trunk is dialed anew', () => {
  const house = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[dial office]\nmatch = 9X!\nstrip = 1\n[dial door]\nmatch = 8XX\nstrip = 1\nprepend = 2\n[dial cheap]\nmatch = 010X!\nstrip = 3\n` +
      'prepend = 0049\nto = provider acme\n[dial all]\nmatch = 0X!\nto = provider zack\n',
  );
  assert.equal(at(house, '90301234567'), 'zack +49301234567');
  assert.equal(at(house, '802'), 'sip:bob@10.0.0.2');
  assert.equal(at(house, '0103012345'), 'acme +493012345');
  assert.deepEqual(ask(house, '802').trace, [
    'caller: the user alice',
    'home.example is our domain home.example: inbound = authenticated',
    '802 fits [dial door] 8XX',
    'it becomes 202',
    '202 is the user bob',
    'phone sip:bob@10.0.0.2 (q=1)',
  ]);
});

test('a number that a rule takes by another writing than its own is told in that writing', () => {
  const house = snapshotOf(`${PLAN}${USERS}${TRUNKS}[dial out]\nmatch = 0X!\nto = provider acme\n`);
  assert.deepEqual(ask(house, '+493012345', {}, true).trace.slice(2, 4), [
    '[dial out] 0X! does not fit +493012345: it begins otherwise',
    '+493012345, dialed 00493012345 here, fits [dial out] 0X!',
  ]);
});

test('a rule replaces all that was dialed, by parts of a regular expression too, or refuses it in words', () => {
  const house = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[dial a]\nmatch = /8([0-9]{2})#?/\nreplace = 2$1\n[dial b]\nmatch = 7!\nreplace = bob\n[dial c]\nmatch = 0900!\nrefuse = not from here: zu teuer für uns\n` +
      '[dial d]\nmatch = 0X!\nto = provider acme\n',
  );
  assert.equal(at(house, '802'), 'sip:bob@10.0.0.2');
  assert.equal(at(house, '802#'), 'sip:bob@10.0.0.2');
  assert.equal(at(house, '7123'), 'sip:bob@10.0.0.2');
  assert.deepInclude(ask(house, '0900123'), { status: 403, reason: 'Forbidden (not from here: zu teuer f\xc3\xbcr uns)' });
  assert.equal(at(house, '+49900123456'), '403', 'nor by another writing of the number');
});

test('a rule leads to several places, each where the one before did not take the call', () => {
  const house = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[dial a]\nmatch = 0X!\nto = provider acme, modem gsm0, bob\n[dial b]\nmatch = 1\nto = sip:x@away.example, 202\n[dial c]\nmatch = 2\nto = modem gsm0\n`,
  );
  const on = 'failed unreachable silent offline flowFailed';
  assert.equal(at(house, '030123'), `((acme +4930123 ${on} gsm0 +4930123) ${on} sip:bob@10.0.0.2)`);
  assert.equal(at(house, '1'), `(sip:x@away.example ${on} sip:bob@10.0.0.2)`);
  const dear = '[class rich]\nmay = internal, paid\n[provider dear]\nregistrar = sip:dear.example\nclasses = rich\n';
  const closed = snapshotOf(`${PLAN}${USERS}${TRUNKS}${dear}[dial a]\nmatch = 3\nto = provider dear, bob, modem gsm0\n`);
  const open = ask(closed, '3');
  assert.equal(word(open), `(sip:bob@10.0.0.2 ${on} gsm0 3)`, 'the first is not for her');
  assert.deepInclude(open, { callee: 'bob' });
  assert.include(open.trace, 'provider dear is not for the built-in class');
});

test('rewrites end after sixteen', () => {
  const house = snapshotOf(`${PLAN}${USERS}[dial a]\nmatch = /1+/\nprepend = 1\n`);
  assert.equal(last(house, '1'), `${'1'.repeat(17)}: rewritten 16 times, and still no end`);
  assert.equal(at(house, '1'), '404');
});

test('a number that begins with + is compared in every way that it may be dialed here', () => {
  const house = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[dial a]\nmatch = 9X!\nstrip = 1\n[dial b]\nmatch = 00X!\nto = provider zack\n[dial c]\nmatch = 0X!\nstrip = 1\nprepend = 55\nto = provider acme\n`,
  );
  assert.equal(at(house, '+33145678901'), '403', 'international, which the built-in class does not allow');
  assert.equal(last(house, '+33145678901'), 'the built-in class does not allow calls to other countries (international)');
  assert.equal(at(house, '+4930123456'), 'zack +4930123456');
  const own = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[dial c]\nmatch = 0[1-9]!\nstrip = 1\nprepend = 1\nto = provider acme\n[dial d]\nmatch = +X!\nto = provider zack\n`,
  );
  assert.equal(at(own, '+4930123456'), 'acme +4930123456', 'whole as it is: nothing is put before it');
  assert.equal(at(own, '0301'), 'acme 1301');
});

test('what is dialed is looked up in order: emergency, users, groups, speed dials, guests, numbers', () => {
  const house = snapshotOf(
    `${PLAN}emergency = 112\n${USERS}${TRUNKS}[group kitchen]\nextension = 600\nmembers = bob\n[speed 77]\nto = bob\n[speed alice/77]\nto = 0301234567\n[speed 202]\nto = alice\n` +
      '[speed 78]\nto = sip:x@away.example\n[speed 79]\nto = sip:+4930123456@home.example;user=phone\n[dial all]\nmatch = X!\nto = provider acme\n',
  );
  assert.equal(
    at(house, '112'),
    '(acme 112! failed unreachable silent offline flowFailed (zack 112! failed unreachable silent offline flowFailed gsm0 112!))',
  );
  assert.equal(at(house, '202'), 'sip:bob@10.0.0.2');
  assert.equal(at(house, '600'), 'sip:bob@10.0.0.2');
  assert.equal(at(house, '77'), 'acme +49301234567', 'of her own');
  assert.equal(at(house, '77', { principal: { kind: 'user', name: 'bob' } }), 'sip:bob@10.0.0.2');
  for (const way of ['alice/77', 'alice%2F77'])
    assert.equal(at(house, way, { principal: { kind: 'user', name: 'bob' } }), '404', 'of nobody else');
  assert.equal(at(house, '78'), 'sip:x@away.example');
  assert.equal(at(house, '79'), 'acme +4930123456');
  assert.equal(at(house, '555'), 'acme 555');
});

test('what is written down leads into another domain of ours, and to the phones that say sips where it says so (RFC 3261 §26.2.2)', () => {
  const phones: Readonly<Record<string, readonly Binding[]>> = {
    bob: [binding('sip:bob@10.0.0.2'), binding('sips:bob@10.0.0.3', 0.5)],
    'gus@open.example': [binding('sip:gus@198.51.100.7')],
  };
  const house = snapshotOf(
    `${PLAN}[domain open.example]\nregister = anonymous\n${USERS}[speed 5]\nto = sips:bob@home.example\n[speed 6]\nto = sip:gus@open.example\n[speed 7]\nto = sip:gus@home.example\n`,
    { bindings: (aor) => phones[aor] ?? [] },
  );
  assert.equal(at(house, '5'), 'sips:bob@10.0.0.3');
  assert.equal(at(house, '6'), 'sip:gus@198.51.100.7');
  assert.equal(at(house, '7'), '404');
});

test('every rule says why it did not fit when it is asked for, and the decision is the same', () => {
  const house = snapshotOf(
    `${PLAN}${USERS}${TRUNKS}[class c]\nmay = paid\n[dial a]\nmatch = 5X!\nto = provider acme\n[dial b]\nmatch = 0X\nto = provider acme\n[dial c]\nmatch = 0XXXXXXXXXX\nto = provider acme\n` +
      '[dial d]\nmatch = 0N!\nto = provider acme\n[dial e]\nmatch = 0X!\nto = provider acme\nclasses = c\n[dial f]\nmatch = 0X!\nto = provider zack\n',
  );
  const short = ask(house, '01234');
  const full = ask(house, '01234', {}, true);
  assert.deepEqual({ ...full, trace: [] }, { ...short, trace: [] });
  assert.deepEqual(full.trace, [
    'caller: the user alice',
    'home.example is our domain home.example: inbound = authenticated',
    '[dial a] 5X! does not fit 01234: it begins otherwise',
    '[dial b] 0X does not fit 01234: it is too long',
    '[dial c] 0XXXXXXXXXX does not fit 01234: it is too short',
    '[dial d] 0N! does not fit 01234: the pattern is another',
    '[dial e] 0X! does not fit 01234: the rule is for other classes',
    '01234 fits [dial f] 0X!',
    'provider zack takes +491234; alice pays',
  ]);
  assert.deepEqual(short.trace, [...full.trace.slice(0, 2), ...full.trace.slice(-2)]);
});
