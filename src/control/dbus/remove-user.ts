import { utf8ToWire } from '../../text/wire.ts';
import type { Remarks } from './drop-ins.ts';
import type { MethodParts } from './method.ts';

/** Removes a user with its passwords and phones; what still names it is remarked on. @throws ControlError */
export async function removeUser(name: string, { accounts, exchange, reload }: MethodParts): Promise<Remarks> {
  const remarks = await accounts.remove(name);
  await reload();
  exchange.location.commit(utf8ToWire(name), []);
  return remarks;
}
