import { lower } from '../../text/ascii.ts';
import { toAscii } from '../../text/idna.ts';
import { type Ip, parseIp } from '../../text/ip.ts';
import { Scanner } from '../../text/scanner.ts';
import { matching, type TextType, type ValueType } from './value.ts';

export type Transport = 'udp' | 'tcp' | 'tls';

/** An address to listen on. */
export interface Listen {
  readonly transport: Transport;
  /** An IP literal without brackets; `0.0.0.0` and `::` are every address of their family. */
  readonly host: string;
  readonly port: number;
}

/** A network in CIDR notation. */
export interface Network {
  readonly address: Ip;
  /** Bits of the address that count. */
  readonly prefix: number;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const EXPECTS_HOST = 'a host name such as example.org, or an IP address';

/**
 * The host part of a SIP URI in the form it is compared in: a host name in lower case (international labels as A-labels, RFC 5890),
 * an IPv4 address, or an IPv6 address in brackets, shortest form.
 */
export const host: ValueType<string> = {
  form: 'HOST',
  read: (text) => canonicalHost(text) ?? new Scanner('HOST', text).fail(EXPECTS_HOST),
};

/** A host as `host` reads it, or undefined for what is none. */
export function canonicalHost(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const address = canonicalIp(bare);
  if (bare.includes(':')) return address && `[${address}]`;
  if (bare !== text) return undefined;
  if (/^[0-9.]+$/.test(text)) return address;
  const dotless = text.endsWith('.') ? text.slice(0, -1) : text;
  const ascii = toAscii(lower(dotless));
  return ascii !== undefined && ascii.length <= 253 && HOST_NAME.test(ascii) ? ascii : undefined;
}

/** An IP address in the form that the system tells it in (RFC 5952), for addresses are compared as text; undefined for what is none. */
function canonicalIp(text: string): string | undefined {
  return parseIp(text)?.toString();
}

/** An IP address without brackets. */
export const ip: ValueType<string> = {
  form: 'IP',
  read: (text) => canonicalIp(text) ?? new Scanner('IP', text).fail('an IP address'),
};

const EXPECTS_NETWORK = 'a network such as 192.168.0.0/16 or fe80::/10';

/** A network, or one address. */
export const network: ValueType<Network> = {
  form: 'NETWORK',
  read(text) {
    const s = new Scanner('NETWORK', text);
    const literal = s.take(/[0-9A-Fa-f:.]+/y, EXPECTS_NETWORK);
    const address = parseIp(literal) ?? s.fail(EXPECTS_NETWORK, 0);
    const bits = address.kind() === 'ipv4' ? 32 : 128;
    if (s.done) return { address, prefix: bits };
    s.take(/\//y, '"/" and the number of bits');
    const column = s.at;
    const prefix = Number(s.take(/[0-9]{1,3}/y, 'the number of bits'));
    if (prefix > bits) s.fail(`at most ${bits} bits`, column);
    s.finish();
    return { address, prefix };
  },
};

/** An address to listen on, for one of the given transports. */
export function listen(...transports: readonly Transport[]): ValueType<Listen> {
  const form = `${transports.join('|')}:IP:PORT`;
  return {
    form,
    read(text) {
      const s = new Scanner(form, text);
      const expected = `${transports.join(' or ')}, an address and a port, such as ${transports[0]}:0.0.0.0:${transports[0] === 'tls' ? 5061 : 5060}`;
      const word = s.take(/[a-z]+/y, expected);
      const transport = transports.find((one) => one === word) ?? s.fail(expected, 0);
      s.take(/:/y, '":" and an IP address');
      const column = s.at;
      const written = s.take(/\[[^\]]*\]|[^:]*/y, 'an IP address');
      const host = canonicalIp(written.startsWith('[') ? written.slice(1, -1) : written);
      if (host === undefined || host.includes(':') !== written.startsWith('[')) {
        return s.fail('an IP address, IPv6 in brackets, such as 0.0.0.0 or [::]', column);
      }
      return { transport, host, port: readPort(s) };
    },
  };
}

/** `:PORT` and the end. */
function readPort(s: Scanner): number {
  s.take(/:/y, '":" and a port');
  const column = s.at;
  const port = Number(s.take(/[0-9]{1,5}/y, 'a port'));
  if (port === 0 || port > 65535) s.fail('a port from 1 to 65535', column);
  s.finish();
  return port;
}

/** A host that is none, a port that is none, or a transport that nobody here speaks: where it stands, and what would fit. */
function faultOf(text: string): { readonly column: number; readonly expected: string } | undefined {
  const parts = /^((?:sips?:)?(?:[^@]*@)?)(\[[^\]]*\]|[^:;?]*)(?::([0-9]+))?(.*)$/.exec(text)!;
  const [, before = '', host = '', port, after = ''] = parts;
  if (canonicalHost(host) === undefined) return { column: before.length, expected: EXPECTS_HOST };
  const number = Number(port ?? 1);
  if (number < 1 || number > 65535) return { column: before.length + host.length + 1, expected: 'a port from 1 to 65535' };
  const transport = /;transport=([^;]*)/i.exec(after);
  if (transport === null || TRANSPORT.test(transport[1]!)) return undefined;
  return { column: text.length - after.length + transport.index + ';transport='.length, expected: 'udp, tcp or tls' };
}

const TRANSPORT = /^(?:udp|tcp|tls)$/i;

/** What fits `form` and leads to a server. */
function server(form: TextType): TextType {
  return {
    form: form.form,
    what: form.what,
    accepts: (text) => form.accepts(text) && faultOf(text) === undefined,
    read(text) {
      const fault = faultOf(form.read(text));
      return fault === undefined ? text : new Scanner(form.form, text).fail(fault.expected, fault.column);
    },
  };
}

/** Where a peer is: `HOST`, a port, and URI parameters; what they mean is read by whoever connects. */
export const nextHop = server(
  matching(
    '[sip:]HOST[:PORT][;transport=...]',
    /(?:sips?:)?(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:;[a-z-]+(?:=[A-Za-z0-9.-]+)?)*/y,
    'a host such as sip.example.net;transport=tls',
  ),
);

/** A SIP URI; only its form is known here. */
export const sipUri = server(
  matching(
    'sip:...',
    /sips?:(?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@)?(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:;[^ \t<>"?]+)?/y,
    'a SIP URI such as sip:sip.example.com',
  ),
);

/** What ENUM looks numbers up below: a name of one word alone is nobody's. */
export const suffix: ValueType<string> = {
  form: 'SUFFIX',
  read(text) {
    const name = canonicalHost(text);
    return name?.includes('.') && parseIp(name) === undefined
      ? name
      : new Scanner('SUFFIX', text).fail('a suffix such as e164.arpa');
  },
};
