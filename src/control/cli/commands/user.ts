import type { Command } from 'commander';
import { user as userKind } from '../../../config/sections/user.ts';
import type { Entry } from '../../../core/account/drop-in.ts';
import type { UserReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { collect, fileText } from '../input.ts';
import { type Column, json, list, printable } from '../table.ts';

const columns: readonly Column<UserReport>[] = [
  { title: 'NAME', cell: (user) => user.name },
  { title: 'EXTENSION', cell: (user) => user.extension || '-' },
  { title: 'DISPLAY', cell: (user) => user.display || '-' },
  { title: 'PHONES', cell: (user) => String(user.phones) },
  { title: 'PASSWORD', cell: (user) => (user.password ? 'set' : 'none') },
  { title: 'STATE', cell: (user) => states(user).join(', ') || '-' },
];

/** Of the keys in `user show`, and the gap behind them. */
const WIDTH = Math.max(...Object.keys(userKind.table).map((key) => key.length)) + 2;

function states(user: UserReport): string[] {
  return [...(user.published ? ['published'] : []), ...(user.dnd ? ['do not disturb'] : [])];
}

export function userCommand(program: Command, context: Context): void {
  const user = program.command('user').summary('accounts').description('Users: the accounts that phones register with.');
  const { terminal } = context;
  const remark = (remarks: readonly string[]) => {
    for (const one of remarks) terminal.err(`note: ${one}\n`);
  };

  user
    .command('list')
    .description('Lists all users.')
    .action(() => list(context, columns, (control) => control.users(), 'There are no users: "sipwitchctl user add NAME".'));

  user
    .command('show <name>')
    .description('Shows what is set for a user.')
    .action((name: string) =>
      context.with(async (control) => {
        const detail = await control.user(name);
        if (context.json()) terminal.out(json({ ...detail, settings: Object.fromEntries(detail.settings) }));
        else {
          const lines = [
            ['name', detail.name],
            ...detail.settings,
            [
              'password',
              detail.passwords.length === 0
                ? `none: "sipwitchctl passwd ${name}" sets it`
                : `set by ${detail.passwords.join(', ')}`,
            ],
          ] as const;
          terminal.out(
            lines.map(([key, value]) => `${key.padEnd(WIDTH)}${value === '' ? 'at its default' : printable(value)}\n`).join(''),
          );
        }
      }),
    );

  user
    .command('add <name>')
    .description('Makes a user.')
    .option('--extension <number>', 'its number inside')
    .option('--display <text>', 'a name for listings; who is called sees the one that the phone says')
    .action((name: string, { extension, display }: { extension?: string; display?: string }) =>
      context.with(async (control) => {
        const settings: Entry[] = [];
        if (extension !== undefined) settings.push(['extension', extension]);
        if (display !== undefined) settings.push(['display', display]);
        remark(await control.addUser(name, settings));
        terminal.err(`${name} is a user now; "sipwitchctl passwd ${name}" sets the password.\n`);
      }),
    );

  user
    .command('remove <name>')
    .description('Removes a user, its passwords and its phones.')
    .action((name: string) =>
      context.with(async (control) => {
        remark(await control.removeUser(name));
        terminal.err(`${name} is removed.\n`);
      }),
    );

  user
    .command('set <name> <key> <value>')
    .description('Sets one key of a user; an empty value restores the default.')
    .action((name: string, key: string, value: string) =>
      context.with(async (control) => {
        remark(await control.setUser(name, key, value));
        terminal.err(value === '' ? `${name}: ${key} is at its default.\n` : `${name}: ${key} = ${printable(value)}\n`);
      }),
    );

  user
    .command('import <file>')
    .description('Makes all users of a file, or none: name,password[,extension[,display]] a line; "-" is standard input.')
    .option('--set <key=value>', 'a key that all of them get; may be given more than once', collect)
    .action(async (file: string, { set = [] }: { set?: readonly Entry[] }) => {
      await context.with(async (control) => {
        const csv = await fileText(file, context);
        const count = await control.importUsers(csv, set);
        terminal.err(`${count === 1 ? '1 user is' : `${count} users are`} imported.\n`);
      });
    });
}
