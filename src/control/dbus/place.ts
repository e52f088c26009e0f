/**
 * Where the private bus of a daemon is: of the service, or of one user. Without XDG_RUNTIME_DIR, as where nobody is logged in, beside the state.
 *
 * @param runtime $XDG_RUNTIME_DIR
 */
export function privateSocket(service: boolean, runtime: string | undefined, state: string): string {
  if (service) return '/run/sipwitch/bus';
  return runtime === undefined ? `${state}/bus` : `${runtime}/sipwitch/bus`;
}
