import type { Command } from 'commander';
import type { BindingReport, CountReport, DialogReport, DnsReport, TimerReport, TransactionReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { type Column, list } from '../table.ts';
import { duration } from '../time.ts';

export function debugCommand(program: Command, context: Context): void {
  const debug = program.command('debug').summary('live tables').description('The tables of the running daemon as they are now.');

  debug
    .command('bindings')
    .description('Everything that the location service knows of each phone.')
    .action(() => list(context, bindingColumns(context.clock.wall()), (control) => control.bindings(), 'No bindings.'));

  debug
    .command('transactions')
    .description('The SIP transactions that have not ended.')
    .action(() => list(context, transactionColumns, (control) => control.transactions(), 'No transactions.'));

  debug
    .command('dialogs')
    .description('The dialogs of ours: one for each side of a call at a provider.')
    .action(() => list(context, dialogColumns, (control) => control.dialogs(), 'No dialogs.'));

  debug
    .command('timers')
    .description('What the daemon waits for, the soonest first.')
    .action(() => list(context, timerColumns, (control) => control.timers(), 'No timers.'));

  debug
    .command('dns')
    .description('What is remembered of DNS, and the servers that failed lately, which are tried last.')
    .action(() => list(context, dnsColumns, (control) => control.dns(), 'Nothing is remembered.'));

  debug
    .command('counts')
    .description('How full each table is, and what was counted since the start.')
    .action(() => list(context, countColumns, (control) => control.counts(), 'Nothing.'));
}

const dialogColumns: readonly Column<DialogReport>[] = [
  { title: 'SIDE', cell: (one) => one.side },
  { title: 'ROLE', cell: (one) => one.role },
  { title: 'STATE', cell: (one) => one.state },
  { title: 'WHO', cell: (one) => one.name },
  { title: 'TARGET', cell: (one) => one.target },
  { title: 'CALL-ID', cell: (one) => one.callId },
];

export const timerColumns: readonly Column<TimerReport>[] = [
  { title: 'DUE', cell: ({ due }) => (due <= 0 ? 'now' : `in ${due < 10_000 ? `${Math.round(due)} ms` : duration(due)}`) },
  { title: 'NAME', cell: (one) => one.name },
];

const dnsColumns: readonly Column<DnsReport>[] = [
  { title: 'KIND', cell: (one) => one.kind },
  { title: 'FOR', cell: ({ seconds }) => duration(seconds * 1000) },
  { title: 'WHAT', cell: (one) => one.what },
];

const countColumns: readonly Column<CountReport>[] = [
  { title: 'COUNT', cell: (one) => String(one.count) },
  { title: 'WHAT', cell: (one) => one.name },
];

function bindingColumns(now: number): readonly Column<BindingReport>[] {
  return [
    { title: 'AOR', cell: (one) => one.aor },
    { title: 'CONTACT', cell: (one) => one.contact },
    { title: 'Q', cell: (one) => String(one.q) },
    { title: 'EXPIRES', cell: (one) => `in ${duration(one.expires - now)}` },
    { title: 'FLOW', cell: (one) => one.flow },
    { title: 'CSEQ', cell: (one) => String(one.cseq) },
    { title: 'CALL-ID', cell: (one) => one.callId },
    {
      title: 'INSTANCE',
      cell: (one) => (one.instance === '' ? '-' : `${one.instance}${one.regId === 0 ? '' : ` reg-id ${one.regId}`}`),
    },
    { title: 'PATH', cell: (one) => one.path.join(', ') || '-' },
  ];
}

const transactionColumns: readonly Column<TransactionReport>[] = [
  { title: 'KIND', cell: (one) => one.kind },
  { title: 'METHOD', cell: (one) => one.method },
  { title: 'STATE', cell: (one) => one.state },
  { title: 'HOP', cell: (one) => one.hop },
  { title: 'AGE', cell: (one) => `${one.age} ms` },
  { title: 'BRANCH', cell: (one) => one.branch },
];
