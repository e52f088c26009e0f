import { assert, expect, test } from 'vitest';
import { ha1 } from '../../../src/sip/auth/digest.ts';
import { Controlled, noBuses } from '../../support/controlled.ts';
import { REALM } from '../../support/desk.ts';

async function setup() {
  const { accounts, secrets } = new Controlled(noBuses);
  return { accounts, passwords: (name: string) => secrets.sources(name), leave: () => secrets.set('eve', 'passwd', 'old') };
}

test('a password that an earlier user of the name left behind opens no new account', async () => {
  const { accounts, passwords, leave } = await setup();
  await leave();
  expect(passwords('eve')).toEqual(['passwd']);
  await accounts.add('eve', []);
  expect(passwords('eve')).toEqual([]);
});

test('a password that an earlier user of the name left behind opens no account that an import makes', async () => {
  const { accounts, secrets } = new Controlled(noBuses);
  await secrets.importAll('old', [
    { name: 'eve', password: 'old' },
    { name: 'mallory', password: 'old' },
    { name: 'trent', password: 'old' },
  ]);
  await secrets.set('eve', 'device-desk', 'older');
  const ofTrent = secrets.ha1('trent', 'MD5');
  await accounts.importUsers('eve,new\nmallory,new\n', []);
  for (const name of ['eve', 'mallory']) assert.deepEqual(secrets.ha1(name, 'MD5'), [ha1('MD5', name, REALM, 'new')]);
  assert.deepEqual(secrets.ha1('trent', 'MD5'), ofTrent);
});

test('with a user its passwords go', async () => {
  const { accounts, passwords } = await setup();
  await accounts.add('eve', []);
  await accounts.setPassword('eve', 'x'.repeat(128));
  expect(passwords('eve')).toEqual(['passwd']);
  await accounts.remove('eve');
  expect(passwords('eve')).toEqual([]);
});

test.each(['', 'x'.repeat(129), 'a\nb'])('%j is no password', async (password) => {
  const { accounts, passwords } = await setup();
  await accounts.add('eve', []);
  await expect(accounts.setPassword('eve', password)).rejects.toMatchObject({ name: 'InvalidArgument' });
  expect(passwords('eve')).toEqual([]);
});

test('who was written by hand is taken out by hand', async () => {
  const { accounts } = await setup();
  await expect(accounts.remove('alice')).rejects.toMatchObject({
    name: 'NotAllowed',
    message: expect.stringMatching(
      /^alice was written by hand, in \/config\/sipwitch\.conf:\d+; take \[user alice\] out there, then reload$/,
    ),
  });
});

test.each([
  ['ENOSPC', 'make room there'],
  ['EACCES', 'run this as the user of the daemon, or as root'],
  ['EROFS', '"dmesg" may say why nothing can be written there'],
])('a disk that says %s leaves all as it was, and the refusal says what to do', async (code, advice) => {
  const { accounts, storage } = new Controlled(noBuses);
  storage.fails = code;
  await expect(accounts.add('eve', [])).rejects.toMatchObject({
    name: 'StorageFailed',
    message: `cannot write conf.d/user-eve.conf: ${code}; ${advice}`,
  });
});

test('a value is as long as a bus takes, with a daemon and without', async () => {
  const { accounts } = new Controlled(noBuses);
  await expect(accounts.add('eve', [['display', 'x'.repeat(1_025)]])).rejects.toMatchObject({
    name: 'InvalidArgument',
    message: 'the value of display is longer than 1024 characters',
  });
  expect(await accounts.add('eve', [['display', 'x'.repeat(1_024)]])).toEqual([]);
});
