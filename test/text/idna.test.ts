import { domainToASCII } from 'node:url';
import { expect, test } from 'vitest';
import { toAscii } from '../../src/text/idna.ts';
import { utf8ToWire } from '../../src/text/wire.ts';

test.each([
  ['d.test', 'd.test'],
  ['bücher.test', 'xn--bcher-kva.test'],
  ['BÜCHER.test', 'xn--bcher-kva.test'],
  ['bu\u0308cher.test', 'xn--bcher-kva.test'],
  ['straße.de', 'xn--strae-oqa.de'],
  ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
  ['ＡＢＣ．test', 'abc.test'],
  ['ΣΑΣ.gr', 'xn--mxa9ab.gr'],
  ['почта.рф', 'xn--80a1acny.xn--p1ai'],
  ['a\u00adb.test', 'ab.test'],
  ['😀.test', 'xn--e28h.test'],
])('%s is %s (RFC 3492, UTS 46)', (domain, ascii) => {
  expect(toAscii(utf8ToWire(domain))).toBe(ascii);
});

test('the runtime agrees', () => {
  for (const domain of [
    'bücher.test',
    'faß.example',
    'παράδειγμα.δοκιμή',
    'Éire.ie',
    '中国.中国',
    'ünïcödé-ñame.example',
    'ليهمابتكلموشعربي.test',
  ]) {
    expect(toAscii(utf8ToWire(domain))).toBe(domainToASCII(domain));
  }
});

test('what is no name is refused: bytes that are no UTF-8, spaces, labels that are too long', () => {
  expect(toAscii('b\xfccher.test')).toBeUndefined();
  expect(toAscii(utf8ToWire('a\u00a0b.test'))).toBeUndefined();
  expect(toAscii(utf8ToWire(`${'ü'.repeat(50)}.test`))).toBe(domainToASCII(`${'ü'.repeat(50)}.test`));
  expect(toAscii(utf8ToWire(`${'üa'.repeat(40)}.test`))).toBeUndefined();
  expect(toAscii(utf8ToWire(`${'ü'.repeat(50_000)}.test`))).toBeUndefined();
});
