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

test('other programs have their turn once a change is made, or refused; while one has it nothing is changed', async () => {
  const daemon = new Controlled(noBuses);
  const { accounts, storage } = daemon;
  const turns: string[] = [];
  storage.watch('conf.d', () => turns.push(daemon.turn));
  await accounts.add('eve', []);
  turns.push(daemon.turn);
  await expect(accounts.add('eve', [])).rejects.toMatchObject({ name: 'UserExists' });
  turns.push(daemon.turn);
  expect(turns).toEqual(['ours', 'free', 'free']);
  daemon.turn = 'theirs';
  const message = 'another program is changing the files of /state; nothing is changed; try again';
  await expect(accounts.add('bob2', [])).rejects.toMatchObject({ name: 'StorageFailed', message });
  expect(storage.list('conf.d')).toEqual(['user-eve.conf']);
});

test('imports of one second are two files, and a user that goes leaves the others of its file', async () => {
  const { accounts, secrets, storage } = new Controlled(noBuses);
  await accounts.importUsers('eve,x\nmallory,x\n', []);
  await accounts.importUsers('trent,x\n', []);
  const [first, second] = ['import-20261102-090000', 'import-20261102-090000-2'];
  expect(storage.list('conf.d')).toEqual([`${second}.conf`, `${first}.conf`]);
  await accounts.remove('eve');
  expect(storage.read(`conf.d/${first}.conf`)).toMatch(/^[^[]*\[user mallory\][^[]*$/);
  await accounts.remove('mallory');
  expect(storage.list('conf.d')).toEqual([`${second}.conf`]);
  expect(['eve', 'mallory', 'trent'].filter((name) => secrets.has(name))).toEqual(['trent']);
});

test('a disk that is full in the midst of an import leaves no passwords of users that there are not', async () => {
  const { accounts, secrets, storage } = new Controlled(noBuses);
  storage.watch('digests', () => {
    storage.fails = 'ENOSPC';
  });
  await expect(accounts.importUsers('eve,x\n', [])).rejects.toMatchObject({ name: 'StorageFailed' });
  expect([...storage.files.keys(), secrets.has('eve')]).toEqual([false]);
});

test('of the faults of an import twenty are shown, and how many more there are', async () => {
  const { accounts } = new Controlled(noBuses);
  const shown = async (faults: number) => {
    const csv = 'a b,x\n'.repeat(faults);
    const message = await accounts.importUsers(csv, []).then(String, (error: Error) => error.message);
    return [message.split('\n').length - 1, message.split('\n').at(-1)];
  };
  expect(await shown(20)).toEqual([20, expect.stringMatching(/^ {2}line 20: /)]);
  expect(await shown(25)).toEqual([21, '  and 5 more']);
});

test('nobody gets a password, a key or a name that cannot be', async () => {
  const { accounts, storage } = new Controlled(noBuses);
  const refused = (change: Promise<unknown>) => change.then(String, (error: Error) => error.name);
  expect([await refused(accounts.setPassword('alize', 'x')), await refused(accounts.add('a b', []))]).toEqual([
    ...['NoSuchUser', 'InvalidArgument'],
  ]);
  expect(await refused(accounts.importUsers('eve,x\n', [['extensio', '1']]))).toBe('InvalidArgument');
  expect([...storage.files.keys()]).toEqual([]);
});
