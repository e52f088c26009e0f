import { assert, test } from 'vitest';
import { routeKey } from '../../../src/core/proxy/route-key.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimStorage } from '../../support/sim-storage.ts';

test('the key that signs Record-Routes is made once, and anew where its file holds none (house, "A dialog proves itself")', async () => {
  const storage = new SimStorage();
  const random = new SimRandom(1);
  const key = await routeKey(storage, random);
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(await routeKey(storage, random), key);
  for (const broken of ['', 'xyz\n', key.slice(0, 31)]) {
    await storage.write('route-key', broken);
    const other = await routeKey(storage, random);
    assert.notEqual(other, key);
    assert.equal(await routeKey(storage, random), other);
  }
});
