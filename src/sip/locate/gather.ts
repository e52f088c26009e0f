import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Answer, RecordType, Resolver } from '../../runtime/resolver.ts';

export interface Question {
  readonly name: string;
  readonly type: RecordType;
}

/** Once what is needed first is known, so long is waited for the rest: the Resolution Delay of RFC 8305 §3, for resolvers of slow homes. */
const RESOLUTION_DELAY: Millis = 250;
const UNANSWERED: Answer = { kind: 'failed', why: 'no name server answered in time' };

/** Asks several questions at once, and waits for the answers no longer than it is told. */
export class Gather implements Timed {
  private readonly clock: Clock;
  private readonly answers: (Answer | undefined)[];
  private readonly enough: (answers: readonly (Answer | undefined)[]) => boolean;
  private readonly done: (answers: readonly Answer[]) => void;
  private limit: Timer | undefined = undefined;
  private delay: Timer | undefined = undefined;
  private over = false;

  /**
   * @param enough whether these answers would do, should the others not come
   * @param done called once, with an answer for each question; not after `cancel`, and not before `ask`
   */
  constructor(
    clock: Clock,
    questions: number,
    enough: (answers: readonly (Answer | undefined)[]) => boolean,
    done: (answers: readonly Answer[]) => void,
  ) {
    this.clock = clock;
    this.answers = new Array<Answer | undefined>(questions).fill(undefined);
    this.enough = enough;
    this.done = done;
  }

  /** Asks. `most`: milliseconds after which unanswered questions count as failed. */
  ask(resolver: Pick<Resolver, 'query'>, questions: readonly Question[], most: Millis): void {
    let asking = true;
    questions.forEach(({ name, type }, i) => {
      resolver.query(name, type, (answer) => {
        this.answers[i] = answer;
        if (!asking) this.look();
      });
    });
    asking = false;
    this.look();
    if (!this.over) this.limit = this.clock.start('locate', most, this);
  }

  private look(): void {
    if (this.over) return;
    if (this.answers.every((answer) => answer !== undefined)) return this.end();
    if (this.delay === undefined && this.enough(this.answers)) {
      this.delay = this.clock.start('resolution-delay', RESOLUTION_DELAY, this);
    }
  }

  timeout(): void {
    this.end();
  }

  private end(): void {
    this.cancel();
    this.done(this.answers.map((answer) => answer ?? UNANSWERED));
  }

  cancel(): void {
    this.over = true;
    this.limit?.cancel();
    this.delay?.cancel();
  }
}
