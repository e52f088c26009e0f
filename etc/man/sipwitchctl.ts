import type { Command, Option } from 'commander';
import { type Machine, programFor } from '../../src/control/cli/main.ts';
import * as record from '../../src/control/dbus/record.ts';
import { bold, entry, head, italic, paragraph, plain, section, usage } from './roff.ts';

/** sipwitchctl(1), from the commands themselves. */
export function controlPage(date: string, source: string, version: string): string {
  const program = programFor({ version } as Machine); // no command is run
  return [
    head('sipwitchctl', 1, date, source, 'User commands', 'ask and change the telephone exchange of this computer'),
    section('SYNOPSIS', `${bold('sipwitchctl')} [${italic('OPTIONS')}] ${italic('COMMAND')} ...\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'It asks, in this order: what --bus names; the private bus that the note private-bus in the state directory names; that of the daemon of the same user, below XDG_RUNTIME_DIR, beside the state, or where that variable is not set below /run/user; the session bus; the system bus; and then the files alone: accounts, passwords and the configuration can be looked at and changed without a daemon. Who has no exchange of his own, on a machine where the system has one, means that: its files are not looked at, and none are made. Where --config or --state is given, a daemon that uses other folders is not asked, and named if it is the only one. After a change it says when a daemon that runs on those files hears of it: at its next reload, of a password within a second, of a state only when it starts again.',
      ),
      paragraph(
        "Status, and one's own account, phones and calls, are free to read; one's own password, display, dnd, no_answer and forwards are free to set, one's own phones to remove and calls to end. On the system bus all else is for those whom polkit allows it, which may want the password of an administrator first: pkttyagent(1) asks for it where nothing else does and standard input is a terminal, and doctor has nobody asked. The owner of a private or session bus may do all.",
      ),
    ),
    section(
      'OPTIONS',
      paragraph('They may stand before or behind the command. With --help, or -h, it prints what it takes.'),
      ...program.options.map(describeOption),
    ),
    section('COMMANDS', ...leaves(program).map(describeCommand)),
    section(
      'OUTPUT FOR PROGRAMS',
      paragraph(
        'With --json a listing is an array with an object for each row, however few, and what is no listing one object. Names are those of the properties on D-Bus, but for their first letter, and are added to and never changed. A time is in milliseconds since 1970, and 0 where it has not come; a span is in milliseconds, where it is not called seconds. What is not known or not set is an empty text. Nothing else goes to standard output; what is wrong is told as ever, by a sentence on standard error and the exit status.',
      ),
      ...Object.entries(printed).map(([command, fields]) => entry(bold(command), plain(Object.keys(fields).join(', ')))),
    ),
    section(
      'EXIT STATUS',
      entry(bold('0'), plain('done')),
      entry(bold('1'), plain('refused or failed; a sentence says why, and what to do next')),
      entry(bold('2'), plain('the command line is wrong')),
      entry(bold('69'), plain('no daemon answers, or another program has an address that the configuration wants')),
      entry(bold('78'), plain('the configuration has errors')),
    ),
    section(
      'ENVIRONMENT',
      entry(
        bold('XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, DBUS_SYSTEM_BUS_ADDRESS'),
        plain('as for sipwitchd(8)'),
      ),
    ),
    section('SEE ALSO', `${bold('sipwitchd')}(8), ${bold('sipwitch.conf')}(5)\n`),
  ].join('');
}

/** What is printed for programs, by command; the tables are those that D-Bus sends. */
const printed: Readonly<Record<string, object>> = {
  status: { ...record.statusFields, providers: [] },
  'user list': record.userFields,
  'user show': { name: '', settings: '', passwords: '' },
  'phone list': record.phoneFields,
  'call list': record.callFields,
  'call history': record.pastCallFields,
  'provider list': record.providerFields,
  'provider test': { up: '', steps: '', advice: '' },
  'state list': record.stateFields,
  'route explain': { ...record.explanationFields, targets: [] },
  'dns records': { records: '', warnings: '' },
  'dns records --verify': { asked: '', verdicts: '', warnings: '' },
  doctor: { check: '', state: '', sentence: '', advice: '' },
  'config check, reload': { errors: '', report: '' },
  'debug bindings': record.bindingFields,
  'debug transactions': record.transactionFields,
  'debug dialogs': record.dialogFields,
  'debug timers': record.timerFields,
  'debug dns': record.dnsFields,
  'debug counts': record.countFields,
  trace: record.messageFields,
};

interface Leaf {
  readonly words: string;
  readonly command: Command;
}

function leaves(command: Command, before = ''): readonly Leaf[] {
  return command.commands.flatMap((one) => {
    const words = `${before}${one.name()}`;
    return one.commands.length > 0 ? leaves(one, `${words} `) : [{ words, command: one }];
  });
}

function describeCommand({ words, command }: Leaf): string {
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name();
    const shown = name.includes('|') ? bold(name) : italic(name.toUpperCase()); // words to be typed, or a place for one
    return argument.required ? ` ${shown}` : ` [${shown}]`;
  });
  const options = command.options.map(describeOption);
  const nested = options.length === 0 ? '' : `.RS\n${options.join('')}.RE\n`;
  return `${entry(`${bold(words)}${args.join('')}`, plain(command.description()))}${nested}`;
}

function describeOption(option: Option): string {
  const { flags, description, argChoices, defaultValue } = option;
  const choices = argChoices === undefined ? '' : `; one of ${argChoices.join(', ')}`;
  const initial = defaultValue === undefined ? '' : `; by default ${defaultValue}`;
  return entry(usage(flags), plain(`${description}${choices}${initial}`));
}
