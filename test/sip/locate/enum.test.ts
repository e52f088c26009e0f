import { expect, test } from 'vitest';
import { enumUris } from '../../../src/sip/locate/enum.ts';
import { substitute } from '../../../src/sip/locate/ere.ts';
import { cpuTime } from '../../support/cpu-time.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimResolver } from '../../support/sim-resolver.ts';

const NUMBER = '+441632960083';
const NAME = '3.8.0.0.6.9.2.3.6.1.4.4.e164.arpa';

function ask(zone: string, number = NUMBER, suffix = 'e164.arpa') {
  const dns = new SimResolver(new SimClock(), zone.replaceAll('@ ', `${NAME} 60 NAPTR `));
  let found: { uris: readonly string[]; records: readonly string[] } | undefined;
  enumUris(number, suffix, dns, (uris, records) => {
    found = { uris, records };
  });
  return { dns, ...found! };
}

test('a number is asked for digit by digit from its end, and rewritten by the rules of its owner (RFC 6116 §3.2, §4)', () => {
  const { uris, dns, records } = ask(`
    @ 100 51 u E2U+h323 !^\\+441632960083$!h323:operator@example.com! .
    @ 100 50 u E2U+sip !^(\\+441632960083)$!sip:\\1@example.com! .
    @ 100 52 u E2U+email:mailto !^.*$!mailto:info@example.com! .`);
  expect(uris).toEqual(['sip:+441632960083@example.com']);
  expect(dns.queries).toEqual([`NAPTR ${NAME}`]);
  expect(records).toHaveLength(1);
});

test('what anybody wrote into a zone is told in characters that a terminal and D-Bus can have', () => {
  const { records } = ask('@ 1 1 u E2U+sip !^.*$!sip:\x00\x1b[2J\x9bé@h! .');
  expect(records).toEqual([`NAPTR ${NAME}: 1 1 "u" "E2U+sip" "!^.*$!sip:??[2J??@h!" .`]);
});

test('order comes before preference, compound and old services count, case does not matter but in the URI (RFC 6116 §3.6, §5.2)', () => {
  const { uris } = ask(`
    @ 20 1 u E2U+sip !^.*$!sip:fourth@example.com! .
    @ 10 30 U e2u+SMS:tel+SIP !^.*$!sip:Third@Example.com! .
    @ 10 10 u sip+E2U !^.*$!sips:first@example.com! .
    @ 10 20 u E2U+sip !^.*$!sip:second@example.com!i .`);
  expect(uris).toEqual(['sips:first@example.com', 'sip:second@example.com', 'sip:Third@Example.com', 'sip:fourth@example.com']);
});

test('what is no terminal rule for SIP, makes no SIP URI, or hides something in one is passed over, and at most five come', () => {
  const good = Array.from({ length: 8 }, (_, i) => `@ ${50 + i} 1 u E2U+sip !^.*$!sip:u${i}@example.com! .`).join('\n');
  const { uris } = ask(`
    @ 1 1 "" "" "" other.e164.arpa
    @ 1 2 x E2U+sip !^.*$!sip:x@example.com! .
    @ 1 3 u E2U+P-sip !^.*$!sip:x@example.com! .
    @ 1 3 u sip+D2U !^.*$!sip:x@example.com! .
    @ 1 4 u E2U+sip !^.*$!tel:+15550100! .
    @ 1 5 u E2U+sip !^.*$!sip:no\\x00host@! .
    @ 1 6 u E2U+sip !^.*$!sip:x@example.com?Route=%3Csip:evil%3E! .
    @ 1 7 u E2U+sip !^.*$!sip:x:secret@example.com! .
    @ 1 8 u E2U+sip !^\\+49.*$!sip:x@example.com! .
    ${good}
    ${good}`);
  expect(uris).toEqual([
    'sip:u0@example.com',
    'sip:u1@example.com',
    'sip:u2@example.com',
    'sip:u3@example.com',
    'sip:u4@example.com',
  ]);
});

test('what is no international number is not asked for (RFC 6116 §3.7)', () => {
  for (const number of ['', '+', 'alice', '0163#', '1234567890123456', '+44 1632', 'тел']) {
    const { uris, dns } = ask('* SERVFAIL', number);
    expect([number, uris, dns.queries]).toEqual([number, [], []]);
  }
  expect(ask('', '441632960083').dns.queries).toEqual([`NAPTR ${NAME}`]);
  expect(ask('', NUMBER, 'no name at all').dns.queries).toEqual([]);
});

test('a name server that fails finds nothing, and says so', () => {
  expect(ask('* SERVFAIL')).toMatchObject({ uris: [], records: [`NAPTR ${NAME}: the name server says SERVFAIL`] });
});

test.each([
  ['!^.*$!sip:info@example.com!', 'sip:info@example.com'],
  ['/^\\+44(.*)$/sip:\\1@h/', 'sip:1632960083@h'],
  ['!^(\\+)(44)([0-9]{4})(.+)$!sip:\\4.\\3.\\2@h!', 'sip:960083.1632.44@h'],
  ['!^\\+44(\\d+)$!sip:\\1@h!', 'sip:1632960083@h'],
  ['!^[+][[:digit:]]*$!sip:a@h!', 'sip:a@h'],
  ['!^([^4]*)44([]0-9]+)!sip:\\2@h!', 'sip:1632960083@h'],
  ['!(^\\+1.*|^\\+4.*)$!sip:\\1@h!', 'sip:+441632960083@h'],
  ['!^.*$!sip:a\\!b@h!', 'sip:a!b@h'],
  ['!96(00)?83!sip:\\1@h!', 'sip:00@h'],
  ['!^(\\+49)?.*(00)!sip:\\1\\2@h!', 'sip:00@h'],
  ['!^\\+49.*$!sip:a@h!', undefined],
])('%s makes %s of the number (RFC 3402 §3.2)', (expression, expected) => {
  expect(substitute(expression, NUMBER)).toBe(expected);
});

test.each([
  '',
  '!',
  '!^.*$!sip:a@h',
  '!^.*$!sip:a@h!!',
  '!^.*$!sip:a@h!x',
  '1^.*$1sip:a@h1',
  '!^.*$!sip:\\2@h!',
  '!^.*$!sip:\\0@h!',
  '!(!x!',
  '!)!x!',
  '![!x!',
  '!a**!x!',
  '!*!x!',
  '!.*?!x!',
  '!(?=.)!x!',
  '!(.)\\1!x!',
  '!\\w+!x!',
  '![0[:blink:]]!x!',
  '![z-a]!x!',
  '!.{1,1000}!x!',
  '!{!x!',
  `!${'0'.repeat(201)}|.*!x!`,
  `!.*!${'x'.repeat(513)}!`,
  // Each matches this number at once; with a letter before the end it would keep a backtracking matcher busy for years.
  '!^(.*)*$!x!',
  '!^((.+)+)+$!x!',
  '!^((.+)+)$!x!',
  '!^(.*)(.*)(.*)(.*)$!x!',
  '!^(.|.)*$!x!',
  '!^(.|.){1,32}$!x!',
  '!^((.|.))*$!x!',
  `!^${'(|)'.repeat(9)}.*$!x!`,
  `!^${'(.|.)'.repeat(9)}!x!`,
  '!^(((.|0){1,32}){1,32}){1,32}$!x!',
])('%s is malformed, or could take long, and is refused', (expression) => {
  expect(substitute(expression, NUMBER)).toBeUndefined();
});

test('the slowest expression that is allowed takes no time', () => {
  const took = cpuTime(() => {
    expect(substitute('!(.*)(.*)(.*)b!x!', '+123456789012345')).toBeUndefined();
    expect(substitute('!(.|.)(.|.)(.|.)(.|.)(.|.)(.|.)(.|.)(.|.)(.*)(.*)(.*)b!x!', '+123456789012345')).toBeUndefined();
    expect(substitute('!(|)(|)(|)(|)(|)(|)(|)(|)(.*)(.*)(.*)b!x!', '+123456789012345')).toBeUndefined();
  });
  expect(took).toBeLessThan(200);
});
