import type { Address } from '../../runtime/network.ts';
import { parseAddress } from '../../sip/message/address.ts';
import { parseUri, type Transport } from '../../sip/message/uri.ts';
import { jsonOf } from '../../text/json.ts';
import { readable } from '../../text/parse-error.ts';
import { type Binding, LONGEST_EXPIRES } from './binding.ts';
import { kept, uriWithin } from './kept.ts';

/**
 * One line of the journal: all bindings of one address-of-record, which replace what an earlier line says of it; without bindings it has none
 * any more.
 *
 *     {"aor":"alice","bindings":[{"contact":"<sip:...>","flow":["udp","192.0.2.1",5060,"192.0.2.7",5060],...}]}
 */
interface Line {
  readonly aor: string;
  readonly bindings?: readonly Stored[];
}

/** A binding in a line. What has its usual value is left out. */
interface Stored {
  readonly contact: string;
  /** Absent where the contact is `<uri>` and perhaps parameters. */
  readonly uri: string | undefined;
  readonly q: number | undefined;
  readonly expires: number;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[] | undefined;
  readonly instance: string | undefined;
  readonly regId: number | undefined;
  readonly agent: string | undefined;
  readonly since: number;
  readonly flow: readonly [transport: Transport, local: string, port: number, remote: string, port: number, connection?: string];
  readonly elsewhere: 1 | undefined;
}

/** Where the lines stand, relative to the state directory. */
export const JOURNAL = 'bindings.journal';

const HEAD = '{"aor":';
const none: readonly string[] = [];

/**
 * Prints the line of an address-of-record, with its line end. By hand, for every REGISTER makes one: JSON.stringify takes twice as long.
 *
 * @param ahead milliseconds to be added to the times of the bindings
 */
export function printLine(aor: string, record: readonly Binding[], ahead = 0): string {
  if (record.length === 0) return `${HEAD}${quoted(aor)}}\n`;
  return `${HEAD}${quoted(aor)},"bindings":[${record.length === 1 ? printBinding(record[0]!, ahead) : record.map((one) => printBinding(one, ahead)).join()}]}\n`;
}

function printBinding(b: Binding, ahead: number): string {
  const { contact, uri, path, instance, regId, agent } = b;
  const { transport, local, remote, connection } = b.flow;
  let text = `{"contact":${quoted(contact)}`;
  if (uriWithin(contact) !== uri) text += `,"uri":${quoted(uri)}`;
  if (b.q !== 1) text += `,"q":${b.q}`;
  text += `,"expires":${b.expires + ahead},"callId":${quoted(b.callId)},"cseq":${b.cseq}`;
  if (path.length > 0) text += `,"path":${JSON.stringify(path)}`;
  if (instance !== undefined) text += `,"instance":${quoted(instance)}`;
  if (regId !== undefined) text += `,"regId":${regId}`;
  if (agent !== undefined) text += `,"agent":${quoted(agent)}`;
  text += `,"since":${b.since + ahead},"flow":["${transport}",${quoted(local.host)},${local.port},${quoted(remote.host)},${remote.port}`;
  return `${text}${connection === '' ? '' : `,${quoted(connection)}`}]${b.routeToSource ? ',"elsewhere":1' : ''}}`;
}

const NEEDS_ESCAPE = /["\\\x00-\x1f\ud800-\udfff]/;
const quoted = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`);

/** The address-of-record of the line from `at` to `end` as it is quoted there; undefined if this is no line of ours. */
export function aorOfLine(text: string, at: number, end: number): string | undefined {
  if (!text.startsWith(HEAD, at) || text.charCodeAt(end - 1) !== 0x7d) return undefined;
  const start = at + HEAD.length;
  for (let close = text.indexOf('"', start + 1); close >= 0 && close < end; close = text.indexOf('"', close + 1)) {
    let escapes = 0;
    while (text.charCodeAt(close - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return text.slice(start, close + 1);
  }
  return undefined;
}

/** What no message can hold: a damaged byte is read as U+FFFD. */
const NO_BYTE = /[^\x00-\xff]/;

/** Whether it has what cannot be left out: a person may have edited the file. */
function isStored(b: Stored): boolean {
  return (
    typeof b?.contact === 'string' &&
    typeof b.expires === 'number' &&
    typeof b.callId === 'string' &&
    typeof b.cseq === 'number' &&
    typeof b.since === 'number' &&
    Array.isArray(b.flow) &&
    b.flow.length >= 5 &&
    leadsSomewhere(b)
  );
}

/** Whether its URIs are some: what is none would be in the way of every call to its user, and every REGISTER. */
function leadsSomewhere({ contact, uri, path }: Stored): boolean {
  const [at, through] = [uri ?? uriWithin(contact), path ?? none];
  if (!Array.isArray(through) || ![at, ...through].every((text) => typeof text === 'string')) return false;
  return readable(() => [parseUri(at), ...through.map((one) => parseAddress('Path', one))]) !== undefined;
}

/** Reads lines. What many bindings have in common (our addresses, the names of user agents) is kept once. */
export class LineReader {
  readonly #texts = new Map<string, string>();
  /** By port and host. */
  readonly #locals = new Map<string, Address>();
  readonly #now: number;

  /** @param now whatever a clock that was another one has written, a binding did not begin later, and has no longer to live than is ever granted */
  constructor(now = Number.POSITIVE_INFINITY) {
    this.#now = now;
  }

  /** The bindings of a line; undefined if it cannot be read. */
  read(text: string): readonly Binding[] | undefined {
    if (NO_BYTE.test(text)) return undefined;
    const line = jsonOf(text) as Line | null | undefined;
    const bindings = line?.bindings ?? [];
    if (typeof line?.aor !== 'string' || !Array.isArray(bindings) || !bindings.every(isStored)) return undefined;
    return bindings.map((stored) => this.#binding(line.aor, stored));
  }

  #binding(aor: string, stored: Stored): Binding {
    const [transport, host, port, remoteHost, remotePort, connection = ''] = stored.flow;
    return kept({
      aor,
      contact: stored.contact,
      uri: stored.uri ?? uriWithin(stored.contact),
      q: stored.q ?? 1,
      expires: Math.min(stored.expires, this.#now + LONGEST_EXPIRES * 1_000),
      callId: stored.callId,
      cseq: stored.cseq,
      path: stored.path ?? none,
      instance: stored.instance,
      regId: stored.regId,
      agent: stored.agent === undefined ? undefined : this.#same(stored.agent),
      since: Math.min(stored.since, this.#now),
      flow: { transport, local: this.#local(host, port), remote: { host: this.#same(remoteHost), port: remotePort }, connection },
      routeToSource: stored.elsewhere === 1,
    });
  }

  #local(host: string, port: number): Address {
    const name = `${port} ${host}`;
    const local = this.#locals.get(name) ?? { host, port };
    this.#locals.set(name, local);
    return local;
  }

  #same(text: string): string {
    const same = this.#texts.get(text) ?? text;
    this.#texts.set(same, same);
    return same;
  }
}
