import { expect, test } from 'vitest';
import type { Request } from '../../../src/sip/message/message.ts';
import { printResponse, splice } from '../../../src/sip/message/print.ts';
import { read } from '../../../src/sip/message/read.ts';

const request = (...lines: string[]) => read(`${['OPTIONS sip:home.example SIP/2.0', ...lines].join('\r\n')}\r\n\r\n`) as Request;

const scattered = request(
  'Max-Forwards: 70',
  'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1 , SIP/2.0/UDP 10.0.0.3;branch=z9hG4bK2',
  'Subject: between',
  'f: <sip:a@home.example>;tag=1',
  't: <sip:b@home.example> ',
  'Timestamp: 54',
  'Via: SIP/2.0/UDP 10.0.0.4;branch=z9hG4bK3',
  'Call-ID: 1',
  'User-Agent: between',
  'CSeq: 1 OPTIONS',
  'Contact: <sip:a@10.0.0.2>',
);

test('a response has the Vias, From, To, Call-ID and CSeq of its request in their order, and nothing that stood between (RFC 3261 §8.2.6.2)', () => {
  expect(
    printResponse(scattered, 'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1;received=10.0.0.9', 200, 'OK', 'x', 'Allow: OPTIONS\r\n'),
  ).toBe(
    [
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1;received=10.0.0.9, SIP/2.0/UDP 10.0.0.3;branch=z9hG4bK2',
      'f: <sip:a@home.example>;tag=1',
      't: <sip:b@home.example>;tag=x',
      'Via: SIP/2.0/UDP 10.0.0.4;branch=z9hG4bK3',
      'Call-ID: 1',
      'CSeq: 1 OPTIONS',
      'Allow: OPTIONS',
      'Content-Length: 0\r\n\r\n',
    ].join('\r\n'),
  );
});

test('edits are made in the order of their places, those at one place in theirs', () => {
  const insert = (at: number, text: string, end = at) => ({ at, end, text });
  expect(splice('abcdef', [insert(4, '4'), insert(1, 'x'), insert(1, 'y'), insert(2, '-', 3), insert(0, '0')])).toBe(
    '0axyb-d4ef',
  );
});

test('what is no byte is put into no message: written as one, U+010D would be a line end', () => {
  for (const [reason, extra, body] of [
    ['O\u010dK', '', ''],
    ['O\nK', '', ''],
    ['OK', 'Server: \u010d\r\n', ''],
    ['OK', '', 'v\u010d0'],
  ] as const)
    expect(() => printResponse(scattered, 'V', 200, reason, '', extra, body)).toThrow(RangeError);
  expect(() => splice('abc', [{ at: 1, end: 1, text: '\u010d' }])).toThrow(RangeError);
});

test('a reason has only the letters that its grammar knows (RFC 3261 §25.1)', () => {
  for (const [reason, said] of [
    ['Bad Request (Via: expected ";")', "Bad Request (Via: expected ';')"],
    ['Forbidden (leads back to [user bob] itself)', 'Forbidden (leads back to (user bob) itself)'],
    ['<{`#\\^|\x01}>', "(('_____))"],
    ['100 % of 50%, 5%20', '100 _ of 50_, 5%20'],
    ["Besch\xc3\xa4ftigt\t-_.!~*'();/?:@&=+$,", "Besch\xc3\xa4ftigt\t-_.!~*'();/?:@&=+$,"],
  ])
    expect(printResponse(scattered, 'V', 400, reason!, '').split('\r\n', 1)).toEqual([`SIP/2.0 400 ${said}`]);
});
