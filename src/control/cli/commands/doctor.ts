import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import * as daemon from '../doctor/daemon.ts';
import { dialing, providers, users } from '../doctor/dialing.ts';
import type { Facts } from '../doctor/facts.ts';
import type { Finding } from '../doctor/finding.ts';
import { gather } from '../doctor/gather.ts';
import { clock, disk, pam, permissions } from '../doctor/host.ts';
import { alg, dnsOfDomain, resolver, routers } from '../doctor/network.ts';
import { passwords } from '../doctor/passwords.ts';
import { certificate } from '../doctor/tls.ts';
import { json, printable } from '../table.ts';

/** In the order in which one thing stands on the other. */
const CHECKS: readonly ((facts: Facts) => readonly Finding[])[] = [
  ...[daemon.configuration, daemon.daemonRuns, daemon.listeners, daemon.complaints, daemon.bus],
  ...[users, passwords, providers, dialing],
  ...[resolver, dnsOfDomain, certificate, alg, routers],
  ...[clock, disk, permissions, pam],
];

export function doctorCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('doctor')
    .summary('what is wrong here, and how to mend it')
    .description(
      'Looks for what is wrong with the exchange on this machine and says how to mend it: configuration, sockets, bus, users, passwords, providers, dial rules, DNS, certificate, routers that change messages, clock, disk, permissions. Changes nothing; exit 1 if something is wrong.',
    )
    .action(async () => {
      const facts = await context.with((control) => gather(control, context));
      const findings = diagnose(facts);
      terminal.out(context.json() ? json(findings) : findingsText(findings));
      const wrong = findings.filter(({ state }) => state === 'bad').length;
      if (wrong > 0) throw new Failure(1, `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong`);
    });
}

/** Everything that the checks find. */
export function diagnose(facts: Facts): readonly Finding[] {
  return CHECKS.flatMap((check) => check(facts));
}

const MARKS: Readonly<Record<Finding['state'], string>> = { good: 'ok', note: 'note', bad: 'WRONG' };

/** One line for each finding, what to do below those that want something done. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, state, sentence, advice }) => {
    const head = `${MARKS[state].padEnd(5)}  ${check.padEnd(width)}  ${printable(sentence)}`;
    return advice === '' ? [head] : [head, `${' '.repeat(9 + width)}-> ${printable(advice)}`];
  });
  return `${lines.join('\n')}\n`;
}
