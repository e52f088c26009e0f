import { didYouMean, nearest } from '../text/nearest.ts';
import { type Config, type Origin, type Place, placeOfKey, placeOfSection } from './config.ts';
import { titleOf } from './ini.ts';
import { type Problem, problem, type Severity } from './problem.ts';
import { covers, type Destination, wordOf } from './values/telephone.ts';

/** Hints are for people; a thousand wrong names in one file do not each need a search through ten thousand right ones. */
const HINTS = 100;

/** The named things that something can refer to. */
type Named = ReadonlyMap<string, { readonly origin: Origin }>;

/** What the checks of one configuration find, and how they say it. */
export class Checking {
  readonly config: Config;
  readonly problems: Problem[] = [];
  /** Who has an extension. */
  readonly holders = new Map<string, Origin>();
  private readonly base: string;
  private readonly changed: ReadonlySet<string>;
  private hints = 0;

  /**
   * @param base the folder below which files are named by the rest of their path
   * @param changed paths of files that are being tried
   */
  constructor(config: Config, base: string, changed: ReadonlySet<string>) {
    this.config = config;
    this.changed = changed;
    this.base = base.endsWith('/') ? base : `${base}/`;
  }

  complain(place: Place | undefined, message: string, severity: Severity = 'error', hint?: string): void {
    // Only what nobody wrote has no place, and nobody can be wrong about that.
    if (place !== undefined)
      this.problems.push(problem(place.source, place.span, { severity, where: place.where, message, hint }));
  }

  /** Whether something of a section is being tried: where it and another exclude each other, it is the wrong one. */
  isTried({ parts }: Origin): boolean {
    return this.changed.size > 0 && parts.some(({ source }) => this.changed.has(source.path));
  }

  /** Notes whose a thing is that can be one section's alone, by what `key` says there. `what` it is: an extension. */
  only(holders: Map<string, Origin>, origin: Origin, key: string, thing: string, what: string): void {
    const first = holders.get(thing);
    if (first === undefined) holders.set(thing, origin);
    else {
      const taken = `${thing} is ${what} of ${titleOf(first)} already${this.at(placeOfKey(first, key))}`;
      this.complain(placeOfKey(origin, key, thing), taken);
    }
  }

  /** Classes that there must be. */
  classes(origin: Origin, names: readonly string[]): void {
    for (const name of names) this.refer(origin, 'classes', name, 'class', this.config.classes);
  }

  /** A section that there must be. */
  refer(origin: Origin, key: string, name: string, kind: string, known: Named): void {
    if (!known.has(name))
      this.complain(placeOfKey(origin, key, name), `there is no [${kind} ${name}]`, 'error', this.meant(name, known));
  }

  /** Whoever is to be called, if that is somebody of the house. */
  callee(origin: Origin, key: string, callee: Destination | undefined): void {
    if (callee === undefined || callee.kind === 'uri') return;
    const { users, groups, daemon } = this.config;
    const name = wordOf(callee);
    if (this.isTaken(name)) return;
    if (callee.kind === 'name') {
      const hint = this.meant(name, new Map<string, { readonly origin: Origin }>([...users, ...groups]));
      this.complain(placeOfKey(origin, key, name), `there is no user or group ${name}`, 'error', hint);
    } else if (covers(daemon.extensions, name)) {
      this.complain(placeOfKey(origin, key, name), `nobody has extension ${name}`, 'warning');
    }
  }

  /** Whether a user or a group is called so. */
  isTaken(name: string): boolean {
    const { users, groups } = this.config;
    return users.has(name) || groups.has(name) || this.holders.has(name);
  }

  /** `did you mean gsm0 (sipwitch.conf.d/gsm0.conf:1)?` */
  meant(name: string, known: Named): string | undefined {
    const found = this.hints++ < HINTS ? nearest(name, known.keys()) : undefined;
    return didYouMean(found && `${found}${this.at(placeOfSection(known.get(found)!.origin))}`);
  }

  /** ` (sipwitch.conf:12)`; nothing for what no file holds. */
  at(place: Place | undefined): string {
    if (place === undefined) return '';
    const { path } = place.source;
    return ` (${path.startsWith(this.base) ? path.slice(this.base.length) : path}:${place.span.line})`;
  }
}
