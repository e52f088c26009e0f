import { assert, test } from 'vitest';
import { type Changes, printBackward, printForwarded, withIdentities } from '../../../src/core/proxy/forward.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request, Response } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import type { Flow } from '../../../src/sip/transport/flow.ts';

const from = { transport: 'udp', remote: { host: '10.0.0.2', port: 5062 } } as Flow;
const nothing: Changes = { uri: undefined, top: '', routes: 0, breadth: undefined, drop: [], reliable: false };

const text = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\nbody`;
const REST = ['From: <sip:a@b>;tag=a', 'To: <sip:c@d>', 'Call-ID: c', 'CSeq: 1 BREW'];
const forwarded = (lines: readonly string[], changes: Partial<Changes>) =>
  printForwarded(read(text('BREW sip:c@d SIP/2.0', ...lines, ...REST)) as Request, from, { ...nothing, ...changes }).split(
    '\r\n',
  );

test('Request-URI, our lines, Max-Forwards and the stamp of the Via are all that changes (RFC 3261 §16.6)', () => {
  assert.deepEqual(
    forwarded(['X: 1', 'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa;rport, SIP/2.0/TCP q', 'Max-Forwards: 70', 'X: 2'], {
      uri: 'sip:c@10.0.0.3',
      top: 'Via: ours\r\nRecord-Route: ours\r\n',
    }),
    [
      'BREW sip:c@10.0.0.3 SIP/2.0',
      'Via: ours',
      'Record-Route: ours',
      'X: 1',
      'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa;rport=5062;received=10.0.0.2, SIP/2.0/TCP q',
      'Max-Forwards: 69',
      'X: 2',
      ...REST,
      '',
      'body',
    ],
  );
});

test('an identity that somebody asserts leaves the house in no request, however often it is written (RFC 3325 §5)', () => {
  const lines = ['Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa', 'p-asserted-identity: <sip:a@b>, <tel:1>', 'X: 1'];
  const more = ['P-Preferred-Identity: <sip:a@b>', 'Remote-Party-ID: <sip:a@b>', 'P-Asserted-Identity: <tel:2>', 'Privacy: id'];
  const request = read(text('BREW sip:c@d SIP/2.0', ...lines, ...more, ...REST)) as Request;
  const stays = [request.find(Field.preferredIdentity)];
  const drop = withIdentities(request, stays);
  assert.deepEqual(
    printForwarded(request, from, { ...nothing, drop })
      .split('\r\n')
      .slice(1, 5),
    ['Max-Forwards: 70', 'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa', 'X: 1', 'Privacy: id'],
  );
  assert.equal(withIdentities(read(text('BREW sip:c@d SIP/2.0', lines[0]!, ...REST)) as Request, []).length, 0);
});

test('Max-Forwards, Max-Breadth and, for a stream, Content-Length are added where they are missing', () => {
  const via = 'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa';
  assert.deepEqual(forwarded([via], { breadth: 60, reliable: true }).slice(1, 5), [
    'Max-Forwards: 70',
    'Max-Breadth: 60',
    'Content-Length: 4',
    via,
  ]);
  assert.deepEqual(forwarded([via, 'max-breadth:  7 ', 'l: 4'], { breadth: 3, reliable: true }).slice(1, 5), [
    'Max-Forwards: 70',
    via,
    'max-breadth:  3 ',
    'l: 4',
  ]);
});

test('so many Route values on top go, whether they stand in one line or in several (RFC 3261 §16.4)', () => {
  const via = 'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa';
  const left = (routes: number, ...lines: string[]) =>
    forwarded([via, ...lines], { routes }).filter((line) => /route/i.test(line));
  const lines = ['Route: <sip:1;lr> , <sip:2;lr>', 'route:<sip:3;lr>,\t<sip:4;a="b,c">'] as const;
  assert.deepEqual(left(0, ...lines), [...lines]);
  assert.deepEqual(left(1, ...lines), ['Route: <sip:2;lr>', lines[1]]);
  assert.deepEqual(left(1, 'Route:<sip:1;lr>,<sip:2;lr>'), ['Route:<sip:2;lr>']);
  assert.deepEqual(left(2, ...lines), [lines[1]]);
  assert.deepEqual(left(3, ...lines), ['route:<sip:4;a="b,c">']);
  assert.deepEqual(left(4, ...lines), []);
  // What nobody counts as a value is none here either: ours would be left, and lead back to us.
  assert.deepEqual(left(1, 'Route: , ,<sip:1;lr>'), []);
  assert.deepEqual(left(2, 'Route: ', 'Route: <sip:1;lr>, ,\t<sip:2;lr>,<sip:3;lr>'), ['Route: <sip:3;lr>']);
});

test('lines that stay here are left out whole, folded ones too', () => {
  const via = 'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa';
  assert.deepEqual(forwarded([via, 'Proxy-Authorization: Digest', '  realm="r"', 'X: 1'], { drop: [5] }).slice(1, 4), [
    'Max-Forwards: 70',
    via,
    'X: 1',
  ]);
});

const back = (lines: readonly string[], more = '', reliable = false, status = '486 Busy') =>
  printBackward(read(text(`SIP/2.0 ${status}`, ...lines, ...REST)) as Response, { reliable }, more, false).split('\r\n');

test('a response loses our Via, be it a line, the first of a line, or folded (RFC 3261 §16.7 step 3)', () => {
  const theirs = 'SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa';
  const wanted = ['SIP/2.0 486 Busy', `Via: ${theirs}`, ...REST, '', 'body'];
  assert.deepEqual(back(['Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo', `Via: ${theirs}`]), wanted);
  assert.deepEqual(back([`Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo, ${theirs}`]), wanted);
  assert.deepEqual(back(['Via: SIP/2.0/UDP 10.0.0.1:5060', ' ;branch=z9hG4bKo', `Via: ${theirs}`]), wanted);
  assert.deepEqual(back(['X: 1', 'v:SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo', `Via: ${theirs}`]), [
    wanted[0],
    'X: 1',
    ...wanted.slice(1),
  ]);
});

test('a Record-Route goes back as it is written in RFC 3261 §20.30, for a caller who knows it by that alone (RFC 3261 §7.3.1)', () => {
  const vias = ['Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo', 'Via: SIP/2.0/UDP a'];
  const routes = ['Record-route: <sip:b;lr>', 'RECORD-ROUTE : <sip:a;lr>,', ' <sip:9;lr>', 'Record-Route:<sip:8;lr>'];
  const named = ['Record-Route: <sip:b;lr>', 'Record-Route : <sip:a;lr>,', ' <sip:9;lr>', 'Record-Route:<sip:8;lr>'];
  for (const reliable of [false, true]) {
    const length = reliable ? ['Content-Length: 4'] : [];
    for (const status of ['183 Progress', '200 OK'])
      assert.deepEqual(back([...vias, ...routes], '', reliable, status), [
        `SIP/2.0 ${status}`,
        ...length,
        vias[1],
        ...named,
        ...REST,
        '',
        'body',
      ]);
  }
});

test('lines that are added to a response stand before its body (RFC 3261 §16.7 step 7)', () => {
  const lines = back(['Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo', 'Via: SIP/2.0/UDP a'], 'WWW-Authenticate: Digest\r\n');
  assert.deepEqual(lines.slice(-4), ['CSeq: 1 BREW', 'WWW-Authenticate: Digest', '', 'body']);
});

test('what goes onto a stream says its length, on one line: a datagram need not have it (RFC 3261 §18.3, §20.14)', () => {
  const via = 'Via: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKa';
  const ours = 'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo';
  const whole = ['SIP/2.0 486 Busy', 'Content-Length: 4', via, ...REST, '', 'body'];
  assert.deepEqual(back([ours, via], '', true), whole);
  assert.deepEqual(back([`${ours}, ${via.slice(5)}`], '', true), whole);
  assert.deepEqual(back([ours, via, 'l: 4'], '', true), ['SIP/2.0 486 Busy', via, 'l: 4', ...REST, '', 'body']);
  assert.deepEqual(back([ours, 'l:', ' 4', via], '', true), whole);
  assert.deepEqual(back([ours, via, 'l: 2', ' '], 'X: 1\r\n', true), [
    'SIP/2.0 486 Busy',
    via,
    'Content-Length: 2',
    ...REST,
    'X: 1',
    '',
    'bo',
  ]);
  assert.deepEqual(forwarded([via, 'l:', ' 4'], { reliable: true }).slice(1, 4), ['Max-Forwards: 70', via, 'Content-Length: 4']);
});
