import type { Command } from 'commander';
import { otherPresets, presetNames } from '../../../config/presets.ts';
import type { Entry } from '../../../core/account/drop-in.ts';
import { namesIn } from '../../../runtime/files.ts';
import type { ProviderReport, ProviderTest } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import { collect, passwordLine, typedPassword } from '../input.ts';
import { type Column, json, list, printable } from '../table.ts';
import { duration } from '../time.ts';

interface AddOptions {
  readonly user: string;
  readonly name?: string;
  readonly stdin?: true;
  readonly passwordFile?: string;
  readonly inbound?: string;
  readonly dial?: string;
  readonly set?: readonly Entry[];
}

export function providerCommand(program: Command, context: Context): void {
  const { terminal } = context;
  const provider = program
    .command('provider')
    .summary('accounts at telephone companies')
    .description('Providers: the accounts at telephone companies that calls leave and come in by.');

  provider
    .command('list')
    .description('Lists the providers and whether they are up.')
    .action(() =>
      list(
        context,
        columnsAt(context.clock.wall()),
        (control) => control.providers(),
        'There are no providers: "sipwitchctl provider add PRESET --user NAME".',
      ),
    );

  provider
    .command('add <preset>')
    .description('Makes an account from a preset, and registers it. The password is asked for.')
    .requiredOption('--user <name>', 'the user name that the company gave; to be given always')
    .option('--name <name>', "what the account is called here, the preset's name if it is not given")
    .option('--stdin', 'read the password from the first line of standard input')
    .option('--password-file <file>', 'keep the password in that file, of which the daemon reads the first line')
    .option('--inbound <callee>', 'the user, extension or group that its calls go to')
    .option('--dial <pattern>', 'write a dial rule too: what is dialed for it, such as 0X! for all that begins with 0')
    .option('--set <key=value>', 'another key of the provider; may be given more than once', collect)
    .action(async (preset: string, options: AddOptions) => {
      const name = options.name ?? preset;
      await context.with(async (control) => {
        const settings: Entry[] = [
          ['preset', preset],
          ['username', options.user],
          await secretOf(preset, options, context),
          ...(options.inbound === undefined ? [] : [['inbound', options.inbound] as const]),
          ...(options.dial === undefined ? [] : [['dial', options.dial] as const]),
          ...(options.set ?? []),
        ];
        const remarks = await control.addProvider(name, settings);
        terminal.err(`${name} is a provider now; "sipwitchctl provider test ${name}" says whether it works.\n`);
        for (const remark of remarks) terminal.err(`note: ${remark}\n`);
      });
    });

  provider
    .command('test <name>')
    .description('Registers anew, and shows every step: name service, server, challenge, answer, and what to mend.')
    .action((name: string) =>
      context.with(async (control) => {
        const outcome = await control.testProvider(name);
        terminal.out(context.json() ? json(outcome) : testText(name, outcome));
        if (!outcome.up) throw new Failure(1, '');
      }),
    );

  provider
    .command('remove <name>')
    .description('Takes the registration back, and removes the account with its password.')
    .action((name: string) =>
      context.with(async (control) => {
        await control.removeProvider(name);
        terminal.err(`${name} is removed.\n`);
      }),
    );
}

/** The password, or where it is kept: never an argument, for everybody on this host can read those. */
async function secretOf(preset: string, { user, stdin, passwordFile }: AddOptions, context: Context): Promise<Entry> {
  const { terminal, surroundings } = context;
  if (stdin === true && passwordFile !== undefined)
    throw new Failure(2, '--stdin and --password-file exclude each other: give one of them');
  if (passwordFile !== undefined) return ['password_file', surroundings.absolute(passwordFile)];
  if (stdin === true) return ['password', await passwordLine(terminal)];
  if (!terminal.canAsk) throw new Failure(2, 'there is no terminal to ask on: give --stdin or --password-file');
  requirePreset(preset, context);
  return ['password', await typedPassword(terminal, `Password of ${user} at the provider: `)];
}

/** Before somebody types a password for nothing; where this program sees no presets, the daemon will say. */
function requirePreset(preset: string, { files, surroundings }: Context): void {
  const names = presetNames(namesIn(files, surroundings.presets));
  if (names.length > 0 && !names.includes(preset))
    throw new Failure(1, `there is no preset ${preset}; ${otherPresets(preset, names)}`);
}

function columnsAt(now: number): readonly Column<ProviderReport>[] {
  return [
    { title: 'NAME', cell: (one) => one.name },
    { title: 'PRESET', cell: (one) => one.preset || '-' },
    { title: 'USER', cell: (one) => one.username || '-' },
    { title: 'STATE', cell: (one) => one.state },
    { title: 'SINCE', cell: (one) => (one.since === 0 ? '-' : `${duration(now - one.since)} ago`) },
    { title: 'SERVER', cell: (one) => one.server || '-' },
    { title: 'WHY', cell: (one) => one.why || '-' },
  ];
}

function testText(name: string, { up, steps, advice }: ProviderTest): string {
  const lines = steps.map((step) => `  ${printable(step)}\n`).join('');
  const end = up ? `${name} is up.` : `${name} is down${advice === '' ? '.' : `: ${printable(advice)}.`}`;
  return `${lines}${end}\n`;
}
