import type { BusPlace } from '../../runtime/bus.ts';
import type { Surroundings } from '../../runtime/terminal.ts';
import { privateSockets } from '../dbus/place.ts';

/** Where configuration, state and buses of the daemon are that a person means. Absolute. */
export interface Folders {
  readonly config: string;
  readonly state: string;
  /** Whether a folder was named on the command line. */
  readonly named: boolean;
  /** Whether they are those of the system's service. */
  readonly service: boolean;
  /** Whether its files are another's: it may be asked, and nothing of it is read or written here. */
  readonly askOnly: boolean;
  /** Where the daemon has its private bus: the first that it can have. */
  readonly sockets: readonly string[];
  /** Where a daemon of this user has it that was told where: undefined where we were told, too. */
  readonly loginSocket: string | undefined;
  /** The other buses, in the order in which they are tried. */
  readonly buses: readonly BusPlace[];
}

/** Who runs the service. */
export const SERVICE_USER = '_sipwitch';

const SERVICE = { config: '/etc/sipwitch', state: '/var/lib/sipwitch' };

/** The folders of the daemon that this user means: one's own, or the service's for root and for its own user. */
export function foldersFor(surroundings: Surroundings, config?: string, state?: string): Folders {
  const { uid, user, home, installed } = surroundings;
  // Where the package is not installed, root is a person who tries the program.
  const system = user === SERVICE_USER || (uid === 0 && installed);
  const under = (variable: string, fallback: string) => `${folderIn(surroundings, variable) ?? `${home}/${fallback}`}/sipwitch`;
  const usual = system
    ? SERVICE
    : { config: under('XDG_CONFIG_HOME', '.config'), state: under('XDG_STATE_HOME', '.local/state') };
  const meant = {
    config: config === undefined ? usual.config : surroundings.absolute(config),
    state: state === undefined ? usual.state : surroundings.absolute(state),
  };
  // Root with other folders runs a daemon of its own, beside the service.
  const service = system && isService(meant);
  const runtime = folderIn(surroundings, 'XDG_RUNTIME_DIR');
  const hasSession = runtime !== undefined || surroundings.variable('DBUS_SESSION_BUS_ADDRESS') !== undefined;
  return {
    ...meant,
    named: config !== undefined || state !== undefined,
    service,
    askOnly: false,
    sockets: privateSockets(service, runtime, meant.state),
    // su, sudo and cron do not say where systemd has the folder of a user who is logged in.
    loginSocket: service || runtime !== undefined ? undefined : privateSockets(false, `/run/user/${uid}`, meant.state)[0],
    buses: hasSession ? ['session', 'system'] : ['system'],
  };
}

/**
 * The folders of the daemon that sipwitchctl is to ask: as above, but for who has no house of his own, and named none. Where the machine
 * has one he means that, which may be down: a house of his own would be made by accident.
 */
export function foldersMeant(surroundings: Surroundings, config?: string, state?: string): Folders {
  const own = foldersFor(surroundings, config, state);
  const { installed, kindOf } = surroundings;
  const isOwn = !installed || own.service || own.named || [own.config, own.state].some((path) => kindOf(path) !== 'absent');
  return isOwn ? own : { ...own, ...SERVICE, service: true, askOnly: true };
}

/** Whether a daemon with these folders is the system's service, whoever asks it. */
export function isService({ config, state }: Pick<Folders, 'config' | 'state'>): boolean {
  return config === SERVICE.config && state === SERVICE.state;
}

/** What is no absolute path is to be ignored (XDG Base Directory Specification): each folder one works in would have a house of its own. */
function folderIn(surroundings: Surroundings, variable: string): string | undefined {
  const path = surroundings.variable(variable);
  return path?.startsWith('/') ? path : undefined;
}

/**
 * Why a folder that the command line names is of no use, in a sentence; undefined where both are folders. A first start makes those that
 * are absent, and so does any start where `--state` says what is usual: any other that is not there is a slip of the pen, and would be an
 * empty house.
 */
export function folderFault(
  surroundings: Surroundings,
  { config, state }: { readonly config?: string | undefined; readonly state?: string | undefined },
  isFirstStart: boolean,
): string | undefined {
  const usual = foldersFor(surroundings).state;
  const isMade = isFirstStart || (state !== undefined && surroundings.absolute(state) === usual);
  return (
    faultOf(surroundings, '--config', config, isFirstStart, () => 'give the one that holds sipwitch.conf') ??
    faultOf(surroundings, '--state', state, isMade, (path) => `give the one that sipwitchd keeps its files in${made(path)}`)
  );
}

const made = (path: string | undefined) => (path === undefined ? '' : `, or "mkdir -m 700 ${path}" for a new one`);

/** `mend` gets the path where nothing stands there. */
function faultOf(
  surroundings: Surroundings,
  option: string,
  word: string | undefined,
  isMade: boolean,
  mend: (absent?: string) => string,
): string | undefined {
  if (word === undefined) return undefined;
  if (word === '') return `${option} is empty; ${mend()}`; // as by an unset variable of a shell
  const path = surroundings.absolute(word);
  const kind = surroundings.kindOf(path);
  if (kind === 'folder' || (kind === 'absent' && isMade)) return undefined;
  return `${option} ${path}: ${WHAT[kind]}; ${kind === 'absent' ? mend(path) : mend()}`;
}

const WHAT = {
  absent: 'there is no such folder',
  astray: 'it is a link to a folder that is not there',
  other: 'that is no folder',
} as const;

/** What to do about files that are another's. `asService`: the files of the service are looked at as its user, which root does, too. */
export function deniedRemedy(asService: boolean): string {
  if (asService) return `sipwitchd runs as ${SERVICE_USER}, who must be able to read it`;
  return 'ask as the user who runs the daemon, or as root';
}

/** What to do where the system refused the daemon a file, by its errno name. `user` runs it. */
export function fileRemedy(code: string, user: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'make room there';
  if (code === 'EACCES' || code === 'EPERM') return `sipwitchd runs as ${user}, who must own that folder and what is in it`;
  const there = code === 'EROFS' ? 'where files can be written' : 'there for its user to read and write';
  return `the folders of --config and --state must be ${there}`;
}
