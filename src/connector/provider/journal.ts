const MOST = 50;

/** What went wrong, and what a person can do about it. */
export interface Fault {
  readonly why: string;
  readonly advice: string;
}

/** What happened since the last attempt to register began, a sentence each. */
export class Journal {
  /** Undefined while nothing has failed since it was granted. */
  fault: Fault | undefined = undefined;
  private steps: string[] = [];

  begin(): void {
    this.steps = [];
  }

  /** @param advice what a person can do about it; empty where nothing is wrong */
  say(what: string, advice: string): void {
    this.steps.push(what);
    if (this.steps.length > MOST) this.steps.shift();
    if (advice !== '') this.fault = { why: what, advice };
  }

  get lines(): readonly string[] {
    return this.steps;
  }
}
