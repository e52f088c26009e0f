/** The steps that lead to a decision, a sentence each. */
export class Steps {
  /** Asked for by `route explain`: also what did not fit, which nobody reads in a call and which would take longer than the decision. */
  readonly every: boolean;
  readonly taken: string[] = [];

  constructor(every: boolean) {
    this.every = every;
  }

  say(sentence: string): void {
    this.taken.push(sentence);
  }
}
