import { lower } from '../../text/ascii.ts';
import { toAscii } from '../../text/idna.ts';
import { wireToUtf8 } from '../../text/wire.ts';

const LONGEST_NAME = 253;
const LABEL = /^[a-z0-9_-]{1,63}$/;
/** What other programs read as an IPv4 address (127.1, 0x7f000001): no top-level domain is a number (RFC 3696 §2). */
const NUMBER = /^(?:[0-9]+|0x[0-9a-f]*)$/;

/** The name to ask DNS for: A-labels in small letters, without a trailing dot. `host` is wire text; undefined if DNS could not hold it. */
export function domainName(host: string): string | undefined {
  const name = toAscii(wireToUtf8(lower(host.endsWith('.') ? host.slice(0, -1) : host)));
  if (name === undefined || name.length > LONGEST_NAME) return undefined;
  const labels = name.split('.');
  return labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1)!) ? name : undefined;
}
