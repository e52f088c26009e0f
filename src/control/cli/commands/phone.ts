import type { Command } from 'commander';
import type { PhoneReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { type Column, list } from '../table.ts';
import { duration } from '../time.ts';

export function phoneCommand(program: Command, context: Context): void {
  const phone = program
    .command('phone')
    .summary('registered phones')
    .description('Phones: who is registered, from where, and for how long.');

  phone
    .command('list [user]')
    .description('Lists the registered phones, of one user or of all.')
    .action((user = '') => {
      const none = user === '' ? 'No phone is registered.' : `No phone of ${user} is registered.`;
      return list(context, columnsAt(context.clock.wall()), (control) => control.phones(user), none);
    });

  phone
    .command('remove <user> <contact>')
    .description('Ends the registration of a phone, until it registers again.')
    .action((user: string, contact: string) =>
      context.with(async (control) => {
        await control.removePhone(user, contact);
        context.terminal.err(`The phone of ${user} is removed; it comes back when it registers again.\n`);
      }),
    );
}

function columnsAt(now: number): readonly Column<PhoneReport>[] {
  return [
    { title: 'USER', cell: (one) => one.user },
    { title: 'CONTACT', cell: (one) => one.contact },
    { title: 'VIA', cell: (one) => one.transport },
    { title: 'SOURCE', cell: (one) => one.source },
    { title: 'SINCE', cell: (one) => `${duration(now - one.since)} ago` },
    { title: 'EXPIRES', cell: (one) => `in ${duration(one.expires - now)}` },
    { title: 'AGENT', cell: (one) => one.agent || '-' },
  ];
}
