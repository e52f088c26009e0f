import { expect, test } from 'vitest';
import { Authority } from '../../../src/control/dbus/authority.ts';
import { SimClock } from '../../support/sim-clock.ts';

/** Somebody on the bus, and an authority that notes whose login name it asked for. */
function setup() {
  const clock = new SimClock();
  const asked: number[] = [];
  const loginName = async (uid: number) => {
    asked.push(uid);
    return `login-${uid}-${asked.length}`;
  };
  const authority = new Authority({ daemonUid: 990, loginName }, clock);
  const asker = (uid: number) => authority.asker({ sender: ':1.7', uid: async () => uid });
  return { clock, asked, asker };
}

test('calls that come in a heap ask once who has the uid: each would be a process (security S25)', async () => {
  const { clock, asked, asker } = setup();
  const askers = await Promise.all(Array.from({ length: 100 }, (_, n) => asker(n % 2 === 0 ? 1000 : 1001)));
  expect(askers.slice(0, 2)).toEqual([
    { uid: 1000, name: 'login-1000-1' },
    { uid: 1001, name: 'login-1001-2' },
  ]);
  clock.advance(999);
  await asker(1000);
  expect(asked).toEqual([1000, 1001]);
});

test('a login that was made or renamed counts within a second', async () => {
  const { clock, asked, asker } = setup();
  await asker(1000);
  clock.advance(1000);
  expect(await asker(1000)).toEqual({ uid: 1000, name: 'login-1000-2' });
  expect(asked).toEqual([1000, 1000]);
});
