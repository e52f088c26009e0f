import type { Command } from 'commander';
import { nearest } from '../../text/nearest.ts';

/** `help [COMMAND]`: what `COMMAND --help` prints. */
export function helpCommand(program: Command): void {
  program
    .command('help [command...]')
    .summary('what a command does and takes')
    .description('Shows what a command does and takes, as "COMMAND --help" does.')
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const next = command.commands.find((one) => one.name() === word);
        if (next === undefined) return command.error(`error: unknown command '${word}'`, { exitCode: 2 });
        command = next;
      }
      command.outputHelp();
    });
}

/** Has each command name its own help where it is used wrongly, and the word that was probably meant. */
export function guideUsage(command: Command, words = command.name()): void {
  command
    .showHelpAfterError(`Try "${words} --help".`)
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: (text, write) => write(`${text.trimEnd()}${suggestion(command, text)}\n`) });
  for (const below of command.commands) guideUsage(below, `${words} ${below.name()}`);
}

/** commander itself takes `timers` for what was meant by `lines`. */
function suggestion(command: Command, error: string): string {
  const [, kind, word] = /^error: unknown (command|option) '(?:--)?(.+)'/.exec(error) ?? [];
  if (kind === undefined) return '';
  const names = kind === 'command' ? command.commands.map((one) => one.name()) : [...options(command), 'help'];
  const cut = names.filter((name) => word!.length > 2 && name.startsWith(word!)); // `hist` is no `list`
  const meant = cut.length === 1 ? cut[0] : nearest(word!, names);
  return meant === undefined ? '' : `; did you mean ${kind === 'command' ? '' : '--'}${meant}?`;
}

/** The options of a command and of those above it, as they are typed behind `--`. */
function options(command: Command): readonly string[] {
  const own = command.options.flatMap(({ long }) => long?.slice(2) ?? []);
  return command.parent === null ? own : [...own, ...options(command.parent)];
}
