import { expect, test } from 'vitest';
import type { Setting } from '../../../src/config/load.ts';
import { ProviderFiles } from '../../../src/control/dbus/provider-files.ts';
import type { Entry } from '../../../src/core/account/drop-in.ts';
import { filesOf } from '../../config/memory-files.ts';
import { SimStorage } from '../../support/sim-storage.ts';

const setting: Setting = { config: '/etc/s', state: '/var/s', hostName: 'desk', service: true, presets: '/p' };
const MAIN = '/etc/s/sipwitch.conf';
const accountOf = (username: string): readonly Entry[] => [
  ['preset', 'acme'],
  ['username', username],
  ['password', 's'],
];
const ACCOUNT = accountOf('u');

/** Providers beside this configuration, and what is in their files. */
function house(text: string) {
  const storage = new SimStorage();
  const files = {
    read(path: string) {
      if (path.startsWith('/var/s/')) return storage.read(path.slice('/var/s/'.length));
      return filesOf({ [MAIN]: text, '/p/acme.conf': '[preset acme]\nregistrar = sip:acme.example\n' }).read(path);
    },
    list: (folder: string) =>
      folder === '/p'
        ? ['acme.conf']
        : folder === '/var/s/conf.d'
          ? [...storage.files.keys()].map((path) => path.slice('conf.d/'.length))
          : [],
  };
  return { storage, providers: new ProviderFiles({ files, setting, storage, awaitTurn: async () => () => {} }) };
}

test('who adds a provider is told the lines without which nothing goes out and nobody is called', async () => {
  const { providers } = house('[user alice]\n');
  expect(await providers.add('acme', ACCOUNT)).toEqual([
    `nothing goes out by acme yet, and nobody is called by it: write lines such as these into /etc/s/sipwitch.conf.d/acme.conf, then say "sipwitchctl reload":

    ; numbers that begin with 0 are called by it
    [dial acme]
    match = 0X!
    to = provider acme

    ; the country of this host, DE being Germany: it says what a number without its country is
    [daemon]
    country = DE

    ; who is called from there
    [provider acme]
    inbound = alice
`,
  ]);
});

test('what is there already is not asked for', async () => {
  const { providers } = house('[daemon]\ncountry = DE\n[user alice]\n[user bob]\n');
  const outward = await providers.add('acme', [...ACCOUNT, ['inbound', 'bob']]);
  expect(outward[0]).toMatch(/^nothing goes out by acme yet: [\s\S]*\[dial acme\]\n {4}match = 0X!\n {4}to = provider acme\n$/);
  const inward = await providers.add('second', [...accountOf('v'), ['dial', '00!']]);
  expect(inward[0]).toMatch(
    /^nobody is called by second yet: [\s\S]*:\n\n {4}; who is called from there\n {4}\[provider second\]\n {4}inbound = USER\n$/,
  );
  expect(await providers.add('third', [...accountOf('w'), ['dial', '9.'], ['number_+493', 'bob']])).toEqual([]);
});

test('a dial rule that is made with a provider is removed with it, and any other is in the way of that', async () => {
  const { providers, storage } = house('[dial out]\nmatch = 1\nto = alice\n[user alice]\n');
  await providers.add('acme', [...ACCOUNT, ['dial', '0X!'], ['inbound', 'alice']]);
  expect(storage.read('conf.d/provider-acme.conf')).toMatch(
    /\[provider acme\]\npreset = acme\nusername = u\npassword = s\ninbound = alice\n\n\[dial acme\]\nmatch = 0X!\nto = provider acme\n$/,
  );
  await providers.remove('acme');
  expect([...storage.files.keys()]).toEqual([]);

  const other = house('[dial out]\nmatch = 1\nto = provider acme, alice\n[user alice]\n');
  await expect(other.providers.add('second', ACCOUNT)).rejects.toThrow('sipwitch.conf:3 is wrong');
  other.storage.files.set('conf.d/provider-acme.conf', {
    text: '[provider acme]\npreset = acme\nusername = u\npassword = s\n',
    mode: 0o600,
  });
  await expect(other.providers.remove('acme')).rejects.toThrow(
    '[dial out] leads to acme; take it out of /etc/s/sipwitch.conf:3 first, then reload',
  );
});

test('a dial rule of the same name, and a pattern that is none, are refused', async () => {
  const { providers, storage } = house('[dial acme]\nmatch = 1\nto = alice\n[user alice]\n');
  await expect(providers.add('acme', [...ACCOUNT, ['dial', '0X!']])).rejects.toThrow(
    'there is a [dial acme] already; write to = provider acme there',
  );
  await expect(providers.add('second', [...ACCOUNT, ['dial', '0y']])).rejects.toThrow('[dial second] match: expected digits');
  expect([...storage.files.keys()]).toEqual([]);
});

test('a preset that is like none that there are is answered by all of them', async () => {
  const { providers } = house('');
  await expect(providers.add('x', [['preset', 'nothing'], ...ACCOUNT.slice(1)])).rejects.toThrow(
    'there is no preset nothing; there are acme',
  );
});
