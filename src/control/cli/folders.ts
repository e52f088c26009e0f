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
  /** Where the daemon has its private bus: the first that it can have. */
  readonly sockets: readonly string[];
  /** Where a daemon of this user has it that was told where: undefined where we were told, too. */
  readonly loginSocket: string | undefined;
  /** The other buses, in the order in which they are tried. */
  readonly buses: readonly BusPlace[];
}

const SERVICE = { config: '/etc/sipwitch', state: '/var/lib/sipwitch' };

/** The folders of the daemon that this user means: one's own, or the service's for root and for its own user. */
export function foldersFor(surroundings: Surroundings, config?: string, state?: string): Folders {
  const { uid, user, home, installed } = surroundings;
  // Where the package is not installed, root is a person who tries the program.
  const system = user === '_sipwitch' || (uid === 0 && installed);
  const under = (variable: string, fallback: string) => `${surroundings.variable(variable) ?? `${home}/${fallback}`}/sipwitch`;
  const usual = system
    ? SERVICE
    : { config: under('XDG_CONFIG_HOME', '.config'), state: under('XDG_STATE_HOME', '.local/state') };
  const meant = {
    config: config === undefined ? usual.config : surroundings.absolute(config),
    state: state === undefined ? usual.state : surroundings.absolute(state),
  };
  // Root with other folders runs a daemon of its own, beside the service.
  const service = system && meant.config === SERVICE.config && meant.state === SERVICE.state;
  const runtime = surroundings.variable('XDG_RUNTIME_DIR');
  const hasSession = runtime !== undefined || surroundings.variable('DBUS_SESSION_BUS_ADDRESS') !== undefined;
  return {
    ...meant,
    named: config !== undefined || state !== undefined,
    service,
    sockets: privateSockets(service, runtime, meant.state),
    // su, sudo and cron do not say where systemd has the folder of a user who is logged in.
    loginSocket: service || runtime !== undefined ? undefined : privateSockets(false, `/run/user/${uid}`, meant.state)[0],
    buses: hasSession ? ['session', 'system'] : ['system'],
  };
}

/** Why the folder that --config names is of no use, in a sentence; undefined where it is one, and where a first start makes it. */
export function configFault(surroundings: Surroundings, config: string | undefined, isFirstStart: boolean): string | undefined {
  if (config === undefined) return undefined;
  const path = surroundings.absolute(config);
  const kind = surroundings.kindOf(path);
  if (kind === 'folder' || (kind === 'absent' && isFirstStart)) return undefined;
  return `--config ${path}: ${kind === 'absent' ? 'there is no such folder' : 'that is no folder'}; give the one that holds sipwitch.conf`;
}
