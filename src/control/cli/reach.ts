import { type BusConnection, BusError, type Buses, type BusPlace } from '../../runtime/bus.ts';
import type { Millis } from '../../runtime/clock.ts';
import { FileError } from '../../runtime/files.ts';
import { NAME } from '../dbus/paths.ts';
import { BUS_NOTE, socketNoted } from '../dbus/place.ts';
import { type Control, Failure } from './control.ts';
import type { Folders } from './folders.ts';
import { BusControl } from './remote.ts';

const BUS_TIMEOUT: Millis = 5_000;

export interface ReachParts {
  /** Loaded when a bus is wanted: it takes longer than all the rest. */
  buses(): Promise<Buses>;
  /** Whether something is there that could be a socket. */
  exists(path: string): boolean;
  /** The text of a file, undefined if there is none. Throws FileError. */
  read(path: string): string | undefined;
  files(folders: Folders): Control;
}

/** Which folders the daemon at a place must use: the same ones, at least the same state, or whichever it does. */
type Same = 'folders' | 'state' | 'any';

/**
 * Finds whoever answers: what `--bus` says; else the private bus of the daemon of this user, the one that the state directory notes, the
 * session bus, the system bus, then the files. Where folders were named, a daemon that uses others is not the one that is meant.
 */
export async function reach(bus: string | undefined, folders: Folders, parts: ReachParts): Promise<Control> {
  if (bus === 'none') return parts.files(folders);
  const same = folders.named ? 'folders' : 'any';
  if (bus !== undefined) {
    const control = await daemonOn(bus, folders, same, parts);
    if (typeof control !== 'string') return control;
    throw new Failure(69, `no daemon answers there: ${control}; "--bus none" uses the files alone`);
  }
  for (const [place, how] of placesOf(folders, same, parts)) {
    const control = await daemonOn(place, folders, how, parts);
    if (typeof control !== 'string') return control;
  }
  return parts.files(folders);
}

/** Where to ask, in this order. */
function placesOf(folders: Folders, same: Same, { exists, read }: ReachParts): ReadonlyMap<BusPlace, Same> {
  const { socket, state, loginSocket, buses } = folders;
  const places = new Map<BusPlace, Same>();
  const add = (path: string | undefined, how: Same) => {
    if (path !== undefined && !places.has(`unix:path=${path}`) && exists(path)) places.set(`unix:path=${path}`, how);
  };
  add(socket, same);
  // Of a daemon that was killed; another one may listen there now.
  add(noted(`${state}/${BUS_NOTE}`, read), same === 'any' ? 'state' : same);
  add(loginSocket, same);
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
async function daemonOn(place: BusPlace, folders: Folders, same: Same, parts: ReachParts): Promise<Control | string> {
  let connection: BusConnection;
  try {
    connection = await (await parts.buses()).connect(place);
  } catch (error) {
    if (error instanceof BusError) return error.message;
    throw error;
  }
  const owned = await hasOwner(connection);
  const control = new BusControl(connection);
  if (owned && (same === 'any' || (await usesFolders(control, folders, same)))) return control;
  await connection.close();
  return owned ? 'the daemon there uses other folders' : `nobody has the name ${NAME} on that bus`;
}

async function hasOwner(connection: BusConnection): Promise<boolean> {
  const bus = 'org.freedesktop.DBus';
  const to = { name: bus, path: '/org/freedesktop/DBus', interface: bus, member: 'NameHasOwner' };
  const [owned] = await connection.call(to, { signature: 's', values: [NAME] }, BUS_TIMEOUT);
  return owned === true;
}

async function usesFolders(control: Control, { config, state }: Folders, same: Same): Promise<boolean> {
  const status = await control.status();
  return status.state === state && (same === 'state' || status.config === config);
}
