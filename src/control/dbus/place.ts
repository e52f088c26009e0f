/**
 * Where the private bus of a daemon is: of the service, or of one user. Without XDG_RUNTIME_DIR, as where nobody is logged in, beside the state.
 *
 * @param runtime $XDG_RUNTIME_DIR
 */
export function privateSocket(service: boolean, runtime: string | undefined, state: string): string {
  if (service) return '/run/sipwitch/bus';
  return runtime === undefined ? `${state}/bus` : `${runtime}/sipwitch/bus`;
}

/** Below the state directory: the path of the private bus of the daemon that uses it. A daemon that was killed leaves it behind. */
export const BUS_NOTE = 'private-bus';

/** The socket that such a note names; undefined for what is no path, or none that stands in a D-Bus address as it is. */
export function socketNoted(note: string): string | undefined {
  return /^(\/[^\0\n%,;=]+)\n?$/.exec(note)?.[1];
}
