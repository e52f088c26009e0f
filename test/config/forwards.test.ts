import { expect, test } from 'vitest';
import { FORWARDS, forwardFields } from '../../src/config/forwards.ts';
import { codes } from '../../src/config/sections/codes.ts';
import { state } from '../../src/config/sections/state.ts';
import { user } from '../../src/config/sections/user.ts';
import { operationOfKey } from '../../src/control/dbus/permission.ts';

test('a key that leads calls on is one of users, states, codes and preferences alike (house, 10)', () => {
  const forwards = (table: object) =>
    Object.keys(table).filter((key) => key.startsWith('forward_') && key !== 'forward_strangers');
  const keys = Object.values(FORWARDS).sort();
  expect(forwards(user.table).sort()).toEqual(keys);
  expect(forwards(state.table).sort()).toEqual(keys);
  expect(forwards(codes.table).sort()).toEqual(keys.filter((key) => key !== 'forward_dnd'));
  expect(forwardFields.map((field) => [user.find(FORWARDS[field])?.field, state.find(FORWARDS[field])?.field])).toEqual(
    forwardFields.map((field) => [field, field]),
  );
  expect(keys.map(operationOfKey)).toEqual(keys.map(() => 'setPreference'));
});
