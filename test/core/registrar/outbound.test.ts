import { assert, test } from 'vitest';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { udp } from '../../support/routing.ts';
import { setup } from './desk.ts';

const URN = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';
const flow = (id: number, host = '10.0.0.7'): string => `<sip:alice@${host}>;+sip.instance=${URN};reg-id=${id}`;
const outbound = ['Supported: path, outbound'];
const tcp = (connection: string): FlowName => ({ ...udp, transport: 'tcp', connection });

test('rule 61: reg-id replaces the flow of the same instance and reg-id, and is answered with outbound (RFC 5626 §6)', () => {
  const { register, bound, location } = setup();
  assert.deepEqual(register({ contact: flow(1), lines: outbound }, {}, tcp('c1')), [
    '200 OK',
    `Contact: ${flow(1)};expires=300`,
    'Require: outbound',
    'Flow-Timer: 120',
  ]);
  register({ contact: flow(2), cseq: 2, lines: outbound }, {}, tcp('c2'));
  register({ contact: flow(1, '10.0.0.8'), callId: 'after-reboot', lines: outbound }, {}, tcp('c3'));
  assert.deepEqual(bound(), [flow(1, '10.0.0.8'), flow(2)]);
  assert.deepEqual(
    location.bindings('alice').map((binding) => binding.flow.connection),
    ['c3', 'c2'],
  );
});

test('rule 59: a flow that another request with the same CSeq would move fails, as any contact does (RFC 3261 §10.3 step 7)', () => {
  const { register, bound } = setup();
  register({ contact: flow(1), cseq: 7, lines: outbound });
  assert.match(register({ contact: flow(1, '10.0.0.8'), cseq: 7, lines: outbound })[0]!, /^500 .*\(CSeq 7 /);
  assert.deepEqual(bound(), [flow(1)]);
});

test('rule 61: two devices count their flows by themselves, and neither replaces or removes those of the other (RFC 5626 §6)', () => {
  const { register, bound } = setup();
  const other = flow(1, '10.0.0.9').replace('A95A0E128', 'A95A0E129');
  register({ contact: flow(1), lines: outbound }, {}, tcp('c1'));
  register({ contact: other, callId: 'other', lines: outbound }, {}, tcp('c2'));
  assert.deepEqual([...bound()].sort(), [flow(1), other]);
  register({ contact: `${other};expires=0`, callId: 'other', cseq: 2, lines: outbound }, {}, tcp('c2'));
  assert.deepEqual(bound(), [flow(1)]);
});

test('a device that begins to use flows replaces the binding that it had without (RFC 5626 §6)', () => {
  const { register, bound } = setup();
  register({ contact: `<sip:alice@10.0.0.7>;+sip.instance=${URN}` });
  register({ contact: flow(1, '10.0.0.8'), cseq: 2, lines: outbound });
  register({ contact: flow(2, '10.0.0.8'), cseq: 3, lines: outbound });
  assert.deepEqual(bound(), [flow(1, '10.0.0.8'), flow(2, '10.0.0.8')]);
});

test('rule 61: a connection that closes takes its flow with it (RFC 5626 §7)', () => {
  const { register, bound, location } = setup();
  register({ contact: flow(1, '192.0.2.7'), lines: outbound }, {}, tcp('c1'));
  register({ contact: '<sip:alice@192.0.2.7:5070>', callId: 'b' }, {}, tcp('c1'));
  location.connectionClosed('c1');
  assert.deepEqual(bound(), ['<sip:alice@192.0.2.7:5070>']);
});

test('rule 61: without Supported: outbound the flow is bound but not promised (RFC 5626 §6)', () => {
  const { register, location } = setup();
  assert.deepEqual(register({ contact: flow(1) }), ['200 OK', `Contact: ${flow(1)};expires=300`]);
  assert.equal(location.bindings('alice')[0]!.regId, 1);
});

test('rule 61: reg-id without an instance does not count (RFC 5626 §6)', () => {
  const { register, location } = setup();
  const contact = '<sip:alice@192.0.2.7>;reg-id=1';
  assert.deepEqual(register({ contact, lines: outbound }), ['200 OK', `Contact: ${contact};expires=300`]);
  assert.equal(location.bindings('alice')[0]!.regId, undefined);
});

test('rule 61: two contacts with reg-id in one request are 400, unless one is removed (RFC 5626 §6)', () => {
  const { register } = setup();
  assert.deepEqual(register({ contact: [flow(1), flow(2)], lines: outbound }), [
    '400 Bad Request (Contact: a flow with reg-id is registered alone)',
  ]);
  assert.equal(register({ contact: [flow(1), `${flow(2)};expires=0`], lines: outbound })[0], '200 OK');
});

test('rule 61: behind a proxy that knows no flows, 439, or reg-id does not count (RFC 5626 §6)', () => {
  const { register, location } = setup();
  const behind = ['Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bK2', 'Path: <sip:edge.example;lr>'];
  assert.deepEqual(register({ contact: flow(1), lines: [...behind, ...outbound] }), ['439 First Hop Lacks Outbound Support']);
  assert.equal(register({ contact: flow(1), lines: behind })[0], '200 OK');
  assert.equal(location.bindings('alice')[0]!.regId, undefined);
  const knows = ['Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bK2', 'Path: <sip:core.example;lr>, <sip:edge.example;lr;ob>'];
  assert.include(register({ contact: flow(1), cseq: 2, lines: [...knows, ...outbound] }), 'Require: outbound');
});

test('rule 61: Path is stored in order, and echoed to who supports it (RFC 3327 §5.3)', () => {
  const { register, location } = setup();
  const path = ['Path: <sip:p3.example;lr>, <sip:p1.example;lr>', 'Path: <sip:p0.example;lr>'];
  const contact = '<sip:alice@10.0.0.7>';
  assert.deepEqual(register({ contact, lines: [...path, 'k: path'] }), [
    '200 OK',
    `Contact: ${contact};expires=300`,
    'Path: <sip:p3.example;lr>, <sip:p1.example;lr>, <sip:p0.example;lr>',
  ]);
  assert.deepEqual(register({ contact, cseq: 2, lines: path }), ['200 OK', `Contact: ${contact};expires=300`]);
  assert.deepEqual(location.bindings('alice')[0]!.path, ['<sip:p3.example;lr>', '<sip:p1.example;lr>', '<sip:p0.example;lr>']);
  assert.match(register({ contact, cseq: 3, lines: ['Path: nonsense'] })[0]!, /^400 Bad Request \(Path: /);
});

test('a path whose first hop is not the source is never followed by name (security S2)', () => {
  const { register, location } = setup();
  register({ contact: '<sip:alice@10.0.0.7>', lines: ['Path: <sip:192.0.2.7;lr>'] });
  assert.equal(location.bindings('alice')[0]!.routeToSource, false);
  register({ contact: '<sip:alice@10.0.0.7>', cseq: 2, lines: ['Path: <sip:203.0.113.5;lr>'] });
  assert.equal(location.bindings('alice')[0]!.routeToSource, true);
});

test('a device that has moved replaces its own binding alone, not that of another device or of one without a name (RFC 5626 §6)', () => {
  const { register, bound } = setup();
  const at = (host: string, urn = URN): string => `<sip:alice@${host}>;+sip.instance=${urn}`;
  const [plain, other] = ['<sip:alice@10.0.0.5>', at('10.0.0.6', '"<urn:uuid:1>"')];
  register({ contact: plain });
  register({ contact: other, callId: 'other' });
  register({ contact: at('10.0.0.7'), callId: 'mine' });
  register({ contact: at('10.0.0.8'), callId: 'mine', cseq: 2 });
  assert.deepEqual([...bound()].sort(), [plain, other, at('10.0.0.8')]);
});

test('two devices with one private address behind two routers: each refreshes its own binding, though one has no flow (RFC 5626 §6)', () => {
  const { register, bound } = setup();
  const plain = '<sip:alice@10.0.0.7>';
  for (let cseq = 1; cseq < 4; cseq++) {
    register({ contact: `${plain};q=0.5`, callId: 'plain', cseq });
    register({ contact: flow(1), callId: 'flow', cseq, lines: outbound });
    assert.deepEqual(bound(), [flow(1), `${plain};q=0.5`]);
  }
  register({ contact: '<sip:%61lice@10.0.0.7>;expires=0', callId: 'plain', cseq: 4 });
  assert.deepEqual(bound(), [flow(1)]);
});

test('a device that moved to another address replaces its own binding, and its late requests are stale', () => {
  const { register, bound } = setup();
  const at = (host: string): string => `<sip:alice@${host}>;+sip.instance=${URN}`;
  register({ contact: at('192.0.2.7'), cseq: 1 });
  register({ contact: at('192.0.2.8'), cseq: 3 });
  assert.deepEqual(bound(), [at('192.0.2.8')]);
  assert.match(register({ contact: at('192.0.2.7'), cseq: 2 })[0]!, /^500 /);
  register({ contact: [at('192.0.2.9'), at('192.0.2.9;transport=tcp')], cseq: 4 });
  assert.deepEqual(bound(), [at('192.0.2.9'), at('192.0.2.9;transport=tcp')]);
});

test('a device that has moved and takes its former contact back stays where it is now (RFC 3261 §10.3 step 7, RFC 5626 §6)', () => {
  const { register, bound } = setup();
  const at = (host: string): string => `<sip:alice@${host}>;+sip.instance=${URN}`;
  register({ contact: at('192.0.2.7'), cseq: 1 });
  register({ contact: at('192.0.2.8'), cseq: 2 });
  assert.deepEqual(register({ contact: `${at('192.0.2.7')};expires=0`, cseq: 3 }), [
    '200 OK',
    `Contact: ${at('192.0.2.8')};expires=300`,
  ]);
  register({ contact: `${flow(1)};expires=0`, cseq: 4, lines: outbound });
  assert.deepEqual(bound(), [at('192.0.2.8')]);
  register({ contact: `${at('192.0.2.8')};expires=0`, cseq: 5 });
  assert.deepEqual(bound(), []);
});

test('a flow that is bound is not removed by a former contact of it in the same request, in either order, nor once more (RFC 5626 §6)', () => {
  for (const order of [0, 1]) {
    const { register, bound } = setup();
    register({ contact: flow(1), lines: outbound });
    const contact = [flow(1, '10.0.0.8'), `${flow(1)};expires=0`];
    const moved = { contact: order === 0 ? contact : contact.reverse(), cseq: 2, lines: outbound };
    const answer = ['200 OK', `Contact: ${flow(1, '10.0.0.8')};expires=300`, 'Require: outbound', 'Flow-Timer: 120'];
    assert.deepEqual(register(moved), answer);
    assert.equal(register(moved)[1], answer[1]);
    assert.deepEqual(bound(), [flow(1, '10.0.0.8')]);
    register({ contact: `${flow(1)};expires=0`, cseq: 3, lines: outbound });
    assert.deepEqual(bound(), []);
  }
});

test('an extension that we do not know is 420 and named, those of a registrar are known (RFC 3261 §8.2.2.3)', () => {
  const { register } = setup();
  assert.deepEqual(register({ contact: '<sip:a@192.0.2.7>', lines: ['Require: path, gruu, foo'] }), [
    '420 Bad Extension',
    'Unsupported: gruu, foo',
  ]);
  assert.equal(register({ contact: '<sip:a@192.0.2.7>', lines: ['Require: PATH, outbound'] })[0], '200 OK');
});
