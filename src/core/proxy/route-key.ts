import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { Storage } from '../../runtime/storage.ts';

const FILE = 'route-key';

/**
 * What signs our Record-Routes: made once, so that calls outlive a restart.
 *
 * @throws StorageError if it can be neither read nor written.
 */
export async function routeKey(storage: Storage, random: Random, log: Pick<Log, 'warning'>): Promise<string> {
  const kept = storage.read(FILE)?.trim();
  if (kept !== undefined && /^[0-9a-f]{32,}$/.test(kept)) return kept;
  if (kept !== undefined)
    log.warning(
      `${FILE} held no key, and has a new one: who hangs up a call from before this start gets 481, and the other side hears nothing`,
    );
  const key = random.hex(32);
  await storage.write(FILE, `${key}\n`);
  return key;
}
