import { parseUri, type Uri } from '../../sip/message/uri.ts';
import { ParseError } from '../../text/parse-error.ts';

/** A URI that a person or another host wrote; undefined if it is none. */
export function uriOf(text: string): Uri | undefined {
  try {
    return parseUri(text);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
