import { assert, test } from 'vitest';
import { StorageError } from '../../src/runtime/storage.ts';
import { house } from '../rules/house.ts';
import { HOUSE } from '../support/desk.ts';
import { SimStorage } from '../support/sim-storage.ts';

/** A state directory where some file, or folder, cannot be read. */
class Locked extends SimStorage {
  locked = '';
  also: readonly string[] = [];

  override read(path: string, last?: number): string | undefined {
    if (path === this.locked || this.also.includes(path))
      throw new StorageError('EACCES', `cannot read ${path}: permission denied`);
    return super.read(path, last);
  }

  override list(folder: string): readonly string[] {
    if (this.locked === folder) throw new StorageError('EMFILE', `cannot read ${folder}: too many open files`);
    return super.list(folder);
  }
}

const REGISTER = ['REGISTER', 'sip:home.example', { to: '<sip:carol@home.example>' }] as const;

test.each([
  ['digests/carol/passwd', 'permission denied'],
  ['digests/carol', 'too many open files'],
])(
  'while %s was never read, %s, its user is asked to come again, and no failure is counted (house 8, security S6)',
  async (locked, why) => {
    const storage = new Locked();
    const { desk, bob } = await house({ storage });
    const carol = await desk.phone('carol', '10.0.0.4');
    storage.locked = locked;
    for (let n = 0; n < 25; n++) {
      carol.authenticated(carol.request(...REGISTER), carol.response(401));
      assert.include(carol.response(503).text, '\r\nRetry-After: 10\r\n');
      desk.run(1_000);
    }
    carol.request('INVITE', 'sip:bob@home.example');
    carol.authenticated(carol.request('INVITE', 'sip:bob@home.example'), carol.response(407));
    carol.response(503);
    assert.deepEqual(desk.log.of('error'), [`cannot read ${locked}: ${why}; it proves nobody until it can be read`]);
    assert.deepEqual(desk.log.of('notice'), []);
    assert.equal(desk.exchange.bugs, 0);
    bob.inbox.length = 0;
    assert.equal(bob.register().status, 200);

    storage.locked = '';
    carol.inbox.length = 0;
    assert.equal(carol.register().status, 200);
  },
);

test.each([
  ['digests/alice/passwd', 'permission denied'],
  ['digests/alice', 'too many open files'],
  ['digests', 'too many open files'],
])(
  'what was read once counts while %s cannot be read again, %s, and the operator hears of it once a minute (house 8)',
  async (locked, why) => {
    const storage = new Locked();
    const { desk, alice } = await house({ storage });
    storage.locked = locked;
    for (let n = 0; n < 30; n++) {
      desk.run(3_000);
      assert.equal(alice.register().status, 200);
      // Who is nobody is nobody, and the names are looked for.
      alice.authenticated(alice.request(...REGISTER), alice.response(401), 'x', 'nobody');
      alice.response(401);
    }
    assert.deepEqual(
      desk.log.of('error'),
      Array(2).fill(`cannot read ${locked}: ${why}; what was read of it before counts until it can be read`),
    );
  },
);

test('phones of several users whose passwords cannot be read make no longer log in turns (house 8)', async () => {
  const storage = new Locked();
  const { desk, alice, bob } = await house({ storage });
  storage.locked = 'digests/alice/passwd';
  storage.also = ['digests/bob/passwd'];
  for (let n = 0; n < 30; n++) {
    desk.run(3_000);
    for (const phone of [alice, bob]) assert.equal(phone.register().status, 200);
  }
  const of = (path: string) => `cannot read ${path}: permission denied; what was read of it before counts until it can be read`;
  const minute = [of('digests/alice/passwd'), of('digests/bob/passwd')];
  assert.deepEqual(desk.log.of('error'), [...minute, ...minute]);
});

test('where it is so of every user, five of them are told of in a minute, and no more (house 8)', async () => {
  const storage = new Locked();
  const names = Array.from({ length: 7 }, (_, n) => `u${n}`);
  const { desk } = await house({ storage, config: HOUSE + names.map((name) => `[user ${name}]\n`).join('') });
  const phones = await Promise.all(names.map((name, n) => desk.phone(name, `10.0.1.${n + 1}`)));
  storage.also = names.map((name) => `digests/${name}/passwd`);
  for (const phone of phones) {
    const to = `<sip:${phone.user}@home.example>`;
    phone.authenticated(phone.request('REGISTER', 'sip:home.example', { to }), phone.response(401));
    phone.response(503);
  }
  assert.deepEqual(
    desk.log.of('error'),
    storage.also.slice(0, 5).map((path) => `cannot read ${path}: permission denied; it proves nobody until it can be read`),
  );
});

test('whose passwords cannot be read is told until they can be (house 8)', async () => {
  const storage = new Locked();
  const { desk, alice } = await house({ storage });
  const { exchange } = desk;
  const carol = await desk.phone('carol', '10.0.0.4');
  assert.deepEqual(exchange.problems, []);
  for (const [phone, so] of [
    [alice, 'what was read of it before counts'],
    [carol, 'it proves nobody'],
  ] as const) {
    storage.locked = `digests/${phone.user}/passwd`;
    desk.run(3_000);
    phone.authenticated(phone.request(...REGISTER), phone.response(401));
    desk.run(3_000);
    assert.deepEqual(exchange.problems, [`cannot read ${storage.locked}: permission denied; ${so} until it can be read`]);
    storage.locked = '';
    assert.deepEqual(exchange.problems, []);
  }
});

test('while what was said of states cannot be read it is not overwritten, and what is said then counts (house 8)', async () => {
  const storage = new Locked();
  storage.put('states', 'night on\naway on\n', 0o600);
  storage.locked = 'states';
  const states = ['night', 'away', 'lunch'].map((name) => `[state ${name}]\nusers = bob\n`).join('');
  const { desk } = await house({ storage, config: `${HOUSE}${states}` });
  const { features } = desk.exchange;
  const on = () => features.states.active().map(({ name }) => name);
  const why = 'cannot read states: permission denied';
  assert.deepEqual(features.states.problems, [`${why}; the clock says which states are on`]);
  assert.deepEqual(on(), []);
  for (const [name, said] of [
    ['lunch', 'on'],
    ['away', 'auto'],
  ] as const) {
    const error = await features.states.set(name, said).catch((error: unknown) => error);
    assert.equal((error as StorageError).message, why);
  }
  assert.deepEqual(features.states.problems, [`${why}; what was switched is so until the daemon stops`]);
  assert.deepEqual(on(), ['lunch']);

  storage.locked = '';
  assert.equal(storage.read('states'), 'night on\naway on\n');
  await features.states.set('lunch', 'off');
  assert.deepEqual(features.states.problems, []);
  assert.deepEqual(on(), ['night']);
  assert.equal(storage.read('states'), 'lunch off\nnight on\n');
});
