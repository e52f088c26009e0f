import { utf8ToWire } from '../../text/wire.ts';
import type { Remarks } from './drop-ins.ts';
import { type MethodParts, putIntoUse } from './method.ts';

/** Removes a user with its passwords and phones; what still names it is remarked on. @throws ControlError */
export async function removeUser(name: string, parts: MethodParts): Promise<Remarks> {
  const remarks = await parts.accounts.remove(name);
  try {
    await putIntoUse(parts);
  } finally {
    parts.exchange.location.commit(utf8ToWire(name), []); // without its password it is gone in any case
  }
  return remarks;
}
