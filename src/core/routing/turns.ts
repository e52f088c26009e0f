/** Which member of a group whose members take turns comes first: one count for each group, from the start of the daemon on. */
export class Turns {
  private readonly calls = new Map<string, number>();

  /** Calls that came to a group, by its name. */
  of(group: string): number {
    return this.calls.get(group) ?? 0;
  }

  /** A call went to these groups: the next one begins with the next member. */
  pass(groups: readonly string[]): void {
    for (const group of groups) this.calls.set(group, (this.of(group) + 1) % Number.MAX_SAFE_INTEGER);
  }
}
