import { expect, test } from 'vitest';
import { Field, singleBit } from '../../../src/sip/message/fields.ts';
import { ID, STRIDE } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';

const request = (...lines: string[]) =>
  read(
    [
      'OPTIONS sip:home.example SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1',
      'From: <sip:a@home.example>;tag=1',
      'To: <sip:home.example>',
      'Call-ID: 1',
      'CSeq: 1 OPTIONS',
      ...lines,
      '\r\n',
    ].join('\r\n'),
  )!;

const fields = ({ index }: { readonly index: readonly number[] }) =>
  index.filter((_, i) => i % STRIDE === ID).map((id) => Object.keys(Field)[id]);

test('a message knows its own lines, whatever was read before and after it (RFC 3261 §7.3)', () => {
  const long = request('Subject: a', 'Reason: b', 'Event: c');
  const short = request();
  const bad = request('Expires: 1', 'no header');
  const five = ['via', 'from', 'to', 'callId', 'cseq'];
  expect(fields(long)).toEqual([...five, 'subject', 'reason', 'event']);
  expect(fields(short)).toEqual(five);
  expect(bad.kind).toBe('malformed');
  expect(fields(bad)).toEqual([...five, 'expires']);
});

test('fields that may stand once are told apart, wherever they stand in the table (RFC 3261 §7.3.1)', () => {
  const bits = singleBit.filter((bit) => bit !== 0);
  expect(bits).not.toEqual([]);
  expect([...new Set(bits)]).toEqual(bits);
});
