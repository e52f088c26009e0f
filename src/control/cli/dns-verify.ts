import { type Answer, isAddress, isNaptr, isSrv, type RecordType, type Resolver } from '../../runtime/resolver.ts';
import { addressClass } from '../../sip/locate/address-class.ts';
import type { DnsRecord } from '../dbus/reports.ts';

/** How one record that should be published stands in DNS. `optional`: missing, and calls come through all the same. */
export interface Verdict extends DnsRecord {
  readonly state: 'right' | 'missing' | 'wrong' | 'extra' | 'optional' | 'unknown';
  /** What to do; empty where all is well. */
  readonly hint: string;
}

/** Compares what should be published with what the name service says, question by question. Asks each question once, all at the same time. */
export async function verify(records: readonly DnsRecord[], resolver: Pick<Resolver, 'query'>): Promise<readonly Verdict[]> {
  const ours = new Set(records.flatMap(({ type, data }) => (type === 'A' || type === 'AAAA' ? [data] : [])));
  const questions = new Map<string, DnsRecord[]>();
  for (const one of records) {
    const key = `${one.type} ${one.name}`;
    questions.set(key, [...(questions.get(key) ?? []), one]);
  }
  // Addresses are asked for in both families: one too many sends callers elsewhere.
  const hosts = new Set(records.flatMap(({ type, name }) => (type === 'A' || type === 'AAAA' ? [name] : [])));
  for (const host of hosts)
    for (const type of ['A', 'AAAA']) if (!questions.has(`${type} ${host}`)) questions.set(`${type} ${host}`, []);
  const verdicts = await Promise.all(
    [...questions].map(async ([key, wanted]) => {
      const [type, name] = key.split(' ') as [RecordType, string];
      return compare(type, name, wanted, await ask(resolver, name, type), ours, resolver);
    }),
  );
  return byAddress(verdicts.flat(), ours, resolver);
}

/** A domain without any SRV record is called at its address, by UDP and the usual ports (RFC 3263 §4): where that is ours, they may be missing. */
async function byAddress(
  verdicts: readonly Verdict[],
  ours: ReadonlySet<string>,
  resolver: Pick<Resolver, 'query'>,
): Promise<readonly Verdict[]> {
  const srv = verdicts.filter(({ type }) => type === 'SRV');
  const optional = new Map<string, string>();
  for (const domain of new Set(srv.map(domainOf))) {
    const its = srv.filter((one) => domainOf(one) === domain);
    const byUdp = its.some(({ name, data }) => name.startsWith('_sip._udp.') && portOf(data) === '5060');
    if (!byUdp || its.some(({ state }) => state !== 'missing') || !(await leadsHere(domain, ours, resolver))) continue;
    for (const { name, data } of its) {
      const usual = portOf(data) === (name.startsWith('_sips.') ? '5061' : '5060');
      if (usual) optional.set(`${name} ${data}`, `callers find ${domain} by its address without it`);
      if (usual) optional.set(targetOf(data), 'no SRV record leads there');
    }
  }
  return verdicts.map((one): Verdict => {
    const hint = one.state === 'missing' ? optional.get(one.type === 'SRV' ? `${one.name} ${one.data}` : one.name) : undefined;
    return hint === undefined ? one : { ...one, state: 'optional', hint };
  });
}

const domainOf = ({ name }: Verdict): string => name.split('.').slice(2).join('.');
const portOf = (data: string): string => data.split(' ')[2]!;
const targetOf = (data: string): string => data.split(' ')[3]!.replace(/\.$/, '');

/** Whether an address of a name is one of ours, as far as those are known. */
async function leadsHere(name: string, ours: ReadonlySet<string>, resolver: Pick<Resolver, 'query'>): Promise<boolean> {
  const answers = await Promise.all([ask(resolver, name, 'A'), ask(resolver, name, 'AAAA')]);
  const found = answers.flatMap((answer) => (answer.kind === 'records' ? answer.records : []));
  return found.some((record) => isBlind(ours) || ours.has(dataOf(record)));
}

async function compare(
  type: RecordType,
  name: string,
  wanted: readonly DnsRecord[],
  answer: Answer,
  ours: ReadonlySet<string>,
  resolver: Pick<Resolver, 'query'>,
): Promise<readonly Verdict[]> {
  if (answer.kind === 'failed') {
    const hint = `it cannot be said: ${answer.why}`;
    return wanted.map((one) => ({ ...one, state: 'unknown', hint }));
  }
  const left = (answer.kind === 'records' ? answer.records : []).map(dataOf);
  const verdicts: Verdict[] = [];
  for (const one of wanted) {
    const at = left.indexOf(one.data);
    const near = at >= 0 ? at : await nearest(one, left, ours, resolver);
    if (near >= 0) {
      left.splice(near, 1);
      verdicts.push({ ...one, state: 'right', hint: '' });
    } else if (type === 'NAPTR' && left.length === 0) {
      const hint = 'callers look for SRV without it; with it they know that TLS is preferred';
      verdicts.push({ ...one, state: 'optional', hint });
    } else if (left.length === 0) verdicts.push({ ...one, state: 'missing', hint: 'publish it' });
    else verdicts.push({ ...one, state: 'wrong', hint: `there is ${left.join(' and ')} instead` });
  }
  // Whatever is published, we cannot tell whether it leads here.
  if ((type === 'A' || type === 'AAAA') && isBlind(ours) && left.length > 0)
    return [
      { name, type, data: left.join(', '), state: 'unknown', hint: 'set public_address in [daemon], then it can be compared' },
    ];
  // What stands there instead of a wrong one was told with it.
  if (verdicts.some(({ state }) => state === 'wrong')) return verdicts;
  return [...verdicts, ...left.map((data): Verdict => ({ name, type, data, state: 'extra', hint: EXTRA[type] }))];
}

const EXTRA: Readonly<Record<RecordType, string>> = {
  ...{ A: 'no address of this host: callers go there as well', AAAA: 'no address of this host: callers go there as well' },
  ...{ SRV: 'we do not listen there: callers go there as well', NAPTR: 'we do not offer it: callers try it in vain' },
};

/** An SRV record of the same port whose target has another name may lead here all the same; numbers of order and weight are a matter of taste. */
async function nearest(
  one: DnsRecord,
  found: readonly string[],
  ours: ReadonlySet<string>,
  resolver: Pick<Resolver, 'query'>,
): Promise<number> {
  if (one.type === 'NAPTR') return found.findIndex((data) => serviceOf(data) === serviceOf(one.data));
  if (one.type !== 'SRV') return -1;
  for (const [at, data] of found.entries()) {
    if (portOf(data) !== portOf(one.data)) continue;
    const target = targetOf(data);
    if (target === targetOf(one.data) || isBlind(ours) || (await leadsHere(target, ours, resolver))) return at;
  }
  return -1;
}

/** Whether no address is known that the internet reaches. */
const isBlind = (ours: ReadonlySet<string>): boolean => ![...ours].some((address) => addressClass(address) === 'public');

/** Flags, service and where it leads, of the text of a NAPTR record. */
const serviceOf = (data: string): string => data.split(' ').slice(2).join(' ').toLowerCase();

/** Who is asked, of the name servers that are known. */
export const serversText = (servers: readonly string[]): string =>
  servers.length === 0 ? 'the name service of this machine' : servers.join(', ');

/** What the name service answers to one question. */
export function ask(resolver: Pick<Resolver, 'query'>, name: string, type: RecordType): Promise<Answer> {
  return new Promise((done) => {
    resolver.query(name, type, done);
  });
}

/** A record as a zone file has it. */
function dataOf(record: Parameters<typeof isAddress>[0]): string {
  if (isAddress(record)) return record.address;
  if (isSrv(record)) return `${record.priority} ${record.weight} ${record.port} ${record.target}.`;
  if (!isNaptr(record)) return record satisfies never;
  const { order, preference, flags, service, regexp, replacement } = record;
  return `${order} ${preference} "${flags}" "${service}" "${regexp}" ${replacement}.`;
}
