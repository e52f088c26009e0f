import type { BusPlace } from '../../runtime/bus.ts';
import type { Surroundings } from '../../runtime/terminal.ts';
import { privateSocket } from '../dbus/place.ts';

/** Where configuration, state and buses of the daemon are that a person means. Absolute. */
export interface Folders {
  readonly config: string;
  readonly state: string;
  /** Whether a folder was named on the command line. */
  readonly named: boolean;
  /** Whether they are those of a system's service. */
  readonly service: boolean;
  /** Where a daemon has its private bus, in the order in which they are tried. */
  readonly sockets: readonly string[];
  /** The other buses, in that order. */
  readonly buses: readonly BusPlace[];
}

/** The folders of the daemon that this user means: one's own, or the service's for root and for its own user. */
export function foldersFor(surroundings: Surroundings, config?: string, state?: string): Folders {
  const { uid, user, home } = surroundings;
  const service = uid === 0 || user === '_sipwitch';
  const under = (variable: string, fallback: string) => `${surroundings.variable(variable) ?? `${home}/${fallback}`}/sipwitch`;
  const runtime = surroundings.variable('XDG_RUNTIME_DIR');
  const hasSession = runtime !== undefined || surroundings.variable('DBUS_SESSION_BUS_ADDRESS') !== undefined;
  const stateFolder = service ? '/var/lib/sipwitch' : under('XDG_STATE_HOME', '.local/state');
  const absoluteState = state === undefined ? stateFolder : surroundings.absolute(state);
  return {
    config:
      config === undefined ? (service ? '/etc/sipwitch' : under('XDG_CONFIG_HOME', '.config')) : surroundings.absolute(config),
    state: absoluteState,
    named: config !== undefined || state !== undefined,
    service,
    // Root may have a daemon of its own beside the service, started by hand.
    sockets: [...new Set([service, false].map((one) => privateSocket(one, runtime, absoluteState)))],
    buses: hasSession ? ['session', 'system'] : ['system'],
  };
}
