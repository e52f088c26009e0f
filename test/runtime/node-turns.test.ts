import { expect, test } from 'vitest';
import { Turns } from '../../src/runtime/node/turns.ts';

/** Notes in which turn of the event loop, counted from now, something happened. */
function loop() {
  const begun = { turn: 0 };
  const next = () => {
    begun.turn++;
    handle = setImmediate(next);
  };
  let handle = setImmediate(next);
  return { begun, stop: () => clearImmediate(handle) };
}

test('calls are given a turn of the event loop each, senders one after the other, the calls of each in their order', async () => {
  const turns = new Turns();
  const { begun, stop } = loop();
  const given: string[] = [];
  const at: number[] = [];
  const ask = async (sender: string, call: string) => {
    await turns.turn(sender);
    given.push(call);
    at.push(begun.turn);
  };
  await Promise.all([
    ask(':1.1', 'a1'),
    ask(':1.1', 'a2'),
    ask(':1.1', 'a3'),
    ask(':1.2', 'b1'),
    ask(':1.3', 'c1'),
    ask(':1.2', 'b2'),
  ]);
  stop();
  expect(given).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  expect(new Set(at).size).toBe(6);
});

test('who waits for too many answers is refused, and what others of the same user may ask is bounded as well', async () => {
  const turns = new Turns();
  const answers: (() => void)[] = [];
  const ask = (sender: string, uid: number | undefined) =>
    turns
      .count(sender, uid, () => new Promise<void>((done) => answers.push(done)))
      .then(
        () => 'answered',
        ({ name }: Error) => name.replace(/.*\./, ''),
      );
  const heap = (sender: string, uid: number | undefined) => Array.from({ length: 128 }, () => ask(sender, uid));
  const first = heap(':1.1', 1000);
  expect(await ask(':1.1', 1000)).toBe('LimitsExceeded');
  const others = [':1.2', ':1.3', ':1.4'].flatMap((sender) => heap(sender, 1000));
  expect(await ask(':1.5', 1000)).toBe('LimitsExceeded');
  const another = ask(':1.6', 1001);
  answers[0]!();
  expect(await first[0]).toBe('answered');
  const again = ask(':1.5', 1000);
  expect(await ask(':1.5', 1000)).toBe('LimitsExceeded');
  for (const answer of answers) answer();
  expect(new Set(await Promise.all([...first, ...others, another, again]))).toEqual(new Set(['answered']));
});
