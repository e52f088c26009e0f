import type { Command } from 'commander';
import { defaultsText } from '../../../config/document.ts';
import { kinds } from '../../../config/load.ts';
import type { CheckReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import { json } from '../table.ts';

export function configCommand(program: Command, context: Context): void {
  const { terminal } = context;
  const config = program
    .command('config')
    .summary('configuration')
    .description('The configuration: what it says, and what is wrong with it.');

  config
    .command('check')
    .description('Reads the whole configuration and prints every problem; the running daemon does not change.')
    .action(() => context.with(async (control) => print(await control.check())));

  config
    .command('show')
    .description('Prints the configuration, all files as one; in that form alone, without --json.')
    .option('--defaults', 'print every key with its meaning and default instead')
    .action(async ({ defaults }: { defaults?: true }) => {
      if (context.json())
        throw new Failure(2, 'config show prints the text of a configuration and nothing else: leave out --json');
      if (defaults === true) terminal.out(defaultsText(kinds));
      else await context.with(async (control) => terminal.out(await control.configText()));
    });

  program
    .command('reload')
    .summary('read the configuration again')
    .description('Makes the daemon read its configuration again. A configuration with errors changes nothing.')
    .action(() => context.with(async (control) => print(await control.reload())));

  function print(checked: CheckReport): void {
    if (context.json()) terminal.out(json(checked));
    else terminal.out(`${checked.report}\n`);
    if (checked.errors > 0) throw new Failure(78, '');
  }
}
