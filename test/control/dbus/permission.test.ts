import { expect, test } from 'vitest';
import { type Asker, type Operation, operationOfKey, permission } from '../../../src/control/dbus/permission.ts';

const DAEMON = 990;
const alice: Asker = { uid: 1000, name: 'alice' };

const manage = 'org.sipwitch.sipwitch1.manage';
const secrets = 'org.sipwitch.sipwitch1.secrets';
const call = 'org.sipwitch.sipwitch1.call';

const table: readonly (readonly [operation: Operation, own: string, others: string, everybody: string])[] = [
  ['status', 'allow', 'allow', 'allow'],
  ['seeAccount', 'allow', manage, manage],
  ['seePhones', 'allow', manage, manage],
  ['seeCalls', 'allow', manage, manage],
  ['seeEverything', manage, manage, manage],
  ['setPreference', 'allow', manage, manage],
  ['setPassword', 'allow', secrets, secrets],
  ['removePhone', 'allow', manage, manage],
  ['hangUp', 'allow', call, call],
  ['manage', manage, manage, manage],
];

test.each(table)('%s: of oneself %s, of another %s, of everybody %s', (operation, own, others, everybody) => {
  expect(permission(operation, alice, DAEMON, ['alice'])).toBe(own);
  expect(permission(operation, alice, DAEMON, ['bob'])).toBe(others);
  expect(permission(operation, alice, DAEMON, [])).toBe(everybody);
});

test.each(table)('%s is free to root and to the user of the daemon', (operation) => {
  expect(permission(operation, { uid: 0, name: 'root' }, DAEMON, ['bob'])).toBe('allow');
  expect(permission(operation, { uid: DAEMON, name: undefined }, DAEMON, [])).toBe('allow');
});

test.each(table)('%s is denied to whom the bus does not know, unless it is free to all', (operation) => {
  const expected = operation === 'status' ? 'allow' : 'deny';
  expect(permission(operation, { uid: undefined, name: undefined }, DAEMON, ['bob'])).toBe(expected);
});

test("a call with somebody else is one's own", () => {
  expect(permission('hangUp', alice, DAEMON, ['bob', 'alice'])).toBe('allow');
});

test('a login without an account owns nothing', () => {
  expect(permission('seePhones', { uid: 1001, name: undefined }, DAEMON, [])).toBe(manage);
});

test('users set how they are called, and not what costs money or lets strangers in', () => {
  const own = ['display', 'dnd', 'no_answer', 'forward_strangers'];
  for (const why of ['all', 'busy', 'noanswer', 'unreachable', 'offline', 'dnd']) own.push(`forward_${why}`);
  expect(own.map(operationOfKey)).toEqual(own.map(() => 'setPreference'));
  const administrative = ['class', 'extension', 'published', 'phones', 'certificate', 'whatever'];
  expect(administrative.map(operationOfKey)).toEqual(administrative.map(() => 'manage'));
});
