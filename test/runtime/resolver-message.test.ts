import { type DecodedPacket, encode } from 'dns-packet';
import { assert, test } from 'vitest';
import { answerIn, readAnswer } from '../../src/runtime/node/resolver-message.ts';

const asked = { id: 7, name: 'fan.test', type: 'SRV' } as const;
const question = { type: 'SRV', name: 'fan.test', class: 'IN' } as const;

/** A server's answer with so many SRV records, and as many of other kinds that nobody asked for. */
function answer(records: number, others: number): Buffer {
  const srv = (n: number) =>
    ({ type: 'SRV', name: 'fan.test', ttl: 60, class: 'IN', data: { port: 5060, target: `t${n}.test` } }) as const;
  const ns = (n: number) => ({ type: 'NS', name: 'test', ttl: 60, class: 'IN', data: `ns${n}.test` }) as const;
  const many = <T>(count: number, one: (n: number) => T) => Array.from({ length: count }, (_, n) => one(n));
  return encode({
    ...{ type: 'response', id: 7, questions: [question], answers: many(records, srv) },
    ...{ authorities: many(others, ns), additionals: many(others, ns) },
  });
}

function read(bytes: Buffer): DecodedPacket {
  const reading = readAnswer(bytes, asked);
  if (reading.kind !== 'answer') throw new Error(reading.kind);
  return reading.packet;
}

const sizes = ({ answers, authorities, additionals }: DecodedPacket) => [
  answers?.length,
  authorities?.length,
  additionals?.length,
];

test('of a large answer no more records are taken apart than are looked at, and those that were asked for come first (security S12)', () => {
  const large = read(answer(1_000, 100));
  assert.deepEqual(sizes(large), [256, 0, 0]);
  const said = answerIn(large, 'fan.test', 'SRV');
  assert.equal(said.kind === 'records' && said.records.length, 256);
  assert.deepEqual(sizes(read(answer(3, 400))), [3, 253, 0]);
  assert.deepEqual(sizes(read(answer(3, 4))), [3, 4, 4]);
});

test('an answer whose counts promise more than it holds is not read', () => {
  const short = answer(2, 0);
  short.writeUInt16BE(300, 6);
  assert.equal(readAnswer(short, asked).kind, 'foreign');
});
