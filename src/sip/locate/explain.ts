import { type Answer, isAddress, isSrv, type Records, type RecordType } from '../../runtime/resolver.ts';
import type { Question } from './gather.ts';

/** What is shown of one answer: DNS may hold thousands of records. */
const MOST = 8;

/** Says what was asked and what came: `SRV _sip._udp.example.org: 10 60 5060 a.example.org`. */
export function explain(question: Question, answer: Answer): string {
  return `${question.type} ${question.name}: ${said(answer)}`;
}

function said(answer: Answer): string {
  switch (answer.kind) {
    case 'records': {
      const shown = answer.records.slice(0, MOST).map((record) => recordText(record));
      const more = answer.records.length - shown.length;
      return printable(`${shown.join('; ')}${more > 0 ? ` and ${more} more` : ''}`);
    }
    case 'none':
      return answer.nxdomain ? 'there is no such name' : 'none';
    case 'failed':
      return answer.why;
    default:
      return answer satisfies never;
  }
}

function recordText(record: Records[RecordType]): string {
  if (isAddress(record)) return record.address;
  if (isSrv(record)) return `${record.priority} ${record.weight} ${record.port} ${record.target || '.'}`;
  const { order, preference, flags, service, regexp, replacement } = record;
  return `${order} ${preference} "${flags}" "${service}" "${regexp}" ${replacement || '.'}`;
}

/** DNS holds any bytes; a terminal must not. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
