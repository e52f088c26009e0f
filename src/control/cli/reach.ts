import { type BusConnection, BusError, type Buses, type BusPlace, Standard } from '../../runtime/bus.ts';
import type { Millis } from '../../runtime/clock.ts';
import { FileError } from '../../runtime/files.ts';
import { NAME, ROOT } from '../dbus/paths.ts';
import { BUS_NOTE, socketNoted } from '../dbus/place.ts';
import { type Control, Failure } from './control.ts';
import type { Folders } from './folders.ts';
import { BusControl, type StartAgent } from './remote.ts';
import { printable } from './table.ts';

const BUS_TIMEOUT: Millis = 5_000;

export interface ReachParts {
  /** Loaded when a bus is wanted: it takes longer than all the rest. */
  buses(): Promise<Buses>;
  /** Whether something is there that could be a socket. */
  exists(path: string): boolean;
  /** The text of a file, undefined if there is none. Throws FileError. */
  read(path: string): string | undefined;
  files(folders: Folders, passed: Passed): Control;
  readonly startAgent: StartAgent;
}

/** The daemons that are there and could not be asked. */
export interface Passed {
  /** The folders of one that answers and is not meant, as options: `--config DIR --state DIR`. */
  readonly other?: string | undefined;
  /** Why the one that is meant is not asked: it has its socket open, and says nothing. */
  readonly silent?: string | undefined;
  /** None was looked for: `--bus none`. */
  readonly unsought?: boolean;
}

/** Why nobody is asked at a place. */
interface Refusal extends Passed {
  readonly why: string;
}

/** Which folders the daemon at a place must use: the same ones, at least the same state, or whichever it does. */
type Same = 'folders' | 'state' | 'any';

/**
 * Finds whoever answers: what `--bus` says; else the private bus that the state directory notes, that of the daemon of this user, the
 * session bus, the system bus, then the files. Where folders were named, a daemon that uses others is not the one that is meant.
 */
export async function reach(bus: string | undefined, folders: Folders, parts: ReachParts): Promise<Control> {
  if (bus === 'none') {
    if (!folders.askOnly) return parts.files(folders, { unsought: true });
    const instead = 'leave out "--bus none" to ask it, or name your own by --config and --state';
    throw new Failure(2, 'the files of the exchange of this machine are not yours', instead);
  }
  const same = folders.named ? 'folders' : 'any';
  if (bus !== undefined) {
    const control = await daemonOn(bus, folders, same, parts);
    if (!('why' in control)) return control;
    throw new Failure(69, `no daemon answers there: ${control.why}`, '"--bus none" uses the files alone');
  }
  let passed: Passed = {};
  for (const [place, how] of placesOf(folders, same, parts)) {
    const control = await daemonOn(place, folders, how, parts);
    if (!('why' in control)) return control;
    passed = { other: passed.other ?? control.other, silent: passed.silent ?? control.silent };
  }
  return parts.files(folders, passed);
}

/** Where to ask, in this order. */
function placesOf(folders: Folders, same: Same, { exists, read }: ReachParts): ReadonlyMap<BusPlace, Same> {
  const { sockets, state, loginSocket, buses } = folders;
  const places = new Map<BusPlace, Same>();
  const add = (path: string | undefined, how: Same) => {
    if (path !== undefined && !places.has(`unix:path=${path}`) && exists(path)) places.set(`unix:path=${path}`, how);
  };
  // Before the usual place, which another daemon of the user may have. Of one that was killed it may lead to another, too.
  const note = noted(`${state}/${BUS_NOTE}`, read);
  if (note !== sockets[0]) add(note, same === 'any' ? 'state' : same);
  for (const socket of [...sockets, loginSocket]) add(socket, same);
  for (const place of buses) places.set(place, same);
  return places;
}

function noted(path: string, read: ReachParts['read']): string | undefined {
  try {
    return socketNoted(read(path) ?? '');
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return undefined; // the state of somebody else
  }
}

/** The daemon on a bus, or why there is none. */
async function daemonOn(place: BusPlace, folders: Folders, same: Same, parts: ReachParts): Promise<Control | Refusal> {
  let connection: BusConnection | undefined;
  try {
    connection = await (await parts.buses()).connect(place);
    const control = new BusControl(connection, parts.startAgent);
    const refusal = (await isThere(connection))
      ? await otherFolders(control, folders, same)
      : { why: `nobody has the name ${NAME} on that bus` };
    if (refusal === undefined) return control;
    await connection.close();
    return refusal;
  } catch (error) {
    await connection?.close();
    if (!(error instanceof BusError)) throw error;
    return { why: error.message, silent: error.name === Standard.timeout ? error.message : undefined };
  }
}

/** Whether a daemon has its name there. Rejects with a BusError if that says nothing: questions have more patience, for people may be asked. */
async function isThere(connection: BusConnection): Promise<boolean> {
  const bus = 'org.freedesktop.DBus';
  const to = { name: bus, path: '/org/freedesktop/DBus', interface: bus, member: 'NameHasOwner' };
  const [owned] = await connection.call(to, { signature: 's', values: [NAME] }, BUS_TIMEOUT);
  if (owned !== true) return false;
  const ping = { name: NAME, path: ROOT, interface: `${bus}.Peer`, member: 'Ping' };
  try {
    await connection.call(ping, { signature: '', values: [] }, BUS_TIMEOUT);
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    if (error.name === Standard.timeout)
      throw new BusError(Standard.timeout, `the program that has the name ${NAME} says nothing`, error);
    // What is refused was answered.
  }
  return true;
}

/** Undefined where the daemon is the one that is meant. */
async function otherFolders(control: Control, { config, state }: Folders, same: Same): Promise<Refusal | undefined> {
  if (same === 'any') return undefined;
  const status = await control.status();
  if (status.state === state && (same === 'state' || status.config === config)) return undefined;
  const other = printable(`--config ${status.config} --state ${status.state}`);
  return { why: `the daemon there uses other folders, ${other}`, other };
}
