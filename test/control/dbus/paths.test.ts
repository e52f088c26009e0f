import { expect, test } from 'vitest';
import { escapeLabel, parsePath, pathOf, unescapeLabel } from '../../../src/control/dbus/paths.ts';

const labels: readonly (readonly [name: string, label: string])[] = [
  ['alice', 'alice'],
  ['anne-marie', 'anne_2dmarie'],
  ['201', '_3201'],
  ['a_b', 'a_5fb'],
  ['jürgen', 'j_c3_bcrgen'],
  ['bob@open.example', 'bob_40open_2eexample'],
  ['', '_'],
];

test.each(labels)('"%s" is escaped as systemd does: %s', (name, label) => {
  expect(escapeLabel(name)).toBe(label);
  expect(unescapeLabel(label)).toBe(name);
});

test.each(['anne-marie', '201', 'a_2D', 'a_zz', 'a__', '__proto__', 'a_62', '_00', 'a_1b'])(
  '"%s" is no label that is ever made',
  (label) => {
    expect(unescapeLabel(label)).toBeUndefined();
  },
);

test('paths are made and taken apart', () => {
  expect(pathOf('user', 'anne-marie')).toBe('/org/sipwitch/SipWitch1/user/anne_2dmarie');
  expect(parsePath('/org/sipwitch/SipWitch1/user/anne_2dmarie')).toEqual({ collection: 'user', id: 'anne-marie' });
  expect(parsePath('/org/sipwitch/SipWitch1/call/c1/more')).toBeUndefined();
  expect(parsePath('/org/sipwitch/SipWitch1/user')).toBeUndefined();
  expect(parsePath('/org/sipwitch/SipWitch1/nonsense/x')).toBeUndefined();
  expect(parsePath('/elsewhere')).toBeUndefined();
});
