import type { Account } from '../account/users.ts';
import { type Found, refusal, type Way } from './way.ts';

/** What becomes of a call to a user: `phones` is where his phones are, or a refusal where none is registered. */
export function forwarded(account: Account, phones: Found, way: Way): Found {
  if (account.dnd && way.facts.method === 'INVITE')
    return refusal(486, 'Busy Here', `${account.name} does not want to be disturbed`, account.name);
  return phones;
}
