/**
 * Where the private bus of a daemon is, of the service or of one user: the first that it can have. Beside the state it is without
 * XDG_RUNTIME_DIR, as where nobody is logged in, and where another daemon of the user has the first one.
 *
 * @param runtime $XDG_RUNTIME_DIR
 */
export function privateSockets(service: boolean, runtime: string | undefined, state: string): readonly string[] {
  const beside = `${state}/bus`;
  if (service) return ['/run/sipwitch/bus', beside];
  return runtime === undefined ? [beside] : [`${runtime}/sipwitch/bus`, beside];
}

/** Below the state directory: the path of the private bus of the daemon that uses it. A daemon that was killed leaves it behind. */
export const BUS_NOTE = 'private-bus';

/** The socket that such a note names; undefined for what is no path, or none that stands in a D-Bus address as it is. */
export function socketNoted(note: string): string | undefined {
  return /^(\/[^\0\n%,;=]+)\n?$/.exec(note)?.[1];
}

/** What --bus takes, for people. */
export const BUS_WORDS = 'system, session, none, or an address such as unix:path=/run/sipwitch/bus';

/** Whether --bus takes this; an address may still lead nowhere. */
export function isBusWord(word: string): boolean {
  return /^(?:system|session|none|[a-z-]+:.+)$/.test(word);
}
