import { type Config, isWritten, type Origin, type Section } from './config.ts';
import type { DialSettings } from './sections/dial.ts';
import { type DialPattern, examplesOf, rewritten } from './values/telephone.ts';

/** Dialed text that rules rewrite without end. */
export interface DialLoop {
  readonly dialed: string;
  /** The sections that lead to one another, in their order, the last of which leads back. */
  readonly origins: readonly Origin[];
}

type Rule = Section<DialSettings> & { readonly match: DialPattern };

/** Rewrites of dialed text by rules and speed dials, in a call as here. */
export const MOST_REWRITES = 16;

/**
 * Finds rules and speed dials that rewrite what was dialed without end, by texts that they fit: what is found is a loop indeed, and what
 * only some number of the world or some regular expression would show is left to the decision, which ends it after 16 rewrites.
 *
 * @param taken whether a user, an extension or a group is called by a text
 */
export function dialLoops(config: Config, taken: (text: string) => boolean): readonly DialLoop[] {
  const rules = [...config.dial.values()].filter((rule): rule is Rule => rule.match !== undefined);
  // What everybody dials comes first: of two loops that one section closes, that of all is told.
  const speeds = [...config.speeds.keys()].sort((a, b) => Number(a.includes('/')) - Number(b.includes('/')));
  const texts = new Set([...rules.flatMap(({ match }) => examplesOf(match)), ...speeds]);
  // A class that no rule names is as good as none.
  const classes = new Set<string | undefined>([undefined, ...rules.flatMap((rule) => rule.classes)]);
  const loops = new Map<Origin, DialLoop>();
  for (const dialed of texts) {
    for (const name of classes) {
      const slash = dialed.indexOf('/');
      const text = dialed.slice(slash + 1);
      const origins = follow(text, { name: dialed.slice(0, Math.max(0, slash)), class: name }, rules, config, taken);
      const last = origins.at(-1);
      if (last !== undefined && !loops.has(last)) loops.set(last, { dialed: text, origins });
    }
  }
  return [...loops.values()];
}

/** The sections of the loop that a text ends in; none if it ends elsewhere. */
function follow(
  dialed: string,
  who: { readonly name: string; readonly class: string | undefined },
  rules: readonly Rule[],
  config: Config,
  taken: (text: string) => boolean,
): readonly Origin[] {
  const passed: Origin[] = [];
  let text = dialed;
  for (let i = 0; i <= MOST_REWRITES; i++) {
    if (taken(text) || config.daemon.emergency.includes(text)) return [];
    const speed = speedOf(config.speeds, who.name, text);
    const rule = speed === undefined ? rules.find((one) => fits(one, text, who.class)) : undefined;
    const next = speed === undefined ? rule && nextOf(rule, text) : speed.to?.kind === 'number' ? speed.to.number : undefined;
    // Whether a state is on is not known.
    if (next === undefined || (rule !== undefined && rule.when.length > 0)) return [];
    passed.push((speed ?? rule)!.origin);
    text = next;
  }
  // Where it began may lie before the loop. The last rule of the file that takes part closes it.
  const loop = passed.slice(passed.lastIndexOf(passed.at(-1)!, -2) + 1);
  const last = (sections: Iterable<Section<object>>) =>
    [...sections].filter(({ origin }) => loop.includes(origin)).at(-1)?.origin;
  const end = last(rules) ?? last(config.speeds.values()) ?? passed.at(-1)!;
  const cut = loop.indexOf(end) + 1;
  return [...loop.slice(cut), ...loop.slice(0, cut)];
}

/** The speed dial that a user dials by a text, his own (`alice/77` is the 77 of alice) before everybody's; by its name in the file none. */
export function speedOf<Speed>(speeds: ReadonlyMap<string, Speed>, user: string | undefined, text: string): Speed | undefined {
  return text.includes('/') ? undefined : (speeds.get(`${user}/${text}`) ?? speeds.get(text));
}

function fits({ match, classes }: Rule, text: string, name: string | undefined): boolean {
  return match.expression.test(text) && (classes.length === 0 || (name !== undefined && classes.includes(name)));
}

/** What is dialed next; undefined where the call goes somewhere, or nowhere. */
function nextOf(rule: Rule, text: string): string | undefined {
  if (rule.refuse !== undefined) return undefined;
  const [to] = rule.to;
  // A rule that says nothing makes no loop of its own: it is a problem already.
  if (!['replace', 'strip', 'prepend', 'to'].some((key) => isWritten(rule.origin, key))) return undefined;
  if (to !== undefined || isWritten(rule.origin, 'to')) return to?.kind === 'number' ? to.number : undefined;
  const { match, replace, strip, prepend } = rule;
  return rewritten({ match, replace, strip, prepend: prepend ?? '' }, text);
}
