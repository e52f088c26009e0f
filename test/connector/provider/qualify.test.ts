import { expect, test } from 'vitest';
import { Desk, HOUSE } from '../../support/desk.ts';
import { Phone } from '../../support/phone.ts';

const PROVIDED = `${HOUSE}[provider itsp]
registrar = sip:itsp.example
username = 1234567
password = s3cret
[dial outside]
match = 0.
strip = 1
to = provider itsp
`;
const ZONE = `
_sip._udp.itsp.example 60000 SRV 10 1 5060 a.itsp.example
_sip._udp.itsp.example 60000 SRV 20 1 5060 b.itsp.example
a.itsp.example 60000 A 10.9.0.1
b.itsp.example 60000 A 10.9.0.2
`;

async function registered(config = PROVIDED, expires = 3600): Promise<{ desk: Desk; first: Phone; second: Phone }> {
  const desk = await Desk.open({ config, zone: ZONE, providers: true });
  const [first, second] = [await desk.phone('first', '10.9.0.1'), await desk.phone('second', '10.9.0.2')];
  desk.run(500);
  first.answer(first.take('REGISTER'), 200, 'OK', [`Expires: ${expires}`]);
  first.inbox.length = 0; // it was asked twice before it was there
  return { desk, first, second };
}

/** Lets time pass until something arrives. */
function until(desk: Desk, phone: Phone, most: number): number {
  for (let seconds = 0; seconds < most; seconds++) {
    if (phone.inbox.length > 0) return seconds;
    desk.run(1_000);
  }
  return most;
}

test('a registered server is asked by OPTIONS every 30 to 60 s, and one that stops answering is left within two minutes', async () => {
  const { desk, first, second } = await registered();
  for (const _ of [1, 2, 3]) {
    const wait = until(desk, first, 100);
    expect([wait >= 29, wait <= 61]).toEqual([true, true]);
    first.answer(first.take('OPTIONS'), 405, 'Not here');
    first.inbox.length = 0; // what was sent again meanwhile
  }
  desk.net.link('*', '10.9.0.1', { loss: 1 });
  expect(until(desk, second, 200)).toBeLessThan(120);
  second.answer(second.take('REGISTER'), 200);
  expect(desk.providers!.list()[0]).toMatchObject({ state: 'up', server: 'udp:10.9.0.2:5060' });
});

test('a server that never answered an OPTIONS is not down for that, and not asked again: a keep-alive holds the NAT open (RFC 5626 §3.5)', async () => {
  const { desk, first } = await registered();
  desk.run(100_000);
  expect(new Set(first.waiting)).toEqual(new Set(['OPTIONS']));
  first.inbox.length = 0;
  let silent = 0;
  let longest = 0;
  for (let seconds = 0; seconds < 600; seconds++) {
    first.noise = '';
    desk.run(1_000);
    silent = first.noise === '' ? silent + 1 : 0;
    longest = Math.max(longest, silent);
  }
  expect(longest).toBeLessThanOrEqual(61);
  expect(first.waiting).toEqual([]);
  expect(desk.providers!.state('itsp')).toEqual({ up: true });
});

test('a server that answers no OPTIONS is not down for that where the one before it did', async () => {
  const { desk, first, second } = await registered();
  until(desk, first, 61);
  first.answer(first.take('OPTIONS'), 200);
  desk.net.link('*', '10.9.0.1', { loss: 1 });
  until(desk, second, 200);
  second.answer(second.take('REGISTER'), 200, 'OK', ['Expires: 3600']);
  second.inbox.length = 0;
  desk.run(1_800_000);
  expect(new Set(second.waiting)).toEqual(new Set(['OPTIONS']));
  expect(desk.providers!.state('itsp')).toEqual({ up: true });
});

test('a server that was silent for being down is asked by OPTIONS again once it is registered with anew', async () => {
  const { desk, first } = await registered(PROVIDED, 600);
  for (const host of ['10.9.0.1', '10.9.0.2']) desk.net.link('*', host, { loss: 1 });
  desk.run(900_000);
  expect(desk.providers!.state('itsp').up).toBe(false);
  desk.net.link('*', '10.9.0.1', {});
  first.inbox.length = 0;
  until(desk, first, 200);
  first.answer(first.take('REGISTER'), 200);
  first.inbox.length = 0;
  until(desk, first, 61);
  expect(new Set(first.waiting)).toEqual(new Set(['OPTIONS']));
});

test('a connection to a provider that leads nowhere any more is given up with the first request that has no answer (RFC 3263 §4.3, RFC 5626 §7)', async () => {
  for (const asked of [true, false]) {
    const zone = '_sip._tcp.itsp.example 60000 SRV 10 1 5060 a.itsp.example\na.itsp.example 60000 A 10.9.0.1\n';
    const desk = await Desk.open({ config: PROVIDED.replace('username', 'transport = tcp\nusername'), zone, providers: true });
    const itsp = new Phone(desk, desk.hostAt('10.9.0.1'), 'itsp', { host: '10.9.0.1', port: 5060 }, 'tcp');
    await itsp.listen();
    until(desk, itsp, 10);
    itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 600']);
    // Who answers no OPTIONS is not asked again, and its connection is left alone.
    until(desk, itsp, 70);
    if (asked) itsp.answer(itsp.take('OPTIONS'), 200);
    else desk.run(40_000);
    expect(itsp.closed).toBe(false);
    itsp.inbox.length = 0;
    desk.net.link('10.0.0.1', '10.9.0.1', { delay: 36_000_000 });
    desk.net.clear();
    while (desk.net.wire.length === 0) desk.run(1_000);
    desk.net.link('10.0.0.1', '10.9.0.1', {});
    // The OPTIONS, or the REGISTER, that is due next; 32 s later a REGISTER comes by a new connection.
    expect([until(desk, itsp, 60), itsp.waiting]).toEqual([32, ['REGISTER']]);
  }
});

test('after the machine slept its provider is registered with by a new connection, whatever the kernel thinks of the former one (pain 1)', async () => {
  const zone = '_sip._tcp.itsp.example 60000 SRV 10 1 5060 a.itsp.example\na.itsp.example 60000 A 10.9.0.1\n';
  const listen = 'listen = udp:0.0.0.0:5060, tcp:0.0.0.0:5060';
  const config = PROVIDED.replace('username', 'transport = tcp\nusername').replace(/listen = .*/, listen);
  const desk = await Desk.open({ config, zone, providers: true });
  const itsp = new Phone(desk, desk.hostAt('10.9.0.1'), 'itsp', { host: '10.9.0.1', port: 5060 }, 'tcp');
  await itsp.listen();
  until(desk, itsp, 10);
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 600']);
  // What is sent on it now, an OPTIONS, keeps the connection waiting for ten hours.
  desk.net.link('10.0.0.1', '10.9.0.1', { delay: 36_000_000 });
  desk.net.clear();
  while (desk.net.wire.length === 0) desk.run(1_000);
  desk.net.link('10.0.0.1', '10.9.0.1', {});
  desk.clock.step(8 * 3_600_000);
  desk.run(1_000);
  expect(itsp.waiting).toEqual(['REGISTER']);
});

test('a machine that slept registers again within a minute, also where its addresses are written and nobody looks at them (pain 1)', async () => {
  const { desk, first } = await registered();
  desk.run(10_000);
  desk.clock.step(8 * 3_600_000);
  for (let seconds = until(desk, first, 61); seconds < 61 && !first.waiting.includes('REGISTER'); seconds++) desk.run(1_000);
  first.answer(first.take('REGISTER'), 200, 'OK', ['Expires: 3600']);
  first.inbox.length = 0;
  until(desk, first, 61);
  expect(new Set(first.waiting)).toEqual(new Set(['OPTIONS']));
});

test('a machine that slept registers again at once where its addresses are looked at, also if its clock was set back before (pain 1)', async () => {
  const { desk, first } = await registered(PROVIDED.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060'));
  desk.clock.step(-2 * 3_600_000);
  desk.run(10_000);
  first.inbox.length = 0;
  desk.clock.step(3_600_000);
  desk.run(1_000);
  expect(new Set(first.waiting)).toEqual(new Set(['REGISTER']));
});

test('a server whose port is closed is left with the OPTIONS that finds it so (RFC 3261 §18.4)', async () => {
  const { desk, first, second } = await registered();
  until(desk, first, 61);
  first.answer(first.take('OPTIONS'), 200);
  first.inbox.length = 0;
  first.close();
  expect(until(desk, second, 62)).toBeLessThan(62);
  expect(new Set(second.waiting)).toEqual(new Set(['REGISTER']));
});

test('a daemon without providers has no timer for them (CPU)', async () => {
  const desk = await Desk.open({ providers: true });
  desk.run(60_000);
  expect(desk.clock.armed().filter(({ name }) => name.startsWith('provider'))).toEqual([]);
});

test('since when a provider is up is told by the clock of now (interface, provider list)', async () => {
  const { desk } = await registered();
  const { since } = desk.providers!.list()[0]!;
  desk.clock.step(-3_600_000);
  expect(desk.providers!.list()[0]!.since).toBe(since - 3_600_000);
});
