import { assert, test } from 'vitest';
import { exchangeCounts } from '../../../src/core/exchange-counts.ts';
import { Desk, HOUSE } from '../../support/desk.ts';
import { Phone } from '../../support/phone.ts';
import { PROVIDED, provided, ZONE } from './provided.ts';

// The addresses of a telephone company are no secret, and a datagram may bear any: what comes by UDP without the token of our Contact may be
// anybody's (security S12, S14).

const ITSP = '10.9.0.1';
const ALICE = 'sip:+49305551@10.0.0.1:5060';
const BOB = 'sip:+49305559@10.0.0.1:5060';
const SDP = 'v=0\r\no=- 1 1 IN IP4 10.9.0.1\r\ns=-\r\nc=IN IP4 10.9.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const ANSWER = [...Array(20)].map((_, i) => `a=rtpmap:${i} codec/8000\r\n`).join('');

type Given = Awaited<ReturnType<typeof provided>>;

const calls = (phone: Phone, uri: string, n: number) =>
  phone.send(phone.text('INVITE', uri, { from: `<sip:+4989${n}@itsp.example>`, callId: `${uri}-${n}`, body: SDP }));

/** 1000 calls by its address in ten seconds, and half a minute for what comes of them. */
function flood({ desk, itsp }: Pick<Given, 'desk' | 'itsp'>, uri: string): void {
  desk.net.clear();
  for (let n = 0; n < 1_000; n++) {
    calls(itsp, uri, n);
    desk.run(10);
  }
  desk.run(30_000);
}

const bytes = ({ desk }: Pick<Given, 'desk'>, key: 'from' | 'to') =>
  desk.net.wire.filter((packet) => packet[key].host === ITSP).reduce((sum, { text }) => sum + text.length, 0);

/** A whole call to `phone`, by what our Contact says: each side hears the other. */
function speaks({ itsp, contact }: Given, phone: Phone): void {
  for (const one of [itsp, phone]) one.inbox.length = 0;
  const invite = itsp.request('INVITE', contact, {
    from: '<sip:+33123456789@itsp.example>',
    to: '<sip:+49305551@itsp.example>',
    body: SDP,
  });
  const rings = phone.take('INVITE');
  phone.answer(rings, 180, 'Ringing', [], 'a');
  itsp.response(180);
  phone.answer(rings, 200, 'OK', [], 'a', ANSWER.repeat(3));
  itsp.ack(invite, itsp.response(200));
  phone.take('ACK');
}

test('a provider whose address is forged rings few phones, and gets 32 kB a minute and 1.5 times what came in its name (security S12, S14)', async () => {
  const given = await provided();
  const { desk, alice } = given;
  flood(given, ALICE);
  assert.equal(new Set(alice.inbox.map(({ callId }) => callId)).size, 20);
  assert.isAbove(bytes(given, 'to'), 10_000);
  assert.isAtMost(bytes(given, 'to'), 32_768 + 1.5 * bytes(given, 'from'));
  assert.isAtMost(desk.remains.servers, 20);
  assert.equal(desk.exchange.bugs, 0);
});

test('nor does it keep out a call that bears the token of our Contact, which is answered to its end', async () => {
  const given = await provided();
  const { desk, itsp, alice } = given;
  for (let n = 0; n < 20; n++) calls(itsp, ALICE, n);
  desk.run();
  for (let n = 0; n < 20; n++) alice.answer(alice.take('INVITE'), 200, 'OK', [], 'a', ANSWER);
  // Nobody acknowledges them: repeated, they take all that may be sent there.
  desk.run(30_000);
  assert.isAbove(exchangeCounts(desk.exchange)['answers not sent to strangers']!, 50);
  speaks(given, alice);
  flood(given, BOB);
  speaks(given, alice);
});

test('what is refused in its name is told once, and nothing is kept for it (security S14)', async () => {
  const given = await provided(PROVIDED.replace('inbound = bob\n', ''));
  const { desk, itsp } = given;
  desk.net.clear();
  for (let n = 0; n < 10; n++) calls(itsp, BOB, n);
  itsp.send(itsp.text('INVITE', ALICE, { headers: ['Require: nonsense'], body: SDP }));
  desk.run(40_000);
  assert.deepEqual(
    itsp.inbox.flatMap((message) => ('status' in message && message.cseq.method === 'INVITE' ? [message.status] : [])),
    [...Array(10).fill(404), 420],
  );
});

test('a provider that forgets the token calls all the same: twelve at once are rung, answered and heard', async () => {
  const given = await provided();
  const { desk, itsp, alice } = given;
  for (let round = 0; round < 3; round++) {
    itsp.inbox.length = 0;
    const invites = [...Array(12)].map((_, n) =>
      itsp.request('INVITE', ALICE, { from: `<sip:+4989${n}@itsp.example>`, body: SDP }),
    );
    for (const _ of invites) {
      const rings = alice.take('INVITE');
      alice.answer(rings, 180, 'Ringing', [], 'a');
      alice.answer(rings, 200, 'OK', [], 'a', ANSWER);
    }
    for (const invite of invites) {
      const answer = itsp.inbox.find((m) => 'status' in m && m.status === 200 && m.callId === invite.callId);
      assert.isDefined(answer, `round ${round}`);
      if (answer !== undefined && 'status' in answer) itsp.ack(invite, answer);
    }
    desk.run(33_000);
    assert.equal(alice.waiting.filter((one) => one === 'ACK').length, 12);
    alice.inbox.length = 0;
  }
  assert.equal(exchangeCounts(desk.exchange)['answers not sent to strangers'], 0);
});

test('over a connection, which nobody opens by the address of another, it may call as often as it likes', async () => {
  const given = await provided();
  const byTcp = new Phone(given.desk, given.desk.hostAt(ITSP), 'tcp', { host: ITSP, port: 5090 }, 'tcp');
  await byTcp.open();
  for (let n = 0; n < 100; n++) calls(byTcp, ALICE, n);
  given.desk.run();
  assert.equal(given.alice.waiting.length, 100);
  for (let n = 0; n < 100; n++) byTcp.send(byTcp.text('BYE', ALICE, { toTag: 'gone' }));
  given.desk.run();
  assert.equal(byTcp.inbox.filter((message) => 'status' in message && message.status === 481).length, 100);
});

test('where an [access] section allows its network, nothing is bounded', async () => {
  const given = await provided(`${PROVIDED}[access itsp]\nnetwork = 10.9.0.0/24\npolicy = allow\n`);
  for (let n = 0; n < 100; n++) calls(given.itsp, ALICE, n);
  given.desk.run();
  assert.equal(given.alice.waiting.length, 100);
});

test('with strangers = silent it is told that a call is over, and asks whether we live (security S4)', async () => {
  const { itsp } = await provided(PROVIDED.replace(HOUSE, HOUSE.replace('[daemon]', '[daemon]\nstrangers = silent')));
  itsp.request('BYE', 'sip:0123456789abcdef0123@10.0.0.1', { toTag: 'gone' });
  itsp.response(481);
  itsp.request('OPTIONS', 'sip:10.0.0.1');
  itsp.response(200);
});

test('nobody registers by UDP from the address of a telephone company on the internet; a box at home may be both (security S1, S2)', async () => {
  const registers = async (host: string, transport: 'udp' | 'tcp') => {
    const desk = await Desk.open({ config: PROVIDED, zone: ZONE.replace('10.9.0.1', host), providers: true });
    desk.run(500);
    const alice = new Phone(desk, desk.hostAt(host), 'alice', { host, port: 5070 }, transport);
    await alice.open();
    const headers = [`Contact: ${alice.contact}`];
    const asked = alice.request('REGISTER', 'sip:home.example', { to: '<sip:alice@home.example>', headers });
    alice.authenticated(asked, alice.response(401));
    return alice.waiting;
  };
  assert.deepEqual(await registers('198.51.100.1', 'udp'), ['403 REGISTER']);
  assert.deepEqual(await registers('198.51.100.1', 'tcp'), ['200 REGISTER']);
  assert.deepEqual(await registers('10.9.0.1', 'udp'), ['200 REGISTER']);
});
