import { NOT_ASCII } from './ascii.ts';

// A datagram is one latin1 string: a character is a byte. These two are the doors between that and the text that people write.

/** Arguments of one String.fromCharCode call; more would exhaust the stack on long texts. */
const CHUNK = 4096;

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF: this is a part of a message, not a file, and nothing may be lost.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Turns text into its UTF-8 bytes in latin1 dress. A lone surrogate becomes U+FFFD. */
export function utf8ToWire(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  const bytes = encoder.encode(text);
  let wire = '';
  for (let at = 0; at < bytes.length; at += CHUNK) wire += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return wire;
}

/** Reads bytes in latin1 dress as UTF-8. What is no UTF-8, and what is no byte, becomes U+FFFD. */
export function wireToUtf8(wire: string): string {
  if (!NOT_ASCII.test(wire)) return wire;
  const bytes = new Uint8Array(wire.length);
  for (let i = 0; i < wire.length; i++) bytes[i] = Math.min(wire.charCodeAt(i), 0xff);
  return decoder.decode(bytes);
}
