import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { read } from '../../../src/sip/message/read.ts';
import { invite } from '../../support/written.ts';
import { Lab } from './lab.ts';

const on = (branch: string, parts = {}) => invite({ via: `SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK${branch}`, ...parts });

test('where there are as many transactions as may be, a new request gets a 503 and leaves nothing behind; those that are there go on (security S12)', async () => {
  const lab = await Lab.open('udp', 2);
  lab.receive(on('one'));
  lab.receive(on('two'));
  assert.deepEqual(lab.take(), ['0 < INVITE', '0 < INVITE']);
  lab.receive(on('three'));
  lab.receive(on('three'));
  lab.receive(on('four', { method: 'MESSAGE' }));
  assert.deepEqual(lab.take(), ['0 > 503', '0 > 503', '0 > 503']);
  const [first, again] = lab.texts.map((text) => read(text)!);
  assert.ok(first?.kind === 'response' && again?.kind === 'response');
  assert.equal(first.get(Field.retryAfter), '10');
  assert.equal(first.to.tag, again.to.tag); // RFC 3261 §8.2.7
  assert.deepEqual([lab.layer.size, lab.layer.counts.refused], [{ servers: 2, clients: 0 }, 3]);
  lab.receive(on('one'));
  lab.run(200);
  assert.deepEqual(lab.take(), ['200 > 100', '200 > 100']);
  lab.tx.respond(486, 'Busy Here');
  lab.receive(on('two', { method: 'ACK', to: '<sip:bob@home.example>;tag=x' }));
  lab.run(5_000);
  lab.receive(on('three'));
  assert.deepEqual(lab.take(), ['200 > 486', '5200 end', '5200 < INVITE']);
});
