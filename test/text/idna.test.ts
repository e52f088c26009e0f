import { expect, test } from 'vitest';
import { toAscii } from '../../src/text/idna.ts';
import { wireToUtf8 } from '../../src/text/wire.ts';
import { cpuTime } from '../support/cpu-time.ts';

test.each([
  ['d.test', 'd.test'],
  ['bücher.test', 'xn--bcher-kva.test'],
  ['BÜCHER.test', 'xn--bcher-kva.test'],
  ['bu\u0308cher.test', 'xn--bcher-kva.test'],
  ['straße.de', 'xn--strae-oqa.de'],
  ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
  ['ＡＢＣ．test', 'abc.test'],
  ['ΣΑΣ.gr', 'xn--mxa9ab.gr'],
  ['τῷ.gr', 'xn--uxav867s.gr'], // an iota below a letter is one behind it
  ['почта.рф', 'xn--80a1acny.xn--p1ai'],
  ['a\u00adb.test', 'ab.test'],
  ['😀.test', 'xn--e28h.test'],
])('%s is %s (RFC 3492, UTS 46)', (domain, ascii) => {
  expect(toAscii(domain)).toBe(ascii);
});

test('what is no name is refused: bytes that are no UTF-8, spaces, labels that are too long', () => {
  expect(toAscii(wireToUtf8('b\xfccher.test'))).toBeUndefined();
  expect(toAscii('a\u00a0b.test')).toBeUndefined();
  expect(toAscii(`${'ü'.repeat(50)}.test`)).toBe(`xn--td${'a'.repeat(50)}.test`);
  expect(toAscii(`${'üa'.repeat(40)}.test`)).toBeUndefined();
  expect(toAscii(`${'ü'.repeat(50_000)}.test`)).toBeUndefined();
});

test('nothing is dropped that would end the host of a URL, and only four decimal numbers are an address', () => {
  for (const text of ['bücher.test/a', 'bücher.test:80', 'a@bücher.test', 'bücher.test?a', 'bü\tcher.test', 'b%fcücher.test'])
    expect(toAscii(text)).toBeUndefined();
  expect(toAscii('１９２.０.２.１')).toBe('192.0.2.1');
  expect(toAscii('１２７.1')).toBeUndefined();
});

test.each([
  ['a label as long as a datagram', 20_000, 1],
  ['a name of many labels in one line', 120, 20],
])('%s costs no more than it is worth (security S12, S18)', (_, length, labels) => {
  const label = String.fromCodePoint(...Array.from({ length }, (_, i) => 0x4e00 + ((i * 7) % 20_000)));
  const name = Array<string>(labels).fill(label).join('.');
  const took = cpuTime(() => {
    for (let i = 0; i < 30; i++) expect(toAscii(name)).toBeUndefined();
  });
  expect(took).toBeLessThan(60);
});
