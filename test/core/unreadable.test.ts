import { assert, test } from 'vitest';
import { StorageError } from '../../src/runtime/storage.ts';
import { house } from '../rules/house.ts';
import { SimStorage } from '../support/sim-storage.ts';

/** A state directory where one file may not be read. */
class Locked extends SimStorage {
  locked = '';

  override read(path: string, last?: number): string | undefined {
    if (path === this.locked) throw new StorageError('EACCES', path, `cannot read ${path}: permission denied`);
    return super.read(path, last);
  }
}

test('a password that cannot be read proves nobody, is told to the operator, and costs others nothing (house 8)', async () => {
  const storage = new Locked();
  const { desk, alice, bob } = await house({ storage });
  storage.locked = 'digests/alice/passwd';
  desk.run(60_000);
  const to = '<sip:alice@home.example>';
  alice.inbox.length = 0;
  alice.authenticated(alice.request('REGISTER', 'sip:home.example', { to }), alice.response(401));
  assert.deepEqual(alice.waiting, ['401 REGISTER']);
  assert.deepEqual(desk.log.of('error'), [
    'cannot read digests/alice/passwd: permission denied; it proves nobody until it can be read',
  ]);
  assert.equal(desk.exchange.bugs, 0);
  bob.inbox.length = 0;
  assert.equal(bob.register().status, 200);

  storage.locked = '';
  desk.run(2_000);
  alice.inbox.length = 0;
  assert.equal(alice.register().status, 200);
});
