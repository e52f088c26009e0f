import { assert, test } from 'vitest';
import { ControlError } from '../../../src/control/dbus/errors.ts';
import { userSettings } from '../../../src/control/dbus/user-settings.ts';

test('what a phone sets is set as by hand: the sentence why not is that of the command', async () => {
  const told: string[] = [];
  const settings = (errors: number) =>
    userSettings(
      {
        async set(user, key, value) {
          if (value === 'wrong') throw new ControlError('InvalidArgument', '[user bob] forward_all: leads back to bob');
          told.push(`${user} ${key} ${value}`);
          return [];
        },
      },
      async () => {
        told.push('reload');
        return { errors };
      },
    );
  assert.equal(await settings(0).set('bob', 'forward_all', '203'), undefined);
  assert.equal(await settings(0).set('bob', 'forward_all', 'wrong'), '[user bob] forward_all: leads back to bob');
  assert.equal(
    await settings(1).set('bob', 'dnd', 'yes'),
    'it is written down, and comes into use once the configuration is mended',
  );
  assert.deepEqual(told, ['bob forward_all 203', 'reload', 'bob dnd yes', 'reload']);
});

test('the display of a phone shows one line, and no folder of this host', async () => {
  const shown = (message: string) =>
    userSettings(
      {
        async set() {
          throw new ControlError('NotAllowed', message);
        },
      },
      async () => ({ errors: 0 }),
    ).set('bob', 'dnd', 'yes');
  assert.equal(
    await shown('dnd of bob is set in /home/al/.config/sipwitch/sipwitch.conf.d/50.conf:2, which wins; change it there'),
    'dnd of bob is set in 50.conf:2, which wins; change it there',
  );
  assert.equal(
    await shown('[user a] extension: 1 is that of b already (/etc/sipwitch/sipwitch.conf:3)'),
    '[user a] extension: 1 is that of b already (sipwitch.conf:3)',
  );
  assert.equal(
    await shown('the configuration cannot be used:\n/etc/sipwitch.conf:3: error\n1 error.'),
    'the configuration cannot be used',
  );
});
