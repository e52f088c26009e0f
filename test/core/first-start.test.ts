import { expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { load } from '../../src/config/load.ts';
import { Secrets } from '../../src/core/account/secrets.ts';
import { type FirstAccount, firstStart, introduceFirst, introduction } from '../../src/core/first-start.ts';
import { ha1 } from '../../src/sip/auth/digest.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimRandom } from '../support/sim-random.ts';
import { SimStorage } from '../support/sim-storage.ts';

/** The folders of a user, in which one start of the daemon comes after another. */
class Home {
  readonly config = new SimStorage();
  readonly state = new SimStorage();
  readonly secrets = new Secrets(this.state, new SimClock(), 'desk');
  readonly told: FirstAccount[] = [];
  private readonly random = new SimRandom(3);

  begin = () => firstStart('alice', 'desk', this.config, this.state);

  /** What a start does once its sockets are bound. `killed`: whether it ends while it tells. */
  bound({ killed = false } = {}): Promise<void> {
    return introduceFirst(this.loaded(), { state: this.state, secrets: this.secrets, random: this.random }, async (account) => {
      this.told.push(account);
      if (killed) throw new Error('killed');
    });
  }

  write(text: string): void {
    this.config.put('sipwitch.conf', text, 0o644);
  }

  get text(): string {
    return this.config.read('sipwitch.conf') ?? '';
  }

  isTold(at: number): boolean {
    const { user, password } = this.told[at]!;
    return this.secrets.ha1(user, 'MD5').includes(ha1('MD5', user, 'desk', password));
  }

  private loaded(): Config {
    const files = { read: (path: string) => (path === '/c/sipwitch.conf' ? this.text : undefined), list: () => [] };
    return load(files, { config: '/c', state: '/s', hostName: 'desk', service: false }).config!;
  }
}

test('a first start that found its port taken leaves the account to the next one', async () => {
  const home = new Home();
  await home.begin();
  expect(home.secrets.sources('alice')).toEqual([]);
  home.write(home.text.replace(/^listen = .*/m, 'listen = udp:127.0.0.1:5070'));
  await home.bound();
  expect(home.told).toMatchObject([{ user: 'alice', extension: '200' }]);
  expect(home.isTold(0)).toBe(true);
  await home.bound();
  expect(home.told).toHaveLength(1);
  expect([...home.state.files.keys()]).toEqual(['digests/alice/passwd']);
});

test('a first start makes the folder that README.md and "provider add" have one write drop-ins into', async () => {
  const home = new Home();
  await home.begin();
  expect([...home.config.folders]).toEqual(['sipwitch.conf.d']);
});

test('an account counts only once it was told, and one that may not have been told is told anew', async () => {
  const home = new Home();
  await home.begin();
  await expect(home.bound({ killed: true })).rejects.toThrow('killed');
  expect(home.secrets.sources('alice')).toEqual([]);
  await home.bound();
  expect([home.told.length, home.isTold(0), home.isTold(1)]).toEqual([2, false, true]);
});

test('a password that was set between two starts stays, and nothing is told', async () => {
  const home = new Home();
  await home.begin();
  await home.secrets.set('alice', 'passwd', 'her own');
  await home.bound();
  expect(home.told).toEqual([]);
  expect(home.secrets.ha1('alice', 'MD5')).toContain(ha1('MD5', 'alice', 'desk', 'her own'));
});

test('where the account was taken out of the configuration nothing is told, and where its extension was, the name', async () => {
  const home = new Home();
  await home.begin();
  const first = home.text;
  home.write('[user bob]\nextension = 201\n');
  await home.bound();
  expect([home.told, [...home.state.files.keys()]]).toEqual([[], []]);
  await home.begin();
  home.write(first.replace(/^extension = 200$/m, ''));
  await home.bound();
  expect(introduction(home.told[0]!, '192.0.2.7', 'secret', 'sipwitchctl')).toContain('  This phone is called as alice. For');
});
