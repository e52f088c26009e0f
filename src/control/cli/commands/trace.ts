import { type Command, Option } from 'commander';
import type { MessageReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { ladders } from '../ladder.ts';
import { json, printable } from '../table.ts';
import { preciseTime } from '../time.ts';

interface Options {
  readonly call?: string;
  readonly format: 'ladder' | 'text';
}

export function traceCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('trace')
    .summary('the last messages')
    .description('Shows the last SIP messages. Passwords, keys and what people write to each other are hidden.')
    .option('--call <id>', 'only those of one call: its id, or a Call-ID')
    .addOption(
      new Option('--format <format>', 'ladder: who sent what to whom; text: every message')
        .choices(['ladder', 'text'])
        .default('ladder'),
    )
    .action(({ call = '', format }: Options) =>
      context.with(async (control) => {
        const messages = await control.trace(call);
        if (context.json()) terminal.out(json(messages));
        else if (messages.length === 0)
          terminal.out(call === '' ? 'No message has passed yet.\n' : `None of the last messages is of the call ${call}.\n`);
        else terminal.out(format === 'ladder' ? ladders(messages, terminal.columns) : messages.map(messageText).join('\n'));
      }),
    );
}

function messageText({ time, direction, transport, local, remote, text }: MessageReport): string {
  const [from, to] = direction === 'in' ? [remote, local] : [local, remote];
  const lines = text.split(/\r?\n/).map((line) => `  ${printable(line)}`.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return `${preciseTime(time)} ${transport} ${from} -> ${to}\n${lines.join('\n')}\n`;
}
