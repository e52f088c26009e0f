import type { ARecord, NaptrRecord, Records, RecordType, SrvRecord } from '../../src/runtime/resolver.ts';

export type ZoneType = RecordType | 'CNAME' | 'SOA';
export type Misfortune = 'SERVFAIL' | 'REFUSED' | 'FORMERR' | 'SILENT';

export interface ZoneRecord {
  readonly name: string;
  readonly ttl: number;
  readonly type: ZoneType;
  readonly fields: readonly string[];
}

/**
 * Records as text, a line each: `name ttl type fields`. `d.test SILENT` (or SERVFAIL, REFUSED, FORMERR) is what becomes of every question for that
 * name; `*` is any name. `test 60 SOA 5`: what is not there below `test` may be remembered for 5 s.
 *
 *     d.test             30 NAPTR 50 50 s SIPS+D2T "" _sips._tcp.d.test
 *     _sip._udp.d.test   30 SRV 10 60 5060 a.d.test
 */
export class Zone {
  readonly records: readonly ZoneRecord[];
  readonly #misfortunes = new Map<string, Misfortune>();

  constructor(text: string) {
    const records: ZoneRecord[] = [];
    for (const line of text.split('\n').map((each) => each.replace(/#.*/, '').trim())) {
      if (line === '') continue;
      const [name = '', second = '', type = '', ...fields] = line.split(/\s+/);
      if (type === '') this.#misfortunes.set(name, second as Misfortune);
      else records.push({ name, ttl: Number(second), type: type as ZoneType, fields });
    }
    this.records = records;
  }

  misfortune(name: string): Misfortune | undefined {
    return this.#misfortunes.get(name) ?? this.#misfortunes.get('*');
  }

  at(name: string, type: ZoneType): readonly ZoneRecord[] {
    return this.records.filter((record) => record.name === name && record.type === type);
  }

  /** Whether the name, or one below it, is there. */
  has(name: string): boolean {
    return this.records.some((record) => record.type !== 'SOA' && (record.name === name || record.name.endsWith(`.${name}`)));
  }

  /** The SOA that answers for what is not there. */
  soa(name: string): ZoneRecord | undefined {
    return this.records.find((record) => record.type === 'SOA' && (name === record.name || name.endsWith(`.${record.name}`)));
  }
}

const bare = (name: string) => name.replace(/\.$/, '');

/** A record as a resolver gives it. */
export function recordOf<T extends RecordType>(type: T, fields: readonly string[]): Records[T] {
  return (type === 'SRV' ? srv(fields) : type === 'NAPTR' ? naptr(fields) : { address: fields[0]! }) as ARecord & Records[T];
}

function srv(fields: readonly string[]): SrvRecord {
  const [priority = 0, weight = 0, port = 0] = fields.map(Number);
  return { priority, weight, port, target: bare(fields[3]!) };
}

function naptr([order, preference, flags, service, regexp, replacement]: readonly string[]): NaptrRecord {
  const text = (field: string | undefined) => (field === undefined || field === '""' ? '' : field);
  return {
    order: Number(order),
    preference: Number(preference),
    flags: text(flags),
    service: text(service),
    regexp: text(regexp),
    replacement: bare(text(replacement)),
  };
}
