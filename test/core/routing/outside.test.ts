import { assert, test } from 'vitest';
import { NOTHING_SPENT, type Spent } from '../../../src/core/budget/limits.ts';
import type { RouteFacts } from '../../../src/core/routing/decision.ts';
import { isEmergency, route } from '../../../src/core/routing/route.ts';
import type { Snapshot } from '../../../src/core/routing/snapshot.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { binding, snapshotOf, word } from '../../support/routing.ts';

const TEXT = `
[daemon]
domain = home.example
country = DE
[domain closed.example]
outbound = off
[class family]
may = internal, peers, paid, international
calls = 2
[class rich]
may = internal, peers, paid, international, premium
[user alice]
[user bob]
class = family
[user carol]
class = rich
[provider acme]
registrar = sip:acme.example
classes = family
prefixes_allowed = +49, +33
calls = 3
minutes_per_day = 60
[provider zack]
registrar = sip:zack.example
[dial all]
match = 0X!
to = provider acme, provider zack
[dial hash]
match = *1
to = provider acme
[peer away.example]
via = sip.away.example;transport=tls
`;
const house = snapshotOf(TEXT);
const NEXT = 'failed unreachable silent offline flowFailed';

const ask = (uri: string, name: string, snapshot: Snapshot = house, more: Partial<RouteFacts> = {}) =>
  route({ method: 'INVITE', uri: parseUri(uri), principal: { kind: 'user', name }, ...more }, snapshot);
const number = (digits: string, name: string, snapshot?: Snapshot) => ask(`sip:${digits}@home.example`, name, snapshot);

test('a trunk is for its classes and its prefixes, and the class of who pays says what may be called', () => {
  assert.equal(word(number('030123456', 'alice')), 'zack +4930123456');
  assert.equal(word(number('030123456', 'bob')), `(acme +4930123456 ${NEXT} zack +4930123456)`);
  assert.equal(word(number('0033145678901', 'bob')), `(acme +33145678901 ${NEXT} zack +33145678901)`);
  assert.equal(word(number('0044207123456', 'bob')), 'zack +44207123456');
  const one = snapshotOf(TEXT.replace('prefixes_allowed = +49, +33', 'prefixes_allowed = +49'));
  assert.equal(word(number('0033145678901', 'bob', one)), 'zack +33145678901');
  assert.equal(word(number('0900123456', 'bob')), '403');
  assert.equal(word(number('0900123456', 'carol')), 'zack +49900123456');
  assert.equal(word(number('*1', 'carol')), '403');
  const why = (decision: ReturnType<typeof ask>) => decision.kind === 'reject' && decision.reason;
  assert.equal(why(number('*1', 'carol')), 'Forbidden (provider acme is not for the class rich)');
  assert.equal(why(number('*1', 'bob')), 'Forbidden (provider acme is for numbers that begin with +49, +33)');
  assert.equal(
    why(number('0033145678901', 'alice')),
    'Forbidden (the built-in class does not allow calls to other countries (international))',
  );
  assert.equal(why(number('0900123456', 'bob')), 'Forbidden (the class family does not allow calls that cost extra (premium))');
});

/** A house in which this was spent already. */
const spent = (
  users: Readonly<Record<string, Partial<Spent>>>,
  trunks: Readonly<Record<string, Partial<Spent>>> = {},
): Snapshot => ({
  ...house,
  usage: {
    user: (name) => ({ ...NOTHING_SPENT, ...users[name] }),
    trunk: ({ name }) => ({ ...NOTHING_SPENT, ...trunks[name] }),
  },
});

test.each([
  [
    'calls at once of a user',
    spent({ bob: { calls: 2 } }),
    403,
    'bob has reached the limit of 2 calls at the same time of the class family',
  ],
  [
    'calls an hour of a user',
    spent({ bob: { hour: 60 } }),
    403,
    'bob has reached the limit of 60 calls an hour of the class family',
  ],
  [
    'minutes a day of a user',
    spent({ bob: { talk: 36_000_000 } }),
    403,
    'bob has reached the limit of 600 minutes a day of the class family',
  ],
  ['both trunks at their limits', spent({}, { acme: { calls: 3 }, zack: {} }), 0, 'provider zack takes +4930123456; bob pays'],
  [
    'one below the limit',
    spent({ bob: { calls: 1, hour: 59, talk: 35_999_999 } }),
    0,
    'provider zack takes +4930123456; bob pays',
  ],
])('a budget that is used up: %s (security S3)', (_, snapshot, status, why) => {
  const decision = number('030123456', 'bob', snapshot);
  assert.equal(decision.kind === 'reject' ? decision.status : 0, status);
  assert.equal(decision.trace.at(-1), why);
});

test('of trunks that are not to be had, the caller hears of the one that may be had later', () => {
  const down: Snapshot = { ...house, trunkState: () => ({ up: false, why: 'no answer' }) };
  assert.deepInclude(number('030123456', 'alice', down), {
    status: 503,
    reason: 'Service Unavailable (provider zack is down: no answer)',
  });
  const last = snapshotOf(TEXT.replace('to = provider acme, provider zack', 'to = provider zack, provider acme'));
  assert.deepInclude(number('030123456', 'alice', { ...last, trunkState: down.trunkState }), { status: 503 });
});

test('who may not leave the house by his domain causes no ENUM look-up (outbound = off)', () => {
  const open = snapshotOf(TEXT.replace('country', 'enum = e164.arpa\ncountry'));
  const from = (text: string) => ({ from: parseUri(text) });
  const dialed = 'sip:030123456@home.example';
  assert.match(word(ask(dialed, 'bob', open, from('sip:bob@home.example'))), /^\(enum \+4930123456 /);
  assert.equal(word(ask(dialed, 'bob', open, from('sip:bob@closed.example'))), '403');
});

test('a message for which ENUM knows no address is for nobody, and no method that is forbidden', () => {
  const open = snapshotOf(TEXT.replace('country', 'enum = e164.arpa\ncountry'));
  const decision = ask('sip:030123456@home.example', 'bob', open, { method: 'MESSAGE' });
  const target = decision.kind === 'forward' && decision.plan.kind === 'target' ? decision.plan.target : undefined;
  assert.deepEqual(target, { kind: 'enum', number: '+4930123456', refused: undefined });
});

test('the dot of the root may be written: it is the same peer (RFC 1034 §3.1)', () => {
  assert.equal(word(ask('sip:x@away.example.', 'bob')), 'sip:x@away.example. via sip.away.example;transport=tls');
});

test('of a URI another domain gets all but its headers, wherever a question mark stands (RFC 3261 §16.6 step 2)', () => {
  const uri = 'sip:a?b@away.example:5070;transport=tcp';
  for (const headers of ['', '?Subject=a', '?Subject=a?&Priority=b'])
    assert.equal(word(ask(`${uri}${headers}`, 'bob')), `${uri} via sip.away.example;transport=tls`);
});

test('who may not call other countries hears that the house does not know its own', () => {
  const lost = snapshotOf(TEXT.replace('country = DE\n', '').replace('0X!', '/.*/'));
  const why = 'the built-in class does not allow calls to other countries (international)';
  assert.deepInclude(number('+4930123456', 'alice', lost), { reason: `Forbidden (${why}; [daemon] country_code is not set)` });
  assert.deepInclude(number('0012345', 'alice', lost), { reason: `Forbidden (${why})` });
});

test('of two international prefixes the longer one is taken off', () => {
  const two = snapshotOf(TEXT.replace('country = DE', 'country_code = 61\ninternational_prefix = 00, 0011'));
  assert.equal(word(number('00114930123456', 'carol', two)), 'zack +4930123456');
});

test('503 says that the budget of a trunk is used up (security S3)', () => {
  const full = ask('sip:*1@home.example', 'bob', {
    ...spent({}, { acme: { talk: 3_600_000 } }),
    rules: snapshotOf(TEXT.replace('prefixes_allowed = +49, +33\n', '')).rules,
  });
  assert.deepInclude(full, {
    status: 503,
    reason: 'Service Unavailable (provider acme has reached its limit of 60 minutes a day)',
  });
});

test('a trunk that is known to be down is passed over; where all are, 503 says why', () => {
  const down = (...names: string[]): Snapshot => ({
    ...house,
    trunkState: ({ name }) => (names.includes(name) ? { up: false, why: `not registered: 403 \xfcber\r\n` } : { up: true }),
  });
  assert.equal(word(number('030123456', 'bob', down('acme'))), 'zack +4930123456');
  assert.deepInclude(number('030123456', 'bob', down('acme')).trace, 'provider acme is down: not registered: 403 \xfcber\r\n');
  const none = number('030123456', 'bob', down('acme', 'zack'));
  assert.deepInclude(none, { status: 503, reason: 'Service Unavailable (provider acme is down: not registered: 403 \xfcber??)' });
});

test('an emergency call goes by every trunk there is, whatever class, budget or state says; those that are down come last', () => {
  const worst: Snapshot = {
    ...snapshotOf(TEXT.replace('[user alice]', '[class none]\nmay =\n[user alice]\nclass = none').replace('0X!', '112')),
    usage: spent({ alice: { calls: 99, hour: 999, talk: 1e12 } }, { acme: { calls: 99 }, zack: { calls: 99 } }).usage,
    trunkState: ({ name }) => (name === 'acme' ? { up: false, why: 'no answer' } : { up: true }),
  };
  const decision = number('112', 'alice', worst);
  assert.equal(word(decision), `(zack 112! ${NEXT} acme 112!)`);
  assert.equal(decision.kind === 'forward' && decision.emergency, true);
  assert.equal(
    word(number('112', 'alice', snapshotOf(`${TEXT}[dial help]\nmatch = 112\nto = provider zack\n`))),
    `(zack 112! ${NEXT} acme 112!)`,
  );
  assert.equal(word(number('113', 'alice', worst)), '404');
  assert.equal(word(ask('urn:service:sos', 'alice', worst)), `(zack 112! ${NEXT} acme 112!)`);
  assert.equal(word(ask('urn:service:sos.fire', 'alice', worst)), `(zack 112! ${NEXT} acme 112!)`);
  assert.equal(word(ask('urn:service:sosx', 'alice', worst)), '416');
  const lost = number('112', 'alice', snapshotOf('[daemon]\ndomain = home.example\n[user alice]'));
  assert.deepInclude(lost, { status: 503, reason: 'Service Unavailable (there is no provider and no modem)' });
});

test('what is rewritten to an emergency number is one', () => {
  const snapshot = snapshotOf(
    TEXT.replace('[dial all]', '[dial out]\nmatch = 91X!\nstrip = 1\nto = provider acme\n[dial all]').replace(
      'may = internal, peers, paid, international\n',
      'may =\n',
    ),
  );
  assert.equal(word(number('9112', 'bob', snapshot)), `(acme 112! ${NEXT} zack 112!)`);
});

test('what is rewritten to an emergency number is one also where the rule asks somebody of the house first', () => {
  const rule = '[dial out]\nmatch = 91X!\nstrip = 1\nto = carol, provider acme\n[dial all]';
  const decision = number('9112', 'alice', snapshotOf(TEXT.replace('[dial all]', rule)));
  assert.deepInclude(decision, { kind: 'forward', emergency: true });
});

test('an emergency number is one of ours, as a number, at a domain of ours, or by its service (security S30)', () => {
  const is = (uri: string) => isEmergency(parseUri(uri), house);
  assert.deepEqual(
    ['tel:112', 'sip:112@home.example', 'sips:911@home.example', 'urn:service:sos.fire'].map(is),
    Array(4).fill(true),
  );
  assert.deepEqual(['sip:112@away.example', 'sip:1120@home.example', 'urn:service:sosx'].map(is), Array(3).fill(false));
});

test('a domain whose users do not leave it keeps them in, by name and by number (outbound = off)', () => {
  const from = parseUri('sip:alice@closed.example');
  assert.equal(word(ask('sip:030123456@closed.example', 'alice')), '403');
  assert.equal(word(ask('sip:030123456@home.example', 'alice', house, { from })), '403');
  assert.equal(word(ask('sip:x@away.example', 'alice', house, { from })), '403');
  assert.equal(
    ask('sip:x@away.example', 'alice', house, { from }).trace.at(-1),
    'the users of closed.example do not leave it (outbound = off)',
  );
  assert.equal(word(ask('sip:bob@closed.example', 'alice', house, { from })), 'sip:bob@10.0.0.2');
  assert.equal(
    word(ask('sip:x@away.example', 'alice', house, { from: parseUri('sip:alice@home.example') })),
    'sip:x@away.example via sip.away.example;transport=tls',
  );
});

test('a number is looked up by ENUM before it costs money, and what is found has nobody to pay (RFC 6116)', () => {
  const snapshot = snapshotOf(TEXT.replace('country = DE', 'country = DE\nenum = e164.arpa, e164.example'));
  const enumFirst = (number: string, then: string) => `(enum ${number} ${NEXT} noAnswer ${then})`;
  assert.equal(word(number('030123456', 'alice', snapshot)), enumFirst('+4930123456', 'zack +4930123456'));
  assert.equal(word(number('0033145678901', 'alice', snapshot)), 'enum +33145678901', 'the class does not allow more');
  assert.equal(word(number('4930123456', 'alice', snapshot)), '404');
  assert.equal(word(number('+88312345', 'alice', snapshot)), 'enum +88312345', 'no rule is needed');
  assert.equal(word(ask('sip:+4930123456@home.example', 'alice', snapshot, { unpaid: true })), '403', 'once is enough');
  const inside = snapshotOf(
    TEXT.replace('country = DE', 'country = DE\nenum = e164.arpa').replace(
      '[user alice]',
      '[class paid]\nmay = paid\n[user alice]\nclass = paid',
    ),
  );
  assert.equal(word(number('030123456', 'alice', inside)), 'zack +4930123456', 'a class that may not call other domains');
});

test('ENUM comes once before all places of a rule, and also for a message', () => {
  const snapshot = snapshotOf(
    TEXT.replace('country = DE', 'country = DE\nenum = e164.arpa').replace('acme, provider zack', 'zack, alice'),
  );
  const places = `(zack +4930123456 ${NEXT} sip:alice@10.0.0.2)`;
  assert.equal(word(number('030123456', 'alice', snapshot)), `(enum +4930123456 ${NEXT} noAnswer ${places})`);
  const mine = snapshotOf(TEXT.replace('country = DE', 'country = DE\nenum = e164.arpa'));
  assert.equal(word(ask('sip:030123456@home.example', 'alice', mine, { method: 'MESSAGE' })), 'enum +4930123456');
});

test('a call that came in by a trunk leads where an administrator wrote, outside too: the house pays, trunks keep their limits', () => {
  const text = TEXT.replace(
    'prefixes_allowed = +49, +33',
    'prefixes_allowed = +49, +33\ninbound = +33145678901\nnumber_+491 = sip:bob@home.example',
  );
  const comes = (uri: string, snapshot: Snapshot, name = 'acme') =>
    route({ method: 'INVITE', uri: parseUri(uri), principal: { kind: 'provider', name } }, snapshot);
  const decision = comes('sip:+33145678901@home.example', snapshotOf(text));
  assert.equal(word(decision), `(acme +33145678901 ${NEXT} zack +33145678901)`);
  assert.equal(decision.trace.at(-1), 'provider zack takes +33145678901; [provider acme] pays');
  const full = { ...snapshotOf(text), usage: spent({}, { acme: { calls: 3 } }).usage };
  assert.equal(word(comes('sip:+33145678901@home.example', full)), 'zack +33145678901');
  assert.equal(word(comes('sip:bob@home.example', snapshotOf(text))), 'sip:bob@10.0.0.2');
  assert.equal(word(comes('sip:bob@home.example', snapshotOf(text), 'zack')), '404');
  assert.equal(comes('sip:carol@home.example', snapshotOf(text)).trace.at(-1), '[provider acme] leads to no carol');
  assert.equal(word(comes('tel:+33145678901', snapshotOf(text))), word(decision));
  assert.equal(word(comes('sip:+33145678901@away.example', snapshotOf(text))), '404');
});

test('who calls as a trunk by an address that may be invented reaches phones, costs nobody money, and is not told why', () => {
  const text = TEXT.replace('classes', 'inbound = 0033145678901\nnumber_+491 = sip:bob@home.example\nclasses');
  const comes = (user: string) =>
    route(
      {
        method: 'INVITE',
        uri: parseUri(`sip:${user}@home.example`),
        principal: { kind: 'provider', name: 'acme', byAddress: true },
      },
      snapshotOf(text),
    );
  assert.equal(word(comes('bob')), 'sip:bob@10.0.0.2');
  assert.deepInclude(comes('0033145678901'), { kind: 'reject', status: 403, reason: 'Forbidden' });
  assert.equal(comes('0033145678901').trace.at(-1), 'a call to +33145678901 costs money, and nobody pays for it');
});

test('a message that came in by a trunk is for phones here, and leaves the house by no URI that calls do', () => {
  const there = snapshotOf(TEXT.replace('classes', 'inbound = sip:x@away.example\nnumber_+491 = sip:bob@home.example\nclasses'));
  const comes = (method: string, uri: string) =>
    word(route({ method, uri: parseUri(uri), principal: { kind: 'provider', name: 'acme' } }, there));
  assert.equal(comes('INVITE', 'sip:x@away.example'), 'sip:x@away.example via sip.away.example;transport=tls');
  assert.equal(comes('MESSAGE', 'sip:x@away.example'), '404');
  assert.equal(comes('MESSAGE', 'sip:bob@home.example'), 'sip:bob@10.0.0.2');
});

test('a group rings an address of another domain once, by whichever of its groups, and sixty places at most (RFC 5393 §5.3.3)', () => {
  const groups = (own: string, inner: string) =>
    snapshotOf(`${TEXT}[group all]\nmembers = inner, ${own}\n[group inner]\nmembers = ${inner}\n`);
  const rung = (snapshot: Snapshot) => word(ask('sip:all@home.example', 'alice', snapshot));
  assert.equal(rung(groups('sip:x@away.example', 'sip:x@away.example')), 'sip:x@away.example via sip.away.example;transport=tls');
  const many = (of: (i: number) => string) => Array.from({ length: 40 }, (_, i) => of(i + 10)).join(', ');
  const uris = rung(
    groups(
      many((i) => `sip:a${i}@away.example`),
      many((i) => `sip:b${i}@away.example`),
    ),
  );
  assert.equal(uris.match(/ via /g)?.length, 60);
  const numbers = rung(
    groups(
      many((i) => `0301234${i}`),
      many((i) => `0301235${i}`),
    ),
  );
  assert.equal(numbers.match(/\+49/g)?.length, 60);
});

test('to a number only calls are sent', () => {
  for (const method of ['MESSAGE', 'SUBSCRIBE', 'OPTIONS'])
    assert.equal(word(ask('sip:030123456@home.example', 'alice', house, { method })), '405', method);
  assert.equal(word(ask('sip:112@home.example', 'alice', house, { method: 'MESSAGE' })), '405');
});

test('a class without calls inside reaches nobody of the house, and no guest of it', () => {
  const text = '[domain open.example]\nregister = anonymous\n[class out]\nmay = paid\n[user alice]\nclass = out\n[user bob]';
  const gus = binding('sip:gus@198.51.100.7', 1, { aor: 'gus@open.example' });
  const snapshot = snapshotOf(text, { bindings: (aor) => (aor === gus.aor ? [gus] : []) });
  assert.equal(word(ask('sip:gus@open.example', 'bob', snapshot)), gus.uri);
  for (const uri of ['sip:bob@pc.home.example', 'sip:gus@open.example'])
    assert.deepInclude(ask(uri, 'alice', snapshot), {
      status: 403,
      reason: 'Forbidden (the class out does not allow calls inside (internal))',
    });
});
