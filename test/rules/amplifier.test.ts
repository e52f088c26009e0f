import { assert, test } from 'vitest';
import { type Desk, HOUSE } from '../support/desk.ts';
import { house, PATIENCE, STRANGER } from './house.ts';

// A source address of UDP is easily invented. Whoever is called by it is sent no more than 4 kB a minute and 1.5 times what came in its name,
// whatever makes us send (security S14): here what is no answer.

const OPEN = `${HOUSE}published = yes\n[domain open.example]\ninbound = anonymous\nregister = anonymous\n`;
const VICTIM = '203.0.113.9';
const GUS = '<sip:gus@open.example>';

const bytes = (desk: Desk, key: 'from' | 'to', host: string) =>
  desk.net.wire.filter((packet) => packet[key].host === host).reduce((sum, { text }) => sum + text.length, 0);

function assertNoMore(desk: Desk): void {
  assert.isAtMost(bytes(desk, 'to', VICTIM), 4_096 + 1.5 * bytes(desk, 'from', VICTIM));
}

test('who is registered as a guest in an open domain by a forged address is not flooded with calls and messages (security S14)', async () => {
  const { desk } = await house({ config: `${OPEN}${PATIENCE}` });
  const victim = await desk.phone('gus', VICTIM);
  const mallory = await desk.phone('mallory', '10.0.0.66');
  // As mallory would forge it.
  const contacts = [1, 2, 3, 4, 5].map((n) => `Contact: <sip:gus@${VICTIM}:5060;n=${n}>`);
  victim.request('REGISTER', 'sip:open.example', { to: GUS, from: GUS, headers: contacts });
  victim.response(200);
  for (let i = 0; i < 5; i++) {
    mallory.request('MESSAGE', 'sip:gus@open.example', STRANGER);
    mallory.request('INVITE', 'sip:gus@open.example', STRANGER);
  }
  desk.run(33_000);
  assert.isAtLeast(bytes(desk, 'to', VICTIM), 3_000);
  assertNoMore(desk);
});

test('nor has its name a connection opened to that address, whatever its Contacts say (security S2, S14, S21)', async () => {
  const { desk } = await house({ config: `${OPEN}${PATIENCE}` });
  const victim = await desk.phone('gus', VICTIM, 9);
  const mallory = await desk.phone('mallory', '10.0.0.66');
  let connections = 0;
  for (const port of [22, 25])
    await desk.hostAt(VICTIM).listen({ host: VICTIM, port }, () => {
      connections++;
      return { data: () => {}, closed: () => {} };
    });
  // As mallory would forge it.
  const contacts = [22, 25, 5060].map((port) => `<sip:gus@${VICTIM}:${port}${port < 5060 ? ';transport=tcp' : ''}>`);
  victim.request('REGISTER', 'sip:open.example', { to: GUS, from: GUS, headers: [`Contact: ${contacts.join()}`] });
  victim.response(200);
  mallory.request('INVITE', 'sip:gus@open.example', STRANGER);
  mallory.request('MESSAGE', 'sip:gus@open.example', { ...STRANGER, headers: [`X: ${'x'.repeat(1_500)}`] });
  desk.run(33_000);
  assert.equal(connections, 0);
  const sent = desk.net.wire.filter(({ to }) => to.host === VICTIM).map(({ to, transport }) => `${transport}:${to.port}`);
  assert.deepEqual([...new Set(sent)].sort(), ['udp:22', 'udp:25', 'udp:5060', 'udp:9']);
  assertNoMore(desk);
});

test('a guest who is there hears every message, however many come (security S14)', async () => {
  const { desk, alice } = await house({ config: OPEN });
  const gus = await desk.phone('gus', VICTIM);
  gus.request('REGISTER', 'sip:open.example', { to: GUS, from: GUS });
  gus.response(200);
  for (let i = 0; i < 60; i++) {
    alice.call('MESSAGE', 'sip:gus@open.example');
    gus.answer(gus.take('MESSAGE'), 200);
    alice.response(200);
  }
});

test('nor is who called by a forged address, by what the callee then sends within the call (security S14)', async () => {
  const { desk } = await house({ config: `${OPEN}${PATIENCE}` });
  const victim = await desk.phone('victim', VICTIM);
  const gus = await desk.phone('gus', '10.0.0.66');
  gus.request('REGISTER', 'sip:open.example', { to: GUS, from: GUS });
  gus.response(200);
  victim.request('INVITE', 'sip:gus@open.example', STRANGER);
  const invite = gus.take('INVITE');
  gus.answer(invite, 180, 'Ringing', [], 'gus');
  for (let i = 0; i < 20; i++) gus.back(invite, 'gus', 'INFO', { cseq: 10 + i });
  desk.run(33_000);
  assert.isAtLeast(bytes(desk, 'to', VICTIM), 3_000);
  assertNoMore(desk);
});

test('an address that we have sent a request to gets no more answers than others (security S14)', async () => {
  const { desk } = await house({ config: `${OPEN}${PATIENCE}` });
  const victim = await desk.phone('gus', VICTIM);
  const mallory = await desk.phone('mallory', '10.0.0.66');
  victim.request('REGISTER', 'sip:open.example', { to: GUS, from: GUS });
  victim.response(200);
  mallory.request('MESSAGE', 'sip:gus@open.example', STRANGER);
  for (let n = 0; n < 200; n++) {
    victim.send(
      `OPTIONS sip:home.example SIP/2.0\r\nv:SIP/2.0/UDP a;rport;branch=z9hG4bK${n}\r\nf:<sip:a@b.c>;tag=a\r\nt:<sip:a@b.c>\r\ni:a\r\nCSeq:1 OPTIONS\r\n\r\n`,
    );
    desk.run(250);
  }
  assert.isAtLeast(victim.waiting.length, 100);
  assertNoMore(desk);
});

test('a stranger hears who answers his call, however many phones ring and however much they say before (RFC 3261 §16.7, security S14)', async () => {
  const { desk } = await house();
  const stranger = await desk.phone('mallory', '10.0.0.66');
  const phones = await Promise.all([31, 32, 33].map((n) => desk.phone('bob', `10.0.0.${n}`)));
  for (const phone of phones) phone.register();
  const sdp = `v=0\r\n${'a=rtpmap:8 PCMA/8000\r\n'.repeat(30)}`;
  const says = [
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO',
    'Content-Type: application/sdp',
  ];
  for (let call = 0; call < 2; call++) {
    const invite = stranger.request('INVITE', 'sip:bob@home.example', STRANGER);
    const rung = phones.map((phone) => phone.take('INVITE'));
    for (const [i, phone] of phones.entries()) phone.answer(rung[i]!, 180, 'Ringing', says, `tag${i}`);
    for (const [i, phone] of phones.entries()) phone.answer(rung[i]!, 183, 'Session Progress', says, `tag${i}`, sdp);
    phones[0]!.answer(rung[0]!, 200, 'OK', says, 'tag0', sdp);
    const answer = stranger.response(200);
    stranger.within(invite, answer, 'ACK');
    stranger.within(invite, answer, 'BYE');
    phones[0]!.answer(phones[0]!.take('BYE'), 200);
    desk.run(10_000);
    for (const phone of [stranger, ...phones]) phone.inbox.length = 0;
  }
});
