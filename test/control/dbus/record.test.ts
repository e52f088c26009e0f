import { expect, test } from 'vitest';
import { type Fields, fromDict, toDict } from '../../../src/control/dbus/record.ts';

interface Row {
  readonly name: string;
  readonly isOn: boolean;
  readonly count: number;
  readonly time: number;
  readonly q: number;
  readonly hops: readonly string[];
  readonly kinds: Readonly<Record<string, number>>;
}

const fields: Fields<Row> = { name: 's', isOn: 'b', count: 'u', time: 'x', q: 'd', hops: 'as', kinds: 'a{su}' };

test('what no type of the bus holds is sent as what comes nearest (D-Bus Specification, Marshaling)', () => {
  const row = { name: 'a\0b', isOn: true, count: 2 ** 32 + 1, time: 2 ** 40 + 0.6, q: 0.25, hops: ['\0', 'c'] };
  expect(toDict({ ...row, kinds: { early: -1, half: 2.5 } }, fields)).toEqual([
    ['Name', ['s', 'a\ufffdb']],
    ['IsOn', ['b', true]],
    ['Count', ['u', 0xffff_ffff]],
    ['Time', ['x', 2n ** 40n + 1n]],
    ['Q', ['d', 0.25]],
    ['Hops', ['as', ['\ufffd', 'c']]],
    [
      'Kinds',
      [
        'a{su}',
        [
          ['early', 0],
          ['half', 3],
        ],
      ],
    ],
  ]);
});

test('what a daemon of another version does not say is empty, and what it says besides is not read (interface, 5)', () => {
  const empty = { name: '', isOn: false, count: 0, time: 0, q: 0, hops: [], kinds: {} };
  expect(fromDict({ Name: 'a', Time: 5n, Other: 1 }, fields)).toEqual({ ...empty, name: 'a', time: 5 });
  for (const nothing of [{}, null, undefined, 'Name']) expect(fromDict(nothing, fields)).toEqual(empty);
});
