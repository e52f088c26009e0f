import type { Surroundings, Terminal } from '../../src/runtime/terminal.ts';

/** A terminal whose person types what the test says. */
export class SimTerminal implements Terminal {
  printed = '';
  said = '';
  readonly columns = undefined;
  readonly asked: string[] = [];
  readonly answers: (string | undefined)[];
  readonly canAsk: boolean;
  readonly piped: string;

  constructor({ answers, piped = '' }: { readonly answers?: readonly (string | undefined)[]; readonly piped?: string } = {}) {
    this.answers = [...(answers ?? [])];
    this.canAsk = answers !== undefined;
    this.piped = piped;
  }

  out(text: string): void {
    this.printed += text;
  }

  async outWhole(text: string): Promise<void> {
    this.out(text);
  }

  err(text: string): void {
    this.said += text;
  }

  async askHidden(question: string): Promise<string | undefined> {
    this.asked.push(question);
    return this.answers.shift();
  }

  async input(most: number): Promise<string | undefined> {
    return this.piped.length > most ? undefined : this.piped;
  }

  async inputLine(most: number): Promise<string | undefined> {
    const line = this.piped.split(/\r?\n/)[0]!;
    return line.length > most ? undefined : line;
  }
}

/** Where a program runs; a path that ends in `absent`, `astray` or `other` is that: nothing, a link to nothing, no folder. */
export function surroundingsOf(variables: Readonly<Record<string, string>> = {}, uid = 1000, user = 'alice'): Surroundings {
  return {
    hostName: 'desk',
    uid,
    installed: true,
    presets: '/usr/share/sipwitch/providers',
    user,
    home: '/home/alice',
    variable: (name) => variables[name],
    absolute: (path) => `/cwd/${path}`,
    kindOf: (path) => (/(absent|astray|other)$/.exec(path)?.[1] ?? 'folder') as 'folder' | 'other' | 'absent' | 'astray',
  };
}
