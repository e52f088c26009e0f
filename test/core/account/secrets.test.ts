import { assert, expect, test } from 'vitest';
import { Secrets } from '../../../src/core/account/secrets.ts';
import { StorageError } from '../../../src/runtime/storage.ts';
import { cpuTime } from '../../support/cpu-time.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimStorage } from '../../support/sim-storage.ts';

const realm = 'sipwitch-4f9a1c2b7e';
/** md5 and sha256 of `alice:sipwitch-4f9a1c2b7e:secret`, by md5sum and sha256sum. */
const md5 = 'd47ded059c7b0498a3960769888cb67a';
/** md5 of `alice@sipwitch-4f9a1c2b7e:...` and of `alice@:...`, as some user agents spell the name. */
const spelled = ['c4e6fbb4233f45c15cef6117fed92cd4', 'b7ff8903e6db2ffbb0caf50a5c5231db'];
const sha256 = '496bb9631c2101b0b45afd00d31625e1631005ffdc6dabd55298eac922df39d1';

function setup() {
  const storage = new SimStorage();
  const clock = new SimClock();
  return { storage, clock, secrets: new Secrets(storage, clock, realm) };
}

/** Lets watches and writes happen. */
const settled = () => new Promise((done) => setImmediate(done));

test('a password is stored as its two HA1s in a file of its source, and either algorithm proves the user (RFC 7616 §3.4.2)', async () => {
  const { storage, secrets } = setup();
  await secrets.set('alice', 'passwd', 'secret');
  assert.deepEqual(
    [...storage.files],
    [
      [
        'digests/alice/passwd',
        { text: `v1 ${realm} MD5:${md5} SHA-256:${sha256} MD5:${spelled[0]} MD5:${spelled[1]}\n`, mode: 0o600 },
      ],
    ],
  );
  assert.deepEqual(secrets.ha1('alice', 'MD5'), [md5, ...spelled]);
  assert.deepEqual(secrets.ha1('alice', 'SHA-256'), [sha256]);
});

test('letters beyond ASCII are hashed as their UTF-8 bytes (RFC 7616 §4)', async () => {
  const { secrets } = setup();
  await secrets.set('alice', 'passwd', 'pässwörd€');
  assert.equal(secrets.ha1('alice', 'MD5')[0], '8bf8a581afc6454eb2022e4dfc4b5f7b');
});

test('any source proves the user, and each is revoked alone, by removing its file', async () => {
  const { storage, clock, secrets } = setup();
  assert.deepEqual(secrets.ha1('alice', 'SHA-256'), []); // looked for in vain less than a second ago
  await secrets.set('alice', 'login', 'one');
  await secrets.set('alice', 'device-desk', 'two');
  assert.equal(secrets.ha1('alice', 'SHA-256').length, 2);
  assert.deepEqual(secrets.sources('alice'), ['device-desk', 'login']);
  const [desk] = secrets.ha1('alice', 'SHA-256');
  await storage.remove('digests/alice/login');
  clock.advance(1_000);
  assert.deepEqual(secrets.ha1('alice', 'SHA-256'), desk === undefined ? [] : [desk]);
  await secrets.remove(['alice']);
  assert.deepEqual(secrets.ha1('alice', 'SHA-256'), []);
});

test('sixteen passwords prove a user and a seventeenth is refused', async () => {
  const { storage, secrets } = setup();
  for (let i = 0; i < 16; i++) await secrets.set('alice', `device-${10 + i}`, `p${i}`);
  assert.equal(secrets.ha1('alice', 'SHA-256').length, 16);
  await expect(secrets.set('alice', 'login', 'p')).rejects.toThrow('alice has 16 passwords: revoke one first');
  await secrets.set('alice', 'device-10', 'other');
  storage.put('digests/alice/zzz', '', 0o600);
  storage.put('digests/alice/passwd', `v1 ${realm} SHA-256:${sha256}\n`, 0o600);
  assert.equal(secrets.ha1('alice', 'SHA-256').length, 16);
});

test('lines of another realm, version or form prove nothing; hexadecimal digits may be capitals', () => {
  const { storage, secrets } = setup();
  const lines = [
    `v1 other MD5:${md5}`,
    `v2 ${realm} MD5:${md5}`,
    `v1 ${realm} MD5:${md5}0 SHA-256:${md5} SHA-1:${md5} MD5`,
    `v1 ${realm} MD5:0${md5} SHA-256:${sha256}0 SHA-256:0${sha256}`,
    '',
    `v1 ${realm} SHA-256:${sha256.toUpperCase()}`,
  ];
  storage.put('digests/alice/login', lines.join('\n'), 0o600);
  assert.deepEqual(secrets.ha1('alice', 'MD5'), []);
  assert.deepEqual(secrets.ha1('alice', 'SHA-256'), [sha256]);
});

test('no path is built from what a stranger sends as a name', () => {
  const { storage, secrets } = setup();
  const asked: string[] = [];
  const { list, read } = storage;
  storage.list = (folder) => {
    asked.push(folder);
    return list.call(storage, folder);
  };
  storage.read = (path) => {
    asked.push(path);
    return read.call(storage, path);
  };
  storage.put('digests/alice/passwd', `v1 ${realm} MD5:${md5}`, 0o600);
  for (const name of ['../../etc/passwd', '', '.', 'a/b', 'bob', '__proto__', 'import-x.txt']) {
    assert.deepEqual(secrets.ha1(name, 'MD5'), []);
  }
  assert.deepEqual([...new Set(asked)], ['digests']);
});

test('a new file is seen at once where the watch tells, and within a second where it does not', async () => {
  const { storage, clock, secrets } = setup();
  assert.deepEqual(secrets.ha1('alice', 'MD5'), []);
  storage.put('digests/import-x.txt', `alice v1 ${realm} MD5:${md5}\n`, 0o600);
  await settled();
  assert.deepEqual(secrets.ha1('alice', 'MD5'), [md5]);

  storage.put('digests/bob/login', `v1 ${realm} MD5:${md5}\n`, 0o600); // a folder below the watched one
  await settled();
  assert.deepEqual(secrets.ha1('bob', 'MD5'), []);
  clock.advance(1000);
  assert.deepEqual(secrets.ha1('bob', 'MD5'), [md5]);
  storage.put('digests/bob/login', `v1 ${realm} MD5:${'0'.repeat(32)}\n`, 0o600);
  clock.advance(999);
  assert.deepEqual(secrets.ha1('bob', 'MD5'), [md5]);
  clock.advance(1);
  assert.deepEqual(secrets.ha1('bob', 'MD5'), ['0'.repeat(32)]);
});

test('what another program changes in an import is so at once: the old password proves nobody any more', async () => {
  const { storage, secrets } = setup();
  const [old, other] = [`alice v1 ${realm} MD5:${md5}\n`, `bob v1 ${realm} MD5:${md5}\n`];
  storage.put('digests/import-x.txt', old + other, 0o600);
  assert.deepEqual(secrets.ha1('alice', 'MD5'), [md5]);
  storage.put('digests/import-x.txt', old.replace(md5, '0'.repeat(32)) + other, 0o600);
  await settled();
  assert.deepEqual(secrets.ha1('alice', 'MD5'), ['0'.repeat(32)]);
  storage.put('digests/import-x.txt', other, 0o600);
  await settled();
  assert.deepEqual(secrets.ha1('alice', 'MD5'), []);
  assert.deepEqual(secrets.ha1('bob', 'MD5'), [md5]);
});

test('guessed names look into the folder once a second and not each time', () => {
  const { storage, clock, secrets } = setup();
  let looks = 0;
  const { list } = storage;
  storage.list = (folder) => {
    looks++;
    return list.call(storage, folder);
  };
  for (let i = 0; i < 5000; i++) {
    secrets.ha1(`guess${i}`, 'MD5');
    clock.advance(1);
  }
  assert.equal(looks, 5);
});

test('an import holds many users in one file, and passwd takes a user out of it', async () => {
  const { storage, secrets } = setup();
  await secrets.importAll('2026', [
    { name: 'alice', password: 'secret' },
    { name: 'al', password: 'x' },
    { name: 'bob', password: 'y' },
  ]);
  assert.deepEqual([...storage.files.keys()], ['digests/import-2026.txt']);
  assert.isTrue(storage.read('digests/import-2026.txt')?.startsWith(`alice v1 ${realm} MD5:${md5} SHA-256:${sha256}\nal v1 `));
  assert.deepEqual(secrets.ha1('alice', 'MD5'), [md5]);
  assert.deepEqual(secrets.sources('bob'), ['passwd']);

  await Promise.all([secrets.set('alice', 'passwd', 'new'), secrets.remove(['bob'])]);
  assert.notInclude(secrets.ha1('alice', 'MD5'), md5);
  assert.equal(secrets.ha1('alice', 'SHA-256').length, 1);
  assert.deepEqual(secrets.ha1('bob', 'MD5'), []);
  assert.match(storage.read('digests/import-2026.txt') ?? '', /^al v1 [^\n]*\n$/);
  await secrets.remove(['al']);
  assert.deepEqual([...storage.files.keys()], ['digests/alice/passwd']);
  assert.deepEqual(secrets.ha1('al', 'MD5'), []);
});

test('of an import that another program wrote it is known at once whom it gives a password, and that is told once', () => {
  const { storage, secrets } = setup();
  storage.put('digests/import-x.txt', `alice v1 ${realm} MD5:${md5}\nbob v1 ${realm} MD5:${md5}\n`, 0o600);
  storage.put('digests/bob/passwd', `v1 ${realm} MD5:${md5}\n`, 0o600);
  assert.deepEqual(
    ['alice', 'bob', 'carol'].map((name) => secrets.sources(name)),
    [['passwd'], ['passwd'], []],
  );
});

test('a password of one device leaves that of an import in force', async () => {
  const { secrets } = setup();
  await secrets.importAll('2026', [{ name: 'alice', password: 'secret' }]);
  await secrets.set('alice', 'device-desk', 'two');
  assert.deepEqual(secrets.sources('alice'), ['passwd', 'device-desk']);
  assert.include(secrets.ha1('alice', 'SHA-256'), sha256);
});

test('changes at the same time do not bring back what the other took away', async () => {
  const { storage, secrets } = setup();
  const { write } = storage;
  storage.write = async (path, text, mode) => {
    await settled(); // a disk takes its time
    await write.call(storage, path, text, mode);
  };
  await secrets.importAll('x', [
    { name: 'al', password: 'a' },
    { name: 'alice', password: 'b' },
    { name: 'bob', password: 'c' },
  ]);
  await Promise.all([secrets.remove(['al']), secrets.remove(['bob'])]);
  assert.match(storage.read('digests/import-x.txt') ?? '', /^alice v1 [^\n]*\n$/);
});

test('a change that fails is told to its caller and does not hold up the next', async () => {
  const { storage, secrets } = setup();
  storage.fails = 'ENOSPC';
  await expect(secrets.set('alice', 'passwd', 'secret')).rejects.toThrow('ENOSPC');
  storage.fails = undefined;
  await secrets.set('alice', 'passwd', 'secret');
  assert.deepEqual(secrets.ha1('alice', 'SHA-256'), [sha256]);
});

test('who revokes a password, or gives another one, is told where the old one stays in force', async () => {
  const { storage, secrets } = setup();
  await secrets.importAll('x', [{ name: 'alice', password: 'secret' }]);
  await secrets.set('bob', 'passwd', 'secret');
  storage.remove = async (path) => {
    throw new StorageError('EROFS', `cannot remove ${path}: EROFS`);
  };
  await expect(secrets.set('alice', 'passwd', 'new')).rejects.toThrow('cannot remove digests/import-x.txt: EROFS');
  await expect(secrets.remove(['bob'])).rejects.toThrow('cannot remove digests/bob/passwd: EROFS');
  assert.equal(secrets.ha1('bob', 'MD5').length, 3);
});

test.each([
  ['../x', 'passwd'],
  ['import-x.txt', 'passwd'],
  ['alice', 'device-a/b'],
])('%s cannot have a secret %s', async (name, source) => {
  await expect(setup().secrets.set(name, source as 'passwd', 'x')).rejects.toThrow(RangeError);
});

test('no path is built from what is no label of an import', async () => {
  await expect(setup().secrets.importAll('x/../../y', [])).rejects.toThrow(RangeError);
});

test('ten thousand imported users are hashed in 100 ms and read in 30 ms (five times that here)', async () => {
  const { storage, clock, secrets } = setup();
  const users = Array.from({ length: 10_000 }, (_, i) => ({ name: `u${i}`, password: `pw${i}` }));
  const imported: Promise<void>[] = [];
  const hashed = cpuTime(() => imported.push(secrets.importAll('all', users)));
  await Promise.all(imported);
  assert.isBelow(hashed, 500);
  const fresh = new Secrets(storage, clock, realm);
  const read = cpuTime(() => assert.equal(fresh.ha1('u9999', 'MD5').length, 1));
  assert.isBelow(read, 150);
});

/** Its folders cannot be read while it is out of files, nor a file of it. */
class Exhausted extends SimStorage {
  out = false;
  unread = '';
  reads = 0;

  override read(path: string, last?: number): string | undefined {
    this.reads++;
    if (path === this.unread || this.unread === 'all')
      throw new StorageError('EMFILE', `cannot read ${path}: too many open files`);
    return super.read(path, last);
  }

  override list(folder: string): readonly string[] {
    if (this.out) throw new StorageError('EMFILE', `cannot read ${folder}: too many open files`);
    return super.list(folder);
  }
}

test('what was read is believed while it cannot be read again; a new file that is told of is not taken for none', async () => {
  const storage = new Exhausted();
  const clock = new SimClock();
  const secrets = new Secrets(storage, clock, realm);
  const told: string[] = [];
  secrets.unread = ({ message }) => told.push(message);
  storage.out = true;
  expect(() => secrets.ha1('alice', 'MD5')).toThrow(/too many open files/);
  storage.out = false;
  await secrets.set('alice', 'passwd', 'secret');
  await secrets.importAll('staff', [{ name: 'bob', password: 'secret' }]);
  assert.equal(secrets.ha1('alice', 'MD5').length, 3);
  storage.put('digests/import-more.txt', '', 0o600);
  await settled();
  storage.out = true;
  clock.advance(5_000);
  assert.equal(secrets.ha1('alice', 'MD5').length, 3);
  assert.equal(secrets.ha1('bob', 'MD5').length, 1);
  expect(() => secrets.ha1('carol', 'MD5')).toThrow(/too many open files/);
  storage.out = false;
  assert.deepEqual(secrets.ha1('carol', 'MD5'), []);
  storage.out = true;
  clock.advance(5_000);
  assert.deepEqual(secrets.ha1('carol', 'MD5'), []);
  assert.include(told, 'cannot read digests: too many open files');
  const problems = ['digests/alice', 'digests'].map(
    (what) => `cannot read ${what}: too many open files; what was read of it before counts until it can be read`,
  );
  for (let asked = 0; asked < 2; asked++) assert.deepEqual(secrets.problems, problems);
  storage.out = false;
  assert.deepEqual(secrets.problems, []);
});

test('a password that another took the place of is believed no more, even where nothing can be read', async () => {
  const storage = new Exhausted();
  const clock = new SimClock();
  const secrets = new Secrets(storage, clock, realm);
  await secrets.set('alice', 'passwd', 'secret');
  await secrets.set('alice', 'login', 'other');
  assert.equal(secrets.ha1('alice', 'SHA-256').length, 2);
  storage.unread = 'digests/alice/login';
  await secrets.set('alice', 'passwd', 'new');
  expect(() => secrets.ha1('alice', 'SHA-256')).toThrow(/too many open files/);
});

test('the passwords of who was removed are believed no more, whose folder stays on a disk', async () => {
  const storage = new Exhausted();
  const secrets = new Secrets(storage, new SimClock(), realm);
  await secrets.set('alice', 'passwd', 'secret');
  storage.put('digests/alice/none', '', 0o600);
  assert.equal(secrets.ha1('alice', 'MD5').length, 3);
  await secrets.remove(['alice']);
  storage.out = true;
  expect(() => secrets.ha1('alice', 'MD5')).toThrow(/too many open files/);
});

test('of many that cannot be read a few are named, and looked at again when it is asked; of who is gone nothing is said (house 12.5)', async () => {
  const storage = new Exhausted();
  const secrets = new Secrets(storage, new SimClock(), realm);
  const names = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];
  for (const name of names) await secrets.set(name, 'passwd', 'secret');
  storage.unread = 'all';
  for (const name of names) expect(() => secrets.ha1(name, 'MD5')).toThrow(/too many open files/);
  storage.reads = 0;
  assert.equal(secrets.problems.length, 6);
  assert.equal(storage.reads, 5);
  assert.match(secrets.problems[0]!, /^cannot read digests\/a1\/passwd: .*; it proves nobody until it can be read$/);
  assert.equal(secrets.problems[5], 'passwords of 2 more users could not be read');
  assert.deepEqual(secrets.sources('a1'), ['passwd']);
  assert.equal(secrets.problems.length, 6);
  await secrets.remove(['a6', 'a7']);
  assert.equal(secrets.problems.length, 5);
  await secrets.remove(names);
  secrets.sources('a1');
  assert.deepEqual(secrets.problems, []);
});

test('there is a password where one stands, readable or not; where nothing was ever to be seen nobody can say', async () => {
  const storage = new Exhausted();
  const clock = new SimClock();
  storage.out = true;
  expect(() => new Secrets(storage, clock, realm).has('alice')).toThrow(/too many open files/);
  storage.out = false;
  const secrets = new Secrets(storage, clock, realm);
  await secrets.set('alice', 'passwd', 'secret');
  await secrets.importAll('staff', [{ name: 'bob', password: 'secret' }]);
  const has = () => ['alice', 'bob', 'carol'].map((name) => secrets.has(name));
  assert.deepEqual(has(), [true, true, false]);
  storage.unread = 'digests/alice/passwd';
  clock.advance(5_000);
  assert.deepEqual(has(), [true, true, false]);
  const fresh = new Secrets(storage, clock, realm);
  assert.deepEqual([fresh.has('alice'), fresh.has('carol')], [true, false]);
});
