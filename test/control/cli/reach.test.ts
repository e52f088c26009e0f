import { expect, test } from 'vitest';
import type { Control } from '../../../src/control/cli/control.ts';
import { foldersFor, foldersMeant } from '../../../src/control/cli/folders.ts';
import { type Passed, reach } from '../../../src/control/cli/reach.ts';
import { type BusConnection, BusError, type Buses, type Destination } from '../../../src/runtime/bus.ts';
import { surroundingsOf } from '../../support/sim-terminal.ts';

const user = surroundingsOf({ XDG_RUNTIME_DIR: '/run/user/1000' });
const PRIVATE = 'unix:path=/run/user/1000/sipwitch/bus';

/** Buses by their place: the folders of the daemon there, `nobody` for a bus without one, `silent` and `hung` for one that says nothing from the beginning or later, `stuck` where the daemon does; any other place is no bus. */
class SimBuses implements Buses {
  readonly tried: string[] = [];
  /** Those that are still connected. */
  readonly held: string[] = [];
  readonly open: Buses['open'] = () => Promise.reject(new Error('not asked for'));
  readonly join: Buses['join'] = () => {
    throw new Error('not asked for');
  };
  private readonly daemons: Readonly<
    Record<string, { readonly config: string; readonly state: string } | 'nobody' | 'silent' | 'hung' | 'stuck'>
  >;

  constructor(daemons: SimBuses['daemons']) {
    this.daemons = daemons;
  }

  async connect(place: string): Promise<BusConnection> {
    const daemon = this.daemons[place];
    this.tried.push(place);
    if (daemon === undefined) throw new BusError('org.freedesktop.DBus.Error.NoServer', `no bus answers at ${place}`);
    const late = new BusError('org.freedesktop.DBus.Error.Timeout', ` ${place} is silent`);
    if (daemon === 'silent') throw late;
    this.held.push(place);
    return {
      heard: true,
      signal() {},
      close: async () => {
        this.held.splice(this.held.indexOf(place), 1);
      },
      async call({ member }: Destination) {
        if (daemon === 'hung' || (daemon === 'stuck' && member !== 'NameHasOwner')) throw late;
        if (member === 'NameHasOwner') return [daemon !== 'nobody'];
        return typeof daemon === 'string' ? [] : [{ Config: daemon.config, State: daemon.state, Version: place }];
      },
    };
  }
}

/** Who is asked where no daemon is; its version tells of one that answers for others, or says nothing. */
function filesOf(_folders: unknown, { other = '', silent = '', unsought = false }: Passed): Control {
  return {
    status: async () => ({ version: `files${other}${silent}${unsought ? ' alone' : ''}` }),
    close: async () => {},
  } as unknown as Control;
}

async function asked(buses: SimBuses, bus?: string, config?: string, state?: string, surroundings = user, note?: string) {
  const folders = foldersFor(surroundings, config, state);
  const read = (path: string) => (path === `${folders.state}/private-bus` ? note : undefined);
  const startAgent = async () => false;
  const parts = { buses: async () => buses, exists: () => true, read, files: filesOf, startAgent };
  const control = await reach(bus, folders, parts);
  return (await control.status()).version;
}

const usual = { config: '/home/alice/.config/sipwitch', state: '/home/alice/.local/state/sipwitch' };

test('the private bus is asked first, then the session bus, the system bus and the files', async () => {
  const all = { [PRIVATE]: usual, session: usual, system: usual };
  expect(await asked(new SimBuses(all))).toBe(PRIVATE);
  expect(await asked(new SimBuses({ ...all, [PRIVATE]: 'nobody' }))).toBe('session');
  expect(await asked(new SimBuses({ session: 'nobody', system: usual }))).toBe('system');
  const none = new SimBuses({ session: 'nobody' });
  expect(await asked(none)).toBe('files');
  expect(none.tried).toEqual([PRIVATE, `unix:path=${usual.state}/bus`, 'session', 'system']);
});

test('a bus whose daemon is not asked is let go of, or the program would not end', async () => {
  const other = { config: '/c', state: '/s' };
  const buses = new SimBuses({ [PRIVATE]: other, session: 'stuck', system: 'nobody' });
  expect(await asked(buses, undefined, 'c', 's')).toMatch(/^files/);
  expect([buses.tried.length, buses.held]).toEqual([4, []]);
  const found = new SimBuses({ [PRIVATE]: 'hung', session: usual });
  expect([await asked(found), found.held]).toEqual(['session', ['session']]);
});

test('--bus is asked alone, and no other is tried', async () => {
  const buses = new SimBuses({ session: usual });
  expect(await asked(buses, 'session')).toBe('session');
  await expect(asked(buses, 'system')).rejects.toMatchObject({
    code: 69,
    message: expect.stringMatching(/no daemon answers there: no bus answers at system/),
  });
  expect(await asked(buses, 'none')).toBe('files alone');
  expect(buses.tried).toEqual(['session', 'system']);
});

test('of a daemon that has its socket open and says nothing it is said so, and others are asked', async () => {
  for (const mute of ['silent', 'hung'] as const) {
    expect(await asked(new SimBuses({ [PRIVATE]: mute }))).toBe(`files ${PRIVATE} is silent`);
    expect(await asked(new SimBuses({ [PRIVATE]: mute, system: usual }))).toBe('system');
    await expect(asked(new SimBuses({ session: mute }), 'session')).rejects.toMatchObject({ code: 69 });
  }
});

test('a daemon that has its name on a bus and says nothing is given up before anything is asked of it', async () => {
  expect(await asked(new SimBuses({ session: 'stuck' }))).toBe(
    'filesthe program that has the name org.sipwitch.SipWitch1 says nothing',
  );
  expect(await asked(new SimBuses({ session: 'stuck', system: usual }))).toBe('system');
});

test('where folders are named, only a daemon that uses them is meant', async () => {
  const mine = { config: '/cwd/c', state: '/cwd/s' };
  expect(await asked(new SimBuses({ [PRIVATE]: usual, session: mine }), undefined, 'c', 's')).toBe('session');
  const others = `--config ${usual.config} --state ${usual.state}`;
  expect(await asked(new SimBuses({ [PRIVATE]: usual }), undefined, 'c', 's')).toBe(`files${others}`);
  await expect(asked(new SimBuses({ session: usual }), 'session', 'c')).rejects.toThrow(
    `the daemon there uses other folders, ${others}; "--bus none"`,
  );
  const odd = { config: '/c\x1b[2J', state: '/s' };
  expect(await asked(new SimBuses({ system: odd, session: 'nobody' }), undefined, 'c', 's')).toBe(
    'files--config /c?[2J --state /s',
  );
});

test('of two daemons of a user each is found by its own folders, and without any named the one of the usual ones', async () => {
  const mine = { config: '/cwd/c', state: '/cwd/s' };
  const beside = (state: string) => `unix:path=${state}/bus`;
  const two = { [PRIVATE]: usual, [beside('/cwd/s')]: mine };
  expect(await asked(new SimBuses(two), undefined, 'c', 's', user, '/cwd/s/bus\n')).toBe(beside('/cwd/s'));
  expect(await asked(new SimBuses(two), undefined, 'c', 's')).toBe(beside('/cwd/s'));
  expect(await asked(new SimBuses(two))).toBe(PRIVATE);
  const late = { [PRIVATE]: mine, [beside(usual.state)]: usual };
  const note = `${usual.state}/bus\n`;
  expect(await asked(new SimBuses(late), undefined, undefined, undefined, user, note)).toBe(beside(usual.state));
});

test('without XDG_RUNTIME_DIR the daemon is found where the state directory notes it, and where systemd would have put it', async () => {
  const bare = surroundingsOf();
  const elsewhere = 'unix:path=/tmp/run/sipwitch/bus';
  const ask = (buses: SimBuses, note?: string) => asked(buses, undefined, undefined, undefined, bare, note);
  expect(await ask(new SimBuses({ [elsewhere]: usual }), '/tmp/run/sipwitch/bus\n')).toBe(elsewhere);
  expect(await ask(new SimBuses({ [PRIVATE]: usual }))).toBe(PRIVATE);
  const own = `unix:path=${usual.state}/bus`;
  const none = new SimBuses({});
  expect(await ask(none, '/tmp/run/sipwitch/bus\n')).toBe('files');
  expect(none.tried).toEqual([elsewhere, own, PRIVATE, 'system']);
});

test('a daemon that was started without XDG_RUNTIME_DIR is found with it', async () => {
  const own = `unix:path=${usual.state}/bus`;
  expect(await asked(new SimBuses({ [own]: usual }), undefined, undefined, undefined, user, `${usual.state}/bus\n`)).toBe(own);
});

test('the note of a daemon that was killed leads to no other one', async () => {
  const bare = surroundingsOf();
  const ask = (found: typeof usual, config?: string, state?: string) =>
    asked(new SimBuses({ 'unix:path=/tmp/bus': found }), undefined, config, state, bare, '/tmp/bus\n');
  expect(await ask({ config: usual.config, state: '/cwd/s' })).toBe(`files--config ${usual.config} --state /cwd/s`);
  expect(await ask({ config: '/cwd/c', state: usual.state })).toBe('unix:path=/tmp/bus');
  expect(await ask({ config: '/cwd/c', state: '/cwd/s' }, 'c', 's')).toBe('unix:path=/tmp/bus');
  expect(await ask({ config: '/cwd/other', state: '/cwd/s' }, 'c', 's')).toBe('files--config /cwd/other --state /cwd/s');
  const none = new SimBuses({});
  for (const note of ['', 'bus\n', '/tmp/a,b\n', '/tmp/a;tcp:host=h\n', '/tmp/a\n/tmp/b\n'])
    await asked(none, undefined, undefined, undefined, bare, note);
  expect(new Set(none.tried)).toEqual(new Set([`unix:path=${usual.state}/bus`, PRIVATE, 'system']));
});

test('a user has folders of its own, root and the user of the service those of the service', () => {
  expect(foldersFor(user)).toEqual({
    ...usual,
    named: false,
    askOnly: false,
    service: false,
    sockets: ['/run/user/1000/sipwitch/bus', `${usual.state}/bus`],
    loginSocket: undefined,
    buses: ['session', 'system'],
  });
  const service = {
    config: '/etc/sipwitch',
    state: '/var/lib/sipwitch',
    service: true,
    sockets: ['/run/sipwitch/bus', '/var/lib/sipwitch/bus'],
    loginSocket: undefined,
    buses: ['system'],
  };
  expect(foldersFor(surroundingsOf({}, 0, 'root'))).toMatchObject(service);
  expect(foldersFor(surroundingsOf({}, 990, '_sipwitch'))).toMatchObject(service);
  expect(foldersFor(surroundingsOf({}, 0, 'root'), 'c', 's')).toMatchObject({
    config: '/cwd/c',
    service: false,
    sockets: ['/cwd/s/bus'],
  });
  expect(foldersFor(surroundingsOf({ XDG_CONFIG_HOME: '/x', XDG_STATE_HOME: '/y' }))).toMatchObject({
    config: '/x/sipwitch',
    state: '/y/sipwitch',
  });
});

test('the files of the exchange of the machine are used alone by nobody but who may change them', async () => {
  const stranger = { ...user, kindOf: () => 'absent' as const };
  const folders = foldersMeant(stranger);
  const parts = { exists: () => false, read: () => undefined, files: filesOf, startAgent: async () => false };
  await expect(reach('none', folders, { ...parts, buses: async () => new SimBuses({}) })).rejects.toMatchObject({
    code: 2,
    why: 'the files of the exchange of this machine are not yours',
    advice: 'leave out "--bus none" to ask it, or name your own by --config and --state',
  });
  const up = new SimBuses({ session: 'nobody', system: { config: '/etc/sipwitch', state: '/var/lib/sipwitch' } });
  expect((await (await reach(undefined, folders, { ...parts, buses: async () => up })).status()).version).toBe('system');
});
