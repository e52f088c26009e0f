/** What happened to a request that goes to another domain. Hops are numbered in the order in which they are to be tried. */
export type HopEvent =
  | { readonly type: 'located'; readonly hops: number }
  /** DNS led nowhere. */
  | { readonly type: 'unlocated'; readonly status: number }
  /** The newest hop has not said a word for as long as a living one takes. */
  | { readonly type: 'silent' }
  | { readonly type: 'answer'; readonly hop: number; readonly status: number }
  /** The hop will never answer: 408 for a silent one, 503 for a lost one, 487 for a cancelled one. */
  | { readonly type: 'gone'; readonly hop: number; readonly status: number }
  /** Nothing can be sent there, for a reason that is ours: no socket of that transport or family. */
  | { readonly type: 'barred'; readonly hop: number }
  | { readonly type: 'cancel' };

export type HopAction =
  | { readonly do: 'try'; readonly hop: number }
  /** There are more hops: tell when the one that was just tried stays silent. Takes the place of an earlier wait. */
  | { readonly do: 'wait' }
  | { readonly do: 'stop waiting' }
  | { readonly do: 'cancel'; readonly hop: number }
  /** Not to be tried first by the next ones (RFC 3263 §4.3). */
  | { readonly do: 'grey'; readonly hop: number }
  | { readonly do: 'well'; readonly hop: number }
  /** The hop's last response is the answer of the branch, or one of several. */
  | { readonly do: 'give'; readonly hop: number; readonly status: number }
  /** There will be no answer. */
  | { readonly do: 'gone'; readonly status: number };

/** `left`: another one was chosen, and it is cancelled. */
type Step = 'untried' | 'silent' | 'provisional' | 'left' | 'over';

/**
 * Walks the next hops of one branch (RFC 3263 §4.3): the next one after a 503, an error of the transport or a timeout. A hop that stays
 * silent while there are others is not waited for: the next is tried beside it (the spirit of RFC 6157 §3.1 and RFC 8305), the first that
 * says anything is the one, and the others are cancelled. Knows neither messages nor clocks nor sockets.
 *
 * A 2xx of a hop that lost is given as well: it is another dialog, as with any fork, and the caller's to end (RFC 3261 §13.2.2.4).
 */
export class HopWalk {
  private readonly hops: Step[] = [];
  private actions: HopAction[] = [];
  private next = 0;
  /** The hop that answered first. */
  private chosen = -1;
  /** A hop that got the request a second time, and whose 482 says no more than that (RFC 3261 §8.2.2.2). */
  private merged = -1;
  private lost = false;
  private cancelled = false;
  private waiting = false;
  private over = false;

  step(event: HopEvent): readonly HopAction[] {
    this.actions = [];
    switch (event.type) {
      case 'located':
        while (this.hops.length < event.hops) this.hops.push('untried');
        if (!this.over) this.tryNext();
        break;
      case 'unlocated':
        this.end(event.status);
        break;
      case 'silent':
        this.waiting = false;
        if (this.chosen < 0 && !this.cancelled && !this.over) this.tryNext();
        break;
      case 'answer':
        this.answer(event.hop, event.status);
        break;
      case 'gone':
        this.gone(event.hop, event.status);
        break;
      case 'barred':
        this.lost = true;
        this.leave(event.hop);
        break;
      case 'cancel':
        this.cancel();
        break;
      default:
        event satisfies never;
    }
    return this.actions;
  }

  private answer(hop: number, status: number): void {
    const before = this.hops[hop]!;
    if (status >= 200 && status < 300) {
      if (!this.over) this.choose(hop);
      this.hops[hop] = 'over';
      this.give(hop, status);
      this.over = true;
      return;
    }
    if (before === 'over' || this.over) return;
    // It is being cancelled, though the one that was chosen may have failed: what it says on the way to its 487 is no word of its callee.
    if (before === 'left' && status === 487) return this.settle(hop);
    if (status < 200) {
      if (before === 'left') return;
      this.hops[hop] = 'provisional';
      this.choose(hop);
      return this.give(hop, status);
    }
    if (status === 503 && !this.cancelled) {
      this.lost = true;
      this.actions.push({ do: 'grey', hop });
      return this.leave(hop);
    }
    if (this.chosen >= 0 && this.chosen !== hop) return this.settle(hop);
    if (status === 482 && this.othersLive(hop)) {
      this.merged = hop;
      return this.settle(hop);
    }
    this.choose(hop);
    this.hops[hop] = 'over';
    this.give(hop, status);
    this.over = true;
  }

  private gone(hop: number, status: number): void {
    if (this.hops[hop] === 'over' || this.over) return;
    // It was reached, and nobody took the call: another hop would lead to the same callee.
    if (this.hops[hop] === 'provisional') return this.end(status);
    if (status === 503) this.lost = true;
    if (!this.cancelled && status !== 487) this.actions.push({ do: 'grey', hop });
    this.leave(hop);
  }

  /** A hop failed: the next one, unless all was decided. */
  private leave(hop: number): void {
    const left = this.hops[hop] === 'left';
    this.hops[hop] = 'over';
    if (this.chosen === hop) this.chosen = -1;
    if (this.over) return;
    if (!left && !this.cancelled && this.next < this.hops.length) return this.tryNext();
    this.settle(hop);
  }

  /** A hop has no more to say, and no other takes its place. */
  private settle(hop: number): void {
    this.hops[hop] = 'over';
    if (this.othersLive(hop)) return;
    if (this.merged >= 0 && !this.cancelled) {
      this.give(this.merged, 482);
      this.over = true;
    } else this.end(this.cancelled ? 487 : this.lost ? 503 : 408);
  }

  private tryNext(): void {
    if (this.next >= this.hops.length) return;
    const hop = this.next++;
    this.hops[hop] = 'silent';
    this.actions.push({ do: 'try', hop });
    if (this.next >= this.hops.length) return this.stopWaiting();
    this.waiting = true;
    this.actions.push({ do: 'wait' });
  }

  /** This hop is the one: those that said nothing are left, and are not to be the first again soon. */
  private choose(hop: number): void {
    if (this.chosen === hop) return;
    this.chosen = hop;
    this.stopWaiting();
    this.actions.push({ do: 'well', hop });
    this.hops.forEach((step, other) => {
      if (other === hop || step === 'left' || !isLive(step)) return;
      if (step === 'silent' && !this.cancelled) this.actions.push({ do: 'grey', hop: other });
      this.actions.push({ do: 'cancel', hop: other });
      this.hops[other] = 'left';
    });
  }

  private cancel(): void {
    if (this.cancelled || this.over) return;
    this.cancelled = true;
    // Nothing was sent yet: the caller is free at once.
    if (this.hops.length === 0) return this.end(487);
    this.stopWaiting();
    this.hops.forEach((step, hop) => {
      if (isLive(step)) this.actions.push({ do: 'cancel', hop });
    });
  }

  private stopWaiting(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.actions.push({ do: 'stop waiting' });
  }

  /** Whether a hop other than this one may still answer. */
  private othersLive(hop: number): boolean {
    return this.hops.some((step, other) => other !== hop && isLive(step));
  }

  private give(hop: number, status: number): void {
    this.actions.push({ do: 'give', hop, status });
  }

  private end(status: number): void {
    if (this.over) return;
    this.over = true;
    this.actions.push({ do: 'gone', status });
  }
}

const isLive = (step: Step): boolean => step !== 'untried' && step !== 'over';
