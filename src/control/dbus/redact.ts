import { HIDDEN, hidePasswords } from '../../text/hide.ts';

/** Headers that hold a proof of a password, or what one is made from. */
const credentials = new Set([
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
  'authentication-info',
  'proxy-authentication-info',
]);
/** The only parameters of those that are shown. */
const shown = new Set(['username', 'realm', 'uri', 'algorithm', 'qop', 'nc', 'stale', 'domain', 'charset', 'userhash']);

const PARAMETER = /[ \t\r\n]*([A-Za-z0-9*_-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\[\s\S])*"|[^",; \t\r\n]+)[ \t\r\n]*(,|$)/y;
/** The same words anywhere else: in a header whose name is broken, in a URI. */
const STRAY = /\b(response|c?nonce|nextnonce|rspauth|opaque|password)([ \t]*=[ \t]*)("[^"]*"?|[^",;& \t\r\n]*)/gi;
const SDP_SECRET = /^([ \t]*(?:a[ \t]*=[ \t]*(?:crypto|key-mgmt|ice-pwd)|k)[ \t]*[:=]).*$/i;

/**
 * Takes out of a message what no trace may show: everything that proves or makes a password, media keys, and what people write to each
 * other. What is not known to be harmless is hidden: other bodies than SDP, other parameters of credentials. Wire text in and out.
 */
export function redact(message: string): string {
  const { head, gap, body } = parts(message);
  const lines = head.split(/\r?\n(?![ \t])/); // a folded header is one
  const shownHead = lines.map((line, at) => (at === 0 ? stray(line) : redactHeader(line))).join('\r\n');
  if (body === '') return shownHead + gap;
  return shownHead + gap + redactBody(body, lines);
}

function parts(message: string): { readonly head: string; readonly gap: string; readonly body: string } {
  const gap = /\r?\n\r?\n/.exec(message);
  if (gap === null) return { head: message, gap: '', body: '' };
  return { head: message.slice(0, gap.index), gap: gap[0], body: message.slice(gap.index + gap[0].length) };
}

function redactHeader(line: string): string {
  const colon = line.indexOf(':');
  if (colon < 0 || !credentials.has(line.slice(0, colon).trim().toLowerCase())) return stray(line);
  return `${line.slice(0, colon)}: ${redactCredentials(line.slice(colon + 1).trim(), line.slice(0, colon).trim())}`;
}

/** `Digest username="alice", response=(hidden)` */
function redactCredentials(value: string, name: string): string {
  const scheme = name.toLowerCase().endsWith('-info') ? '' : (/^[^ \t\r\n,="]+(?=[ \t\r\n])/.exec(value)?.[0] ?? '');
  if (scheme !== '' && scheme.toLowerCase() !== 'digest') return `${scheme} ${HIDDEN}`;
  const written: string[] = [];
  PARAMETER.lastIndex = scheme.length;
  while (PARAMETER.lastIndex < value.length) {
    const found = PARAMETER.exec(value);
    if (found === null) {
      written.push(HIDDEN);
      break;
    }
    const [, parameter = '', text = ''] = found;
    written.push(`${parameter}=${shown.has(parameter.toLowerCase()) ? text : HIDDEN}`);
  }
  return `${scheme}${scheme === '' ? '' : ' '}${written.join(', ')}`;
}

function redactBody(body: string, head: readonly string[]): string {
  const type = header(head, 'content-type', 'c')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/sdp' && header(head, 'content-encoding', 'e') === undefined) {
    return body
      .split(/\r\n?|\n/)
      .map((line) => (/inline:/i.test(line) ? line.replace(/inline:.*/i, HIDDEN) : line.replace(SDP_SECRET, `$1${HIDDEN}`)))
      .join('\r\n');
  }
  return `(${body.length} bytes${type === '' ? '' : ` of ${type}`} hidden)\r\n`;
}

function header(head: readonly string[], name: string, short: string): string | undefined {
  for (const line of head) {
    const colon = line.indexOf(':');
    const found = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (found === name || found === short) return line.slice(colon + 1);
  }
  return undefined;
}

function stray(line: string): string {
  return hidePasswords(line).replace(STRAY, `$1$2${HIDDEN}`);
}
