import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import { own } from '../../sip/message/grammar.ts';
import { END, type Message, type Response, VALUE } from '../../sip/message/message.ts';
import { endOfValue } from '../../sip/message/params.ts';
import { ParseError } from '../../text/parse-error.ts';

// What the table of calls reads from messages that nobody else looked at so closely: a field that is no SIP counts as absent.

/** The tag of the callee; empty if it gave none. */
export function toTag(response: Response): string {
  return lenient(() => own(response.to.tag ?? '')) ?? '';
}

/** The URI of the Contact: where requests within the dialog go (RFC 3261 §12.1). */
export function contactUri(message: Message): string | undefined {
  const place = message.find(Field.contact);
  if (place < 0) return undefined;
  const { text, index } = message;
  const start = index[place + VALUE]!;
  const end = endOfValue(text, start, index[place + END]!);
  // What follows `?` would be headers, and may not stand in a Request-URI (RFC 3261 §19.1.1).
  return lenient(() => own(parseAddress('Contact', text, start, end).uriText.replace(/\?.*/, '')));
}

/** Seconds that a session lives without a refresh; undefined where no session timer runs (RFC 4028 §4). */
export function sessionExpires(response: Response): number | undefined {
  const place = response.find(Field.sessionExpires);
  if (place < 0) return undefined;
  const seconds = /^[0-9]{1,9}(?=$|[;\s])/.exec(response.valueAt(place))?.[0];
  return seconds === undefined ? undefined : Number(seconds);
}

function lenient<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
