import type { Command } from 'commander';
import type { StateReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { type Column, list } from '../table.ts';

export function stateCommand(program: Command, context: Context): void {
  const state = program
    .command('state')
    .summary('named states such as night')
    .description('Named states, which say where calls go while they are on: by the clock, by a code, or by hand.');

  state
    .command('list')
    .description('Lists the states, whether each is on, and who says so.')
    .action(() =>
      list(context, columns, (control) => control.states(), 'There are no states: [state NAME] in sipwitch.conf makes one.'),
    );

  state
    .command('set <name> <on|off|auto>')
    .description('Switches a state until it is "auto" again, when its hours count; over a restart, too.')
    .action((name: string, to: string) =>
      context.with(async (control) => {
        await control.setState(name, to);
        context.terminal.err(`${name}: ${to}\n`);
      }),
    );
}

const columns: readonly Column<StateReport>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: ({ on }) => (on ? 'on' : 'off') },
  { title: 'BY', cell: ({ by }) => by },
];
