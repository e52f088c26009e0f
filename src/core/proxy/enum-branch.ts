import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Resolver } from '../../runtime/resolver.ts';
import { enumUris } from '../../sip/locate/enum.ts';
import type { Plan, Target } from '../routing/decision.ts';
import type { ForkBranch } from './fork-branch.ts';
import type { Event } from './fork-event.ts';

type EnumTarget = Target & { readonly kind: 'enum' };

/** How long a caller waits for all suffixes together. */
const MOST: Millis = 5_000;

/** The request that a number's look-up belongs to. */
export interface EnumOwner {
  readonly clock: Clock;
  /** What becomes of the addresses of a number, routed for the same caller and with nobody to pay; undefined: nothing. */
  routed(uris: readonly string[], ledBy: string | undefined): Plan | undefined;
  event(event: Event): void;
}

/** A number that may have an address of its own (RFC 6116): what is found takes the place of this branch. */
export class EnumBranch implements ForkBranch, Timed {
  readonly last = undefined;
  readonly callee = undefined;
  readonly outside = false;
  why: string | undefined = undefined;
  private readonly owner: EnumOwner;
  private readonly id: number;
  private readonly resolver: Pick<Resolver, 'query'>;
  private timer: Timer | undefined = undefined;
  private target: EnumTarget | undefined = undefined;
  private done = false;

  constructor(owner: EnumOwner, id: number, resolver: Pick<Resolver, 'query'>) {
    this.owner = owner;
    this.id = id;
    this.resolver = resolver;
  }

  /**
   * Asks below each suffix in turn, the next where the one before knows nothing that leads anywhere. Where none does in time, nobody was
   * asked and nobody has answered, but for us where there is no other way.
   */
  begin(target: EnumTarget, suffixes: readonly string[]): void {
    this.target = target;
    this.timer = this.owner.clock.start('enum', MOST, this);
    this.ask(target, suffixes);
  }

  private ask(target: EnumTarget, [suffix, ...others]: readonly string[]): void {
    if (suffix === undefined) return this.timeout();
    enumUris(target.number, suffix, this.resolver, (uris) => {
      if (this.done) return;
      const plan = this.owner.routed(uris, target.ledBy);
      if (plan === undefined) this.ask(target, others);
      else this.end({ type: 'redirect', branch: this.id, status: 0, plan });
    });
  }

  timeout(): void {
    const refused = this.target?.refused;
    this.why = refused?.why;
    this.end({ type: 'gone', branch: this.id, status: refused?.status ?? 0, outcome: 'failed' });
  }

  cancel(): void {
    this.end({ type: 'gone', branch: this.id, status: 487 });
  }

  private end(event: Event): void {
    if (this.done) return;
    this.done = true;
    this.timer?.cancel();
    this.owner.event(event);
  }
}
