import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import { invite } from '../../support/written.ts';
import { Lab, response } from './lab.ts';

test('an unanswered INVITE goes out on timer A, doubling without a bound, until timer B (RFC 3261 §17.1.1.2)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.run(40_000);
  assert.deepEqual(lab.take(), [
    '0 > INVITE',
    '500 > INVITE',
    '1500 > INVITE',
    '3500 > INVITE',
    '7500 > INVITE',
    '15500 > INVITE',
    '31500 > INVITE',
    '32000 timed out',
  ]);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test('an INVITE over TCP is sent once, and given up after timer B (RFC 3261 §17.1.1.2)', async () => {
  const lab = await Lab.open('tcp');
  void lab.flow;
  lab.take();
  lab.client('INVITE');
  lab.run(32_000);
  assert.deepEqual(lab.take(), ['0 > INVITE', '3500 > 100', '32000 timed out']);
});

test('a provisional response ends timers A and B, and every one is passed on (RFC 3261 §17.1.1.2)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.run(700);
  lab.respond(180);
  lab.run(100_000);
  lab.respond(183);
  assert.deepEqual(lab.take(), ['0 > INVITE', '500 > INVITE', '700 < 180', '100700 < 183']);
});

test('a 486 is acknowledged, passed on once, and acknowledged again until timer D (RFC 3261 §17.1.1.2)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.respond(486);
  lab.run(500);
  lab.respond(486);
  lab.respond(180);
  lab.respond(200);
  lab.run(31_499);
  lab.respond(486);
  lab.run(1);
  lab.respond(486);
  assert.deepEqual(lab.take(), ['0 > INVITE', '0 < 486', '0 > ACK', '500 > ACK', '31999 > ACK']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
  assert.equal(lab.layer.counts.strayResponses, 1);
});

test('over TCP the ACK to a 486 ends the transaction at once (RFC 3261 §17.1.1.2)', async () => {
  const lab = await Lab.open('tcp');
  void lab.flow;
  lab.tx.respond(200, 'OK');
  lab.client('INVITE');
  lab.take();
  lab.respond(486);
  assert.deepEqual(lab.take(), ['0 < 486', '0 > ACK']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test("the ACK to a 486 has the INVITE's branch, Request-URI, Route and CSeq number, and the response's To (RFC 3261 §17.1.1.3)", async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.respond(486, 'busy');
  const [invite, ack] = lab.texts.map((text) => read(text) as Request);
  assert.equal(ack!.uriText, invite!.uriText);
  assert.equal(ack!.via.text, invite!.via.text);
  assert.deepEqual(ack!.list(Field.route), ['<sip:10.0.0.2;lr>']);
  assert.equal(ack!.get(Field.cseq), '7 ACK');
  assert.equal(ack!.get(Field.to), '<sip:bob@home.example>;tag=busy');
  assert.equal(ack!.get(Field.from), '<sip:alice@home.example>;tag=a');
  assert.equal(ack!.callId, 'c@10.0.0.2');
  assert.equal(ack!.list(Field.via).length, 1);
});

test('the ACK to a 486 goes where the INVITE went, not to the port that the answer came from (RFC 3261 §17.1.1.3)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  const busy = response(read(lab.texts[0]!) as Request, 486);
  lab.receiveElsewhere(busy);
  lab.run(500);
  lab.receiveElsewhere(busy);
  assert.deepEqual(lab.take(), ['0 > INVITE', '0 < 486', '0 > ACK', '500 > ACK']);
});

test('an answer without a To is acknowledged with the To of the INVITE (RFC 3261 §17.1.1.3)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.receive(lab.texts[0]!.replace(/^[^\r]*/, 'SIP/2.0 486 Busy').replace(/\r\nTo: [^\r]*/, ''));
  assert.equal((read(lab.texts[1]!) as Request).get(Field.to), '<sip:bob@home.example>');
});

test('an ACK and a CANCEL that we make have seventy hops to go (RFC 3261 §8.1.1.6)', async () => {
  const lab = await Lab.open();
  const client = lab.client('INVITE');
  lab.respond(180);
  lab.layer.sendCancel(client, '', lab.flow);
  lab.run(0);
  lab.respond(487, 'b', '7 INVITE');
  const [, cancel, ack] = lab.texts.map((text) => read(text) as Request);
  assert.deepEqual([cancel!.method, cancel!.maxForwards], ['CANCEL', 70]);
  assert.deepEqual([ack!.method, ack!.maxForwards], ['ACK', 70]);
});

test('every 2xx is passed on until timer M, and none is acknowledged here (RFC 6026 §7.2)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.respond(200, 'b');
  lab.run(500);
  lab.respond(200, 'b');
  lab.respond(200, 'c');
  lab.respond(180);
  lab.respond(486);
  lab.run(31_500);
  lab.respond(200, 'b');
  assert.deepEqual(lab.take(), ['0 > INVITE', '0 < 200', '500 < 200', '500 < 200']);
  assert.equal(lab.layer.counts.strayResponses, 1);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test('a MESSAGE goes out on timer E, capped at T2, until timer F (RFC 3261 §17.1.2.2)', async () => {
  const lab = await Lab.open();
  lab.client('MESSAGE');
  lab.run(40_000);
  const times = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
  assert.deepEqual(lab.take(), [...times.map((at) => `${at} > MESSAGE`), '32000 timed out']);
});

test('after a 100 a MESSAGE goes out every T2 (RFC 3261 §17.1.2.2)', async () => {
  const lab = await Lab.open();
  lab.client('MESSAGE');
  lab.respond(100);
  lab.run(13_000);
  assert.deepEqual(lab.take(), [
    '0 > MESSAGE',
    '0 < 100',
    '500 > MESSAGE',
    '4500 > MESSAGE',
    '8500 > MESSAGE',
    '12500 > MESSAGE',
  ]);
});

test('the first final answer to a MESSAGE is passed on, and others absorbed until timer K (RFC 3261 §17.1.2.2)', async () => {
  const lab = await Lab.open();
  lab.client('MESSAGE');
  lab.respond(200);
  lab.run(4_999);
  lab.respond(200);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 1 });
  lab.run(1);
  assert.deepEqual(lab.take(), ['0 > MESSAGE', '0 < 200']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test('over TCP the final answer to a MESSAGE ends its transaction at once (RFC 3261 §17.1.2.2)', async () => {
  const lab = await Lab.open('tcp');
  void lab.flow;
  lab.tx.respond(200, 'OK');
  lab.client('MESSAGE');
  lab.take();
  lab.respond(200);
  assert.deepEqual(lab.take(), ['0 < 200']);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test('a response with a foreign branch, another method or another Via of ours meets silence (RFC 3261 §17.1.3, §18.1.2)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  const sent = lab.texts[0]!;
  const { via } = read(sent) as Request;
  const said = (topVia: string, cseq = '7 INVITE') =>
    lab.receive(
      sent
        .replace(/^[^\r]*/, 'SIP/2.0 200 OK')
        .replace(via.text, topVia)
        .replace('7 INVITE', cseq),
    );
  said(`SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0123456789abcdef`);
  said(via.text, '7 BYE');
  said(via.text.replace('10.0.0.1', '10.0.0.9'));
  said(via.text.replace(':5060', ':5070'));
  assert.deepEqual(lab.take(), ['0 > INVITE']);
  assert.equal(lab.layer.counts.strayResponses, 4);
  said(via.text);
  assert.deepEqual(lab.take(), ['0 < 200']);
});

test('a response whose branch comes back in other letters is still ours (RFC 3261 §7.3.1)', async () => {
  const lab = await Lab.open();
  const client = lab.client('INVITE');
  const sent = lab.texts[0]!;
  lab.receive(sent.replace(/^[^\r]*/, 'SIP/2.0 200 OK').replace(client.branch, client.branch.toUpperCase()));
  assert.deepEqual(lab.take(), ['0 > INVITE', '0 < 200']);
});

test("a CANCEL has the INVITE's branch, CSeq number and Route, says why, and its answer reaches nobody (RFC 3261 §9.1, RFC 3326)", async () => {
  const lab = await Lab.open();
  const client = lab.client('INVITE');
  lab.respond(180);
  lab.layer.sendCancel(client, 'SIP;cause=200;text="Call completed elsewhere"', client.flow);
  lab.run(0);
  const [invite, cancel] = lab.texts.map((text) => read(text) as Request);
  assert.equal(cancel!.via.text, invite!.via.text);
  assert.equal(cancel!.uriText, invite!.uriText);
  assert.equal(cancel!.get(Field.cseq), '7 CANCEL');
  assert.deepEqual(cancel!.list(Field.route), ['<sip:10.0.0.2;lr>']);
  assert.equal(cancel!.get(Field.reason), 'SIP;cause=200;text="Call completed elsewhere"');
  assert.equal(cancel!.to.tag, undefined);
  lab.respond(200);
  lab.run(4_999);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 2 });
  lab.run(1);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 1 });
  assert.deepEqual(lab.take(), ['0 > INVITE', '0 < 180', '0 > CANCEL']);
});

test('a refused datagram fails the transaction at once, after a provisional answer it does not (RFC 3261 §17.1.4)', async () => {
  const lab = await Lab.open();
  lab.client('INVITE');
  lab.respond(180);
  lab.closePeer();
  lab.run(500);
  assert.deepEqual(lab.take(), ['0 > INVITE', '0 < 180']);
  lab.client('MESSAGE');
  lab.run(0);
  assert.deepEqual(lab.take(), ['500 failed: nothing listens at 10.0.0.2 port 5060']);
});

test('a transaction whose user fails at a final answer comes to its end all the same (house, 8)', async () => {
  const lab = await Lab.open();
  const broken = () => {
    throw new Error('a bug');
  };
  lab.client('INVITE').handOver({ response: broken, timedOut: broken, transportFailed: broken });
  lab.respond(486);
  lab.client('MESSAGE').handOver({ response: broken, timedOut: broken, transportFailed: broken });
  assert.throws(() => lab.run(32_000), 'a bug');
  lab.run(32_000);
  assert.equal(lab.transport.reader.counts.bugs, 1);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
});

test('a request that is taken back before its connection came up is over, and its user hears nothing more (RFC 3261 §9.1)', async () => {
  const lab = await Lab.open('tcp');
  const flow = lab.transport.flowTo({ transport: 'tcp', host: '10.0.0.9', port: 5060 }) as Flow;
  const branch = lab.layer.branch();
  const client = lab.layer.send(branch, 'INVITE', invite({ via: `SIP/2.0/TCP 10.0.0.1;branch=${branch}` }), flow, lab);
  assert.equal(client.withdraw(), true);
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
  lab.run(6_000);
  assert.deepEqual(lab.take(), []);
});
