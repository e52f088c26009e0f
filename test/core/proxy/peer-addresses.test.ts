import { expect, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { Desk, HOUSE } from '../../support/desk.ts';

const CLOSED = HOUSE.replace('inbound = anonymous', 'inbound = authenticated');
const peer = (more: string, at = '192.0.2.9') => `${CLOSED}[peer partner.example]\nvia = ${at}\n${more}`;
const PARTNER = { from: '<sip:anna@partner.example>' };

/** What a request from an address is answered, and what bob gets of it. */
async function called(desk: Desk, address: string, headers: readonly string[], from = PARTNER.from) {
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const caller = await desk.phone('caller', address);
  caller.request('MESSAGE', 'sip:bob@home.example', { from, headers });
  const [got] = bob.inbox.splice(0);
  const [answer] = caller.inbox.splice(0);
  const status = answer !== undefined && 'status' in answer ? answer.status : 0;
  return { status, identity: got?.get(Field.assertedIdentity) };
}

const ASSERTED = ['P-Asserted-Identity: <sip:+4930123@partner.example>'];

test('what comes from an address of [peer] is from that domain, and is asked for no password (house, "Who is calling" 4)', async () => {
  expect(await called(await Desk.open({ config: peer('') }), '192.0.2.9', [])).toMatchObject({ status: 0, identity: undefined });
  expect(await called(await Desk.open({ config: peer('') }), '192.0.2.10', [])).toMatchObject({ status: 407 });
});

test('what a name leads to is believed as well, and no longer than DNS says so', async () => {
  const zone = 'pbx.partner.example 60 A 192.0.2.9\n';
  const desk = await Desk.open({ config: peer('', 'pbx.partner.example'), zone });
  expect([desk.exchange.peers.at('192.0.2.9', undefined), desk.exchange.peers.at('192.0.2.10', undefined)]).toEqual([
    'partner.example',
    undefined,
  ]);
  desk.resolver.zone = 'pbx.partner.example 60 A 192.0.2.10\n';
  desk.run(300_000);
  expect([desk.exchange.peers.at('192.0.2.9', undefined), desk.exchange.peers.at('192.0.2.10', undefined)]).toEqual([
    undefined,
    'partner.example',
  ]);
  desk.resolver.zone = 'pbx.partner.example SERVFAIL\n';
  desk.run(300_000);
  expect(desk.exchange.peers.has('192.0.2.10')).toBe(true);
});

test('a peer that is not found is told as long as that is so (house, 8)', async () => {
  const desk = await Desk.open({ config: peer('', 'pbx.partner.example'), zone: 'pbx.partner.example SERVFAIL\n' });
  expect(desk.exchange.problems).toEqual([
    '[peer partner.example] via: cannot look up pbx.partner.example: the name server says SERVFAIL',
  ]);
  desk.resolver.zone = 'pbx.partner.example 60 A 192.0.2.10\n';
  desk.run(30_000);
  expect(desk.exchange.problems).toEqual([]);
});

test('a name that is not found for hours is one line, and another one the next time', async () => {
  const desk = await Desk.open({ config: peer('', 'pbx.partner.example'), zone: 'pbx.partner.example SERVFAIL\n' });
  const told = () => desk.log.lines.filter((line) => line.includes('[peer ')).length;
  desk.run(3_600_000);
  expect(told()).toBe(1);
  desk.resolver.zone = 'pbx.partner.example 60 A 192.0.2.10\n';
  desk.run(30_000);
  desk.resolver.zone = 'pbx.partner.example SERVFAIL\n';
  desk.run(3_600_000);
  expect(told()).toBe(2);
});

test('of several domains at one address it is the one that From names, and never one of ours', async () => {
  const config = `${peer('')}[peer other.example]\nvia = 192.0.2.9:5070\n`;
  const desk = await Desk.open({ config });
  const at = (from: string) => desk.exchange.peers.at('192.0.2.9', from);
  expect([at('other.example'), at('partner.example'), at('third.example')]).toEqual([
    'other.example',
    'partner.example',
    'partner.example',
  ]);
  expect(await called(desk, '192.0.2.9', [], '<sip:alice@home.example>')).toMatchObject({ status: 407 });
});

test('the identity that a peer asserts reaches a phone only where its section says so, and not against its caller (RFC 3325 §5, §7)', async () => {
  const trusting = peer('trust = identity\n');
  expect((await called(await Desk.open({ config: peer('') }), '192.0.2.9', ASSERTED)).identity).toBeUndefined();
  expect((await called(await Desk.open({ config: trusting }), '192.0.2.9', ASSERTED)).identity).toBe(
    '<sip:+4930123@partner.example>',
  );
  const withheld = [...ASSERTED, 'Privacy: id;critical'];
  expect((await called(await Desk.open({ config: trusting }), '192.0.2.9', withheld)).identity).toBeUndefined();
  const twice = [...ASSERTED, 'Privacy: none', 'Privacy: id'];
  expect((await called(await Desk.open({ config: trusting }), '192.0.2.9', twice)).identity).toBeUndefined();
  const open = trusting.replace('inbound = authenticated', 'inbound = anonymous');
  expect((await called(await Desk.open({ config: open }), '192.0.2.10', ASSERTED)).identity).toBeUndefined();
});

test('a list of blocked callers holds for the identity that a trusted peer asserts', async () => {
  const blocking = (more: string) => peer(more).replace('[user bob]', '[user bob]\nblocked = +4930123');
  const trusted = await Desk.open({ config: blocking('trust = identity\n') });
  expect((await called(trusted, '192.0.2.9', ASSERTED)).status).toBe(603);
  expect((await called(await Desk.open({ config: blocking('') }), '192.0.2.9', ASSERTED)).status).toBe(0);
});

test('a list of blocked callers holds for the asserted identity of a call that a phone redirects, too', async () => {
  const desk = await Desk.open({ config: peer('trust = identity\n').replace('[user bob]', '[user bob]\nblocked = +4930123') });
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  for (const phone of [alice, bob]) phone.register();
  const caller = await desk.phone('caller', '192.0.2.9');
  for (const [asserted, rings] of [
    ['+4930124', ['INVITE']],
    ['+4930123', []],
  ] as const) {
    bob.inbox.length = 0;
    const headers = [`Contact: ${caller.contact}`, `P-Asserted-Identity: <sip:${asserted}@partner.example>`];
    caller.request('INVITE', 'sip:alice@home.example', { ...PARTNER, headers });
    alice.answer(alice.take('INVITE'), 302, 'Moved', ['Contact: <sip:bob@home.example>']);
    expect([asserted, bob.waiting]).toEqual([asserted, rings]);
  }
});

test('a peer may send as many requests at once as it likes (security S4)', async () => {
  const desk = await Desk.open({ config: peer('') });
  const flood = async (address: string) => {
    const caller = await desk.phone('flood', address);
    for (let n = 0; n < 100; n++) caller.send(caller.text('BYE', 'sip:bob@home.example', { ...PARTNER, toTag: 'none' }));
    desk.run();
    return caller.inbox.length;
  };
  expect([await flood('192.0.2.9'), await flood('192.0.2.10')]).toEqual([100, 30]);
});

test('no peer vouches for one of the house, by address or by extension (RFC 3325 §5, security S11)', async () => {
  const config = peer('trust = identity\n');
  for (const identity of [
    '<sip:alice@home.example>',
    '"Alice" <sip:201@10.0.0.1>',
    '<tel:201>',
    '<im:alice@home.example>',
    '<tel:+1;x=alice@home.example>',
    'nonsense',
  ])
    for (const headers of [[`P-Asserted-Identity: ${identity}`], [...ASSERTED, `P-Asserted-Identity: ${identity}`]])
      expect(await called(await Desk.open({ config }), '192.0.2.9', headers)).toMatchObject({ identity: undefined });
});

test('the identity that a trusted peer asserts goes on to no other domain (RFC 3325 §5)', async () => {
  const config = `${peer('trust = identity\n').replace('[user bob]', '[user bob]\nforward_all = x@away.example')}[peer away.example]\nvia = 192.0.2.20\n`;
  const desk = await Desk.open({ config });
  const away = await desk.phone('away', '192.0.2.20');
  const caller = await desk.phone('caller', '192.0.2.9');
  caller.request('INVITE', 'sip:bob@home.example', { ...PARTNER, headers: [`Contact: ${caller.contact}`, ...ASSERTED] });
  expect(away.take('INVITE').get(Field.assertedIdentity)).toBeUndefined();
});

test('a reload forgets no peer while DNS is silent, and what DNS failed to say is asked again after half a minute', async () => {
  const text = peer('', 'pbx.partner.example');
  const zone = 'pbx.partner.example 60 A 192.0.2.9\n';
  const desk = await Desk.open({ config: text, zone });
  const { peers } = desk.exchange;
  const sections = () => peers.configure([{ name: 'partner.example', via: 'pbx.partner.example', trust: [] }]);
  desk.run(61_000);
  desk.resolver.zone = 'pbx.partner.example SERVFAIL\n';
  sections();
  expect(peers.has('192.0.2.9')).toBe(true);
  desk.resolver.zone = zone.replace('192.0.2.9', '192.0.2.10');
  desk.run(29_000);
  expect(peers.has('192.0.2.10')).toBe(false);
  desk.run(1_000);
  expect(peers.has('192.0.2.10')).toBe(true);
});

test('of two reloads one after the other the last one alone is looked up', async () => {
  const desk = await Desk.open({ config: peer('', 'pbx.partner.example'), zone: 'pbx.partner.example SILENT\n' });
  const { peers } = desk.exchange;
  for (const via of ['a.example', 'b.example']) peers.configure([{ name: 'partner.example', via, trust: [] }]);
  desk.run(10_000);
  expect(desk.clock.armed().filter(({ name }) => name === 'locate peers')).toHaveLength(1);
});
