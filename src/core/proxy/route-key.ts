import type { Random } from '../../runtime/random.ts';
import type { Storage } from '../../runtime/storage.ts';

const FILE = 'route-key';

/**
 * What signs our Record-Routes: made once, so that calls outlive a restart.
 *
 * @throws StorageError if it can be neither read nor written.
 */
export async function routeKey(storage: Storage, random: Random): Promise<string> {
  const kept = storage.read(FILE)?.trim();
  if (kept !== undefined && /^[0-9a-f]{32,}$/.test(kept)) return kept;
  const key = random.hex(32);
  await storage.write(FILE, `${key}\n`);
  return key;
}
