import { assert, test } from 'vitest';
import { host, ip, listen, network, nextHop, sipUri } from '../../src/config/values/network.ts';
import { integer, name, path } from '../../src/config/values/plain.ts';
import {
  countryCode,
  covers,
  destination,
  dialPattern,
  dialString,
  dialTarget,
  digits,
  extensionRange,
  featureCode,
  isNumber,
  number,
  prefix,
  premiumPrefix,
  speedDial,
} from '../../src/config/values/telephone.ts';
import { list, type ValueType } from '../../src/config/values/value.ts';
import { ParseError } from '../../src/text/parse-error.ts';
import { cpuTime } from '../support/cpu-time.ts';

/** `column expected` of the fault. */
function fault(type: ValueType<unknown>, text: string): string {
  try {
    type.read(text);
  } catch (error) {
    assert.instanceOf(error, ParseError);
    const { column, expected } = error as ParseError;
    return `${column} ${expected}`;
  }
  throw new Error(`${text} should not fit`);
}

test.each([
  ['Example.ORG', 'example.org'],
  ['pc', 'pc'],
  ['example.org.', 'example.org'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['192.0.2.7', '192.0.2.7'],
  ['2001:DB8::0:1', '[2001:db8::1]'],
  ['[2001:db8::1]', '[2001:db8::1]'],
])('the host %s is %s (RFC 3261 §19.1.4, RFC 5890)', (written, canonical) => {
  assert.equal(host.read(written), canonical);
});

test.each([
  'a_b.example',
  '-a.example',
  'a..b',
  '192.0.2',
  '192.0.2.256',
  '010.0.0.1',
  '[192.0.2.7]',
  '[::g]',
  'a b',
  'jürgen@home.example',
  'bücher.example/a',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(126)}ab`,
  '[::1',
  '::1]',
])('%s is no host', (written) => {
  assert.equal(fault(host, written), '0 a host name such as example.org, or an IP address');
});

test('an address to listen on needs its transport, an IP literal and a port', () => {
  assert.deepEqual(listen('udp', 'tcp').read('udp:[fe80::1%eth0]:5060'), { transport: 'udp', host: 'fe80::1%eth0', port: 5060 });
  assert.equal(fault(listen('udp', 'tcp'), 'sctp:0.0.0.0:5060'), '0 udp or tcp, an address and a port, such as udp:0.0.0.0:5060');
  assert.equal(fault(listen('udp'), 'udp:localhost:5060'), '4 an IP address, IPv6 in brackets, such as 0.0.0.0 or [::]');
  assert.equal(fault(listen('udp'), 'udp:0.0.0.0'), '11 ":" and a port');
  assert.equal(fault(listen('udp'), 'udp:0.0.0.0:70000'), '12 a port from 1 to 65535');
  assert.equal(fault(listen('udp'), 'udp:0.0.0.0:5060x'), '16 the end');
});

test('a network is CIDR, or one address', () => {
  assert.equal(network.read('fe80::/10').prefix, 10);
  assert.equal(network.read('192.0.2.7').prefix, 32);
  assert.equal(fault(network, '192.168.0.0/33'), '12 at most 32 bits');
  assert.equal(fault(network, '192.168/16'), '0 a network such as 192.168.0.0/16 or fe80::/10');
  assert.equal(fault(ip, 'example.org'), '0 an IP address');
});

test('an IPv6 address is read into the form that sockets tell it in, so that nothing is sent to ourselves (RFC 5952, sip-correctness rule 9)', () => {
  assert.equal(listen('udp').read('udp:[2001:0DB8:1:0::10]:5060').host, '2001:db8:1::10');
  assert.equal(listen('udp').read('udp:[FE80::0:1%eth0]:5060').host, 'fe80::1%eth0');
  assert.equal(listen('udp').read('udp:[fe80::1%br-lan]:5060').host, 'fe80::1%br-lan');
  assert.equal(listen('udp').read('udp:[0:0:0:0:0:0:0:0]:5060').host, '::');
  assert.equal(ip.read('2001:DB8:0:0::99'), '2001:db8::99');
});

test('where a peer or a registrar is has the form of a host or a SIP URI', () => {
  assert.equal(nextHop.read('sip.example.net:5061;transport=tls'), 'sip.example.net:5061;transport=tls');
  assert.equal(fault(nextHop, 'sip.example.net transport=tls'), '15 a host such as sip.example.net;transport=tls');
  assert.equal(sipUri.read('sip:127.0.0.1:5080;transport=udp'), 'sip:127.0.0.1:5080;transport=udp');
  assert.equal(fault(sipUri, 'http://example.com'), '0 a SIP URI such as sip:sip.example.com');
});

test('whole numbers keep their bounds', () => {
  assert.equal(integer(1, 600).read('20'), 20);
  for (const wrong of ['0', '601', '-1', '2.5', '1e2', ''])
    assert.equal(fault(integer(1, 600), wrong), '0 a number from 1 to 600');
});

test('a name is safe as a file, a user part and a section', () => {
  assert.isTrue(name.accepts('a.b-c_D9'));
  for (const wrong of ['', '.a', 'a/b', 'a b', 'ä', 'a'.repeat(65), 'import-all.txt']) assert.isFalse(name.accepts(wrong), wrong);
  assert.equal(fault(path, 'etc/x'), '0 a path that begins with "/"');
});

test('a list tells an empty item and one given twice by their columns', () => {
  assert.deepEqual(list(name).read('a ,b'), ['a', 'b']);
  assert.equal(fault(list(name), 'a, , b'), '3 NAME between commas');
  assert.equal(fault(list(name), 'a,b,'), '4 NAME between commas');
  assert.equal(fault(list(name), 'a, b, a'), '6 a only once');
});

test.each([
  [digits, '', '0', 1, 15],
  [dialString, '+', '*', 1, 40],
  [number, '+', '#', 1, 40],
  [countryCode, '4', '9', 0, 2],
  [featureCode, '#', '*#', 1, 15],
  [speedDial, `${'a'.repeat(64)}/`, '*', 1, 15],
  [prefix, '+1', '0', 0, 14],
  [premiumPrefix, '+', '0', 1, 15],
])('what is dialed is as long as it may be, and no longer (%#)', (type, start, rest, least, most) => {
  const fits = (length: number) => type.accepts(start + rest.repeat(most + 1).slice(0, length));
  assert.deepEqual([fits(least), fits(most), fits(most + 1)], [true, true, false]);
  if (least > 0) assert.isFalse(fits(0));
});

test('extension ranges have one length and rise', () => {
  const ranges = [extensionRange.read('200-299'), extensionRange.read('600')];
  assert.isTrue(covers(ranges, '200') && covers(ranges, '299') && covers(ranges, '600'));
  assert.isFalse(covers(ranges, '300') || covers(ranges, '20') || covers(ranges, '2000') || covers(ranges, '601'));
  assert.equal(fault(extensionRange, '200-1000'), '4 as many digits as 200 has');
  assert.equal(fault(extensionRange, '300-299'), '4 an extension not below 300');
  assert.equal(fault(extensionRange, '200 - 299'), '3 "-" and the last extension');
});

test('a destination is a number, a name or an address', () => {
  assert.deepEqual(destination.read('*98'), { kind: 'number', number: '*98' });
  assert.deepEqual(destination.read('kitchen'), { kind: 'name', name: 'kitchen' });
  assert.deepEqual(destination.read('voicemail@home.example'), { kind: 'uri', uri: 'sip:voicemail@home.example' });
  assert.equal(fault(destination, 'a b'), '0 a user, a group, a number, or a URI such as bob@example.org');
  assert.equal(fault(destination, 'mailto:a@b'), '0 a user, a group, a number, or a URI such as bob@example.org');
});

test('a trunk is a kind and a name', () => {
  assert.deepEqual(dialTarget.read('modem  gsm0'), { kind: 'modem', name: 'gsm0' });
  assert.equal(fault(dialTarget, 'modem /dev/x'), '6 the name of a modem');
});

test.each([
  ['0X!', ['01', '0123', '05*#'], ['0', '1', '10']],
  ['ZNX', ['120', '999'], ['020', '110', '12', '1200']],
  ['[1-35]0.', ['101', '501234'], ['401', '10']],
  ['*21*X.', ['*21*12'], ['21*12', '*21*1']],
  ['+49!', ['+49', '+4930'], ['49', '++49']],
  ['/9?0(1|2)/', ['901', '02'], ['9012', '03', 'x01']],
] as const)('the pattern %s takes %j and leaves %j', (written, takes, leaves) => {
  const { expression } = dialPattern.read(written);
  for (const dialed of takes) assert.isTrue(expression.test(dialed), dialed);
  for (const dialed of leaves) assert.isFalse(expression.test(dialed), dialed);
});

test('a pattern that can match nothing is refused at its column', () => {
  assert.equal(
    fault(dialPattern, '0x'),
    '1 digits, X (any digit), Z (1-9), N (2-9), [1-5], "." (one or more) or "!" (any number)',
  );
  assert.equal(fault(dialPattern, '0.1'), '1 nothing behind "." or "!"');
  assert.equal(fault(dialPattern, '/0'), '1 a "/" at the end');
  assert.match(fault(dialPattern, '[5-1]'), /^0 a pattern that can match \(/);
  assert.match(fault(dialPattern, '/(0/'), /^0 a pattern that can match \(/);
});

test('digits, * and # only are a number and never a name for strangers', () => {
  assert.isTrue(isNumber('201') && isNumber('*98#'));
  assert.isFalse(isNumber('a1') || isNumber('+49') || isNumber(''));
});

test.each([
  '/(0+)+1/',
  '/(0|00)*1/',
  '/(?:0?0?)*1/',
  '/((0+))*1/',
  '/(0{1,9}){1,9}1/',
  '/0*0*0*0*1/',
  '/([0-9]+\\*?)+#/',
  '/\\[(0+)+1\\]/',
  `/${'0?'.repeat(9)}1/`,
  `/${'(0|00)'.repeat(9)}1/`,
])('%s could take for ever, and is no pattern', (text) =>
  assert.throws(() => dialPattern.read(text), /no more repetition or choice here/),
);

test.each([
  '/(00|011)[1-9][0-9]+/',
  '/0[0-9]{3,}#?/',
  '/([0-9][0-9])*/',
  '/[(+*]+\\(+?/',
  '/(?:1|2)?3+/',
  '/0*0*0*1/',
  '/(0|1|2|3|4|5|6|7|8|9)0?0?0?0?(0|00)(0|00)0?1/',
])('%s takes no longer than its text is worth', (text) => {
  const { expression } = dialPattern.read(text);
  const took = cpuTime(() => {
    for (const digit of ['0', '1', '3', '(']) expression.test(`${digit.repeat(63)}x`);
  });
  assert.isBelow(took, 50);
});

test('what a pattern begins with, and how long what it fits is', () => {
  const of = (text: string) => {
    const { start, least, most } = dialPattern.read(text);
    return [start, least, most];
  };
  assert.deepEqual(of('0X!'), ['0', 2, Number.POSITIVE_INFINITY]);
  assert.deepEqual(of('*21*.'), ['*21*', 5, Number.POSITIVE_INFINITY]);
  assert.deepEqual(of('+49[1-5]X'), ['+49', 5, 5]);
  assert.deepEqual(of('/0+/'), ['', 0, Number.POSITIVE_INFINITY]);
});
