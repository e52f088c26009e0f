import { assert, test } from 'vitest';
import { invite } from '../../support/written.ts';
import { Lab } from './lab.ts';

const ack = (parts = {}) => invite({ ...parts, method: 'ACK', to: '<sip:bob@home.example>;tag=x' });

test('a 486 is retransmitted on timer G, doubling up to T2, until timer H (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  lab.take();
  lab.tx.respond(486, 'Busy Here');
  lab.run(40_000);
  assert.deepEqual(lab.take(), [
    '0 > 486',
    '500 > 486',
    '1500 > 486',
    '3500 > 486',
    '7500 > 486',
    '11500 > 486',
    '15500 > 486',
    '19500 > 486',
    '23500 > 486',
    '27500 > 486',
    '31500 > 486',
    '32000 end',
  ]);
  assert.equal(lab.layer.counts.unacknowledged, 1);
  assert.deepEqual(lab.clock.armed(), []);
});

test('an ACK ends the retransmission of a 486, and is absorbed for timer I (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  lab.tx.respond(486, 'Busy Here');
  lab.run(700);
  lab.take();
  lab.receive(ack());
  lab.receive(ack());
  lab.receive(invite());
  lab.run(4_999);
  assert.deepEqual(lab.take(), []);
  lab.run(1);
  assert.deepEqual(lab.take(), ['5700 end']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
  assert.deepEqual(lab.clock.armed(), []);
});

test('over TCP a 486 is sent once and its ACK ends the transaction (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open('tcp');
  lab.receive(invite());
  lab.tx.respond(486, 'Busy Here');
  lab.run(3_000);
  lab.receive(ack());
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 486', '3000 end']);
});

test('a 100 is sent after 200 ms of silence, and none once something was sent (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  lab.run(199);
  assert.deepEqual(lab.take(), ['0 < INVITE']);
  lab.run(1);
  assert.deepEqual(lab.take(), ['200 > 100']);
  lab.receive(invite({ via: 'SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKb' }));
  lab.tx.respond(180, 'Ringing');
  lab.run(1_000);
  assert.deepEqual(lab.take(), ['200 < INVITE', '200 > 180']);
});

test('an INVITE that was answered at once arms no timer for a 100 (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.onRequest = (tx) => tx.respond(200, 'OK');
  lab.receive(invite());
  assert.deepEqual(
    lab.clock.armed().map(({ name }) => name),
    ['L'],
  );
});

test('an INVITE that rings before it is kept gets no 100 after that (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.onRequest = (tx) => tx.respond(180, 'Ringing');
  lab.receive(invite());
  lab.run(1_000);
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 180']);
});

test('a retransmitted INVITE is answered with the last response and never passed on (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  lab.receive(invite());
  lab.tx.respond(180, 'Ringing');
  lab.run(100);
  lab.receive(invite());
  lab.tx.respond(183, 'Progress');
  lab.receive(invite());
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 180', '100 > 180', '100 > 183', '100 > 183']);
});

test.each(['192.168.1.7:5062', 'phone.example'])(
  'from behind a NAT, and by name, an INVITE is known again by its sent-by %s: its source is another one (RFC 3261 §17.2.3)',
  async (sentBy) => {
    const lab = await Lab.open();
    const via = `SIP/2.0/UDP ${sentBy};branch=z9hG4bKnat;rport`;
    lab.receive(invite({ via }));
    lab.tx.respond(486, 'Busy Here');
    lab.run(100);
    lab.receive(invite({ via }));
    // Where our address was gone for a moment the answer goes back to the same port, which is all that the NAT lets in.
    lab.transport.unlisten(lab.transport.points[0]!);
    await lab.transport.listen('udp', { host: '10.0.0.1', port: 5060 });
    lab.receive(invite({ via }));
    lab.receive(ack({ via }));
    lab.run(4_999);
    assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 486', '100 > 486', '100 > 486']);
  },
);

test('after a 2xx each 2xx passes and INVITEs are absorbed until timer L; its ACK goes to the user (RFC 6026 §7.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  const { tx } = lab;
  tx.respond(200, 'OK');
  lab.run(500);
  lab.receive(invite());
  tx.relay(200, invite({}).replace(/^[^\r]*/, 'SIP/2.0 200 OK'));
  lab.run(0);
  lab.receive(ack());
  lab.receive(ack());
  lab.run(31_499);
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 200', '500 > 200', '500 < ACK', '500 < ACK']);
  lab.run(1);
  assert.deepEqual(lab.take(), ['32000 end']);
  tx.relay(200, invite({}).replace(/^[^\r]*/, 'SIP/2.0 200 OK'));
  tx.respond(486, 'Busy Here');
  lab.run(1_000);
  assert.deepEqual(lab.take(), []);
  assert.deepEqual(lab.clock.armed(), []);
});

test('a second final answer that is no 2xx is not sent (RFC 3261 §17.2.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  lab.tx.respond(486, 'Busy Here');
  lab.tx.respond(200, 'OK');
  lab.tx.relay(603, invite().replace(/^[^\r]*/, 'SIP/2.0 603 Decline'));
  lab.run(0);
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 486']);
});

test('a MESSAGE is answered once, and its retransmissions get the same answer until timer J (RFC 3261 §17.2.2)', async () => {
  const lab = await Lab.open();
  const text = invite({ method: 'MESSAGE' });
  lab.receive(text);
  lab.receive(text);
  lab.tx.respond(202, 'Accepted');
  lab.run(30_000);
  lab.receive(text);
  lab.run(2_000);
  lab.receive(text);
  assert.deepEqual(lab.take(), ['0 < MESSAGE', '0 > 202', '30000 > 202', '32000 end', '32000 < MESSAGE']);
});

test('over TCP an answered MESSAGE leaves nothing (RFC 3261 §17.2.2)', async () => {
  const lab = await Lab.open('tcp');
  lab.receive(invite({ method: 'MESSAGE' }));
  lab.tx.respond(202, 'Accepted');
  lab.run(0);
  assert.deepEqual(lab.take(), ['0 < MESSAGE', '0 end', '0 > 202']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test('a silent MESSAGE gets its 100 when timer E reaches T2, not before, and no other provisional ever (RFC 4320 §4.1)', async () => {
  const lab = await Lab.open();
  const text = invite({ method: 'MESSAGE' });
  lab.receive(text);
  lab.run(500);
  lab.receive(text);
  lab.run(1_000);
  lab.receive(text);
  lab.run(1_999);
  assert.deepEqual(lab.take(), ['0 < MESSAGE']);
  lab.run(1);
  lab.receive(text);
  lab.tx.respond(200, 'OK');
  lab.run(0);
  assert.deepEqual(lab.take(), ['3500 > 100', '3500 > 100', '3500 > 200']);
});

test('what is answered without state is forgotten at once, and a retransmission is asked anew (RFC 3261 §8.2.7)', async () => {
  const lab = await Lab.open();
  lab.onRequest = (tx) => tx.respondStateless(407, 'Proxy Authentication Required');
  lab.receive(invite());
  lab.receive(invite());
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 end', '0 > 407', '0 < INVITE', '0 end', '0 > 407']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
  assert.deepEqual(lab.clock.armed(), []);
});

test.each([
  ['54.5', 'Timestamp: 54.5 0.200'],
  ['54', 'Timestamp: 54 0.200'],
  ['54 1', 'Timestamp: 54 1'],
  ['noon', 'Timestamp: noon'],
])(
  'the 100 to a request of Timestamp %s says "%s": when it was sent, and how long the 100 took (RFC 3261 §8.2.6.1)',
  async (sent, said) => {
    const lab = await Lab.open();
    lab.receive(invite({ extra: [`Timestamp: ${sent}`] }));
    lab.run(200);
    lab.tx.respond(486, 'Busy Here');
    lab.run(0);
    const [trying, busy] = lab.texts.map((text) => text.split('\r\n').find((line) => line.startsWith('Timestamp')));
    assert.deepEqual([trying, busy], [said, undefined]);
    assert.equal(lab.texts[0]!.match(/^From:/gm)!.length, 1);
  },
);
