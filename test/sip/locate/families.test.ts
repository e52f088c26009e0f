import { expect, test } from 'vitest';
import { addressOrder } from '../../../src/sip/locate/families.ts';
import { lab } from './lab.ts';

const SIX = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
const FOUR = ['192.0.2.1', '192.0.2.2'];
const sources =
  (six: string | undefined, four: string | undefined) =>
  (host: string): string | undefined =>
    host.includes(':') ? six : four;

test('the families take turns, IPv6 first (RFC 8305 §4)', () => {
  const turns = ['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '2001:db8::3'];
  expect(addressOrder([...FOUR, ...SIX], (host) => host)).toEqual(turns);
  expect(addressOrder([...SIX, ...FOUR, ...SIX], sources('2001:db8:1::5', '192.168.1.5'))).toEqual(turns);
});

test('IPv4 is first where our IPv6 address is not one for the Internet (RFC 6724 §5, rule 5)', () => {
  expect(addressOrder([...SIX, ...FOUR], sources('fd00::5', '192.168.1.5')).slice(0, 3)).toEqual([
    '192.0.2.1',
    '2001:db8::1',
    '192.0.2.2',
  ]);
  expect(addressOrder(['fd00::1', '192.0.2.1'], sources('fd00::5', '192.168.1.5'))).toEqual(['fd00::1', '192.0.2.1']);
});

test('of the addresses of one family what we have an address of the same kind for is first (RFC 6724 §5, rule 5)', () => {
  const house = sources('2001:db8:1::5', '192.168.1.5');
  expect(addressOrder(['fd00::1', '2001:db8::1'], house)).toEqual(['2001:db8::1', 'fd00::1']);
  expect(addressOrder(['fd00::1', '192.0.2.1', '2001:db8::1'], house)).toEqual(['2001:db8::1', '192.0.2.1', 'fd00::1']);
});

test('what there is no way to is left out, unless there is no way to anything (RFC 6724 §6, rule 1)', () => {
  expect(addressOrder([...SIX, ...FOUR], sources(undefined, '192.168.1.5'))).toEqual(FOUR);
  expect(addressOrder([...SIX, ...FOUR], sources('2001:db8:1::5', undefined))).toEqual(SIX);
  expect(addressOrder(['2001:db8::1', '192.0.2.1'], sources(undefined, undefined))).toEqual(['2001:db8::1', '192.0.2.1']);
});

test('addresses of two SRV targets are not mixed (RFC 7984 §4)', () => {
  const { locate } = lab(`
    _sip._udp.d.test 30 SRV 10 0 5060 one.test
    _sip._udp.d.test 30 SRV 20 0 5060 two.test
    one.test 30 A 192.0.2.11
    one.test 30 AAAA 2001:db8::11
    one.test 30 A 192.0.2.12
    two.test 30 AAAA 2001:db8::21
    two.test 30 A 192.0.2.21`);
  expect(locate('sip:u@d.test')).toEqual([
    'udp [2001:db8::11]:5060',
    'udp 192.0.2.11:5060',
    'udp 192.0.2.12:5060',
    'udp [2001:db8::21]:5060',
    'udp 192.0.2.21:5060',
  ]);
});

test('an address of a family that the transport is not spoken in is passed over', () => {
  const zone = 'd.test 30 A 192.0.2.1\nd.test 30 AAAA 2001:db8::1';
  const { locate } = lab(zone, { transports: (family) => (family === 6 ? ['tcp'] : ['udp', 'tcp']) });
  expect(locate('sip:u@d.test:5060')).toEqual(['udp 192.0.2.1:5060']);
  expect(locate('sip:u@d.test:5060;transport=tcp')).toEqual(['tcp [2001:db8::1]:5060', 'tcp 192.0.2.1:5060']);
  const six = lab('d.test 30 AAAA 2001:db8::1', { transports: (family) => (family === 6 ? ['tcp'] : ['udp']) });
  expect(six.locate('sip:u@d.test:5060')).toEqual(['480 d.test has no address that we could reach by what it offers']);
});
