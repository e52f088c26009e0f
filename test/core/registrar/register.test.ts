import { assert, test } from 'vitest';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { cpuTime } from '../../support/cpu-time.ts';
import { udp } from '../../support/routing.ts';
import { registerRequest, setup } from './desk.ts';

const A = '<sip:alice@192.0.2.7>';
const B = '<sip:alice@192.0.2.7:5062>';

test('rule 60: the answer lists every binding with its own remaining time, q and the text of the client (RFC 3261 §10.3 step 8)', () => {
  const { clock, register } = setup();
  register({ contact: '"Desk, left" <sip:alice@192.0.2.7;x=Y>;q=0.5;methods="INVITE,BYE";expires=600;+sip.x' });
  clock.advance(10_400);
  assert.deepEqual(register({ contact: B, callId: 'call-2', lines: ['Expires: 120'] }), [
    '200 OK',
    'Contact: <sip:alice@192.0.2.7:5062>;expires=120',
    'Contact: "Desk, left" <sip:alice@192.0.2.7;x=Y>;q=0.5;methods="INVITE,BYE";+sip.x;expires=589',
  ]);
});

test('rule 60: a REGISTER without Contact asks, and changes nothing (RFC 3261 §10.2.3)', () => {
  const { clock, register, location } = setup();
  assert.deepEqual(register({}), ['200 OK']);
  register({ contact: A, cseq: 2 });
  const [before] = location.bindings('alice');
  clock.advance(1_000);
  assert.deepEqual(register({ cseq: 3 }), ['200 OK', 'Contact: <sip:alice@192.0.2.7>;expires=299']);
  assert.equal(location.bindings('alice')[0], before);
});

test.each([
  ['its own parameter before the header', `${A};expires=100`, ['Expires: 200'], 100],
  ['the header before the default', A, ['Expires: 200'], 200],
  ['the default', A, [], 300],
  ['the default for what is no number', `${A};expires=soon`, ['Expires: 200'], 300],
  ['the default for a header that is no number', A, ['Expires: soon'], 300],
  ['the default for a number above 2**32', `${A};expires=4294967296`, [], 300],
  ['the default for a number of any length', A, [`Expires: ${'9'.repeat(99)}`], 300],
  ['at most the maximum', `${A};expires=4294967295`, [], 3600],
  ['the minimum itself', `${A};expires=60`, [], 60],
])('rule 60: a contact gets %s (RFC 3261 §10.3 step 7)', (_what, contact, lines, granted) => {
  assert.deepEqual(setup().register({ contact, lines }), ['200 OK', `Contact: ${A};expires=${granted}`]);
});

test('rule 60: an interval below the minimum is 423 with Min-Expires, and nothing of the request counts (RFC 3261 §10.3 step 7)', () => {
  const { register, bound } = setup();
  register({ contact: A });
  assert.deepEqual(register({ contact: [`${B};expires=600`, `${A};expires=59`], cseq: 2 }), [
    '423 Interval Too Brief',
    'Min-Expires: 60',
  ]);
  assert.deepEqual(bound(), [A]);
});

test('rule 60: no answer is a 6xx, and none has a Record-Route (RFC 3261 §10.3)', () => {
  const { register } = setup();
  const answer = register({ contact: A, lines: ['Record-Route: <sip:p.example;lr>'] });
  assert.deepEqual(answer, ['200 OK', `Contact: ${A};expires=300`]);
});

test('rule 58: "*" with Expires: 0 removes all, but for the same Call-ID only with a higher CSeq (RFC 3261 §10.3 step 6)', () => {
  const { register, bound } = setup();
  register({ contact: A, callId: 'other', cseq: 99 });
  register({ contact: B, cseq: 5 });
  for (const cseq of [4, 5])
    assert.deepEqual(register({ contact: '*', cseq, lines: ['Expires: 0'] }), [
      `500 Server Internal Error (CSeq ${cseq} is not higher than the one before)`,
    ]);
  assert.equal(bound().length, 2);
  assert.deepEqual(register({ contact: '*', cseq: 6, lines: ['Expires: 0'] }), ['200 OK']);
  assert.deepEqual(bound(), []);
});

test.each([
  ['a contact beside it', ['*', A], ['Expires: 0']],
  ['another interval', '*', ['Expires: 60']],
  ['no interval', '*', []],
])('rule 58: "*" with %s is 400 (RFC 3261 §10.3 step 6)', (_what, contact, lines) => {
  const { register, bound } = setup();
  register({ contact: A });
  assert.deepEqual(register({ contact, lines, cseq: 2 }), ['400 Bad Request (Contact: "*" stands alone, and with Expires: 0)']);
  assert.deepEqual(bound(), [A]);
});

test.each([
  ['Contact', { contact: `${A};x="\0"` }],
  ['Contact', { contact: [B, `"\0" ${A}`] }],
  ['Path', { contact: A, lines: ['Supported: path', 'Path: <sip:192.0.2.7;lr>;x="\0"'] }],
])('a NUL in %s is 400 before anything is bound, and no bug (RFC 3261 §25.1, security S17)', (field, said) => {
  const { register, bound } = setup();
  assert.deepEqual(register(said), [`400 Bad Request (${field}: expected no NUL)`]);
  assert.deepEqual(bound(), []);
  assert.equal(register({ contact: A, cseq: 2, lines: ['User-Agent: \0'] })[0], '200 OK');
});

test('rule 59: one contact with a stale CSeq fails the whole request, and nothing is half stored (RFC 3261 §10.3 step 7)', () => {
  const { register, bound, location } = setup();
  register({ contact: A, cseq: 10 });
  const [before] = location.bindings('alice');
  for (const contact of [
    [B, A],
    [`${A};expires=0`, B],
    [B, `${A};expires=0`],
  ])
    assert.deepEqual(register({ contact, cseq: 9 }), ['500 Server Internal Error (CSeq 9 is not higher than the one before)']);
  assert.deepEqual(bound(), [A]);
  assert.equal(location.bindings('alice')[0], before);
});

test('rule 59: the same request again is answered again and changes nothing (RFC 3261 §10.3 step 7)', () => {
  const { clock, register, location } = setup();
  register({ contact: [A, B], cseq: 7 });
  const [before] = location.bindings('alice');
  clock.advance(40_000);
  assert.deepEqual(register({ contact: [A, B], cseq: 7 }), ['200 OK', `Contact: ${A};expires=260`, `Contact: ${B};expires=260`]);
  assert.equal(location.bindings('alice')[0], before);
  register({ contact: `${A};expires=0`, cseq: 8 });
  assert.equal(register({ contact: `${A};expires=0`, cseq: 8 })[0], '200 OK');
});

test('rule 59: another request with the same CSeq fails (RFC 3261 §10.3 step 7)', () => {
  const { register, bound } = setup();
  register({ contact: A, cseq: 7 });
  for (const contact of [`${A};expires=0`, `${A};q=0.1`, [A, B]])
    assert.match(register({ contact, cseq: 7 })[0]!, /^500 Server Internal Error \(CSeq 7 /);
  assert.deepEqual(bound(), [A]);
});

test('a phone that starts anew with the Call-ID and CSeq of its last start is let in by a new connection, once the old one has closed (RFC 3261 §10.3 step 7)', () => {
  const open = new Set(['c1', 'c2']);
  const { clock, register, location } = setup({ isOpen: ({ connection }) => open.has(connection) });
  const by = (connection: string, port: number): FlowName => {
    return { ...udp, transport: 'tcp', remote: { host: '192.0.2.7', port }, connection };
  };
  const contact = '<sip:alice@192.0.2.7:5060;transport=tcp>;methods="MESSAGE, SUBSCRIBE, NOTIFY"';
  register({ contact, cseq: 10 }, {}, by('c1', 40001));
  clock.advance(100_000);
  const refusal = '500 Server Internal Error (CSeq 2 is not higher than the one before)';
  assert.deepEqual(register({ contact, cseq: 2 }, {}, by('c2', 40002)), [refusal]);
  open.delete('c1');
  for (const cseq of [2, 3]) {
    assert.deepEqual(register({ contact, cseq }, {}, by('c2', 40002)), ['200 OK', `Contact: ${contact};expires=300`]);
    assert.deepEqual(
      location.bindings('alice').map((binding) => [binding.flow.connection, binding.cseq]),
      [['c2', cseq]],
    );
  }
  assert.deepEqual(register({ contact, cseq: 2 }, {}, by('c2', 40002)), [refusal]);
});

test('rule 59: a new Call-ID is always taken, whatever its CSeq (RFC 3261 §10.3 step 7)', () => {
  const { clock, register, location } = setup();
  register({ contact: A, cseq: 500 });
  clock.advance(100_000);
  assert.deepEqual(register({ contact: A, callId: 'after-reboot', cseq: 1 }), ['200 OK', `Contact: ${A};expires=300`]);
  assert.deepEqual(
    location.bindings('alice').map(({ callId, cseq, since }) => ({ callId, cseq, since })),
    [{ callId: 'after-reboot', cseq: 1, since: 0 }],
  );
});

test('rule 59: one request may bind and remove (RFC 3261 §10.3 step 7)', () => {
  const { register, bound } = setup();
  register({ contact: A });
  assert.deepEqual(register({ contact: [B, `${A};expires=0`], cseq: 2 }), ['200 OK', `Contact: ${B};expires=300`]);
  assert.deepEqual(register({ contact: [`${A};expires=0`], cseq: 3 }), ['200 OK', `Contact: ${B};expires=300`]);
  assert.deepEqual(bound(), [B]);
});

test.each([
  ['replaces', '<sip:alice@192.0.2.7>', '"Other" <sip:%61lice@192.0.2.7>;q=0.3'],
  ['replaces', '<sip:alice@PHONE.example;transport=TCP>', '<sip:alice@phone.EXAMPLE;transport=tcp;x=1>'],
  ['adds', '<sip:alice@192.0.2.7>', '<sip:Alice@192.0.2.7>'],
  ['adds', '<sip:alice@192.0.2.7>', '<sip:alice@192.0.2.7:5060>'],
  ['adds', '<sip:alice@192.0.2.7>', '<sip:alice@192.0.2.7;transport=udp>'],
  ['adds', '<sip:alice@192.0.2.7;x=1>', '<sip:alice@192.0.2.7;x=2>'],
  ['adds', '<sip:%00@192.0.2.7>', '<sip:%00%00@192.0.2.7>'],
])('rule 41: a refresh %s the binding: %s, then %s (RFC 3261 §19.1.4)', (what, first, second) => {
  const { register, bound } = setup();
  register({ contact: first });
  register({ contact: second, cseq: 2 });
  assert.deepEqual(bound(), what === 'adds' ? [first, second] : [second]);
});

test.each([
  ['sip:+19725552222@192.0.2.7;unknownparam', 'sip:+19725552222@192.0.2.7;unknownparam;expires=300'],
  ['<sip:+19725552222@192.0.2.7;unknownparam>', '<sip:+19725552222@192.0.2.7;unknownparam>;expires=300'],
  ['<sip:a@192.0.2.7> ; expires=99 ; x = "1;expires=2"', '<sip:a@192.0.2.7>  ; x = "1;expires=2";expires=99'],
  ['<sip:a@192.0.2.7>;EXPIRES=99;expiresx=1', '<sip:a@192.0.2.7>;expiresx=1;expires=99'],
])('rule 60: of %s the parameters stay on their side of the bracket (RFC 4475 §3.3.12)', (contact, listed) => {
  assert.deepEqual(setup().register({ contact }), ['200 OK', `Contact: ${listed}`]);
});

test('rule 42: a contact with header parts is refused, for they would be put on every call (RFC 4475 §3.3.14)', () => {
  const { register, bound } = setup();
  assert.deepEqual(register({ contact: '<sip:user@192.0.2.7?Route=%3Csip:sip.example.com%3E>' }), [
    '403 Forbidden (Contact: header parts after "?" are not bound)',
  ]);
  assert.match(register({ contact: 'sip:user@192.0.2.7?Route=%3Csip:sip.example.com%3E' })[0]!, /^400 Bad Request \(Contact: /);
  assert.deepEqual(bound(), []);
});

test('contacts that lead to this server, a provider or nowhere are refused (security S2)', () => {
  const { register, bound } = setup();
  for (const contact of ['<sip:0033@trunk.example>', '<sip:bob@192.0.2.1>'])
    assert.deepEqual(register({ contact: [A, contact] }), ['403 Forbidden (Contact: that is this server itself, or a provider)']);
  assert.deepEqual(register({ contact: A, lines: ['Path: <sip:trunk.example;lr>'] }), [
    '403 Forbidden (Contact: that is this server itself, or a provider)',
  ]);
  assert.deepEqual(register({ contact: '<sip:bob@192.0.2.1>;expires=0', callId: 'b' }), ['200 OK']); // it may have become ours since
  for (const contact of ['<tel:+49301234>', '<mailto:a@home.example>', '<name:John_Smith>'])
    assert.deepEqual(register({ contact }), ['403 Forbidden (Contact: only sip and sips URIs are bound)']);
  assert.deepEqual(bound(), []);
});

test('a contact elsewhere is bound to its source, and never followed (security S2)', () => {
  const { register, location } = setup();
  register({ contact: [A, '<sip:alice@10.0.0.7>', '<sip:alice@phone.example>', '<sip:alice@192.0.2.7;maddr=10.0.0.1>'] });
  assert.deepEqual(
    location.bindings('alice').map((binding) => binding.routeToSource),
    [false, true, true, true],
  );
});

test('no more devices than the limit, but every one of them may refresh and move (security S13)', () => {
  const { register, bound } = setup();
  register({ contact: [A, B] }, { limit: 2 });
  assert.deepEqual(register({ contact: '<sip:alice@192.0.2.9>', callId: 'c' }, { limit: 2 }), [
    '403 Forbidden (no more than 2 devices may be registered at once)',
  ]);
  assert.equal(register({ contact: A, cseq: 2 }, { limit: 1 })[0], '200 OK');
  assert.equal(register({ contact: [`${A};expires=0`, '<sip:alice@192.0.2.9>'], cseq: 3 }, { limit: 2 })[0], '200 OK');
  assert.deepEqual(bound(), [B, '<sip:alice@192.0.2.9>']);
});

test('contacts that are too many are refused before they are compared with each other (RFC 3261 §19.1.4, security S12)', () => {
  const params = Array.from({ length: 78 }, (_, i) => `P${i}=%41${i}`).join(';');
  const contact = Array.from({ length: 64 }, (_, i) => `<sip:alice@192.0.2.7;user=u${i};${params}>`);
  const { register, bound } = setup();
  const took = cpuTime(() => {
    assert.deepEqual(register({ contact }), ['403 Forbidden (no more than 10 devices may be registered at once)']);
    assert.deepEqual(register({ contact }, { aor: 'a@open.example', guest: true, limit: 64 }), [
      '403 Forbidden (a registration of a guest is to be shorter)',
    ]);
  });
  assert.isBelow(took, 1_000); // they took 2 s
  const gone = contact.map((one) => `${one};expires=0`);
  assert.deepEqual(register({ contact: [A, ...gone.slice(1)], cseq: 2 }), ['200 OK', `Contact: ${A};expires=300`]);
  assert.deepEqual(bound(), [A]);
});

test('a list of contacts as long as a message holds is compared with the bindings in no time (RFC 3261 §19.1.4, security S12)', () => {
  const params = Array.from({ length: 78 }, (_, i) => `P${i}=%41${i}`).join(';');
  const contact = (i: number) => `<sip:alice@192.0.2.7;user=u${i};${params}>${i < 10 ? '' : ';expires=0'}`;
  const { register, bound } = setup();
  const took = cpuTime(() => {
    for (let cseq = 1; cseq <= 5; cseq++) register({ contact: Array.from({ length: 64 }, (_, i) => contact(i)), cseq });
  });
  assert.isBelow(took, 1_000); // they took 2 s
  assert.equal(bound().length, 10);
});

test('a device that lost its connections is let in again: those that lead nowhere make room, the oldest first (RFC 3261 §10.3)', () => {
  const open = new Set<string>();
  const { clock, register, bound } = setup({ isOpen: ({ connection }) => open.has(connection) });
  const tcp = (port: number): FlowName => {
    open.add(`c${port}`);
    return { ...udp, transport: 'tcp', remote: { host: '192.0.2.7', port }, connection: `c${port}` };
  };
  const at = (port: number) => `<sip:alice@192.0.2.7:${port};transport=tcp>`;
  const connect = (port: number, shown = port, limit = 3) => {
    clock.advance(1_000);
    return register({ contact: at(shown), callId: `call-${port}` }, { limit }, tcp(port))[0];
  };
  assert.deepEqual([connect(40001, 5060), connect(40002), connect(40003)], ['200 OK', '200 OK', '200 OK']);
  assert.equal(connect(40004), '403 Forbidden (no more than 3 devices may be registered at once)');
  open.clear(); // and it listens on 5060 alone
  assert.equal(connect(40005), '200 OK');
  assert.deepEqual(bound(), [at(40005), at(40003), at(5060)]);
  assert.equal(connect(40006), '200 OK');
  assert.deepEqual(bound(), [at(40006), at(40005), at(5060)]);
  assert.equal(connect(40007), '403 Forbidden (no more than 3 devices may be registered at once)');
  open.clear(); // while there is room none has to make any
  assert.equal(connect(40008, 40008, 5), '200 OK');
  assert.deepEqual(bound(), [at(40008), at(40006), at(40005), at(5060)]);
});

test('a contact that ended on its millisecond is no device any more (RFC 3261 §10.3)', () => {
  const { clock, register } = setup();
  register({ contact: `${A};expires=60`, cseq: 50 }, { limit: 1 });
  clock.advance(60_000);
  assert.deepEqual(register({ contact: B, cseq: 1 }, { limit: 1 }), ['200 OK', `Contact: ${B};expires=300`]);
});

test('sips is bound with sips alone: Request-URI, Contact and Path (RFC 5630 §5.2)', () => {
  const refusal = '400 Bad Request (Request-URI, Contact and Path must be sips URIs together: RFC 5630)';
  const { register } = setup();
  assert.equal(register({ contact: '<sips:a@192.0.2.7>' })[0], refusal);
  assert.equal(register({ contact: A, uri: 'sips:home.example' })[0], refusal);
  const sips = { contact: '<sips:a@192.0.2.7>', uri: 'sips:home.example' };
  assert.equal(register({ ...sips, lines: ['Path: <sip:p.example;lr>'] })[0], refusal);
  assert.equal(register(sips)[0], '200 OK');
});

test.each([
  ['no URI', 'nobody'],
  ['an open quote', '"A <sip:a@192.0.2.7>'],
  ['an open bracket', '<sip:a@192.0.2.7'],
  ['a port of letters', '<sip:a@192.0.2.7:five>'],
])('a contact that is %s is 400 and says why (RFC 3261 §21.4.1)', (_what, contact) => {
  const { register, bound } = setup();
  assert.match(register({ contact: [A, contact] })[0]!, /^400 Bad Request \(Contact: expected /);
  assert.deepEqual(bound(), []);
});

test('what is kept is a copy, and does not hold the packet (house, fast by shape)', () => {
  const { register, location } = setup();
  register({ contact: A, lines: ['User-Agent: Phone of some kind 1.0'] });
  const socket = { ...udp, socket: {} };
  register({ contact: A, cseq: 2, lines: ['User-Agent: Phone of some kind 1.0'] }, {}, socket);
  const after = location.bindings('alice')[0]!;
  assert.equal(after.cseq, 2);
  assert.deepEqual(after.flow, udp);
  assert.equal(after.agent, 'Phone of some kind 1.0');
  assert.equal(registerRequest().callId, after.callId);
});
