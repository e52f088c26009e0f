import type { Surroundings } from '../../runtime/terminal.ts';

/** Where configuration, state and the private bus of a daemon are. Absolute. */
export interface Folders {
  readonly config: string;
  readonly state: string;
  /** Whether they are those of a system's service. */
  readonly service: boolean;
}

/** The folders of the daemon that this user means: one's own, or the service's for root and for its own user. */
export function foldersFor(surroundings: Surroundings, config?: string, state?: string): Folders {
  const { uid, user, home } = surroundings;
  const service = uid === 0 || user === '_sipwitch';
  const under = (variable: string, fallback: string) => `${surroundings.variable(variable) ?? `${home}/${fallback}`}/sipwitch`;
  return {
    config:
      config === undefined ? (service ? '/etc/sipwitch' : under('XDG_CONFIG_HOME', '.config')) : surroundings.absolute(config),
    state:
      state === undefined
        ? service
          ? '/var/lib/sipwitch'
          : under('XDG_STATE_HOME', '.local/state')
        : surroundings.absolute(state),
    service,
  };
}
