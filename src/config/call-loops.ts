import { lower } from '../text/ascii.ts';
import type { Config, Origin } from './config.ts';
import { MOST_REWRITES, speedOf } from './dial-loops.ts';
import { type Destination, wordOf } from './values/telephone.ts';

/** A way that a call goes without end, whatever anybody does. */
export interface CallLoop {
  /** The sections that lead to one another, in their order; the key of each, and the word of the first that leads on. */
  readonly steps: readonly Step[];
}

interface Step {
  readonly origin: Origin;
  readonly key: string;
  readonly word: string;
  /** A URI leads on, whose domain may be another one by the time that it is dialed, or a speed dial. */
  readonly indirect: boolean;
}

/** Where a section leads on by itself. */
interface Way extends Step {
  readonly to: string;
}

/** Groups that ring themselves or lead back to themselves, and users all of whose calls are forwarded in a ring; each loop once. */
export function callLoops(config: Config, holders: ReadonlyMap<string, Origin>): readonly CallLoop[] {
  const waysOf = ways(config, holders);
  const done = new Set<string>();
  const loops: CallLoop[] = [];
  const roots = [...config.groups.keys()];
  // Nearly all of what may be a hundred thousand users lead nowhere.
  for (const [name, { forwardAll }] of config.users) if (forwardAll !== undefined) roots.push(name);
  for (const root of roots) {
    if (done.has(root)) continue;
    // No recursion: somebody may have written a hundred thousand users who forward to one another.
    const path: Way[] = [];
    const at = new Map([[root, 0]]);
    const ahead: { readonly name: string; readonly ways: readonly Way[]; next: number }[] = [
      { name: root, ways: waysOf(root), next: 0 },
    ];
    for (let top = ahead.at(-1); top !== undefined; top = ahead.at(-1)) {
      const way = top.ways[top.next++];
      if (way === undefined) {
        done.add(top.name);
        at.delete(top.name);
        ahead.pop();
        path.pop();
        continue;
      }
      const begin = at.get(way.to);
      if (begin !== undefined) loops.push({ steps: [...path.slice(begin), way] });
      else if (!done.has(way.to)) {
        path.push(way);
        at.set(way.to, ahead.length);
        ahead.push({ name: way.to, ways: waysOf(way.to), next: 0 });
      }
    }
  }
  return loops;
}

/** Somebody in a domain, at its own port; a user part with escapes is nobody's whom this would find. */
const OF_A_DOMAIN = /^sips?:([^@:;?%]+)@([^@:;?]+)(?::5060)?(?:;[^?]*)?$/i;

/** What stands for nobody of the house leads nowhere. */
function ways(config: Config, holders: ReadonlyMap<string, Origin>): (name: string) => readonly Way[] {
  const { users, groups, domains } = config;
  const calledBy = (word: string | undefined): string | undefined =>
    word === undefined || users.has(word) || groups.has(word) ? word : holders.get(word)?.name;
  const dialed = (to: Destination): string | undefined => {
    if (to.kind !== 'uri') return wordOf(to);
    const [, user, host = ''] = OF_A_DOMAIN.exec(to.uri) ?? [];
    return domains.has(lower(host)) ? user : undefined;
  };
  /** Who is called by a speed dial of a user. */
  const bySpeed = (user: string, word: string): string | undefined => {
    let text: string | undefined = word;
    for (let i = 0; i < MOST_REWRITES && text !== undefined && calledBy(text) === undefined; i++) {
      const to: Destination | undefined = speedOf(config.speeds, user, text)?.to;
      text = to && dialed(to);
    }
    return text;
  };
  return (name) => {
    const found: Way[] = [];
    const add = (origin: Origin, key: string, written: Destination | undefined, counts: (to: string) => boolean): void => {
      if (written === undefined) return;
      const word = dialed(written);
      const speed = word === undefined || calledBy(word) !== undefined ? undefined : bySpeed(name, word);
      const to = calledBy(speed ?? word);
      const indirect = written.kind === 'uri' || speed !== undefined;
      if (word !== undefined && to !== undefined && counts(to)) found.push({ origin, key, word, to, indirect });
    };
    const user = users.get(name);
    if (user !== undefined) {
      add(user.origin, 'forward_all', user.forwardAll, () => true);
      return found;
    }
    const group = groups.get(name);
    if (group === undefined) return found;
    // Where a member leads on to does not count while the group rings.
    for (const member of group.members) add(group.origin, 'members', member, (to) => groups.has(to));
    add(group.origin, 'then', group.then, () => true);
    return found;
  };
}
