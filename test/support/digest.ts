import { load } from '../../src/sip/message/bytes.ts';
import { type DigestParams, digestIn } from '../../src/sip/message/challenge.ts';

/** Digest credentials or a challenge by themselves; the program reads them where they stand in a message. */
export function parseDigest(field: string, text: string): DigestParams | undefined {
  load(text, text.length);
  return digestIn(field, text, 0, text.length);
}
