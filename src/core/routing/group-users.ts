import { wordOf } from '../../config/values/telephone.ts';
import type { Group } from './groups.ts';
import type { Snapshot } from './snapshot.ts';

/** The users among the members of a group, and of the groups among them. */
export function usersOf(
  group: Group,
  snapshot: Pick<Snapshot, 'byName' | 'byExtension' | 'group'>,
  found: Set<string> = new Set(),
  seen: Set<string> = new Set(),
): ReadonlySet<string> {
  if (seen.has(group.name)) return found;
  seen.add(group.name);
  for (const member of group.members) {
    const called = wordOf(member);
    if (called === undefined) continue;
    const account = snapshot.byName(called) ?? snapshot.byExtension(called);
    const inner = account === undefined ? snapshot.group(called) : undefined;
    if (account !== undefined) found.add(account.name);
    if (inner !== undefined) usersOf(inner, snapshot, found, seen);
  }
  return found;
}
