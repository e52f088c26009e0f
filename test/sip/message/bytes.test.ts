import { expect, test } from 'vitest';
import { byteAt, LENGTH, landing, load } from '../../../src/sip/message/bytes.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { invite } from '../../support/written.ts';

/** As a socket does that reads into memory. */
function land(text: string): void {
  landing.bytes.set(Buffer.from(text, 'latin1'));
  landing.landed(text);
}

const loaded = (text: string, end = text.length) => {
  load(text, end);
  return Array.from({ length: end + 1 }, (_, at) => String.fromCharCode(byteAt(at))).join('');
};

test('a text that landed is there without being loaded, ends where it is said to, and stays until another is loaded', () => {
  land('headers body');
  landing.bytes[0] = 0x48;
  expect(loaded('headers body', 7)).toBe('Headers\n');
  expect(loaded('headers body', 3)).toBe('Hea\n');
  expect(loaded('headers body')).toBe('Headers body\n');
  expect(loaded('other')).toBe('other\n');
  expect(loaded('headers body')).toBe('headers body\n');
});

test('of a text that was loaded in part no more is there', () => {
  expect(loaded('of another length')).toBe('of another length\n');
  expect(loaded('headers body', 7)).toBe('headers\n');
  expect(loaded('headers body', 4)).toBe('head\n');
  expect(loaded('headers body')).toBe('headers body\n');
});

test('what landed and was not looked at is not taken for what is loaded next', () => {
  land('landed');
  expect(loaded('other')).toBe('other\n');
  expect(loaded('landed')).toBe('landed\n');
});

test('every byte that lands is read as it is', () => {
  const text = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
  land(text);
  expect(loaded(text)).toBe(`${text}\n`);
  const longest = 'a'.repeat(LENGTH);
  land(longest);
  expect(loaded(longest)).toBe(`${longest}\n`);
});

test('the rest of a message is read from its own text after the next one has landed', () => {
  const first = read(invite({ extra: ['Max-Forwards: 9'] })) as Request;
  const text = invite({ uri: 'sip:other@home.example' }).replace('tag=a', 'tag=b').replace('c@10.0.0.2', 'd@10.0.0.2');
  land('\0'.repeat(2_000));
  expect([first.from.tag, first.uri.host, first.maxForwards]).toEqual(['a', 'home.example', 9]);
  land(text);
  const second = read(text) as Request;
  expect([second.from.tag, second.callId, second.uriText]).toEqual(['b', 'd@10.0.0.2', 'sip:other@home.example']);
  expect([first.cseq.method, first.cseq.number]).toEqual(['INVITE', 7]);
});
