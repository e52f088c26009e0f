import { type Command, InvalidArgumentError } from 'commander';
import type { CallReport, PastCallReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import { type Column, list } from '../table.ts';
import { callLength, dateTime, parseSince } from '../time.ts';

export function callCommand(program: Command, context: Context): void {
  const call = program.command('call').summary('calls').description('Calls: those that run, and those that did.');
  const { terminal, clock } = context;

  call
    .command('list [user]')
    .description('Lists the calls that run, of one user or of all.')
    .action((user = '') => {
      const none = user === '' ? 'Nobody is calling.' : `${user} has no call.`;
      return list(context, columnsAt(clock.wall()), (control) => control.calls(user), none);
    });

  call
    .command('hangup <id>')
    .description('Ends a call on both sides; "call list" shows the ids.')
    .action((id: string) =>
      context.with(async (control) => terminal.err(`The call ${id} is ended: ${await control.hangUp(id)}.\n`)),
    );

  call
    .command('history')
    .description('Lists the calls that ended, the newest first.')
    .option('--since <when>', 'only those since then: 2h, 3d, 2026-11-03, "2026-11-03 09:14"')
    .option('--most <count>', 'so many at most, 500 in all', upTo500, 100)
    .action(({ since, most }: { since?: string; most: number }) => {
      const from = since === undefined ? 0 : parseSince(since, clock.wall());
      if (from === undefined) throw new Failure(2, `--since ${since}: expected 2h, 3d, 2026-11-03 or "2026-11-03 09:14"`);
      const none = `No call has ended${since === undefined ? '' : ' since then'}.`;
      return list(context, pastColumns, (control) => control.history(from, most), none);
    });
}

function columnsAt(now: number): readonly Column<CallReport>[] {
  return [
    { title: 'ID', cell: (one) => one.id },
    { title: 'FROM', cell: (one) => party(one.from) },
    { title: 'TO', cell: (one) => party(one.to) },
    { title: 'ANSWERED BY', cell: (one) => one.answeredBy || '-' },
    { title: 'STATE', cell: (one) => one.state },
    { title: 'TALKING', cell: (one) => (one.answered === 0 ? '-' : callLength(now - one.answered)) },
  ];
}

/** `201@192.0.2.7` of `sip:201@192.0.2.7;transport=udp`: a terminal has room for what was dialed, not for how a phone writes it. */
function party(who: string): string {
  return who.replace(/^sip:((?:[^@]*@)?[^;?]*).*$/, '$1');
}

/** The calls that ended: within 80 columns, what became of one is read at a glance. */
export const pastColumns: readonly Column<PastCallReport>[] = [
  { title: 'BEGUN', cell: (one) => dateTime(one.since).slice(0, '2026-11-03 09:14'.length) },
  { title: 'ID', cell: (one) => one.id },
  { title: 'FROM', cell: (one) => party(one.from) },
  { title: 'TO', cell: (one) => party(one.to) },
  { title: 'OUTCOME', cell: outcome },
];

/** `1:05 with bob, the caller hung up`; `carol does not want to be disturbed (486)` */
function outcome({ answered, answeredBy, talked, status, reason }: PastCallReport): string {
  if (answered !== 0) return `${callLength(talked)}${answeredBy === '' ? '' : ` with ${answeredBy}`}, ${reason}`;
  return status === 0 || reason.endsWith(`(${status})`) ? reason : `${reason} (${status})`;
}

function upTo500(written: string): number {
  const count = Number(written);
  if (!/^[0-9]{1,3}$/.test(written) || count < 1 || count > 500) throw new InvalidArgumentError('Expected 1 to 500.');
  return count;
}
