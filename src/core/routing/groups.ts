import type { Config, Section } from '../../config/config.ts';
import type { GroupSettings } from '../../config/sections/group.ts';

/** A ring group: its section itself. */
export type Group = Section<GroupSettings>;

/** Finds groups by name and by extension. */
export function groupsOf({ groups }: Config): (called: string) => Group | undefined {
  const byExtension = new Map<string, Group>();
  for (const group of groups.values()) if (group.extension !== undefined) byExtension.set(group.extension, group);
  return (called) => groups.get(called) ?? byExtension.get(called);
}
