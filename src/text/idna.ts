import { NOT_ASCII } from './ascii.ts';

/** The ASCII that names hold beside other letters: any other would end the name, or be taken out of it, where a URL is read. */
const NAME = /^(?:[A-Za-z0-9._-]|[^\x00-\x7f])*$/;
const LONGEST_LABEL = 63;
/** A letter takes an octet at least, and may be written as two characters. The work of writing a label grows with the square of its length. */
const MOST_WRITTEN = 2 * 253;
const TOO_LONG = /[^.\u3002\uff0e\uff61]{127}/;

/**
 * Writes a domain name as A-labels: `bücher.example` becomes `xn--bcher-kva.example` (RFC 5891 §5, with the mapping of UTS 46). ASCII stays as
 * it is.
 *
 * @returns undefined for what no domain name can be.
 */
export function toAscii(domain: string): string | undefined {
  if (!NOT_ASCII.test(domain)) return domain;
  const url = `http://${domain}`;
  if (domain.length > MOST_WRITTEN || TOO_LONG.test(domain) || !NAME.test(domain) || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  // To a URL 127.1 is an address; here only one that was written as it is read.
  if (/^[0-9.]+$/.test(hostname) && domain.normalize('NFKC') !== hostname) return undefined;
  return hostname.split('.').some(({ length }) => length > LONGEST_LABEL) ? undefined : hostname;
}
