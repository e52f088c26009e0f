import { assert, test } from 'vitest';
import { routeKey } from '../../../src/core/proxy/route-key.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimStorage } from '../../support/sim-storage.ts';

test('the key that signs Record-Routes is made once, and anew where its file holds none, which is said (house, "A dialog proves itself")', async () => {
  const storage = new SimStorage();
  const random = new SimRandom(1);
  const log = new SimLog();
  const key = await routeKey(storage, random, log);
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(await routeKey(storage, random, log), key);
  assert.deepEqual(log.lines, []);
  for (const broken of ['', 'xyz\n', key.slice(0, 31)]) {
    await storage.write('route-key', broken);
    const other = await routeKey(storage, random, log);
    assert.notEqual(other, key);
    assert.equal(await routeKey(storage, random, log), other);
    assert.deepEqual(log.lines.splice(0), [
      'warning: route-key held no key, and has a new one: who hangs up a call from before this start gets 481, and the other side hears nothing',
    ]);
  }
});
