import { assert, test } from 'vitest';
import type { HangupOutcome } from '../../src/core/call/end.ts';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { HOUSE } from '../support/desk.ts';
import { Talk } from './talk.ts';

/** Hangs the only call up; what it came to stands in the array once it is known. */
function hangup(talk: Talk): HangupOutcome[] {
  const outcomes: HangupOutcome[] = [];
  assert.equal(
    talk.calls.hangup(talk.calls.list()[0]!.id, (outcome) => outcomes.push(outcome)),
    true,
  );
  talk.desk.run();
  return outcomes;
}

const lines = (text: string): string[] => text.replace(/branch=[^;\r]+/, 'branch=ours').split('\r\n');

test('an answered call is ended by a BYE to each side, as if the other had sent it (RFC 3261 §12.2.1.1)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  const outcomes = hangup(talk);
  const [toBob, toAlice] = [talk.bob.take('BYE'), talk.alice.take('BYE')];
  assert.deepEqual(lines(toBob.text), [
    'BYE sip:bob@10.0.0.3:5060 SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=ours;rport',
    'Max-Forwards: 70',
    'From: <sip:alice@home.example>;tag=alice-tag',
    'To: <sip:202@home.example>;tag=bob-answers',
    'Call-ID: talk',
    'CSeq: 3 BYE',
    'Reason: Q.850;cause=16;text="Ended by the operator"',
    'Content-Length: 0',
    '',
    '',
  ]);
  assert.deepEqual(lines(toAlice.text), [
    'BYE sip:alice@10.0.0.2:5060 SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=ours;rport',
    'Max-Forwards: 70',
    'From: <sip:202@home.example>;tag=bob-answers',
    'To: <sip:alice@home.example>;tag=alice-tag',
    'Call-ID: talk',
    'CSeq: 1 BYE',
    'Reason: Q.850;cause=16;text="Ended by the operator"',
    'Content-Length: 0',
    '',
    '',
  ]);
  talk.alice.answer(toAlice, 100); // it says nothing yet
  talk.bob.answer(toBob, 200);
  assert.deepEqual(outcomes, []);
  talk.alice.answer(toAlice, 200);
  assert.deepEqual(outcomes, [
    {
      kind: 'bye',
      confirmed: true,
      farewells: [
        { side: 'callee', hop: 'udp:10.0.0.3:5060', status: 200 },
        { side: 'caller', hop: 'udp:10.0.0.2:5060', status: 200 },
      ],
    },
  ]);
  assert.deepEqual(talk.desk.ladder(), [
    '0 10.0.0.1 > 10.0.0.3 BYE',
    '0 10.0.0.1 > 10.0.0.2 BYE',
    '0 10.0.0.2 > 10.0.0.1 100 BYE',
    '0 10.0.0.3 > 10.0.0.1 200 BYE',
    '0 10.0.0.2 > 10.0.0.1 200 BYE',
  ]);
  assert.deepEqual([talk.listed, talk.endings], [[], ['200 ended by the operator']]);
  talk.desk.run(64_000);
  assert.deepEqual(talk.desk.remains, { servers: 0, clients: 0, live: 0 });
});

test('the BYE follows the highest CSeq that each side used (RFC 3261 §12.2.1.1)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.alice.within(talk.invite, talk.ok, 'INFO', { cseq: 70 });
  talk.bob.answer(talk.bob.take('INFO'), 200);
  talk.bob.back(talk.arrived, 'bob-answers', 'INFO', { cseq: 900 });
  talk.alice.answer(talk.alice.take('INFO'), 200);
  talk.alice.within(talk.invite, talk.ok, 'ACK'); // for a 2xx that came again
  talk.bob.back(talk.arrived, 'bob-answers', 'INFO', { cseq: 899 });
  hangup(talk);
  assert.deepEqual([talk.bob.take('BYE').cseq.number, talk.alice.take('BYE').cseq.number], [71, 901]);
});

test('an UPDATE moves both Contacts once it is accepted (RFC 3311 §5.1)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.back(talk.arrived, 'bob-answers', 'UPDATE', { headers: ['Contact: <sip:bob@10.0.0.3:6060?Subject=x>'] });
  talk.alice.answer(talk.alice.take('UPDATE'), 200, 'OK', ['Contact: "A" <sip:alice@10.0.0.2:7070;ob>;expires=1']);
  const bob = await talk.desk.phone('bob', '10.0.0.3', 6060);
  hangup(talk);
  assert.deepEqual(
    [bob.take('BYE').uriText, talk.alice.take('BYE').uriText],
    ['sip:bob@10.0.0.3:6060', 'sip:alice@10.0.0.2:7070;ob'],
  );
});

test('a phone whose Contact is a number, and no place, gets its BYE where it was heard', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.back(talk.arrived, 'bob-answers', 'UPDATE', { headers: ['Contact: <tel:+4930123>'] });
  talk.alice.answer(talk.alice.take('UPDATE'), 200);
  hangup(talk);
  assert.equal(talk.bob.take('BYE').uriText, 'tel:+4930123');
});

test('a re-INVITE that is refused moves nothing (RFC 3261 §14.1)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.back(talk.arrived, 'bob-answers', 'INVITE', { headers: ['Contact: <sip:bob@10.0.0.3:6060>'] });
  talk.alice.answer(talk.alice.take('INVITE'), 488);
  hangup(talk);
  assert.equal(talk.bob.take('BYE').uriText, 'sip:bob@10.0.0.3:5060');
});

test('proxies beyond us on either side are on the way of the BYE, the next one first (RFC 3261 §12.1)', async () => {
  const talk = await Talk.open();
  talk.dial(['Record-Route: <sip:near.alice;lr>, <sip:far.alice;lr>']);
  const beyond = '\r\nRecord-Route: <sip:far.bob;lr>\r\nRecord-Route: <sip:near.bob;lr>\r\nRecord-Route:';
  talk.bob.answer(read(talk.arrived.text.replace('\r\nRecord-Route:', beyond)) as Request, 200);
  hangup(talk);
  talk.desk.run(32_000);
  const routes = (bye: Request) => bye.list(Field.route);
  assert.deepEqual(routes(talk.bob.take('BYE')), ['<sip:near.bob;lr>', '<sip:far.bob;lr>']);
  assert.deepEqual(routes(talk.alice.take('BYE')), ['<sip:near.alice;lr>', '<sip:far.alice;lr>']);
});

test('a phone next to us gets no Route, also where its side of us is another address (RFC 5658 §5)', async () => {
  const talk = await Talk.open({
    config: HOUSE.replace('listen = ', 'listen = udp:10.9.9.9:5060, '),
    addresses: ['10.0.0.1', '10.9.9.9'],
  });
  const second = await talk.desk.phone('carol', '10.0.0.4');
  const address = { host: '10.9.9.9', port: 5060 };
  const send = second.send.bind(second);
  second.send = (text) => send(text, address);
  second.register();
  talk.invite = talk.alice.call('INVITE', 'sip:203@home.example', { callId: 'talk', cseq: 1 });
  const arrived = second.take('INVITE');
  assert.equal(arrived.list(Field.recordRoute).length, 2);
  second.answer(arrived, 200);
  hangup(talk);
  talk.desk.run(32_000);
  assert.deepEqual(
    [second.take('BYE'), talk.alice.take('BYE')].map((bye) => bye.list(Field.route)),
    [[], []],
  );
});

test('proxies of another domain are on the way of the BYE, also where the length alone made the INVITE TCP (RFC 3261 §12.1, §18.1.1)', async () => {
  const talk = await Talk.open();
  const udp = await talk.desk.phone('eve', '10.0.0.9');
  const tcp = await talk.desk.phone('eve', '10.0.0.9', 5060, 'tcp');
  await tcp.listen();
  talk.invite = talk.alice.call('INVITE', 'sip:eve@10.0.0.9', { callId: 'talk', cseq: 1, body: 'v=0\r\n'.repeat(400) });
  const arrived = tcp.take('INVITE');
  const beyond = arrived.text.replace('\r\nRecord-Route:', '\r\nRecord-Route: <sip:beyond.example;lr>\r\nRecord-Route:');
  tcp.answer(read(beyond) as Request, 200, 'OK', []);
  hangup(talk);
  talk.desk.run(32_000);
  assert.deepEqual(udp.take('BYE').list(Field.route), ['<sip:beyond.example;lr>']);
});

test('a call that rings is cancelled: the phone hears why, the caller gets 487 (RFC 3261 §9.1)', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.bob.answer(talk.arrived, 180);
  talk.desk.net.clear();
  const outcomes = hangup(talk);
  const cancel = talk.bob.take('CANCEL');
  assert.match(cancel.text, /\r\nReason: Q\.850;cause=16;text="Ended by the operator"\r\n/);
  talk.bob.answer(cancel, 200);
  talk.bob.answer(talk.arrived, 487);
  assert.deepEqual(talk.desk.ladder(), [
    '0 10.0.0.1 > 10.0.0.3 CANCEL',
    '0 10.0.0.3 > 10.0.0.1 200 CANCEL',
    '0 10.0.0.3 > 10.0.0.1 487 INVITE',
    '0 10.0.0.1 > 10.0.0.3 ACK',
    '0 10.0.0.1 > 10.0.0.2 487 INVITE',
  ]);
  assert.deepEqual(outcomes, [{ kind: 'cancelled', status: 487 }]);
  assert.deepEqual([talk.listed, talk.endings], [[], ['487 ended by the operator']]);
});

test('a 2xx that crosses the CANCEL is ended by one BYE to each side, after its ACK (RFC 3261 §15)', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.bob.answer(talk.arrived, 180);
  const outcomes = hangup(talk);
  talk.bob.answer(talk.bob.take('CANCEL'), 200);
  talk.bob.answer(talk.arrived, 200);
  talk.ok = talk.alice.response(200);
  talk.desk.run(1_000);
  talk.desk.net.clear();
  talk.alice.within(talk.invite, talk.ok, 'ACK');
  talk.bob.answer(talk.bob.take('BYE'), 200);
  talk.alice.answer(talk.alice.take('BYE'), 481);
  assert.deepEqual(talk.desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 ACK',
    '0 10.0.0.1 > 10.0.0.3 ACK',
    '0 10.0.0.1 > 10.0.0.3 BYE',
    '0 10.0.0.1 > 10.0.0.2 BYE',
    '0 10.0.0.3 > 10.0.0.1 200 BYE',
    '0 10.0.0.2 > 10.0.0.1 481 BYE',
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind === 'bye' && outcome.confirmed),
    [true],
  );
  talk.desk.run(64_000);
  assert.deepEqual([talk.bob.waiting, talk.desk.remains], [['ACK'], { servers: 0, clients: 0, live: 0 }]);
});

test('a second dialog that came late by the same branch is ended too: a proxy beyond us had forked (RFC 3261 §13.2.2.4)', async () => {
  const talk = await Talk.open();
  talk.dial().answer();
  talk.bob.answer(talk.arrived, 200, 'OK', [], 'cell');
  const late = talk.alice.response(200);
  talk.alice.within(talk.invite, late, 'ACK');
  talk.bob.take('ACK');
  const outcomes = hangup(talk);
  const byes = [talk.bob.take('BYE'), talk.bob.take('BYE')];
  assert.deepEqual(
    byes.map((bye) => bye.to.tag),
    ['bob-answers', 'cell'],
  );
  const ends = [talk.alice.take('BYE'), talk.alice.take('BYE')];
  for (const bye of byes) talk.bob.answer(bye, 200);
  for (const bye of ends) talk.alice.answer(bye, 200);
  assert.equal(outcomes[0]?.kind === 'bye' && outcomes[0].confirmed && outcomes[0].farewells.length, 4);
  assert.deepEqual([talk.bob.waiting, talk.alice.waiting, talk.listed], [[], [], []]);
});

test('where no ACK is seen the BYE waits as long as the caller may take with it (RFC 3261 §15)', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.bob.answer(talk.arrived, 200);
  talk.desk.run(10_000);
  hangup(talk);
  talk.desk.run(21_999);
  assert.deepEqual(talk.bob.waiting, []);
  talk.desk.run(1);
  assert.deepEqual(talk.bob.waiting, ['BYE']);
});

test('a phone that hangs up first leaves nothing to do', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.bob.answer(talk.arrived, 200);
  talk.ok = talk.alice.response(200);
  const outcomes = hangup(talk);
  talk.bob.back(talk.arrived, 'bob-answers', 'BYE');
  talk.alice.answer(talk.alice.take('BYE'), 200);
  assert.deepEqual(outcomes, [{ kind: 'over' }]);
  talk.desk.run(64_000);
  assert.deepEqual(talk.bob.waiting, ['200 BYE']);
});

test('sides that stay silent are told as such, to everyone who asked', async () => {
  const talk = await Talk.open();
  talk.dial();
  talk.bob.answer(talk.arrived, 200);
  const [first, second] = [hangup(talk), hangup(talk)];
  talk.desk.run(64_000);
  const silent = {
    kind: 'bye',
    confirmed: false,
    farewells: [
      { side: 'callee', hop: 'udp:10.0.0.3:5060', status: 408 },
      { side: 'caller', hop: 'udp:10.0.0.2:5060', status: 408 },
    ],
  } as const;
  assert.deepEqual([first, second], [[silent], [silent]]);
  assert.deepEqual(talk.desk.remains, { servers: 0, clients: 0, live: 0 });
});

test('a call that is not there cannot be hung up', async () => {
  const talk = await Talk.open();
  talk.dial();
  assert.equal(talk.calls.hangup('00000000'), false);
  assert.equal(talk.calls.size, 1);
});

test('a hang-up opens a new connection to a phone whose old one has closed (RFC 3261 §12.2.1.1)', async () => {
  const talk = await Talk.open();
  await talk.bob.listen();
  talk.dial(['Subject: '.padEnd(1_500, 'x')]).answer();
  talk.desk.run(70_000);
  assert.equal(talk.bob.closed, true);
  const outcomes = hangup(talk);
  talk.bob.answer(talk.bob.take('BYE'), 200);
  talk.alice.answer(talk.alice.take('BYE'), 200);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind === 'bye' && outcome.confirmed),
    [true],
  );
});

test('a hang-up opens a new connection to the proxy before a phone, at the host of the old one alone (RFC 3261 §18.1.1)', async () => {
  const by = async (host: string) => {
    const talk = await Talk.open();
    const carol = await talk.desk.phone('carol', '10.0.0.4', 5060, 'tcp');
    await carol.listen();
    carol.register();
    const invite = talk.alice.call('INVITE', 'sip:203@home.example', { headers: [`Contact: ${talk.alice.contact}`] });
    const edge = `\r\nRecord-Route: <sip:edge@${host}:5060;transport=tcp;lr>\r\nRecord-Route:`;
    carol.answer(read(carol.take('INVITE').text.replace('\r\nRecord-Route:', edge)) as Request, 200);
    talk.alice.within(invite, talk.alice.response(200), 'ACK');
    carol.take('ACK');
    carol.close();
    talk.desk.run();
    hangup(talk);
    talk.desk.run(1_000);
    return carol.waiting;
  };
  assert.deepEqual(await by('10.0.0.4'), ['BYE']);
  assert.deepEqual(await by('10.0.0.3'), []);
});

test('a side that cannot be reached any more is told of as 503, and the other one is hung up on (RFC 3261 §8.1.3.1)', async () => {
  const by = async (callee: 'udp' | 'tcp', contact?: string) => {
    const talk = await Talk.open();
    const carol = await talk.desk.phone('carol', '10.0.0.4', 5060, callee);
    if (contact !== undefined) Object.defineProperty(carol, 'contact', { value: contact });
    carol.register();
    const invite = talk.alice.call('INVITE', 'sip:203@home.example', { headers: [`Contact: ${talk.alice.contact}`] });
    carol.answer(carol.take('INVITE'), 200);
    talk.alice.within(invite, talk.alice.response(200), 'ACK');
    carol.close();
    talk.desk.run();
    const outcomes = hangup(talk);
    talk.alice.answer(talk.alice.take('BYE'), 200);
    talk.desk.run(1_000);
    assert.deepEqual(talk.listed, []);
    return outcomes.flatMap((outcome) =>
      outcome.kind === 'bye' ? outcome.farewells.map(({ side, status }) => `${side} ${status}`) : outcome.kind,
    );
  };
  const farewells = ['callee 503', 'caller 200'];
  assert.deepEqual(await by('udp'), farewells);
  assert.deepEqual(await by('tcp'), farewells);
  assert.deepEqual(await by('tcp', '<sip:carol@192.168.0.4:5060;transport=tcp>'), farewells);
});
