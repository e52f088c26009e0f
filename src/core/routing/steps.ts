/** The steps that lead to a decision, a sentence each. */
export class Steps {
  /** Asked for by `route explain`: also what did not fit, which nobody reads in a call and which would take longer than the decision. */
  readonly every: boolean;
  readonly taken: string[] = [];

  constructor(every: boolean) {
    this.every = every;
  }

  /** What a refusal says once more, as the end of all, is no step of its own. */
  say(sentence: string): void {
    if (sentence !== this.taken.at(-1)) this.taken.push(sentence);
  }
}
