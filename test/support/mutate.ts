import type { SimRandom } from './sim-random.ts';

type Mutation = (text: string, random: SimRandom, seeds: readonly string[]) => string;

const somewhere = (text: string, random: SimRandom): number => random.below(text.length + 1);
const pick = <T>(of: readonly T[], random: SimRandom): T => of[random.below(of.length)]!;
const insert = (text: string, at: number, what: string): string => text.slice(0, at) + what + text.slice(at);
const piece = (text: string, random: SimRandom, most: number): string => {
  const at = somewhere(text, random);
  return text.slice(at, at + 1 + random.below(most));
};

/** Bytes and words that have broken parsers: white space, quotes, brackets, NUL, UTF-8, its broken halves, percent signs, names of fields. */
const POISON = [
  ...'\0\x01\t\n\r "\'\\<>()[]{}@:;,?&=%/+-*.~|^`#\x7f\x80\xff',
  '\r\n',
  '\r\n ',
  '\r\n\t',
  ' \r\n \r\n ',
  '\r\n\r\n',
  '\xc5\x99\xc3\xad',
  '\xf0\x9f\x93\x9e',
  '\xed\xa0\x80',
  '%00',
  '%0d%0a',
  '%zz',
  '""',
  '\\"',
  '<sip:a@b>',
  ';tag=',
  ';branch=z9hG4bK',
  ';rport',
  ', ',
  'SIP/2.0',
  '__proto__: x\r\n',
  'constructor: x\r\n',
  'Content-Length: 5\r\n',
  'l: 0\r\n',
  'Via: SIP/2.0/UDP 192.0.2.7\r\n',
  'v:SIP/2.0/TCP [::1]:0;received=,\r\n',
  'Route: <sip:a;lr>,<sip:b>\r\n',
  'm: *\r\n',
];

const NUMBERS = [
  '0',
  '-1',
  '+1',
  '00',
  '1',
  '69',
  '70',
  '255',
  '256',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '1e9',
  '0x10',
  '1.5',
  '9'.repeat(40),
];

const mutations: readonly Mutation[] = [
  function flipBit(text, random) {
    const at = random.below(text.length || 1);
    return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) ^ (1 << random.below(8))) & 0xff) + text.slice(at + 1);
  },
  function insertPoison(text, random) {
    return insert(text, somewhere(text, random), pick(POISON, random));
  },
  function remove(text, random) {
    const at = somewhere(text, random);
    return text.slice(0, at) + text.slice(at + 1 + random.below(random.below(10) === 0 ? 400 : 8));
  },
  function cutShort(text, random) {
    return text.slice(0, somewhere(text, random));
  },
  function repeatPiece(text, random) {
    return insert(text, somewhere(text, random), piece(text, random, 60).repeat(1 + random.below(12)));
  },
  function crossWithAnother(text, random, seeds) {
    const other = pick(seeds, random);
    return text.slice(0, somewhere(text, random)) + other.slice(somewhere(other, random));
  },
  function repeatLine(text, random) {
    const lines = text.split('\r\n');
    lines.splice(random.below(lines.length), 0, pick(lines, random));
    return lines.join('\r\n');
  },
  function swapLines(text, random) {
    const lines = text.split('\r\n');
    const [a, b] = [random.below(lines.length), random.below(lines.length)];
    [lines[a], lines[b]] = [lines[b]!, lines[a]!];
    return lines.join('\r\n');
  },
  function otherNumber(text, random) {
    const from = somewhere(text, random);
    return text.slice(0, from) + text.slice(from).replace(/[0-9]+/, pick(NUMBERS, random));
  },
  function longToken(text, random) {
    return insert(text, somewhere(text, random), pick('ax0"\\;,<> %.:\xc3'.split(''), random).repeat(1 << random.below(14)));
  },
  function fold(text, random) {
    const from = somewhere(text, random);
    return text.slice(0, from) + text.slice(from).replace(/[ ;,:]/, (c) => `${c}\r\n `);
  },
  function otherCase(text, random) {
    const at = somewhere(text, random);
    return (
      text.slice(0, at) +
      text.slice(at, at + 20).replace(/[A-Za-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) ^ 0x20)) +
      text.slice(at + 20)
    );
  },
  function manyHeaders(text, random) {
    const end = text.indexOf('\r\n') + 2;
    return insert(
      text,
      end,
      pick(
        ['x: y\r\n', 'v: SIP/2.0/UDP a\r\n', 'Route: <sip:a>\r\n', 'm: <sip:a>,\r\n', 'Record-Route: ,,,,\r\n'],
        random,
      ).repeat(random.below(300)),
    );
  },
  function anyBytes(_, random) {
    let text = '';
    for (let left = random.below(300); left > 0; left--) text += String.fromCharCode(random.below(256));
    return text;
  },
];

/** A message of `seeds` after one to four random changes; never longer than a datagram. */
export function mutant(random: SimRandom, seeds: readonly string[]): string {
  let text = pick(seeds, random);
  for (let left = 1 + random.below(4); left > 0; left--) text = pick(mutations, random)(text, random, seeds);
  return text.slice(0, 65_507);
}
