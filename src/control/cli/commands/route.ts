import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import { printable } from '../table.ts';

interface Options {
  readonly from?: string;
  readonly anonymous?: true;
  readonly method: string;
}

export function routeCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('route')
    .summary('where a call would go, and why')
    .description('Where a call would go, and why.')
    .command('explain <target>')
    .description(
      'Says what would become of a call to a name, a number or a URI, and every step that leads there. Nothing is sent.',
    )
    .option('--from <user>', 'who calls; without it, the one who is logged in')
    .option('--anonymous', 'somebody calls who is none of ours')
    .option('--method <method>', 'another request than a call', 'INVITE')
    .action(async (target: string, { from, anonymous, method }: Options) => {
      if (from !== undefined && anonymous === true)
        throw new Failure(2, '--from and --anonymous exclude each other: give one of them');
      const caller = anonymous === true ? '' : (from ?? context.surroundings.user);
      const explained = await context.with((control) => control.explain({ target, from: caller, method }));
      if (context.json()) terminal.out(`${JSON.stringify(explained, null, 2)}\n`);
      else {
        for (const [at, step] of explained.trace.entries()) terminal.out(`${String(at + 1).padStart(3)}. ${printable(step)}\n`);
        terminal.out(`  => ${printable(explained.summary)}\n`);
      }
    });
}
