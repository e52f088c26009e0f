import { type BusConnection, BusError, type Buses, type BusPlace } from '../../runtime/bus.ts';
import type { Millis } from '../../runtime/clock.ts';
import { NAME } from '../dbus/paths.ts';
import { type Control, Failure } from './control.ts';
import type { Folders } from './folders.ts';
import { BusControl } from './remote.ts';

const BUS_TIMEOUT: Millis = 5_000;

export interface ReachParts {
  /** Loaded when a bus is wanted: it takes longer than all the rest. */
  buses(): Promise<Buses>;
  /** Whether something is there that could be a socket. */
  exists(path: string): boolean;
  files(folders: Folders): Control;
}

/**
 * Finds whoever answers: what `--bus` says; else the private bus of the daemon of this user, the session bus, the system bus, then the files.
 * Where folders were named, a daemon that uses others is not the one that is meant.
 */
export async function reach(bus: string | undefined, folders: Folders, parts: ReachParts): Promise<Control> {
  if (bus === 'none') return parts.files(folders);
  if (bus !== undefined) {
    const control = await daemonOn(bus, folders, parts);
    if (typeof control !== 'string') return control;
    throw new Failure(69, `no daemon answers there: ${control}; "--bus none" uses the files alone`);
  }
  const own = parts.exists(folders.socket) ? [`unix:path=${folders.socket}`] : [];
  for (const place of [...own, ...folders.buses]) {
    const control = await daemonOn(place, folders, parts);
    if (typeof control !== 'string') return control;
  }
  return parts.files(folders);
}

/** The daemon on a bus, or why there is none. */
async function daemonOn(place: BusPlace, folders: Folders, parts: ReachParts): Promise<Control | string> {
  let connection: BusConnection;
  try {
    connection = await (await parts.buses()).connect(place);
  } catch (error) {
    if (error instanceof BusError) return error.message;
    throw error;
  }
  const owned = await hasOwner(connection);
  const control = new BusControl(connection);
  if (owned && (!folders.named || (await usesFolders(control, folders)))) return control;
  await connection.close();
  return owned ? 'the daemon there uses other folders' : `nobody has the name ${NAME} on that bus`;
}

async function hasOwner(connection: BusConnection): Promise<boolean> {
  const bus = 'org.freedesktop.DBus';
  const to = { name: bus, path: '/org/freedesktop/DBus', interface: bus, member: 'NameHasOwner' };
  const [owned] = await connection.call(to, { signature: 's', values: [NAME] }, BUS_TIMEOUT);
  return owned === true;
}

async function usesFolders(control: Control, { config, state }: Folders): Promise<boolean> {
  const status = await control.status();
  return status.config === config && status.state === state;
}
