import type { Command } from 'commander';
import { randomPassword } from '../../../core/account/password.ts';
import type { Context } from '../context.ts';
import { type Control, Failure } from '../control.ts';
import { passwordLine, typedPassword } from '../input.ts';
import { forLogin } from '../login.ts';

interface Options {
  readonly stdin?: true;
  readonly random?: true;
}

export function passwdCommand(program: Command, context: Context): void {
  program
    .command('passwd')
    .summary('set a SIP password')
    .description('Sets the password that the phones of a user register with. Only its hash is kept.')
    .argument('[name]', 'the user; without it, the one who is logged in')
    .option('--stdin', 'read the password from the first line of standard input')
    .option('--random', 'make a password, and print it')
    .action(async (name: string | undefined, options: Options) => {
      if (name !== undefined) return setPassword(name, options, context);
      const otherwise = '"sipwitchctl passwd NAME" sets the password of NAME';
      return forLogin(context, otherwise, () => setPassword(context.surroundings.user, options, context));
    });
}

async function setPassword(user: string, options: Options, context: Context): Promise<void> {
  const { terminal } = context;
  const { stdin, random } = options;
  if (stdin === true && random === true) throw new Failure(2, '--stdin and --random exclude each other: give one of them');
  if (stdin !== true && random !== true && !terminal.canAsk)
    throw new Failure(2, 'there is no terminal to ask on: give --stdin or --random');
  await context.with(async (control) => {
    const password = await passwordFor(user, options, context, control);
    // First, for one that nobody has read would shut his phones out.
    if (random === true) await terminal.outWhole(`${password}\n`);
    await control.setPassword(user, password);
    terminal.err(`The password of ${user} is set: type it into the phone, with the user name ${user}.\n`);
  });
}

async function passwordFor(user: string, { stdin, random }: Options, context: Context, control: Control): Promise<string> {
  const { terminal, random: numbers } = context;
  if (stdin === true) return passwordLine(terminal);
  await control.requireUser(user);
  if (random === true) return randomPassword(numbers);
  const first = await typedPassword(terminal, `New SIP password of ${user}: `);
  const second = await typedPassword(terminal, 'Once more: ');
  if (first !== second) throw new Failure(1, 'the two are not the same, and nothing is changed; try again');
  return second;
}
