import { type Address, parseAddress } from '../../src/sip/message/address.ts';
import { parseContact } from '../../src/sip/message/contact.ts';
import { Field } from '../../src/sip/message/fields.ts';
import {
  type Edit,
  END,
  LINE,
  type Malformed,
  NEXT,
  type Request,
  type Response,
  STRIDE,
  VALUE,
} from '../../src/sip/message/message.ts';
import { printResponse, splice } from '../../src/sip/message/print.ts';
import { sameUri } from '../../src/sip/message/same-uri.ts';
import { escapeUser, isSip, type Uri, unescapeUri, uriParam } from '../../src/sip/message/uri.ts';
import { stampVia } from '../../src/sip/message/via.ts';
import { ParseError } from '../../src/text/parse-error.ts';
import { parseDigest } from './digest.ts';

/** Asks for everything that a message can be asked for, and prints what is printed of it. Whatever is thrown but a ParseError is a bug. */
export function forceEverything(message: Request | Response | Malformed): void {
  const { text, index } = message;
  for (let i = 0; i < index.length; i += STRIDE) {
    const [line, value, end, next] = [index[i + LINE]!, index[i + VALUE]!, index[i + END]!, index[i + NEXT]!];
    if (!(line < value && value <= end && end + 2 <= next && next <= text.length))
      throw new Error(`line ${i / STRIDE} is out of place`);
    if (text.slice(next - 2, next) !== '\r\n') throw new Error(`line ${i / STRIDE} does not end with CRLF`);
  }
  if (message.kind === 'malformed') {
    message.error.caret();
    if (message.answer === undefined) return;
    answer(message, message.answer.status, message.answer.reason);
    return;
  }
  for (const address of [() => message.from, () => message.to]) attempt(() => forceAddress(address()));
  attempt(() => message.via);
  attempt(() => message.cseq);
  attempt(() => message.callId);
  attempt(() => message.body);
  message.other('x-anything');
  for (const id of Object.values(Field)) {
    message.get(id);
    for (const value of message.list(id)) {
      attempt(() => forceAddress(parseAddress('test', value)));
      attempt(() => parseContact(value));
      attempt(() => parseDigest('Authorization', value));
    }
  }
  for (let place = 0; place < message.index.length; place += STRIDE) attempt(() => message.digestAt(place));
  if (message.kind === 'response') return;
  attempt(() => forceUri(message.uri));
  attempt(() => message.maxForwards);
  answer(message, 100, 'Trying');
  splice(text, typicalEdits(message));
}

/** What forwarding changes: Request-URI, our Via, Max-Forwards, the received of the topmost Via, a Route less. */
export function typicalEdits(request: Request): Edit[] {
  const { index } = request;
  const via = request.find(Field.via);
  const edits: Edit[] = [
    { at: request.uriAt, end: request.uriEnd, text: 'sip:bob@192.0.2.4' },
    { at: index[via + LINE]!, end: index[via + LINE]!, text: 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n' },
    { at: index[via + VALUE]!, end: request.topViaEnd(via), text: stampVia(request.via, '192.0.2.9', 5070) },
  ];
  const hops = request.find(Field.maxForwards);
  if (hops >= 0) edits.push({ at: index[hops + VALUE]!, end: index[hops + END]!, text: '69' });
  const route = request.find(Field.route);
  if (route >= 0) edits.push({ at: index[route + LINE]!, end: index[route + NEXT]!, text: '' });
  return edits;
}

function answer(request: Request | Malformed, status: number, reason: string): void {
  const printed = printResponse(request, stampVia(request.via!, '192.0.2.9', 5070), status, reason, 'tag');
  const lines = printed.split('\r\n');
  if (lines.some((line) => /[\r\n]/.test(line))) throw new Error('a response holds a CR or LF alone');
  if (lines.indexOf('') !== lines.length - 2) throw new Error('a response has its empty line too early');
}

function forceAddress(address: Address): void {
  address.text;
  address.display;
  address.paramsText;
  address.tag;
  address.param('expires');
  if (/[\x00-\x20]/.test(address.uriText)) throw new Error('a URI with white space');
  attempt(() => forceUri(address.uri));
}

function forceUri(uri: Uri): void {
  uriParam(uri, 'transport');
  if (isSip(uri) && !sameUri(uri, { ...uri, text: '' })) throw new Error('a URI is not the same as itself');
  escapeUser(unescapeUri(uri.user ?? ''));
}

function attempt(ask: () => unknown): void {
  try {
    ask();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    error.caret();
  }
}
