import { expect, test } from 'vitest';
import { fileRemedy, folderFault, foldersFor, foldersMeant } from '../../../src/control/cli/folders.ts';
import type { Surroundings } from '../../../src/runtime/terminal.ts';
import { surroundingsOf } from '../../support/sim-terminal.ts';

const nothing: Surroundings = { ...surroundingsOf(), absolute: (path) => path, kindOf: () => 'absent' };
const USUAL = '/home/alice/.local/state/sipwitch';

test('a state directory that is not there is made where it is the usual one or all is new, and is a slip of the pen elsewhere', () => {
  expect(folderFault(nothing, {}, false)).toBe(undefined);
  expect(folderFault(nothing, { state: USUAL }, false)).toBe(undefined);
  expect(folderFault(nothing, { config: '/c', state: '/s' }, true)).toBe(undefined);
  expect(folderFault(nothing, { state: '/s' }, false)).toBe(
    '--state /s: there is no such folder; give the one that sipwitchd keeps its files in, or "mkdir -m 700 /s" for a new one',
  );
  expect(folderFault(nothing, { config: '/c', state: USUAL }, false)).toBe(
    '--config /c: there is no such folder; give the one that holds sipwitch.conf',
  );
});

test('a variable that holds no absolute path is as good as none (XDG Base Directory Specification, Basics)', () => {
  const told = (folder: string) =>
    foldersFor(surroundingsOf({ XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: folder }));
  expect(told('x')).toEqual(foldersFor(surroundingsOf()));
  expect(told('/x')).toMatchObject({
    config: '/x/sipwitch',
    state: '/x/sipwitch',
    sockets: ['/x/sipwitch/bus', '/x/sipwitch/bus'],
  });
});

test('the house of the machine is meant by who has none, and only there; a daemon and who names folders have their own', () => {
  const system = { config: '/etc/sipwitch', state: '/var/lib/sipwitch', service: true, askOnly: true };
  const own = foldersFor(nothing);
  expect(foldersMeant(nothing)).toEqual({ ...own, ...system });
  expect(own).toMatchObject({ state: USUAL, service: false, askOnly: false });
  expect(foldersMeant({ ...nothing, installed: false })).toEqual(own);
  for (const there of [own.config, own.state])
    expect(foldersMeant({ ...nothing, kindOf: (path) => (path === there ? 'folder' : 'absent') })).toEqual(own);
  for (const [config, state] of [['/c'], [undefined, '/s']])
    expect(foldersMeant(nothing, config, state)).toEqual(foldersFor(nothing, config, state));
  expect(foldersMeant({ ...nothing, uid: 0, user: 'root' })).toMatchObject({ ...system, askOnly: false });
});

test('what is in the way of a folder is so at a first start, too', () => {
  const astray: Surroundings = { ...nothing, kindOf: () => 'astray' };
  const hint = 'give the one that sipwitchd keeps its files in';
  expect(folderFault(astray, { state: USUAL }, true)).toBe(
    `--state ${USUAL}: it is a link to a folder that is not there; ${hint}`,
  );
  expect(folderFault(nothing, { state: '' }, true)).toBe(`--state is empty; ${hint}`);
});

test('what the system refuses is told with what mends it: room, an owner, a disk that can be written, a folder', () => {
  const there = 'the folders of --config and --state must be';
  expect(['ENOSPC', 'EACCES', 'EROFS', 'EEXIST'].map((code) => fileRemedy(code, 'alice'))).toEqual([
    'make room there',
    'sipwitchd runs as alice, who must own that folder and what is in it',
    `${there} where files can be written`,
    `${there} there for its user to read and write`,
  ]);
});
