import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FileError, type Files } from '../../runtime/files.ts';
import { StorageError } from '../../runtime/storage.ts';
import type { Terminal } from '../../runtime/terminal.ts';
import { ControlError, storageFailed } from '../dbus/errors.ts';
import { BUS_WORDS, isBusWord } from '../dbus/place.ts';
import { callCommand } from './commands/call.ts';
import { configCommand } from './commands/config.ts';
import { debugCommand } from './commands/debug.ts';
import { dnsCommand } from './commands/dns.ts';
import { doctorCommand } from './commands/doctor.ts';
import { passwdCommand } from './commands/passwd.ts';
import { phoneCommand } from './commands/phone.ts';
import { providerCommand } from './commands/provider.ts';
import { routeCommand } from './commands/route.ts';
import { stateCommand } from './commands/state.ts';
import { statusCommand } from './commands/status.ts';
import { traceCommand } from './commands/trace.ts';
import { userCommand } from './commands/user.ts';
import type { Context, Tools } from './context.ts';
import { type Control, Failure } from './control.ts';
import { type Folders, folderFault, foldersMeant } from './folders.ts';
import { guideUsage, helpCommand } from './help.ts';
import { printableLines } from './table.ts';

/** What the entry file gives: the machine, and how to reach whoever answers. */
export interface Machine extends Tools {
  readonly version: string;
  /** Whoever answers: a daemon on one of the buses, else the files. `bus` is what `--bus` says. */
  reach(bus: string | undefined, folders: Folders): Promise<Control>;
}

interface Globals {
  readonly config?: string;
  readonly state?: string;
  readonly bus?: string;
  readonly json?: true;
}

/** Runs one command line. Resolves with the exit code: 0, 1 failure, 2 usage, 69 no daemon or an address that is taken, 78 configuration. */
export async function main(args: readonly string[], machine: Machine): Promise<number> {
  const program = programFor(machine);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCode(error, machine.terminal);
  }
}

/** The tree of commands. The man page is made from it: nothing of the machine is touched before a command runs. */
export function programFor(machine: Machine): Command {
  const { terminal, surroundings, files, clock, random, host, version } = machine;
  const program = new Command('sipwitchctl');
  const globals = () => program.opts<Globals>();
  const folders = () => {
    const { config, state } = globals();
    const fault = folderFault(surroundings, { config, state }, false);
    if (fault !== undefined) throw new Failure(2, fault);
    return foldersMeant(surroundings, config, state);
  };
  const context: Context = {
    terminal,
    surroundings,
    files,
    clock,
    random,
    host,
    folders,
    nameServers: () => nameServersOf(files),
    openResolver: () => machine.openResolver(),
    json: () => globals().json === true,
    async with(run) {
      const control = await machine.reach(globals().bus, folders());
      try {
        const answer = await run(control);
        const { unheard } = control;
        if (unheard !== '') terminal.err(`note: no daemon was asked; one that runs on these files hears of this ${unheard}\n`);
        return answer;
      } finally {
        await control.close();
      }
    },
  };
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(printableLines(text.replace(/^error: /, 'sipwitchctl: '))),
    })
    .configureHelp({ sortSubcommands: false, subcommandTerm: (command) => command.name(), showGlobalOptions: false })
    .description('Asks and changes the telephone exchange of this computer.')
    .version(`sipwitchctl ${version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .option('--config <dir>', 'where sipwitch.conf is')
    .option('--state <dir>', 'what the daemon keeps')
    .addOption(
      new Option('--bus <bus>', 'where the daemon is: system, session, an address, or none to use the files alone').argParser(
        (word) => {
          if (!isBusWord(word)) throw new InvalidArgumentError(`Expected ${BUS_WORDS}.`);
          return word;
        },
      ),
    )
    .option('--json', 'print for programs')
    .hook('preAction', (_, command) => refuseEmpty(command));
  statusCommand(program, context);
  userCommand(program, context);
  passwdCommand(program, context);
  phoneCommand(program, context);
  callCommand(program, context);
  providerCommand(program, context);
  stateCommand(program, context);
  routeCommand(program, context);
  dnsCommand(program, context);
  doctorCommand(program, context);
  configCommand(program, context);
  debugCommand(program, context);
  traceCommand(program, context);
  helpCommand(program);
  guideUsage(program);
  for (const group of program.commands) group.helpCommand(false);
  return program;
}

/** An empty word is a variable of a shell that is not set, and would ask for everything there is. The value of a key may be empty. */
function refuseEmpty(command: Command): void {
  const { registeredArguments, args, options } = command;
  const argument = registeredArguments.find((one, i) => args[i] === '' && one.name() !== 'value');
  const option = options.find((one) => command.getOptionValue(one.attributeName()) === '');
  const empty = argument === undefined ? option?.long : `<${argument.name()}>`;
  if (empty !== undefined) command.error(`error: ${empty} is empty`, { exitCode: 2 });
}

/** None where nothing says which: the link of a machine whose own name service does not run leads nowhere. */
function nameServersOf(files: Files): readonly string[] {
  let conf = '';
  try {
    conf = files.read('/etc/resolv.conf') ?? '';
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  return [...conf.matchAll(/^[ \t]*nameserver[ \t]+([^ \t\n#;]+)/gm)].map(([, address]) => address!);
}

function exitCode(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said what is wrong
  if (error instanceof Failure || error instanceof ControlError || error instanceof StorageError) {
    const { message } = error instanceof StorageError ? storageFailed(error, false) : error;
    if (message !== '') terminal.err(`sipwitchctl: ${printableLines(message)}\n`);
    if (error instanceof Failure) return error.code;
    if (error.name === 'AddressTaken') return 69;
    return error.name === 'InvalidConfiguration' ? 78 : 1;
  }
  throw error;
}
