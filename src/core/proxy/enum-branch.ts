import type { Resolver } from '../../runtime/resolver.ts';
import { enumUris } from '../../sip/locate/enum.ts';
import type { Plan, Target } from '../routing/decision.ts';
import type { ForkBranch } from './fork-branch.ts';
import type { Event } from './response-context.ts';

/** The request that a number's look-up belongs to. */
export interface EnumOwner {
  /** What becomes of the addresses of a number, routed for the same caller and with nobody to pay; undefined: nothing. */
  routed(uris: readonly string[]): Plan | undefined;
  event(event: Event): void;
}

/** A number that may have an address of its own (RFC 6116): what is found takes the place of this branch. */
export class EnumBranch implements ForkBranch {
  readonly last = undefined;
  readonly callee = undefined;
  why: string | undefined = undefined;
  private readonly owner: EnumOwner;
  private readonly id: number;
  private readonly resolver: Resolver;
  private done = false;

  constructor(owner: EnumOwner, id: number, resolver: Resolver) {
    this.owner = owner;
    this.id = id;
    this.resolver = resolver;
  }

  /**
   * Asks below each suffix in turn, the next where the one before knows nothing that leads anywhere. Where none does, nobody was asked and
   * nobody has answered, but for us where there is no other way.
   */
  begin(target: Target & { readonly kind: 'enum' }, suffixes: readonly string[]): void {
    const [suffix, ...others] = suffixes;
    if (this.done) return;
    if (suffix === undefined) {
      this.why = target.refused?.why;
      return this.end({ type: 'gone', branch: this.id, status: target.refused?.status ?? 0, outcome: 'failed' });
    }
    enumUris(target.number, suffix, this.resolver, (uris) => {
      if (this.done) return;
      const plan = this.owner.routed(uris);
      if (plan === undefined) this.begin(target, others);
      else this.end({ type: 'redirect', branch: this.id, status: 0, plan });
    });
  }

  cancel(): void {
    this.end({ type: 'gone', branch: this.id, status: 487 });
  }

  private end(event: Event): void {
    if (this.done) return;
    this.done = true;
    this.owner.event(event);
  }
}
