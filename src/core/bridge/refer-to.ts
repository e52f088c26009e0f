import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import { type Request, STRIDE } from '../../sip/message/message.ts';
import { parseUri, type Uri, unescapeUri } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';

/** The dialog that a Replaces header names, as its receiver sees it: `to` is the tag of its own (RFC 3891 §3). */
export interface Replaces {
  readonly callId: string;
  readonly to: string;
  readonly from: string;
  readonly earlyOnly: boolean;
  /** The whole value. */
  readonly text: string;
}

/** Where a transfer goes to. */
export interface ReferTo {
  /** Without method and headers. */
  readonly uri: Uri;
  readonly replaces: Replaces | undefined;
}

/** The one Refer-To of a REFER; undefined where there is none that we could follow: another method, two, no URI (RFC 3515 §2.1, §2.4.2). */
export function referTo(request: Request): ReferTo | undefined {
  const place = request.find(Field.referTo);
  if (place < 0 || request.find(Field.referTo, place + STRIDE) >= 0) return undefined;
  return readable(() => {
    const { uri } = parseAddress('Refer-To', request.valueAt(place));
    const method = /;method=([^;]*)/i.exec(uri.params)?.[1];
    if (method !== undefined && method !== 'INVITE') return undefined;
    const bare = uri.text.slice(0, uri.headers === '' ? undefined : uri.text.length - uri.headers.length - 1);
    const header = replacesHeader(uri);
    const replaces = header === undefined ? undefined : parseReplaces(header);
    if (header !== undefined && replaces === undefined) return undefined;
    return { uri: parseUri(bare.replace(/;method=[^;?]*/i, ''), 'Refer-To'), replaces };
  });
}

/** The Replaces header that stands in a URI; undefined if there is none that can be read. */
export function replacesIn(uri: Uri): Replaces | undefined {
  const header = replacesHeader(uri);
  return header === undefined ? undefined : parseReplaces(header);
}

function replacesHeader(uri: Uri): string | undefined {
  const header = /(?:^|&)replaces=([^&]*)/i.exec(uri.headers)?.[1];
  return header === undefined ? undefined : unescapeUri(header);
}

/** Parses a Replaces value: `callid *(SEMI replaces-param)` (RFC 3891 §6.1); undefined for one without both tags, or with a line end. */
function parseReplaces(text: string): Replaces | undefined {
  if (/[\r\n\0]|[^\x00-\xff]/.test(text)) return undefined;
  const [callId, ...params] = text.split(/[ \t]*;[ \t]*/);
  let to: string | undefined;
  let from: string | undefined;
  let earlyOnly = false;
  for (const param of params) {
    const [name, value] = param.split(/[ \t]*=[ \t]*/);
    if (name === 'to-tag') to = value;
    else if (name === 'from-tag') from = value;
    else if (name === 'early-only') earlyOnly = true;
  }
  if (callId === undefined || callId === '' || to === undefined || from === undefined) return undefined;
  return { callId, to, from, earlyOnly, text };
}

/** The first Replaces header of an INVITE; undefined if there is none that can be read. */
export function replacesOf(request: Request): Replaces | undefined {
  const value = request.other('replaces');
  return value === undefined ? undefined : parseReplaces(value);
}

/** Whether an INVITE has more than one, of which nobody knows what it means (RFC 3891 §3). */
export function replacesMany(request: Request): boolean {
  if (request.other('replaces') === undefined) return false;
  return (request.text.slice(0, request.bodyAt).match(/\r\nreplaces[ \t]*:/gi)?.length ?? 0) > 1;
}
