import { watch } from 'node:fs';

/**
 * Node keeps the time zone that it found when it started. Who travels, or sets up a board, sets another one while we run, and the hours of states
 * and of the log shall be those of the clock on the wall. One of the environment stays. Returns how to stop.
 */
export function followTimeZone(folder = '/etc', changed = lookAgain): () => void {
  if (process.env.TZ !== undefined) return () => {};
  try {
    // What is there is a link, which is replaced.
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === 'localtime') changed();
    });
    watcher.on('error', () => undefined);
    return () => watcher.close();
  } catch {
    return () => {}; // the system has no inotify left
  }
}

/** Node looks for its time zone whenever this variable is touched. */
function lookAgain(): void {
  delete process.env.TZ;
}
