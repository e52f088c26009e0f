import { type Storage, StorageError } from '../../runtime/storage.ts';

const PATH = 'realm';
/** The realm is a word in the lines of digest files and a quoted string in challenges: nothing that either would have to escape. */
const FORM = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * The realm that every digest here was made for: at first the domain, since Linphone looks its password up by that; made once, and kept
 * when the host is renamed, or every password would be lost.
 *
 * @throws StorageError, with a sentence for the operator if the file holds something else.
 */
export async function realmOf(storage: Storage, domain: string): Promise<string> {
  const realm = realmToRead(storage, domain);
  if (storage.read(PATH) === undefined) await storage.write(PATH, `${realm}\n`);
  return realm;
}

/**
 * The same for who only looks, and keeps nothing.
 *
 * @throws StorageError
 */
export function realmToRead(storage: Storage, domain: string): string {
  const kept = storage.read(PATH)?.trim();
  if (kept === undefined) return FORM.test(domain) ? domain : 'sipwitch';
  if (!FORM.test(kept))
    throw new StorageError(
      'EINVAL',
      'the file "realm" of the state directory holds no realm: letters, digits, ".", "_" and "-" are allowed',
    );
  return kept;
}
