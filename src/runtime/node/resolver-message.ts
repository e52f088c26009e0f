import { type DecodedPacket, type Answer as DnsRecord, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { lower } from '../../text/ascii.ts';
import { utf8ToWire } from '../../text/wire.ts';
import type { Answer, Records, RecordType } from '../resolver.ts';
import { tried } from './tried.ts';

/** What fits in a datagram that is not broken up on its way (DNS flag day 2020). */
const UDP_SIZE = 1232;
/** Links of a chain of aliases (CNAME) that are followed. */
export const MOST_ALIASES = 8;
/** Records of one answer that are looked at. */
const MOST_RECORDS = 256;
/** A larger TTL has its sign bit set and counts as 0 (RFC 2181 §8). */
const LARGEST_TTL = 0x7fff_ffff;

export interface Question {
  readonly id: number;
  /** As it was sent, letters of either case. */
  readonly name: string;
  readonly type: RecordType;
}

/** The bytes of a question. `edns`: says that answers larger than 512 bytes are welcome (RFC 6891). */
export function questionBytes({ id, name, type }: Question, edns: boolean): Buffer {
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_SIZE,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: edns ? [opt as DnsRecord] : [],
  });
}

/** What came in answer to a question, or not in answer to it. */
export type Reading =
  | { readonly kind: 'answer'; readonly packet: DecodedPacket }
  /** It does not fit in a datagram. */
  | { readonly kind: 'truncated' }
  /** It fits but for the case of the letters: a server that does not keep it, or somebody who guesses. */
  | { readonly kind: 'other-case' }
  /** The server does not understand the question: perhaps because of EDNS. */
  | { readonly kind: 'not-understood' }
  | { readonly kind: 'refused'; readonly why: string }
  /** Nothing that belongs to the question. */
  | { readonly kind: 'foreign' };

const RCODES: Readonly<Record<number, string | undefined>> = { 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED' };
const FORMERR = 1;
const NOTIMP = 4;
const NXDOMAIN = 3;

/** Reads what came; an answer must bear the id and the question, letter by letter (RFC 5452 §9.1, draft-vixie-dnsext-dns0x20). */
export function readAnswer(bytes: Buffer, asked: Question, letters: 'same case' | 'any case' = 'same case'): Reading {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== asked.id || (bytes[2]! & 0xf8) !== 0x80) return { kind: 'foreign' };
  const rcode = bytes[3]! & 15;
  const truncated = (bytes[2]! & 2) !== 0;
  const part = truncated ? withoutRecords(bytes) : withFewRecords(bytes);
  const packet = tried(() => decode(part), undefined); // dns-packet throws plain errors of many kinds at what is malformed
  if (packet === undefined) return { kind: 'foreign' };
  const [question, more] = packet.questions ?? [];
  // Some servers do not repeat the question that they do not understand.
  if (question === undefined && (rcode === FORMERR || rcode === NOTIMP)) return { kind: 'not-understood' };
  if (question === undefined || more !== undefined || question.type !== asked.type || question.class !== 'IN')
    return { kind: 'foreign' };
  if (lower(question.name) !== lower(asked.name)) return { kind: 'foreign' };
  if (letters === 'same case' && question.name !== asked.name) return { kind: 'other-case' };
  if (truncated) return { kind: 'truncated' };
  if (rcode === FORMERR || rcode === NOTIMP) return { kind: 'not-understood' };
  if (rcode !== 0 && rcode !== NXDOMAIN) return { kind: 'refused', why: RCODES[rcode] ?? `error ${rcode}` };
  return { kind: 'answer', packet };
}

/** Not more records than are looked at: 64 kB hold five thousand names of 255 bytes, a tenth of a second of work for nothing. */
function withFewRecords(bytes: Buffer): Buffer {
  const [answers, authorities, additionals] = [6, 8, 10].map((at) => bytes.readUInt16BE(at)) as [number, number, number];
  if (answers + authorities + additionals <= MOST_RECORDS) return bytes;
  const short = Buffer.from(bytes);
  const kept = Math.min(answers, MOST_RECORDS);
  short.writeUInt16BE(kept, 6);
  short.writeUInt16BE(Math.min(authorities, MOST_RECORDS - kept), 8);
  short.writeUInt16BE(0, 10);
  return short;
}

/** The header and the question: what comes after them may be cut in the middle of a record. */
function withoutRecords(bytes: Buffer): Buffer {
  const short = Buffer.from(bytes);
  short.fill(0, 6, 12);
  return short;
}

/** What an answer says of a name: the answer, or that it is an alias whose name is to be asked for. */
export type Said<T extends RecordType> = Answer<T> | { readonly kind: 'alias'; readonly name: string; readonly ttl: number };

/** Takes out what answers the question. Records of other names are what nobody asked for, and are passed over. */
export function answerIn<T extends RecordType>(packet: DecodedPacket, asked: string, type: T): Said<T> {
  const records = (packet.answers ?? []).filter(isOfInternet);
  const seen = new Set<string>();
  let name = lower(asked);
  let ttl = LARGEST_TTL;
  for (;;) {
    const own = records.filter((record) => lower(record.name) === name);
    const found = own.filter((record) => record.type === type);
    const read = found.flatMap((record) => recordOf(type, record) as Records[T][]);
    if (read.length > 0) return { kind: 'records', records: read, ttl: leastTtl(ttl, found) };
    const alias = own.find((record) => record.type === 'CNAME');
    if (alias === undefined) break;
    seen.add(name);
    name = (typeof alias.data === 'string' ? nameIn(alias.data) : undefined) ?? '';
    ttl = leastTtl(ttl, [alias]);
    if (name === '' || seen.has(name) || seen.size > MOST_ALIASES)
      return { kind: 'failed', why: `${asked} is an alias that leads nowhere` };
  }
  const nxdomain = (packet.flags! & 15) === NXDOMAIN;
  if (seen.size > 0 && !nxdomain && !soaOf(packet, name)) return { kind: 'alias', name, ttl };
  return { kind: 'none', nxdomain, ttl: Math.min(ttl, soaOf(packet, name)?.ttl ?? 0) };
}

/** For how long a negative answer holds: the SOA's own TTL or its minimum, whichever is less; without SOA not at all (RFC 2308 §5). */
function soaOf(packet: DecodedPacket, name: string): { readonly ttl: number } | undefined {
  for (const record of packet.authorities ?? []) {
    if (record.type !== 'SOA' || !isOfInternet(record)) continue;
    const zone = nameIn(record.name);
    if (zone !== undefined && (zone === '' || name === zone || name.endsWith(`.${zone}`))) {
      return { ttl: Math.min(ttlOf(record), Math.min(record.data.minimum ?? 0, LARGEST_TTL)) };
    }
  }
  return undefined;
}

type InternetRecord = Exclude<DnsRecord, { type: 'OPT' }>;
const isOfInternet = (record: DnsRecord): record is InternetRecord => record.type !== 'OPT' && record.class === 'IN';

const ttlOf = (record: InternetRecord): number => (record.ttl === undefined || record.ttl > LARGEST_TTL ? 0 : record.ttl);
const leastTtl = (ttl: number, records: readonly InternetRecord[]): number => Math.min(ttl, ...records.map(ttlOf));

/** A name as the program knows it; undefined for what could not be asked for. */
function nameIn(text: string): string | undefined {
  const name = lower(text.replace(/\.$/, ''));
  return /^[\x21-\x7e]*$/.test(name) ? name : undefined;
}

function recordOf(type: RecordType, record: InternetRecord): Records[RecordType][] {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return [{ address: record.data }];
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = record.data;
      const name = nameIn(target);
      return name === undefined ? [] : [{ priority, weight, port, target: name }];
    }
    case 'NAPTR': {
      const { order, preference, flags, services, regexp, replacement } = record.data;
      const [wireFlags, service, wireRegexp] = [flags, services, regexp].map(utf8ToWire) as [string, string, string];
      return [{ order, preference, flags: wireFlags, service, regexp: wireRegexp, replacement: nameIn(replacement) ?? '' }];
    }
    default:
      throw new Error(`a ${record.type} record is no ${type}`); // the caller has filtered by type
  }
}
