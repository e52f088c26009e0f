import type { Command } from 'commander';
import type { DnsRecord } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { Failure } from '../control.ts';
import { serversText, type Verdict, verify } from '../dns-verify.ts';
import { json, printable, table } from '../table.ts';

/** Seconds for which others may remember a record. */
const TTL = 3600;

export function dnsCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('dns')
    .summary('what others find us by')
    .description('What other domains find us by.')
    .command('records [domain]')
    .description(
      'Prints the NAPTR, SRV, A and AAAA records to publish for a domain, or for all of ours, as a zone file has them: made from where the daemon listens and from public_address.',
    )
    .option('--verify', 'compare them with what the name service of this machine says; exit 1 if something is wrong')
    .action(async (domain: string | undefined, { verify: wanted }: { readonly verify?: true }) => {
      const { records, warnings } = await context.with((control) => control.dnsRecords(domain ?? ''));
      if (wanted === true) return verified(records, warnings, context);
      if (context.json()) terminal.out(json({ records, warnings }));
      else {
        terminal.out(zoneText(records));
        for (const warning of warnings) terminal.err(`warning: ${printable(warning)}\n`);
      }
      if (records.length === 0) throw new Failure(1, 'there is nothing to publish');
    });
}

/** Records as a zone file has them, names and data in columns. */
function zoneText(records: readonly DnsRecord[]): string {
  const width = Math.max(0, ...records.map(({ name }) => name.length + 1));
  return records
    .map(({ name, type, data }) => `${`${name}.`.padEnd(width)}  ${TTL}  IN  ${type.padEnd(5)}  ${printable(data)}\n`)
    .join('');
}

async function verified(records: readonly DnsRecord[], warnings: readonly string[], context: Context): Promise<void> {
  const { terminal } = context;
  const resolver = context.openResolver();
  const verdicts = await verify(records, resolver).finally(() => resolver.close());
  const asked = context.nameServers();
  const bad = verdicts.filter(({ state }) => state !== 'right' && state !== 'optional');
  if (context.json()) terminal.out(json({ asked, verdicts, warnings }));
  else {
    terminal.out(`asked: ${serversText(asked)} (/etc/resolv.conf)\n`);
    if (verdicts.length > 0) terminal.out(table(columns, verdicts, terminal.columns));
    for (const warning of warnings) terminal.err(`warning: ${printable(warning)}\n`);
  }
  if (records.length === 0) throw new Failure(1, 'there is nothing that could be published');
  const unknown = bad.filter(({ state }) => state === 'unknown').length;
  const of = (count: number, what: string) => (count === 0 ? [] : [`${count} of ${verdicts.length} records ${what}`]);
  const found = [...of(bad.length - unknown, 'are not as they should be'), ...of(unknown, 'could not be compared')];
  if (found.length > 0) throw new Failure(1, found.join(', '));
}

const columns = [
  { title: 'STATE', cell: ({ state }: Verdict) => state },
  { title: 'NAME', cell: ({ name }: Verdict) => name },
  { title: 'TYPE', cell: ({ type }: Verdict) => type },
  { title: 'DATA', cell: ({ data }: Verdict) => data },
  { title: 'HINT', cell: ({ hint }: Verdict) => hint },
] as const;
