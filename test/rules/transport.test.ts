import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { Desk, HOUSE } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { house, NOTHING, nothingLeft } from './house.ts';

const BIG = 'x'.repeat(4_000);

test('rule 1: over UDP octets after the body are dropped, unread and unforwarded (RFC 3261 §18.3, RFC 4475 §3.1.2.3)', async () => {
  const { alice, bob } = await house();
  const second = alice.text('INVITE', 'sip:bob@home.example');
  alice.send(alice.text('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>', body: '' }) + second);
  alice.request('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', body: 'hi' });
  assert.deepEqual(alice.waiting, ['200 OPTIONS']);
  assert.deepEqual(bob.waiting, ['MESSAGE']);
  const text = alice.text('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', body: 'hi' });
  alice.send(`${text}and more`);
  alice.request('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>' });
  bob.take('MESSAGE');
  assert.equal(bob.take('MESSAGE').body, 'hi');
});

test('rule 1: a Content-Length beyond the datagram is 400, and nothing is forwarded (RFC 3261 §18.3)', async () => {
  const { alice, bob } = await house();
  alice.send(alice.text('INVITE', 'sip:bob@home.example').replace('Content-Length: 0', 'Content-Length: 9999'));
  alice.request('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>' });
  assert.deepEqual(alice.waiting, ['400 INVITE', '200 OPTIONS']);
  assert.deepEqual(bob.waiting, []);
});

test('rule 2: over TCP a message may come byte by byte, and several in one segment (RFC 3261 §7.5, §18.3)', async () => {
  const { desk, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.register();
  const from = { from: '<sip:x@away.example>' };
  for (const byte of `\r\n\r\n\r\n${carol.text('MESSAGE', 'sip:bob@home.example', { ...from, body: 'one' })}`) {
    carol.send(byte);
    desk.run();
  }
  const five = ['two', 'three', 'four', 'five', 'six'];
  carol.send(five.map((body) => carol.text('MESSAGE', 'sip:bob@home.example', { ...from, body })).join('\r\n'));
  desk.run();
  assert.deepEqual(
    bob.inbox.map(({ body }) => body),
    ['one', ...five],
  );
});

test('rule 3: a stream without one usable Content-Length gets 400 once, and is closed; nothing in it is guessed (RFC 3261 §20.14, RFC 4475 §3.3.9)', async () => {
  for (const bad of [
    '',
    'Content-Length: -1\r\n',
    'Content-Length: 5\r\nContent-Length: 0\r\n',
    'Content-Length: 1x\r\n',
    'X: y\r\n\tl : 5\r\nContent-Length: 0\r\n',
  ]) {
    const { desk, bob } = await house();
    const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
    const smuggled = carol.text('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', body: 'boo' });
    const text = carol.text('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>' });
    carol.send(text.replace('Content-Length: 0\r\n', bad) + smuggled);
    desk.run();
    carol.send(smuggled);
    desk.run();
    assert.deepEqual(carol.waiting, ['400 MESSAGE'], bad);
    assert.equal(carol.closed, true, bad);
    assert.deepEqual(bob.waiting, [], bad);
  }
});

test('rule 3: no message hides in a body behind what a folded line says of its length, in a request or an answer, by whomever (RFC 3261 §7.3.1, §18.3)', async () => {
  const { desk, alice } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.register();
  const forged = alice.text('MESSAGE', 'sip:203@home.example');
  for (const headers of ['Subject: a\r\n\tContent-Length: 0', 'Subject: a\r\n b\r\n l : 0', 'X: \r\n \r\n  L:0']) {
    const message = alice.request('MESSAGE', 'sip:carol@home.example', { headers: [headers], body: forged });
    assert.match(alice.response(400).reason, /expected no Content-Length in a folded line/);
    assert.deepEqual([message.kind, carol.waiting], ['malformed', []]);
    carol.call('MESSAGE', 'sip:alice@home.example');
    alice.answer(alice.take('MESSAGE'), 486, 'Said', [headers], 'alice-answers', forged);
    assert.deepEqual([...alice.waiting, ...carol.waiting], []);
  }
});

test('a NUL of a quoted string goes over a stream as a question mark, for some read none of what follows; over UDP, and in a body, it stays (RFC 3261 §25.1)', async () => {
  const { desk, alice, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.register();
  const headers = ['Subject: "a\\\0\\\\\0"', 'Organization: x\r\n \0l: 0'];
  alice.call('MESSAGE', 'sip:carol@home.example', { headers, body: 'a\0b' });
  const got = carol.take('MESSAGE');
  assert.equal(got.get(Field.subject), '"a\\?\\\\?"');
  assert.equal(got.other('organization'), 'x ?l: 0');
  assert.equal(got.body, 'a\0b');
  carol.answer(got, 200);
  carol.call('MESSAGE', 'sip:alice@home.example');
  alice.answer(alice.take('MESSAGE'), 486, 'Bu\0sy', headers);
  assert.equal(carol.response(486).reason, 'Bu?sy');
  alice.call('MESSAGE', 'sip:bob@home.example', { headers });
  assert.equal(bob.take('MESSAGE').get(Field.subject), '"a\\\0\\\\\0"');
});

test('rule 3: an answer that came by UDP without Content-Length gets one on a stream, so that no message hides in its body (RFC 3261 §18.3)', async () => {
  const { desk, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.register();
  const forged = bob.text('MESSAGE', 'sip:carol@home.example', { body: 'boo' });
  const send = bob.send.bind(bob);
  bob.send = (text) => send(text.replace(/\r\nContent-Length: \d+(\r\n\r\n)/, '$1'));
  const arrives = (invite: Request, status: number, headers: readonly string[] = []) => {
    bob.answer(invite, status, 'Said', headers, 'bob-answers', forged);
    assert.equal(carol.response(status).body, forged, `${status}`);
  };
  carol.call('INVITE', 'sip:bob@home.example');
  const accepted = bob.take('INVITE');
  for (const status of [180, 200, 200]) arrives(accepted, status);
  carol.call('INVITE', 'sip:bob@home.example');
  arrives(bob.take('INVITE'), 407, ['Proxy-Authenticate: Digest realm="r", nonce="n"']);
  carol.call('MESSAGE', 'sip:bob@home.example');
  arrives(bob.take('MESSAGE'), 486);
  assert.deepEqual(carol.waiting, []);
  assert.equal(carol.closed, false);
});

test('rule 3: what is to be longer on a stream than a message may be gets 513 and is closed; by UDP it is 400 (RFC 3261 §21.5.7, §18.3)', async () => {
  for (const long of [
    'Content-Length: 100000\r\n',
    `Content-Length: 9999999999\r\n`,
    `X: ${'x'.repeat(70_000)}\r\nContent-Length: 0\r\n`,
  ]) {
    const { desk } = await house();
    const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
    carol.send(carol.text('MESSAGE', 'sip:bob@home.example').replace('Content-Length: 0\r\n', long));
    desk.run();
    assert.equal(carol.response(513).reason, 'Message Too Large (at most 65535 bytes)');
    assert.deepEqual(carol.waiting, []);
    assert.equal(carol.closed, true);
  }
  const { desk, alice } = await house();
  alice.send(alice.text('MESSAGE', 'sip:bob@home.example').replace('Content-Length: 0', 'Content-Length: 100000'));
  desk.run();
  assert.deepEqual(alice.waiting, ['400 MESSAGE']);
});

test('rule 4: a request that is too long for UDP goes by TCP with a Via that says so (RFC 3261 §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  await bob.listen();
  desk.net.clear();
  const message = alice.call('MESSAGE', 'sip:bob@home.example', { body: BIG });
  const got = bob.take('MESSAGE');
  assert.match(got.via.text, /^SIP\/2\.0\/TCP 10\.0\.0\.1:5060;/);
  assert.equal(got.body, message.body);
  assert.deepEqual(
    [...new Set(desk.net.wire.filter(({ to }) => to.host === '10.0.0.3').map(({ transport }) => transport))],
    ['tcp'],
  );
});

test('rule 4: where TCP is refused the long request goes by UDP after all, and the next short one at once (RFC 3261 §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  alice.call('MESSAGE', 'sip:bob@home.example', { body: BIG });
  const long = bob.take('MESSAGE');
  assert.match(long.via.text, /^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;/);
  assert.equal(long.body, BIG);
  bob.answer(long, 200);
  desk.net.clear();
  alice.call('MESSAGE', 'sip:bob@home.example', { body: BIG });
  bob.answer(bob.take('MESSAGE'), 200);
  alice.call('MESSAGE', 'sip:bob@home.example', { body: 'short' });
  const short = bob.take('MESSAGE');
  assert.match(short.via.text, /^SIP\/2\.0\/UDP/);
  bob.answer(short, 200);
  assert.deepEqual(alice.waiting, ['200 MESSAGE', '200 MESSAGE', '200 MESSAGE']);
  assert.deepEqual([...new Set(desk.net.wire.map(({ transport }) => transport))], ['udp']);
});

test('rule 4: where TCP is taken and nobody speaks SIP by it the long INVITE goes by UDP in the end, and the next long request at once (RFC 3263 §4.3)', async () => {
  const swallowed = async () => {
    const { desk, alice, bob } = await house();
    await desk.hostAt('10.0.0.3').listen(bob.address, () => ({ data() {}, closed() {} }));
    return { desk, alice, bob, invite: alice.call('INVITE', 'sip:bob@home.example', { body: BIG }) };
  };
  const waited = await swallowed();
  waited.desk.run(31_999);
  assert.deepEqual(waited.bob.waiting, []);
  waited.desk.run(1);
  waited.bob.answer(waited.bob.take('INVITE'), 486);
  waited.alice.ack(waited.invite, waited.alice.response(486));
  assert.deepEqual(nothingLeft(waited.desk), NOTHING);
  const dead = await swallowed();
  dead.desk.run(64_000);
  dead.alice.ack(dead.invite, dead.alice.response(408));
  for (const wait of [3_000, 5_000]) {
    const { desk, alice, bob, invite } = await swallowed();
    desk.run(wait);
    alice.cancel(invite);
    desk.run(100);
    alice.call('MESSAGE', 'sip:bob@home.example', { body: BIG });
    assert.deepEqual(bob.waiting, wait < 4_000 ? [] : ['MESSAGE']);
    // It was not answered by TCP for 32 s: its sender waits no longer, and nobody is written to so late (RFC 4320 §4.2).
    desk.run(33_000);
    assert.equal(bob.waiting.includes('MESSAGE'), wait > 4_000);
    assert.equal(bob.waiting.includes('INVITE'), false); // who has given up rings nowhere
  }
});

test('rule 4: what is short enough for UDP with our own lines goes by UDP, though it might have been too long (RFC 3261 §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  await bob.listen();
  desk.net.clear();
  const message = alice.request('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', body: 'x'.repeat(830) });
  const got = bob.take('MESSAGE');
  assert.equal(message.text.length > 1_100 && got.text.length <= 1_300, true);
  assert.match(got.via.text, /^SIP\/2\.0\/UDP/);
});

test('rule 4: what our own lines make too long for UDP goes by TCP (RFC 3261 §18.1.1)', async () => {
  const { alice, bob } = await house();
  await bob.listen();
  const message = alice.request('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', body: 'x'.repeat(950) });
  const got = bob.take('MESSAGE');
  assert.equal(message.text.length <= 1_300 && got.text.length > 1_300, true, `${message.text.length} ${got.text.length}`);
  assert.match(got.via.text, /^SIP\/2\.0\/TCP/);
  bob.answer(got, 200);
  assert.deepEqual(alice.waiting, ['200 MESSAGE']);
});

test('rule 4: where TCP was refused the next long request goes by UDP at once, for ten minutes (RFC 3261 §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  desk.net.link('10.0.0.1', '10.0.0.3', { delay: 50 });
  const arrivals: number[] = [];
  for (const wait of [0, 590_000, 10_000]) {
    desk.run(wait);
    const began = desk.clock.now();
    alice.request('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', body: BIG });
    while (bob.inbox.length === 0) desk.run(10);
    arrivals.push(desk.clock.now() - began);
    bob.answer(bob.take('MESSAGE'), 200);
    desk.run(100);
  }
  assert.deepEqual(arrivals, [100, 50, 100]);
});

test('rule 4: a phone behind NAT is never tried by TCP: only its own flow reaches it (RFC 3261 §18.1.1, RFC 5626 §5.3)', async () => {
  const { desk, alice, bob } = await house();
  await bob.listen();
  bob.register([`Contact: ${bob.contact};expires=0`]);
  bob.register(['Contact: <sip:bob@192.168.1.7:5060>', 'Expires: 3600']);
  desk.net.clear();
  alice.call('MESSAGE', 'sip:bob@home.example', { body: BIG });
  assert.match(bob.take('MESSAGE').via.text, /^SIP\/2\.0\/UDP/);
  assert.deepEqual([...new Set(desk.net.wire.map(({ transport }) => transport))], ['udp']);
});

test('rule 4: within a dialog, too, what is too long for UDP goes by TCP to a phone that says it listens there, and back to UDP where it does not', async () => {
  for (const listens of [true, false]) {
    const { desk, alice, bob } = await house();
    const invite = alice.call('INVITE', 'sip:bob@home.example');
    bob.answer(bob.take('INVITE'), 200);
    const ok = alice.response(200);
    alice.within(invite, ok, 'ACK');
    bob.take('ACK');
    if (listens) await bob.listen();
    alice.within(invite, ok, 'INVITE', { body: BIG });
    const again = bob.take('INVITE');
    assert.match(again.via.text, listens ? /^SIP\/2\.0\/TCP/ : /^SIP\/2\.0\/UDP/);
    assert.equal(again.body, BIG);
    bob.answer(again, 200);
    alice.response(200);
    alice.within(invite, ok, 'ACK', { cseq: again.cseq.number });
    assert.match(bob.take('ACK').via.text, /^SIP\/2\.0\/UDP/);
    alice.within(invite, ok, 'BYE', { cseq: again.cseq.number + 1 });
    bob.answer(bob.take('BYE'), 200);
    alice.response(200);
    assert.deepEqual({ ...nothingLeft(desk), timers: [] }, NOTHING);
  }
});

test('rule 4: within a dialog a Contact with ob, or of another address than the flow, leaves the long request on UDP (RFC 5626 §5.3.1)', async () => {
  const others = ['sip:bob@192.168.1.3:5060', 'sip:bob@10.0.0.3:5060;ob', 'sip:bob@phone.example'];
  for (const contact of others) {
    const { desk, alice, bob } = await house();
    await bob.listen();
    const invite = alice.call('INVITE', 'sip:bob@home.example');
    bob.answer(bob.take('INVITE'), 200);
    const ok = read(alice.response(200).text.replace(/Contact: [^\r]*/, `Contact: <${contact}>`)) as Response;
    alice.within(invite, ok, 'ACK');
    desk.net.clear();
    alice.within(invite, ok, 'INVITE', { body: BIG });
    assert.deepEqual([...new Set(desk.net.wire.map(({ transport }) => transport))], ['udp'], contact);
    assert.equal(bob.take('INVITE').uriText, contact);
  }
});

test('rule 4: the length of an INVITE makes no TCP dialog: what follows goes by UDP, as the phone registered (RFC 3261 §16.6 step 4, §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  await bob.listen();
  const invite = alice.call('INVITE', 'sip:bob@home.example', { body: BIG });
  const arrived = bob.take('INVITE');
  assert.match(arrived.via.text, /^SIP\/2\.0\/TCP/);
  assert.match(arrived.list(Field.recordRoute).join(), /^<sip:[^,;]*@10\.0\.0\.1:5060;lr>$/);
  bob.answer(arrived, 200);
  const ok = alice.response(200);
  desk.net.clear();
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'INVITE');
  bob.take('ACK');
  bob.answer(bob.take('INVITE'), 200);
  alice.response(200);
  alice.within(invite, ok, 'ACK', { cseq: invite.cseq.number + 1 });
  bob.back(arrived, 'bob-answers', 'BYE');
  alice.answer(alice.take('BYE'), 200);
  bob.response(200);
  assert.deepEqual([...new Set(desk.net.wire.map(({ transport }) => transport))], ['udp']);
});

test('rule 4: a phone that got a long INVITE by TCP and moved to another address is followed there, as any by UDP (RFC 3261 §12.2.1.2)', async () => {
  const { desk, alice, bob } = await house();
  await bob.listen();
  const invite = alice.call('INVITE', 'sip:bob@home.example', { body: BIG });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  const moved = await desk.phone('bob', '10.0.0.33');
  moved.register();
  moved.back(arrived, 'bob-answers', 'INVITE', { headers: [`Contact: ${moved.contact}`] });
  alice.answer(alice.take('INVITE'), 200);
  moved.response(200);
  const there = read(ok.text.replace(/Contact: [^\r]*/, `Contact: ${moved.contact}`)) as Response;
  alice.within(invite, there, 'BYE');
  moved.take('BYE');
});

/** A call to a phone by TCP, whose connection has closed since. */
async function brokenCall(contact: (own: string) => string = (own) => own) {
  const { desk, alice, bob } = await house({}, 'tcp');
  await bob.listen();
  const invite = alice.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@away.example>' });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200, 'OK');
  const text = alice.response(200).text.replace(/Contact: ([^\r]*)/, (_, own: string) => `Contact: ${contact(own)}`);
  const ok = read(text) as Response;
  alice.within(invite, ok, 'ACK');
  bob.take('ACK');
  bob.close();
  desk.run();
  return { desk, alice, bob, invite, ok };
}

test('rule 38: where the connection of a dialog has closed, a new one to the Contact carries on (RFC 3261 §12.2.1.1, §18.1.1)', async () => {
  const { desk, alice, bob, invite, ok } = await brokenCall();
  alice.within(invite, ok, 'INVITE');
  bob.answer(bob.take('INVITE'), 200, 'OK');
  desk.run(70_000);
  alice.within(invite, ok, 'ACK');
  bob.take('ACK');
  alice.within(invite, ok, 'BYE', { cseq: invite.cseq.number + 2 });
  bob.answer(bob.take('BYE'), 200, 'OK');
  assert.deepEqual(alice.waiting, ['200 INVITE', '200 BYE']);
});

test('rule 38: where the connection of a proxy before a phone has closed, a new one to its Record-Route carries on (RFC 3261 §18.1.1)', async () => {
  const said = async (host: string) => {
    const { desk, alice, bob } = await house({}, 'tcp');
    await bob.listen();
    const invite = alice.call('INVITE', 'sip:bob@home.example');
    bob.answer(bob.take('INVITE'), 200, 'OK');
    const edge = `Record-Route: <sip:edge@${host}:${/:(\d+)/.exec(bob.contact)?.[1]};transport=tcp;lr>`;
    const text = alice.response(200).text.replace(/Contact: [^\r]*/, 'Contact: <sip:bob@192.168.1.4>');
    const ok = read(text.replace('Record-Route: ', `${edge}\r\nRecord-Route: `)) as Response;
    bob.close();
    desk.run();
    alice.within(invite, ok, 'BYE');
    if (bob.waiting.includes('BYE')) bob.answer(bob.take('BYE'), 200, 'OK');
    return alice.waiting;
  };
  assert.deepEqual(await said('10.0.0.3'), ['200 BYE']);
  assert.deepEqual(await said('10.0.0.4'), ['430 BYE']);
});

test('rule 38: a caller behind NAT whose connection broke is reached by the one that it has spoken on since (RFC 5626 §4.4)', async () => {
  const { desk, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  const invite = carol.call('INVITE', 'sip:bob@home.example', { headers: ['Contact: <sip:carol@192.168.1.4;transport=tcp>'] });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200, 'OK');
  const ok = carol.response(200);
  carol.within(invite, ok, 'ACK');
  carol.close();
  desk.run();
  bob.back(arrived, 'bob-answers', 'INFO');
  assert.deepEqual(bob.waiting.slice(-1), ['430 INFO']);
  carol.connect();
  carol.within(invite, ok, 'INVITE');
  bob.answer(bob.take('INVITE'), 200, 'OK');
  carol.within(invite, carol.response(200), 'ACK');
  bob.back(arrived, 'bob-answers', 'BYE');
  assert.deepEqual(carol.waiting, ['BYE']);
});

test('rule 38: a callee behind NAT whose connection breaks while it rings is reached by the one that it answers by (RFC 5626 §4.4)', async () => {
  const { desk, alice } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.register(['Contact: <sip:carol@192.168.1.4;transport=tcp>', 'Expires: 3600']);
  const ring = () => {
    carol.register(['Contact: <sip:carol@192.168.1.4;transport=tcp>', 'Expires: 3600']);
    const invite = alice.call('INVITE', 'sip:203@home.example');
    const arrived = carol.take('INVITE');
    carol.answer(arrived, 180);
    carol.close();
    desk.run();
    carol.connect();
    return { invite, arrived };
  };
  const taken = ring();
  carol.answer(taken.arrived, 200);
  const ok = alice.response(200);
  alice.within(taken.invite, ok, 'ACK');
  carol.take('ACK');
  alice.within(taken.invite, ok, 'BYE');
  carol.answer(carol.take('BYE'), 200);
  alice.response(200);
  const left = ring();
  carol.answer(left.arrived, 180);
  alice.cancel(left.invite);
  carol.answer(carol.take('CANCEL'), 200);
  carol.answer(left.arrived, 487);
  carol.take('ACK');
  alice.ack(left.invite, alice.response(487));
  assert.deepEqual({ ...nothingLeft(desk), timers: [] }, NOTHING);
});

test('rule 38: a Contact with ob, or at another host than the connection led to, is not connected to: 430 (RFC 5626 §5.3.1)', async () => {
  for (const contact of [(own: string) => own.replace('>', ';ob>'), (own: string) => own.replace('10.0.0.3', '10.0.0.4')]) {
    const { desk, alice, invite, ok } = await brokenCall(contact);
    desk.net.clear();
    alice.within(invite, ok, 'BYE');
    assert.deepEqual(alice.waiting, ['430 BYE']);
    assert.deepEqual(desk.ladder(), ['0 10.0.0.2 > 10.0.0.1 BYE', '0 10.0.0.1 > 10.0.0.2 430 BYE']);
  }
});

test('rule 5: received where sent-by is not the source, and with rport both, always (RFC 3261 §18.2.1, RFC 3581 §4)', async () => {
  const { alice, bob } = await house();
  const say = (via: string) => {
    alice.request('MESSAGE', 'sip:bob@home.example', { from: '<sip:x@away.example>', via: `SIP/2.0/UDP ${via}` });
    return bob.take('MESSAGE').list(Field.via)[1];
  };
  assert.equal(say('10.0.0.2:5060;branch=z9hG4bKa'), 'SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKa');
  assert.equal(say('10.0.0.2:9;branch=z9hG4bKb'), 'SIP/2.0/UDP 10.0.0.2:9;branch=z9hG4bKb');
  assert.equal(say('laptop.example;branch=z9hG4bKc'), 'SIP/2.0/UDP laptop.example;branch=z9hG4bKc;received=10.0.0.2');
  assert.equal(
    say('10.0.0.2:5060;branch=z9hG4bKd;rport'),
    'SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKd;rport=5060;received=10.0.0.2',
  );
  assert.equal(say('10.0.0.9:7;rport;branch=z9hG4bKe'), 'SIP/2.0/UDP 10.0.0.9:7;branch=z9hG4bKe;rport=5060;received=10.0.0.2');
  assert.equal(say('10.0.0.9;received=6.6.6.6;branch=z9hG4bKf'), 'SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKf;received=10.0.0.2');
});

test('rule 6: the response goes to the source port with rport only, else to the port of sent-by, 5060 where none is written (RFC 3261 §18.2.2, RFC 3581 §4)', async () => {
  const { desk } = await house();
  const wanted: readonly (readonly [string, number])[] = [
    ['10.0.0.4:5099;rport', 5098],
    ['10.0.0.4:5099', 5099],
    ['10.0.0.4', 5060],
    ['other.example:5097', 5097],
  ];
  const carol = await desk.phone('carol', '10.0.0.4', 5098);
  for (const [via, port] of wanted) {
    desk.net.clear();
    carol.request('OPTIONS', 'sip:home.example', {
      from: '<sip:x@away.example>',
      via: `SIP/2.0/UDP ${via};branch=z9hG4bK${port}`,
    });
    assert.deepEqual(
      desk.net.wire.filter(({ from }) => from.host === '10.0.0.1').map(({ to }) => to),
      [{ host: '10.0.0.4', port }],
      via,
    );
  }
});

const TWO = HOUSE.replace(/listen = .*/, 'listen = udp:10.0.0.1:5060, udp:10.0.1.1:5060, udp:10.0.0.1:5080, tcp:10.0.0.1:5060');

test('rule 6: the response leaves from the address and port that the request came to (RFC 3261 §18.2.2)', async () => {
  const { desk, alice } = await house({ config: TWO, addresses: ['10.0.0.1', '10.0.1.1'] });
  for (const to of [
    { host: '10.0.1.1', port: 5060 },
    { host: '10.0.0.1', port: 5080 },
    { host: '10.0.0.1', port: 5060 },
  ]) {
    desk.net.clear();
    alice.send(alice.text('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>' }), to);
    desk.run();
    assert.deepEqual(
      desk.net.wire.map(({ from }) => from),
      [{ host: '10.0.0.2', port: 5060 }, to],
    );
  }
});

test('a phone is called from the address and port that heard its REGISTER, which its NAT lets in alone (RFC 5626 §7)', async () => {
  for (const contact of ['sip:bob@10.0.0.3:5060', 'sip:bob@192.168.1.3:5060']) {
    const { desk, alice, bob } = await house({ config: TWO, addresses: ['10.0.0.1', '10.0.1.1'] });
    const send = bob.send.bind(bob);
    bob.send = (text) => send(text, { host: '10.0.0.1', port: 5080 });
    bob.register([`Contact: ${bob.contact};expires=0`]);
    bob.register([`Contact: <${contact}>`, 'Expires: 3600']);
    desk.net.clear();
    alice.call('INVITE', 'sip:bob@home.example');
    assert.match(bob.take('INVITE').via.text, /^SIP\/2\.0\/UDP 10\.0\.0\.1:5080;/, contact);
    const ours = desk.net.wire.filter(({ to }) => to.host === '10.0.0.3').map(({ from }) => from);
    assert.deepEqual(ours, [{ host: '10.0.0.1', port: 5080 }], contact);
  }
});

test('rule 7: the response comes back on the same connection, or on a new one to received and the port of sent-by (RFC 3261 §18.2.2)', async () => {
  const { desk, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  const from = { from: '<sip:x@away.example>' };
  carol.request('MESSAGE', 'sip:bob@home.example', from);
  bob.answer(bob.take('MESSAGE'), 200);
  carol.response(200);
  carol.request('INVITE', 'sip:bob@home.example', from);
  const invite = bob.take('INVITE');
  await carol.listen();
  carol.close();
  desk.run();
  bob.answer(invite, 180);
  bob.answer(invite, 486);
  carol.response(180);
  carol.response(486);
  assert.deepEqual(carol.waiting, []);
});

test('rule 7: each 2xx that is retransmitted opens a connection to a caller whose own has closed (RFC 3261 §18.2.2, RFC 6026 §7.1)', async () => {
  const { desk, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@away.example>' });
  const invite = bob.take('INVITE');
  carol.close();
  desk.run();
  bob.answer(invite, 200);
  desk.run(500);
  await carol.listen();
  bob.answer(invite, 200);
  bob.answer(invite, 200);
  assert.deepEqual(carol.waiting, ['200 INVITE', '200 INVITE']);
  carol.close();
  desk.run();
  bob.answer(invite, 200);
  assert.deepEqual(carol.waiting, ['200 INVITE', '200 INVITE', '200 INVITE']);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('no connection is closed under a call that rings: to a phone, to another domain, or of a stranger who calls (RFC 3261 §18.1.1, §18.2.2)', async () => {
  const ways = {
    size: { contact: '<sip:bob@10.0.0.3:5060>', uri: 'sip:bob@home.example', body: BIG },
    contact: { contact: '<sip:bob@10.0.0.3:5060;transport=tcp>', uri: 'sip:bob@home.example', body: '' },
    domain: { contact: '<sip:bob@10.0.0.3:5060>', uri: 'sip:x@10.0.0.3;transport=tcp', body: '' },
  };
  for (const [way, { contact, uri, body }] of Object.entries(ways)) {
    const { desk, alice, bob } = await house();
    await bob.listen();
    bob.register([`Contact: ${bob.contact};expires=0`]);
    bob.register([`Contact: ${contact}`, 'Expires: 3600']);
    const invite = alice.call('INVITE', uri, { body });
    const arrived = bob.take('INVITE');
    assert.match(arrived.via.text, /^SIP\/2\.0\/TCP/, way);
    bob.answer(arrived, 180);
    desk.run(70_000);
    assert.equal(bob.closed, false, way);
    alice.cancel(invite);
    bob.answer(bob.take('CANCEL'), 200);
    bob.answer(arrived, 487);
    alice.ack(invite, alice.response(487));
    bob.take('ACK');
    desk.run(11_000);
    assert.equal(bob.closed, true, `${way}: idle again`);
  }
  const { desk, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@away.example>' });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 180);
  desk.run(70_000);
  bob.answer(arrived, 200);
  carol.response(200);
  desk.run(11_000);
  assert.equal(carol.closed, true, 'idle again');
});

test('a connection by which nothing came back for the 32 s of a call is closed, and the next call opens another (RFC 3263 §4.3, RFC 5626 §7)', async () => {
  for (const gone of [true, false]) {
    const { desk, alice, bob } = await house({}, 'tcp');
    await bob.listen();
    desk.run(1_000);
    // What is sent there arrives in ten hours: bob slept, and the NAT between has forgotten the connection.
    if (gone) desk.net.link('10.0.0.1', '10.0.0.3', { delay: 36_000_000 });
    alice.call('INVITE', 'sip:bob@home.example');
    desk.net.link('10.0.0.1', '10.0.0.3', {});
    desk.run(20_000);
    if (!gone) bob.send('\r\n\r\n');
    desk.run(13_000);
    alice.inbox.length = 0;
    const connections = desk.exchange.transport.connections;
    alice.call('INVITE', 'sip:bob@home.example');
    assert.deepEqual([connections, bob.waiting], gone ? [0, ['INVITE']] : [1, ['INVITE', 'INVITE']]);
  }
});

test('a connection is kept for a call that rings whatever was answered on it before, and not for a MESSAGE that was given up (RFC 4320 §4.2)', async () => {
  const { desk, bob } = await house();
  const stranger = { from: '<sip:x@away.example>' };
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.request('OPTIONS', 'sip:home.example', stranger);
  carol.request('INVITE', 'sip:bob@home.example', stranger);
  bob.answer(bob.take('INVITE'), 180);
  desk.run(70_000);
  assert.equal(carol.closed, false);

  const dave = await desk.phone('dave', '10.0.0.5', 5060, 'tcp');
  dave.request('MESSAGE', 'sip:bob@home.example', stranger);
  desk.run(61_000);
  assert.equal(dave.closed, true);
});

test('a phone that says nothing to a method that it does not know keeps its connection (RFC 3261 §8.2.1)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  desk.run(1_000);
  for (const method of ['MESSAGE', 'OPTIONS', 'X-UNKNOWN']) alice.call(method, 'sip:bob@home.example');
  desk.run(40_000);
  assert.deepEqual([bob.waiting, bob.closed], [['MESSAGE', 'OPTIONS', 'X-UNKNOWN'], false]);
});

test('rule 50: a CANCEL whose connection has closed goes by a new one to the same hop, and the 487 comes by it (RFC 3261 §9.1, §18.1.1)', async () => {
  const ways = {
    size: { registered: 'udp', uri: 'sip:bob@home.example', body: BIG },
    registered: { registered: 'tcp', uri: 'sip:bob@home.example', body: '' },
    domain: { registered: 'udp', uri: 'sip:x@10.0.0.3;transport=tcp', body: '' },
  } as const;
  for (const [way, { registered, uri, body }] of Object.entries(ways)) {
    const { desk, alice, bob: phone } = await house({}, registered);
    const bob = registered === 'tcp' ? phone : await desk.phone('bob', '10.0.0.3', 5060, 'tcp');
    await bob.listen();
    const invite = alice.call('INVITE', uri, { body });
    const arrived = bob.take('INVITE');
    bob.answer(arrived, 180);
    bob.close();
    desk.run();
    alice.cancel(invite);
    const cancel = bob.take('CANCEL');
    assert.equal(cancel.via.text, arrived.via.text, way);
    bob.answer(cancel, 200);
    bob.answer(arrived, 487);
    alice.ack(invite, alice.response(487));
    bob.take('ACK');
    assert.deepEqual(nothingLeft(desk), NOTHING, way);
  }
});

test('rule 50: a phone that rings on, and has registered by another connection, hears the CANCEL by that (RFC 3261 §9.1, RFC 5626 §7)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  const device = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000000c>"';
  const contacts = (port: number) => [`Contact: <sip:carol@10.0.0.4:${port};transport=tcp>;${device}`, 'Expires: 3600'];
  carol.register(contacts(5060));
  for (const [phone, again] of [
    [bob, undefined],
    [carol, contacts(5070)],
  ] as const) {
    const invite = alice.call('INVITE', `sip:${phone.user}@home.example`);
    const arrived = phone.take('INVITE');
    phone.answer(arrived, 180);
    phone.close();
    desk.run(1_000);
    phone.connect();
    phone.register(again);
    if (again !== undefined) phone.answer(phone.take('INVITE'), 482); // it is called at its new address as well, and knows the call
    alice.cancel(invite);
    const cancel = phone.take('CANCEL');
    assert.equal(cancel.via.text, arrived.via.text);
    phone.answer(cancel, 200);
    phone.answer(arrived, 487);
    alice.ack(invite, alice.response(487));
    phone.close();
  }
  desk.run();
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: a phone that began anew while it rang, and knows of no call to cancel, keeps no caller waiting (RFC 3261 §9.2)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  bob.answer(bob.take('INVITE'), 180);
  bob.close();
  desk.run(1_000);
  bob.connect();
  bob.register();
  alice.cancel(invite);
  bob.answer(bob.take('CANCEL'), 481);
  alice.ack(invite, alice.response(487));
  bob.close();
  desk.run();
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: where no new connection can be had for the CANCEL, the caller hears 487 within half a second', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  bob.answer(bob.take('INVITE'), 180);
  bob.close();
  desk.run();
  alice.cancel(invite);
  desk.run(500);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 8: a response whose top Via is not ours is dropped: other host, other port, none below (RFC 3261 §18.1.2)', async () => {
  const { desk, alice, bob } = await house();
  const vias = ['10.0.0.9:5060', '10.0.0.1:5070', '10.0.0.1:5060', '255.255.255.255:5060'];
  for (const sentBy of vias)
    bob.send(
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${sentBy};branch=z9hG4bKx\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKy\r\nFrom: <sip:a@b.example>;tag=a\r\nTo: <sip:bob@home.example>;tag=b\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    );
  desk.run(1_000);
  assert.deepEqual(alice.waiting, []);
  assert.equal(desk.ladder().length, 4);
});

test('rule 9: nothing is sent to broadcast, multicast, nowhere or ourselves, whatever Via, maddr, Contact or Route say (RFC 4475 §3.3.10)', async () => {
  const { desk, alice, bob } = await house();
  const bad = ['255.255.255.255', '239.1.2.3', '224.0.1.75', '0.0.0.0', '10.0.0.1', '10.0.0.255', '127.0.0.1'];
  const from = { from: '<sip:x@away.example>' };
  for (const host of bad) {
    bob.request('REGISTER', 'sip:home.example', { to: '<sip:bob@home.example>', headers: [`Contact: <sip:bob@${host}>`] });
    const challenge = bob.response(401);
    bob.authenticated(
      bob.request('REGISTER', 'sip:home.example', {
        to: '<sip:bob@home.example>',
        headers: [`Contact: <sip:bob@10.0.0.3;maddr=${host}>`],
      }),
      challenge,
    );
    alice.request('OPTIONS', 'sip:home.example', { ...from, via: `SIP/2.0/UDP ${host}:5060;branch=z9hG4bKa${host};rport` });
    alice.request('OPTIONS', 'sip:home.example', { ...from, via: `SIP/2.0/UDP ${host}:5060;branch=z9hG4bKb${host}` });
    alice.request('OPTIONS', 'sip:home.example', { ...from, via: `SIP/2.0/UDP 10.0.0.2;maddr=${host};branch=z9hG4bKc${host}` });
    alice.request('MESSAGE', 'sip:bob@home.example', { ...from, headers: [`Route: <sip:${host};lr>`] });
    alice.request('MESSAGE', `sip:bob@home.example;maddr=${host}`, from);
    alice.request('MESSAGE', `sip:bob@${host}`, from);
    alice.request('MESSAGE', 'sip:bob@home.example', { headers: [`Route: <sip:${host};lr>`] });
    alice.inbox.length = 0;
  }
  desk.run(40_000);
  const reached = new Set(desk.net.wire.filter(({ from }) => from.host === '10.0.0.1').map(({ to }) => to.host));
  assert.deepEqual([...reached].sort(), ['10.0.0.2', '10.0.0.3']);
});

test('rule 10: Via and Record-Route say the address by which that side reaches us (RFC 5658 §3)', async () => {
  const { desk, alice } = await house({ config: TWO, addresses: ['10.0.0.1', '10.0.1.1'] });
  const carol = await desk.phone('carol', '10.0.1.4');
  const register = carol.text('REGISTER', 'sip:home.example', { to: '<sip:carol@home.example>' });
  carol.send(register, { host: '10.0.1.1', port: 5060 });
  desk.run();
  const challenge = carol.response(401);
  // The phone's second request goes where the first went.
  const plain = carol.send.bind(carol);
  carol.send = (text, to = { host: '10.0.1.1', port: 5060 }) => plain(text, to);
  carol.authenticated(carol.request('REGISTER', 'sip:home.example', { to: '<sip:carol@home.example>' }), challenge);
  carol.response(200);
  const invite = alice.call('INVITE', 'sip:carol@home.example');
  const got = carol.take('INVITE');
  assert.equal(got.via.host, '10.0.1.1');
  const hosts = (values: readonly string[]) => values.map((value) => value.replace(/^.*@|;.*$/g, ''));
  assert.deepEqual(hosts(got.list(Field.recordRoute)), ['10.0.1.1:5060', '10.0.0.1:5060']);
  carol.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  carol.take('ACK');
  carol.back(got, 'carol-answers', 'BYE');
  alice.answer(alice.take('BYE'), 200);
  carol.response(200);
  alice.within(invite, answer, 'INFO');
  assert.equal(carol.take('INFO').via.host, '10.0.1.1');
});

test('a phone is called, and a call goes on, from the address that we have now where the one it registered at has left the machine (pain 1)', async () => {
  const config = HOUSE.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060');
  const { desk, alice } = await house({ config, addresses: ['10.0.0.1', '10.0.1.1'] });
  const known = { address: '10.0.1.1', run: (ms?: number) => desk.run(ms) };
  const bob = new Phone(known, desk.hostAt('10.0.1.3'), 'bob', { host: '10.0.1.3', port: 5060 });
  await bob.open();
  const uri = 'sip:202@home.example';
  desk.exchange.location.commit('bob', []);
  bob.register();
  const invite = alice.call('INVITE', uri);
  bob.answer(bob.take('INVITE'), 200);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  bob.take('ACK');
  desk.host.removeAddress('10.0.1.1');
  desk.host.addAddress('10.0.1.9');
  known.address = '10.0.1.9';
  for (let looks = 0; looks < 2; looks++) {
    desk.run(1_000);
    await Promise.resolve();
  }
  desk.net.clear();
  alice.within(invite, ok, 'BYE');
  bob.answer(bob.take('BYE'), 200);
  alice.response(200);
  alice.call('INVITE', uri);
  assert.match(bob.take('INVITE').via.text, /^SIP\/2\.0\/UDP 10\.0\.1\.9:5060;/);
  const ours = desk.net.wire.filter(({ to }) => to.host === '10.0.1.3').map(({ from }) => from.host);
  assert.deepEqual(ours, ['10.0.1.9', '10.0.1.9']);
});

test.each([
  ['rings', 'is answered then'],
  ['rings', 'is given up then'],
  ['is answered', 'whose 200 comes again'],
])(
  'rule 6: a call that %s while our address is gone for a moment, and %s, goes on (RFC 3261 §18.2.2, §9.1)',
  async (before, then) => {
    const { desk, alice, bob } = await house({ config: HOUSE.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060') });
    const invite = alice.call('INVITE', 'sip:202@home.example');
    const arrived = bob.take('INVITE');
    const status = before === 'rings' ? 180 : 200;
    bob.answer(arrived, status);
    alice.response(status);
    desk.host.removeAddress('10.0.0.1');
    desk.run(2_000);
    desk.host.addAddress('10.0.0.1');
    for (let looks = 0; looks < 9; looks++) {
      desk.run(1_000);
      await Promise.resolve();
    }
    if (then === 'is given up then') {
      alice.cancel(invite);
      bob.take('CANCEL');
      return;
    }
    bob.answer(arrived, 200);
    alice.response(200);
  },
);

test('rule 11: two line ends get one on a stream, and silence over UDP (RFC 5626 §3.5.1, §5.4)', async () => {
  const { desk, alice } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  carol.send('\r\n\r\n');
  desk.run();
  assert.equal(carol.noise, '\r\n');
  desk.ladder();
  alice.send('\r\n\r\n');
  alice.send('\r\n');
  alice.send('\0');
  desk.run(1_000);
  assert.equal(desk.ladder().length, 3);
});

test('rule 11: a STUN binding request on the SIP port is told where it came from (RFC 5626 §3.5.2, RFC 5389 §15.2)', async () => {
  const desk = await Desk.open();
  const answers: string[] = [];
  const socket = await desk.net.host('10.0.0.9').udp({ host: '10.0.0.9', port: 40_000 }, (text) => answers.push(text));
  const id = 'ABCDEFGHIJKL';
  socket.send(`\0\x01\0\0\x21\x12\xa4\x42${id}`, { host: '10.0.0.1', port: 5060 });
  desk.run();
  // Port 40000 is 0x9c40, 10.0.0.9 is 0a000009: both exclusive-or the magic cookie 2112a442.
  assert.deepEqual(answers, [`\x01\x01\0\x0c\x21\x12\xa4\x42${id}\0\x20\0\x08\0\x01\xbd\x52\x2b\x12\xa4\x4b`]);
});

test('rule 61: a phone that keeps a flow over UDP is called by it, though its NAT made another port of that which the Contact names (RFC 5626 §7)', async () => {
  const { desk, alice } = await house();
  const carol = await desk.phone('carol', '10.0.0.5', 40_123);
  carol.register([
    'Contact: <sip:carol@10.0.0.5:5062>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";reg-id=1',
    'Supported: outbound, path',
  ]);
  alice.call('MESSAGE', 'sip:carol@home.example');
  assert.equal(carol.take('MESSAGE').uriText, 'sip:carol@10.0.0.5:5062');
});
