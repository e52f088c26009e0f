import type { Address } from '../../runtime/network.ts';
import { parseIp } from '../../text/ip.ts';

const MAGIC = '\x21\x12\xa4\x42';

/** A STUN binding request on the SIP port (RFC 5626 §3.5.2, RFC 5389 §6): no SIP message begins with a zero byte. */
export function isStun(text: string): boolean {
  return text.charCodeAt(0) === 0 && text.charCodeAt(1) === 1 && text.length >= 20 && text.startsWith(MAGIC, 4);
}

/** What RFC 8489 §14 has of attributes that a client may not send without our understanding them; here none of them asks for anything. */
const UNDERSTOOD: readonly number[] = [0x01, 0x06, 0x08, 0x09, 0x0a, 0x14, 0x15, 0x1c, 0x1d, 0x1e, 0x20];

/**
 * The binding success response with XOR-MAPPED-ADDRESS (RFC 5389 §15.2): the client sees which address its packets come from. Or an error
 * response, where it asks for what we do not understand (RFC 8489 §6.3.1): a CHANGE-REQUEST that was answered as if it had none tells a phone
 * of a NAT that it does not have. undefined if a length does not fit or the source is no address that can be written.
 */
export function stunAnswer(request: string, source: Address): string | undefined {
  const unknown = word(request, 2) === request.length - 20 ? notUnderstood(request) : undefined;
  if (unknown === undefined) return undefined;
  return unknown.length > 0 ? unknownAttributes(request, unknown) : mappedAddress(request, source);
}

/** The types of the attributes that only who understands them may answer, each once; undefined if one does not end in the request. */
function notUnderstood(request: string): readonly number[] | undefined {
  const unknown = new Set<number>();
  let at = 20;
  while (at + 4 <= request.length) {
    const type = word(request, at);
    if (type < 0x8000 && !UNDERSTOOD.includes(type)) unknown.add(type);
    at += 4 + padded(word(request, at + 2));
  }
  return at === request.length ? [...unknown] : undefined;
}

/** 420 with the attributes that are not understood (RFC 8489 §14.8, §14.13). */
function unknownAttributes(request: string, types: readonly number[]): string {
  const reason = 'Unknown Attribute';
  const listed = types.map(twoBytes).join('');
  return response('\x11', request, [
    ['\x09', `\0\0\x04\x14${reason}`],
    ['\x0a', listed],
  ]);
}

function mappedAddress(request: string, source: Address): string | undefined {
  const bytes = parseIp(source.host)?.toByteArray();
  if (bytes === undefined) return undefined;
  const key = request.slice(4, 20);
  const port = source.port ^ 0x2112;
  const address = String.fromCharCode(...bytes.map((byte, i) => byte ^ key.charCodeAt(i)));
  return response('\x01', request, [['\x20', `\0${bytes.length === 4 ? '\x01' : '\x02'}${twoBytes(port)}${address}`]]);
}

/** @param kind the second byte of its type */
function response(kind: string, request: string, attributes: readonly (readonly [type: string, value: string])[]): string {
  const body = attributes.map(([type, value]) => `\0${type}${twoBytes(value.length)}${value.padEnd(padded(value.length), '\0')}`);
  const text = body.join('');
  return `\x01${kind}${twoBytes(text.length)}${request.slice(4, 20)}${text}`;
}

const word = (text: string, at: number): number => text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
const twoBytes = (value: number): string => String.fromCharCode(value >> 8, value & 255);
/** Attributes begin at multiples of four bytes. */
const padded = (length: number): number => (length + 3) & ~3;
