import type { Address } from '../../runtime/network.ts';

const MAGIC = '\x21\x12\xa4\x42';

/** A STUN binding request on the SIP port (RFC 5626 §3.5.2, RFC 5389 §6): no SIP message begins with a zero byte. */
export function isStun(text: string): boolean {
  return text.charCodeAt(0) === 0 && text.charCodeAt(1) === 1 && text.length >= 20 && text.startsWith(MAGIC, 4);
}

/**
 * The binding success response with XOR-MAPPED-ADDRESS (RFC 5389 §15.2): the client sees which address its packets come from.
 * undefined if the length does not fit or the source is no address that can be written.
 */
export function stunAnswer(request: string, source: Address): string | undefined {
  const length = request.charCodeAt(2) * 256 + request.charCodeAt(3);
  if (length !== request.length - 20) return undefined;
  const bytes = source.host.includes(':') ? ipv6(source.host) : source.host.split('.').map(Number);
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  const key = request.slice(4, 20);
  const port = source.port ^ 0x2112;
  const address = String.fromCharCode(...bytes.map((byte, i) => byte ^ key.charCodeAt(i)));
  const value = `\0${bytes.length === 4 ? '\x01' : '\x02'}${String.fromCharCode(port >> 8, port & 255)}${address}`;
  return `\x01\x01\0${String.fromCharCode(value.length + 4)}${key}\0\x20\0${String.fromCharCode(value.length)}${value}`;
}

/** The sixteen bytes of an IPv6 literal as the kernel writes it. */
function ipv6(host: string): number[] {
  const [head = '', tail] = host.replace(/%.*$/, '').split('::');
  const words = (text: string) =>
    text === '' ? [] : text.split(':').flatMap((word) => (word.includes('.') ? v4Words(word) : [Number.parseInt(word, 16)]));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const middle = tail === undefined ? [] : new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...middle, ...right].flatMap((word) => [word >> 8, word & 255]);
}

function v4Words(dotted: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
