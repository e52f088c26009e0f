import { assert, test } from 'vitest';
import { hasCookie } from '../../../src/sip/transaction/match.ts';
import { invite } from '../../support/written.ts';
import { Lab } from './lab.ts';

const via = (branch: string, sentBy = '10.0.0.2:5060') => ({ via: `SIP/2.0/UDP ${sentBy};branch=${branch};rport` });

test('the same branch from two sent-bys, hosts or ports, is two transactions (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  lab.receive(invite(via('z9hG4bKsame')));
  lab.receive(invite(via('z9hG4bKsame', '10.0.0.2:5070')));
  lab.receive(invite(via('z9hG4bKsame', 'bob.home.example:5060')));
  lab.receive(invite(via('z9hG4bKsame', 'bob.home.example')));
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 < INVITE', '0 < INVITE', '0 < INVITE']);
  assert.equal(lab.layer.size.servers, 4);
  lab.receive(invite(via('z9hG4bKsame', '10.0.0.2:5070')));
  assert.equal(lab.layer.size.servers, 4);
});

test('the same branch with another method is another transaction, whichever came first (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  for (const method of ['INVITE', 'MESSAGE', 'OPTIONS', 'INVITE', 'OPTIONS'])
    lab.receive(invite({ ...via('z9hG4bKsame'), method }));
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 < MESSAGE', '0 < OPTIONS']);
});

test('transactions that share a branch are removed one by one (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  for (const method of ['INVITE', 'MESSAGE', 'OPTIONS']) lab.receive(invite({ ...via('z9hG4bKsame'), method }));
  const [first, second, third] = lab.servers;
  second!.abandon();
  lab.receive(invite({ ...via('z9hG4bKsame'), method: 'OPTIONS' }));
  lab.receive(invite(via('z9hG4bKsame')));
  assert.equal(lab.layer.size.servers, 2);
  third!.abandon();
  lab.receive(invite(via('z9hG4bKsame')));
  first!.abandon();
  assert.deepEqual(lab.layer.size, { servers: 0, clients: 0 });
  lab.receive(invite(via('z9hG4bKsame')));
  assert.equal(lab.layer.size.servers, 1);
});

test('a branch in other letters is the same branch, with and without the cookie in its own (RFC 3261 §7.3.1)', async () => {
  const lab = await Lab.open();
  lab.receive(invite(via('z9hG4bKabCdef')));
  lab.receive(invite(via('z9hG4bKABCDEF')));
  lab.receive(invite(via('Z9HG4BKabcdef')));
  assert.deepEqual(lab.take(), ['0 < INVITE']);
  assert.deepEqual([hasCookie('Z9HG4BKx'), hasCookie('z9hG4b'), hasCookie('')], [true, false, false]);
});

test('the ACK to a 486 with a wrong branch belongs to no transaction (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  lab.receive(invite(via('z9hG4bKone')));
  lab.tx.respond(486, 'Busy Here');
  lab.run(0);
  lab.take();
  lab.receive(invite({ ...via('z9hG4bKtwo'), method: 'ACK' }));
  lab.receive(invite({ ...via('z9hG4bKone', '10.0.0.3:5060'), method: 'ACK' }));
  lab.run(500);
  assert.deepEqual(lab.take(), ['0 < ACK', '0 < ACK', '500 > 486']);
});

test('without the cookie Request-URI, From tag, Call-ID, CSeq and topmost Via tell transactions apart (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  for (const old of [via('1'), via('z9hG4bK'), { via: 'SIP/2.0/UDP 10.0.0.2:5060' }]) {
    lab.receive(invite(old));
    lab.receive(invite(old));
    assert.deepEqual(lab.take(), ['0 < INVITE']);
    lab.receive(invite({ ...old, uri: 'sip:carol@home.example' }));
    lab.receive(invite({ ...old, cseq: '8 INVITE' }));
    lab.receive(invite(old).replace('c@10.0.0.2', 'd@10.0.0.2'));
    lab.receive(invite(old).replace('tag=a', 'tag=b'));
    assert.deepEqual(lab.take(), ['0 < INVITE', '0 < INVITE', '0 < INVITE', '0 < INVITE']);
  }
});

test('an RFC 2543 ACK has the To tag of the answer and still finds its INVITE (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  lab.receive(invite(via('1')));
  lab.tx.respond(486, 'Busy Here');
  lab.run(0);
  lab.take();
  const [, to] = /^To: (.*;tag=.*)\r$/m.exec(lab.texts[0]!)!;
  lab.receive(invite({ ...via('1'), method: 'ACK', to: to! }));
  lab.run(5_000);
  assert.deepEqual(lab.take(), ['5000 end']);
});

test('a CANCEL is answered at once, its INVITE hears of it with the Reason, and no final answer is changed (RFC 3261 §9.2)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  const reasons: (readonly string[])[] = [];
  lab.tx.cancelled = (reason) => reasons.push(reason);
  lab.receive(invite({ method: 'CANCEL', extra: ['Reason: SIP;cause=200, Q.850;cause=16'] }));
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 > 200']);
  assert.deepEqual(reasons, [['SIP;cause=200', 'Q.850;cause=16']]);
  lab.tx.respond(487, 'Request Terminated');
  lab.run(1);
  lab.receive(invite({ method: 'CANCEL', extra: ['Subject: again'] }));
  assert.deepEqual(lab.take(), ['0 > 487', '1 > 200']);
  assert.equal(reasons.length, 1);
});

test('the answer to a CANCEL bears the To tag of ours to what it cancels (RFC 3261 §9.2)', async () => {
  const lab = await Lab.open();
  lab.receive(invite());
  lab.tx.cancelled = () => lab.tx.respond(487, 'Request Terminated');
  lab.receive(invite({ method: 'CANCEL' }));
  const [ok, terminated] = lab.texts.map((text) => /\r\nTo: .*;tag=(.*)/.exec(text)?.[1]);
  assert.isString(ok);
  assert.equal(ok, terminated);
});

test('a CANCEL without a transaction gets 481: other branch, other sent-by (RFC 3261 §9.2)', async () => {
  const lab = await Lab.open();
  lab.receive(invite({ ...via('z9hG4bKm'), method: 'MESSAGE' }));
  lab.take();
  lab.receive(invite({ ...via('z9hG4bKn'), method: 'CANCEL' }));
  lab.receive(invite({ ...via('z9hG4bKm', '10.0.0.2:5070'), method: 'CANCEL' }));
  assert.deepEqual(lab.take(), ['0 > 481', '0 > 481']);
});

test('a CANCEL of anything but an INVITE gets 200, and ends nothing (RFC 3261 §9.2)', async () => {
  const lab = await Lab.open();
  lab.receive(invite({ ...via('z9hG4bKm'), method: 'MESSAGE' }));
  lab.take();
  lab.receive(invite({ ...via('z9hG4bKm'), method: 'CANCEL' }));
  assert.deepEqual(lab.take(), ['0 > 200']);
  assert.isFalse(lab.tx.completed);
  lab.tx.respond(202, 'Accepted');
  lab.run(1);
  assert.deepEqual(lab.take(), ['0 > 202']);
});
