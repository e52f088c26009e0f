import { expect, test } from 'vitest';
import { FileControl } from '../../../src/control/cli/files.ts';
import { main } from '../../../src/control/cli/main.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimMachine } from '../../support/sim-machine.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimResolver } from '../../support/sim-resolver.ts';
import { SimStorage } from '../../support/sim-storage.ts';
import { SimTerminal, surroundingsOf } from '../../support/sim-terminal.ts';

/** Runs sipwitchctl on files in memory. */
async function run(args: string, text: string, storage = new SimStorage(), daemon?: string) {
  const terminal = new SimTerminal();
  const clock = new SimClock();
  const files = { read: (path: string) => (path.endsWith('/sipwitch.conf') ? text : undefined), list: () => [] };
  const code = await main(args.split(' '), {
    ...{ version: '1', terminal, surroundings: surroundingsOf(), files, clock, random: new SimRandom(), host: new SimMachine() },
    openResolver: () => new SimResolver(clock, ''),
    reach: async (_bus, { config, state, service }) =>
      new FileControl({
        ...{ files, storage, clock, setting: { config, state, hostName: 'desk', service }, interfaces: () => [] },
        openSecrets: () => {
          throw new Error('no secrets are needed');
        },
        keepRealm: async () => undefined,
        awaitTurn: async () => () => {},
        daemon: () => daemon,
        passed: {},
        named: false,
        askOnly: false,
      }),
  });
  return [code, terminal.printed, terminal.said];
}

const NIGHT = '[user alice]\n[state night]\nusers = alice\n[state always]\nusers = alice\nhours = 0:00-24:00\n';

const UNHEARD = 'note: no daemon was asked; one that runs on these files hears of this when it starts again\n';

test('states are listed and switched without a daemon, for the one that starts next', async () => {
  const storage = new SimStorage();
  expect(await run('state list', NIGHT, storage)).toEqual([
    0,
    'NAME    STATE  BY\nnight   off    clock\nalways  on     clock\n',
    '',
  ]);
  expect(await run('state set night on', NIGHT, storage)).toEqual([0, '', `night: on\n${UNHEARD}`]);
  expect(await run('--json state list', NIGHT, storage)).toEqual([
    0,
    expect.stringContaining('"name": "night",\n    "on": true,\n    "by": "hand"'),
    '',
  ]);
  expect(await run('state set night auto', NIGHT, storage)).toEqual([0, '', `night: auto\n${UNHEARD}`]);
  expect(storage.read('states')).toBe('');
});

test('a state is not switched in the files of a daemon that runs: it would write its own over that', async () => {
  const storage = new SimStorage();
  const mend = 'without "--bus none" it is asked itself; where it opened no bus, stop it first';
  const told = `sipwitchctl: sipwitchd (pid 7) has the states of these files, and would write its own over this; ${mend}\n`;
  expect(await run('state set night on', NIGHT, storage, 'sipwitchd (pid 7)')).toEqual([1, '', told]);
  expect(storage.read('states')).toBe(undefined);
  expect((await run('state list', NIGHT, storage, 'sipwitchd (pid 7)'))[0]).toBe(0);
});

test('what is no state, or nothing that it can be, is refused in words', async () => {
  expect(await run('state set nihgt on', NIGHT)).toEqual([1, '', 'sipwitchctl: there is no state nihgt; did you mean night?\n']);
  expect(await run('state set night maybe', NIGHT)).toEqual([
    1,
    '',
    'sipwitchctl: "maybe" is nothing that a state can be: expected on, off or auto\n',
  ]);
  expect((await run('state list', '[user alice]\n'))[1]).toBe('There are no states: [state NAME] in sipwitch.conf makes one.\n');
});

test('a state that cannot be written down is not switched where there is no daemon, and it is said what to do', async () => {
  const storage = new SimStorage();
  storage.fails = 'ENOSPC';
  expect(await run('state set night on', NIGHT, storage)).toEqual([
    1,
    '',
    'sipwitchctl: cannot write states: ENOSPC; make room there\n',
  ]);
});
