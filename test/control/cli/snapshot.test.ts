import { expect, test } from 'vitest';
import { snapshotOfFiles, storedBindings } from '../../../src/control/cli/snapshot.ts';
import { explain } from '../../../src/control/dbus/explain.ts';
import type { Binding } from '../../../src/core/location/binding.ts';
import { printLine } from '../../../src/core/location/line.ts';
import { readConfig } from '../../support/desk.ts';
import { binding } from '../../support/routing.ts';
import { SimStorage } from '../../support/sim-storage.ts';

const HOME =
  '[daemon]\ndomain = home.example\nlisten = udp:10.0.0.1:5060\n[domain home.example]\ninbound = anonymous\n[user bob]\nextension = 202\npublished = yes\n';

const SITE = { hostName: 'desk.home.example', interfaces: [] };

const bound = (aor: string, host: string, expires: number, q = 1): Binding => {
  const { flow, ...rest } = binding(`sip:${aor}@${host}`, q, { aor, expires });
  return { ...rest, flow: { ...flow, remote: { host, port: 5060 } } };
};

async function journal(...lines: readonly string[]): Promise<SimStorage> {
  const storage = new SimStorage();
  await storage.write('bindings.journal', lines.join(''));
  return storage;
}

test('bindings are taken from the last line of each address-of-record, without those that ended', async () => {
  const storage = await journal(
    printLine('bob', [bound('bob', '10.0.0.9', 5000)]),
    printLine('carol', [bound('carol', '10.0.0.4', 5000)]),
    printLine('bob', [bound('bob', '10.0.0.2', 5000, 0.5), bound('bob', '10.0.0.3', 5000), bound('bob', '10.0.0.8', 900)]),
    printLine('carol', []),
    '{"aor":"torn',
  );
  const bindings = storedBindings(storage, 1000);
  expect([...bindings.keys()]).toEqual(['bob']);
  expect(bindings.get('bob')!.map(({ uri }) => uri)).toEqual(['sip:bob@10.0.0.3', 'sip:bob@10.0.0.2']);
  expect(storedBindings(new SimStorage(), 1000).size).toBe(0);
});

test('a decision is explained without a daemon, from what the last one left', async () => {
  const storage = await journal(printLine('bob', [bound('bob', '10.0.0.2', 5000)]));
  const snapshot = snapshotOfFiles(readConfig(HOME).config!, SITE, storedBindings(storage, 1000), 1000);
  const ask = (target: string, from = '', source = '') => explain({ target, from, method: 'INVITE', source }, snapshot);
  expect(await ask('bob')).toMatchObject({ decision: 'forward', summary: 'forward to bob: 1 phone', status: 0 });
  expect((await ask('sip:bob@home.example')).summary).toBe('forward to bob: 1 phone');
  expect((await ask('bob@10.0.0.1')).decision).toBe('challenge'); // an address of ours is never open
  expect(await ask('202')).toMatchObject({ decision: 'reject', status: 404 });
  expect((await ask('202', 'bob')).summary).toBe('forward to bob: 1 phone');
  expect(await ask('bob@elsewhere.example')).toMatchObject({ status: 403 });
  expect((await ask('bob@elsewhere.example', 'bob')).targets[0]?.why).toBe('no daemon runs, which would look it up');
  expect((await ask('bob@home.example:5060', 'bob')).summary).toBe('forward to bob: 1 phone');
  expect((await ask('eve@[2001:db8::7]:5070', 'bob')).targets[0]?.name).toBe('sip:eve@[2001:db8::7]:5070');
  expect((await ask('a@b@home.example', 'bob')).trace.at(-1)).toBe('there is no user, extension or guest a@b');
  await expect(ask('sip:')).rejects.toThrow('"sip:" cannot be called: expected a name, a number');
  await expect(ask('bob', 'eve')).rejects.toThrow('there is no user eve');
  await expect(ask('bob', '', 'example.org')).rejects.toThrow('"example.org" is no address: expected an IP address');
});

test('without a daemon the addresses of this machine mean us, where a wildcard or a NAT does (interface, 4)', async () => {
  const text = '[daemon]\nlisten = udp:0.0.0.0:5060, udp:[::]:5060\npublic_address = 203.0.113.5\n[user bob]\n';
  const interfaces = [
    { host: '192.0.2.7', family: 4 as const, prefix: 24 },
    { host: 'fe80::7%eth0', family: 6 as const, prefix: 64 },
  ];
  const snapshot = snapshotOfFiles(readConfig(text).config!, { ...SITE, interfaces }, new Map(), 1000);
  const ask = async (target: string) => (await explain({ target, from: 'bob', method: 'INVITE', source: '' }, snapshot)).trace;
  for (const target of ['bob@192.0.2.7', 'bob@192.0.2.7:5060', 'bob@[fe80::7]', 'bob@203.0.113.5'])
    expect(await ask(target), target).toContain('bob is the user bob');
  expect(await ask('bob@192.0.2.8')).toContain('192.0.2.8 is no address of ours');
});

test('an explanation tells every rule and what a call would cost', async () => {
  const text = `${HOME}[user ann]\n[provider acme]\nregistrar = sip:acme.example\n[group all]\nextension = 600\nmembers = bob, 030123\n[dial a]\nmatch = 5X\nto = bob\n[dial b]\nmatch = 0X!\nto = provider acme\n`;
  const snapshot = snapshotOfFiles(
    readConfig(text).config!,
    SITE,
    storedBindings(await journal(printLine('bob', [bound('bob', '10.0.0.2', 5000)])), 1000),
    1000,
  );
  const ask = (target: string, from = 'bob') => explain({ target, from, method: 'INVITE', source: '' }, snapshot);
  expect((await ask('600', 'ann')).summary).toBe('forward to all: 1 phone, 1 trunk');
  expect((await ask('bob@elsewhere.example')).summary).toBe('forward to sip:bob@elsewhere.example: 1 other domain');
  expect((await ask('112')).summary).toBe('forward to 112: 1 trunk (emergency)');
  expect((await ask('030123')).trace).toEqual([
    'caller: the user bob',
    'home.example is our domain home.example: inbound = anonymous',
    '[dial a] 5X does not fit 030123: it begins otherwise',
    '030123 fits [dial b] 0X!',
    'provider acme takes 030123; bob pays',
  ]);
});
