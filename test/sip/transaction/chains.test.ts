import { expect, test } from 'vitest';
import { Chains } from '../../../src/sip/transaction/chains.ts';
import { fnv1a } from '../../../src/text/fnv.ts';
import { invite } from '../../support/written.ts';
import { Lab } from './lab.ts';

class Item {
  readonly name: string;
  sibling: Item | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }
}

/** Names of a number, the newest first. */
function names(chains: Chains<Item>, number: number): string {
  let text = '';
  for (let item = chains.first(number); item !== undefined; item = item.sibling) text += item.name;
  return text;
}

const letters = ['a', 'b', 'c'] as const;
const orders = letters.flatMap((one) => letters.map((two) => [one, two, ...letters.filter((l) => l !== one && l !== two)]));

test('items of one number leave in any order, each once, and those of another number stay', () => {
  for (const order of orders.filter(([one, two]) => one !== two)) {
    const chains = new Chains<Item>();
    const items = new Map(letters.map((name) => [name as string, new Item(name)]));
    const other = new Item('x');
    chains.add(8, other);
    for (const item of items.values()) chains.add(7, item);
    expect([names(chains, 7), chains.size, [...chains].map(({ name }) => name).join('')]).toEqual(['cba', 4, 'xcba']);
    let left = 'cba';
    for (const name of order) {
      left = left.replace(name, '');
      chains.delete(7, items.get(name)!);
      chains.delete(7, items.get(name)!);
      expect([names(chains, 7), chains.size]).toEqual([left, left.length + 1]);
    }
    chains.delete(7, other);
    expect([names(chains, 8), chains.size, chains.first(7)]).toEqual(['x', 1, undefined]);
  }
});

/** Two texts that the number is the same of: some 80,000 are enough to find them. */
function twins(numberOf: (text: string) => number): [string, string] {
  const known = new Map<number, string>();
  for (let i = 0; ; i++) {
    const text = i.toString(16).padStart(16, '0');
    const number = numberOf(text);
    const twin = known.get(number);
    if (twin !== undefined) return [twin, text];
    known.set(number, text);
  }
}

test('requests whose branches have one number are told apart (RFC 3261 §17.2.3)', async () => {
  const lab = await Lab.open();
  const { seed } = lab.layer as unknown as { readonly seed: number };
  const [one, two] = twins((text) => fnv1a(seed, text));
  const ask = (branch: string) => lab.receive(invite({ via: `SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK${branch};rport` }));
  ask(one);
  ask(two);
  ask(one);
  ask(two);
  expect(lab.take()).toEqual(['0 < INVITE', '0 < INVITE']);
  lab.servers[0]!.abandon();
  ask(two);
  expect([lab.take(), lab.layer.size.servers]).toEqual([['0 end'], 1]);
});

test('responses to branches that have one number reach each its own request (RFC 3261 §17.1.3)', async () => {
  const lab = await Lab.open();
  const { seed } = lab.layer as unknown as { readonly seed: number };
  const branches = twins((text) => fnv1a(seed, `z9hG4bK${text}`)).map((text) => `z9hG4bK${text}`);
  const heard: string[] = [];
  const via = (branch: string) => `SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}`;
  for (const branch of branches)
    lab.layer.send(branch, 'INVITE', invite({ via: via(branch) }), lab.flow, {
      response: ({ status }) => heard.push(`${branches.indexOf(branch)} ${status}`),
      timedOut: () => {},
      transportFailed: () => {},
    });
  const answer = (status: number, branch: string) =>
    lab.receive(invite({ via: via(branch) }).replace(/^[^\r]*/, `SIP/2.0 ${status} X`));
  answer(180, branches[0]!);
  answer(486, branches[1]!);
  answer(183, branches[0]!.toUpperCase());
  expect(heard).toEqual(['0 180', '1 486', '0 183']);
});
