import { type Command, InvalidArgumentError } from 'commander';
import type { Explanation, TargetReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import { forLogin } from '../login.ts';
import { json, printable } from '../table.ts';

interface Options {
  readonly from?: string;
  readonly anonymous?: true;
  readonly source?: string;
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
      'Says what would become of a call to a name, a number or a URI: who calls, every step that leads there, what DNS says now, what it costs, and where it would be sent. It is what the daemon itself would decide; nothing is sent but questions to DNS.',
    )
    .option('--from <user>', 'who calls; without it, the one who is logged in')
    .option('--anonymous', 'somebody calls who is none of ours')
    .option(
      '--source <ip>',
      'the address that the call comes from: a provider and a peer are known by it, and networks have policies',
    )
    .option('--method <method>', 'another request than a call', methodOf, 'INVITE')
    .action(async (target: string, { from, anonymous, source = '', method }: Options) => {
      if (from !== undefined && anonymous === true)
        throw new Failure(2, '--from and --anonymous exclude each other: give one of them');
      const explain = (caller: string) => context.with((control) => control.explain({ target, from: caller, method, source }));
      const otherwise = '"--from USER" says who calls, "--anonymous" that it is none of ours';
      const explained = await (from !== undefined || anonymous === true || source !== ''
        ? explain(from ?? '')
        : forLogin(context, otherwise, () => explain(context.surroundings.user)));
      terminal.out(context.json() ? json(explained) : explanationText(explained));
    });
}

function methodOf(written: string): string {
  const method = written.toUpperCase();
  if (!/^[A-Z]{1,32}$/.test(method)) throw new InvalidArgumentError('Expected a SIP method such as INVITE.');
  return method;
}

/** An explanation for a person: what leads there first, what comes of it last. */
export function explanationText(explained: Explanation): string {
  const { caller, access, trace, dns, cost, targets, decision, summary } = explained;
  // The first step says who calls, and that stands above already.
  const steps = trace[0]?.startsWith('caller: ') === true ? trace.slice(1) : trace;
  const parts: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Caller', [caller]],
    ['Source', access],
    ['Steps', numbered(steps)],
    ['DNS', dns],
    ['Cost', decision === 'forward' && cost.length === 0 ? ['nothing'] : cost],
    ['Targets', targets.flatMap(targetLines)],
  ];
  const width = 'Targets  '.length;
  const body = parts.flatMap(([title, lines]) =>
    lines.map((line, at) => `${(at === 0 ? title : '').padEnd(width)}${printable(line)}\n`),
  );
  return `${body.join('')}=> ${printable(summary)}\n`;
}

function numbered(lines: readonly string[]): readonly string[] {
  const digits = String(lines.length).length;
  return lines.map((line, at) => `${String(at + 1).padStart(digits)}. ${line}`);
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ phone: 'phone', domain: 'other domain', enum: 'ENUM', provider: 'number', modem: 'number' },
};

/** `first: phone sip:bob@10.0.0.3 (Linphone), for 20 s`, and below it where that is. */
function targetLines({ when, kind, name, agent, ring, hops, why, payer }: TargetReport): readonly string[] {
  const device = agent === '' ? '' : ` (${agent})`;
  const long = ring === 0 ? '' : `, for ${ring / 1000} s`;
  const purse = payer === '' ? '' : `, paid for by ${payer}`;
  const head = `${when}: ${KINDS[kind] ?? kind} ${name}${device}${long}${purse}`;
  const below = hops.map((hop, at) => `    ${at === 0 ? 'to' : 'or'} ${hop}`);
  return [head, ...below, ...(why === '' ? [] : [`    ${why}`])];
}
