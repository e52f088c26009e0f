import { assert, expect, test } from 'vitest';
import { load } from '../../../src/config/load.ts';
import { importDropIn, importDropInPath, userDropIn, userDropInPath } from '../../../src/core/account/drop-in.ts';
import { randomPassword } from '../../../src/core/account/password.ts';
import { realmOf } from '../../../src/core/account/realm.ts';
import { Accounts } from '../../../src/core/account/users.ts';
import { filesOf, loadText, setting } from '../../config/memory-files.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimStorage } from '../../support/sim-storage.ts';

test('accounts are found by name and by extension', () => {
  const { config } = loadText(
    '[user alice]\nextension = 201\ndisplay = Alice\npublished = yes\nphones = 3\ndecline = everywhere\n[user bob]\ndnd = yes\n',
  );
  const accounts = new Accounts(config!);
  const alice = {
    name: 'alice',
    extension: '201',
    display: 'Alice',
    published: true,
    phones: 3,
    dnd: false,
    decline: 'everywhere' as const,
  };
  assert.deepInclude(accounts.byName('alice'), alice);
  assert.deepInclude(accounts.byExtension('201'), alice);
  assert.equal(accounts.byExtension('202'), undefined);
  assert.equal(accounts.byName('201'), undefined);
  assert.deepEqual(
    [...accounts.all()].map(({ name, dnd }) => [name, dnd]),
    [
      ['alice', false],
      ['bob', true],
    ],
  );
});

test('a user whose name is a number is not published whatever the configuration says', () => {
  const { config } = loadText('[user 201]\npublished = yes\n');
  assert.isFalse(new Accounts(config!).byName('201')?.published);
});

test('the realm is the first domain, made once, and one made by hand is kept if it can be written unquoted', async () => {
  const storage = new SimStorage();
  assert.equal(await realmOf(storage, 'home.example'), 'home.example');
  assert.equal(await realmOf(storage, 'renamed.example'), 'home.example');
  await storage.write('realm', 'by-hand\n');
  assert.equal(await realmOf(storage, 'home.example'), 'by-hand');
  await storage.write('realm', 'my "home"\n');
  await expect(realmOf(storage, 'home.example')).rejects.toThrow('the file "realm" of the state directory holds no realm');
  for (const domain of ['[2001:db8::1]', 'a'.repeat(65)]) assert.equal(await realmOf(new SimStorage(), domain), 'sipwitch');
  const full = new SimStorage();
  full.fails = 'ENOSPC';
  await expect(realmOf(full, 'home.example')).rejects.toThrow('ENOSPC');
});

test('a random password has three groups of five, no letter that looks like another, and differs each time', () => {
  const random = new SimRandom(7);
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const password = randomPassword(random);
    assert.match(password, /^[a-km-np-z2-9]{5}-[a-km-np-z2-9]{5}-[a-km-np-z2-9]{5}$/);
    seen.add(password);
  }
  assert.equal(seen.size, 500);
  assert.equal(new Set([...seen].join('').replaceAll('-', '')).size, 32);
});

test('the drop-in of a user is read back as it was set', () => {
  const text = userDropIn('alice', [
    ['extension', '201'],
    ['display', ' Alice; "the desk"'],
  ]);
  assert.equal(
    text,
    '; Written by sipwitch. What stands in sipwitch.conf.d/ is read later and wins.\n' +
      '[user alice]\nextension = 201\ndisplay = " Alice; \\"the desk\\""\n',
  );
  const { config } = load(filesOf({ [`${setting.state}/${userDropInPath('alice')}`]: text }), setting);
  assert.equal(config?.users.get('alice')?.display, ' Alice; "the desk"');
});

test('the drop-in of an import gives each user its own settings and the shared ones, and a later change of one user wins', () => {
  const text = importDropIn(
    [
      { name: 'u1', extension: '201', display: undefined },
      { name: 'u2', extension: undefined, display: 'Two' },
    ],
    [
      ['published', 'yes'],
      ['display', 'Somebody'],
    ],
  );
  const { config, problems } = load(
    filesOf({
      [`${setting.state}/${importDropInPath('a')}`]: text,
      [`${setting.state}/${userDropInPath('u1')}`]: userDropIn('u1', [['display', 'One']]),
    }),
    setting,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...(config?.users.values() ?? [])].map(({ name, extension, display, published }) => [name, extension, display, published]),
    [
      ['u1', '201', 'One', true],
      ['u2', undefined, 'Two', true],
    ],
  );
});
