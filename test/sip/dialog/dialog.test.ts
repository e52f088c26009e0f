import { assert, test } from 'vitest';
import { contactUri, dialogOfUac, dialogOfUas, nextHopUri, printRequest } from '../../../src/sip/dialog/dialog.ts';
import { request, response } from '../../support/written.ts';

const said = { from: '"Alice" <sip:alice@home.example>;tag=a', callId: 'c' };
const invite = (headers: readonly string[] = []) => request({ ...said, extra: ['Contact: <sip:alice@10.0.0.2>', ...headers] });
const answer = (extra: readonly string[] = []) => response(200, { ...said, to: '<sip:bob@home.example>;tag=b', extra });

const print = (dialog: ReturnType<typeof dialogOfUas>) =>
  printRequest(dialog, { method: 'BYE', cseq: dialog.nextCseq(), via: 'Via: v\r\n', lines: 'Reason: r\r\n', body: '' });

test('a UAS speaks back by the Record-Routes in their order, to the Contact (RFC 3261 §12.1.1, §12.2.1.1)', () => {
  const dialog = dialogOfUas(invite(['Record-Route: <sip:one;lr>, <sip:two;lr>']), 'mine');
  assert.equal(
    print(dialog),
    [
      'BYE sip:alice@10.0.0.2 SIP/2.0',
      'Via: v',
      'Max-Forwards: 70',
      'Route: <sip:one;lr>',
      'Route: <sip:two;lr>',
      'From: <sip:bob@home.example>;tag=mine',
      'To: "Alice" <sip:alice@home.example>;tag=a',
      'Call-ID: c',
      'CSeq: 1 BYE',
      'Reason: r',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
  assert.equal(nextHopUri(dialog), 'sip:one;lr');
});

test('a UAC takes the Record-Routes of the response backwards, and counts on from its INVITE (RFC 3261 §12.1.2)', () => {
  const dialog = dialogOfUac(
    invite(),
    answer(['Record-Route: <sip:one;lr>', 'Record-Route: <sip:two;lr>', 'Contact: <sip:b@9.9.9.9>']),
  );
  assert.deepEqual(dialog.routes, ['<sip:two;lr>', '<sip:one;lr>']);
  assert.equal(dialog.target, 'sip:b@9.9.9.9');
  assert.equal(dialog.nextCseq(), 8);
  assert.match(print(dialog), /\r\nTo: <sip:bob@home\.example>;tag=b\r\n/);
});

test('without a Contact the next request goes where the INVITE went; the 2xx says the route set anew (RFC 3261 §13.2.2.4)', () => {
  const dialog = dialogOfUac(invite(), answer(['Record-Route: <sip:early;lr>']));
  assert.equal(dialog.target, 'sip:bob@home.example');
  dialog.confirm(answer(['Contact: <sip:b@9.9.9.9>']));
  assert.deepEqual(dialog.routes, []);
  assert.equal(nextHopUri(dialog), 'sip:b@9.9.9.9');
  dialog.confirm(answer(['Record-Route: <sip:one;lr>, <sip:two;lr>']));
  assert.equal(nextHopUri(dialog), 'sip:two;lr');
});

test('a strict router gets its own URI, and the target comes last (RFC 3261 §12.2.1.1)', () => {
  const text = print(dialogOfUas(invite(['Record-Route: <sip:strict>, <sip:two;lr>']), 'mine'));
  assert.match(text, /^BYE sip:strict SIP\/2\.0\r\n/);
  assert.deepEqual(text.match(/^Route: .*$/gm), ['Route: <sip:two;lr>', 'Route: <sip:alice@10.0.0.2>']);
});

test('requests come in their order (RFC 3261 §12.2.2), and a target refresh moves the other side', () => {
  const dialog = dialogOfUas(invite(), 'mine');
  assert.equal(dialog.inOrder(6), false);
  assert.equal(dialog.inOrder(9), true);
  assert.equal(dialog.inOrder(8), false);
  dialog.refreshTarget(answer(['Contact: <sip:moved@10.0.0.9?Route=%3Csip:evil%3E>;expires=1']));
  assert.equal(dialog.target, 'sip:moved@10.0.0.9');
  dialog.refreshTarget(answer());
  assert.equal(dialog.target, 'sip:moved@10.0.0.9');
});

test('a Contact that is none counts as absent', () => {
  assert.equal(contactUri(answer(['Contact: <nothing'])), undefined);
  assert.equal(contactUri(answer(['Contact: "A, B" <sip:x@y>, <sip:z@y>'])), 'sip:x@y');
});
