import { Field, fieldName } from '../../sip/message/fields.ts';
import { skipLws } from '../../sip/message/grammar.ts';
import {
  type Edit,
  END,
  LINE,
  type Message,
  NEXT,
  type Request,
  type Response,
  STRIDE,
  VALUE,
} from '../../sip/message/message.ts';
import { endOfValue } from '../../sip/message/params.ts';
import { splice } from '../../sip/message/print.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { stamp } from '../../sip/transport/received.ts';

/** What a proxy changes in a request that it sends on (RFC 3261 §16.6); all else stays byte for byte. */
export interface Changes {
  /** The Request-URI of the target; undefined leaves the one that came. */
  readonly uri: string | undefined;
  /** Our own lines for the top: Via, Record-Route, and Route of a Path, each with its CRLF. */
  readonly top: string;
  /** How many Route values on top are ours, to be removed. */
  readonly routes: number;
  /** Max-Breadth for this branch (RFC 5393 §5.3.3); undefined leaves it. */
  readonly breadth: number | undefined;
  /** Lines of the index that must not go on: credentials for our realm, an identity that a stranger asserts. */
  readonly drop: readonly number[];
  /** Whole lines for the end of the headers. */
  readonly bottom?: string;
  /** A stream needs a Content-Length (RFC 3261 §18.3). */
  readonly reliable: boolean;
}

/** Prints the request for one branch. `from`: the flow that it came by. */
export function printForwarded(request: Request, from: Flow, changes: Changes): string {
  const { index } = request;
  // In the order that most requests have their lines in, so that nothing is left to sort.
  const edits: Edit[] = [];
  if (changes.uri !== undefined) edits.push({ at: request.uriAt, end: request.uriEnd, text: changes.uri });
  const first = index[LINE]!;
  const hops = request.find(Field.maxForwards);
  const breadth = changes.breadth === undefined ? -1 : request.find(Field.maxBreadth);
  let missing = hops < 0 ? 'Max-Forwards: 70\r\n' : '';
  if (changes.breadth !== undefined && breadth < 0) missing += `Max-Breadth: ${changes.breadth}\r\n`;
  edits.push({ at: first, end: first, text: changes.top + missing });
  if (changes.reliable) edits.push(...lengthEdits(request));
  const via = request.find(Field.via);
  const stamped = stamp(request.via, from);
  if (stamped !== request.via.text) edits.push({ at: index[via + VALUE]!, end: request.topViaEnd(via), text: stamped });
  if (hops >= 0) edits.push({ at: index[hops + VALUE]!, end: index[hops + END]!, text: String((request.maxForwards ?? 71) - 1) });
  if (breadth >= 0) edits.push({ at: index[breadth + VALUE]!, end: index[breadth + END]!, text: String(changes.breadth) });
  for (const place of changes.drop) edits.push(dropped(request, place));
  if (changes.routes > 0) dropRoutes(request, changes.routes, edits);
  edits.push(...atEnd(request, changes.bottom ?? ''));
  return splice(request.text, edits);
}

/**
 * The lines that do not leave the house, and those that assert an identity besides: another domain has no reason to believe them, and a
 * caller who asked for `Privacy: id` was promised that it never sees them (RFC 3325 §5, §7).
 */
export function withIdentities(message: Message, drop: readonly number[]): readonly number[] {
  const places = [...drop];
  for (const id of [Field.assertedIdentity, Field.preferredIdentity, Field.remotePartyId])
    for (let i = message.find(id); i >= 0; i = message.find(id, i + STRIDE)) if (!places.includes(i)) places.push(i);
  return places;
}

const dropped = ({ index }: Message, place: number): Edit => ({ at: index[place + LINE]!, end: index[place + NEXT]!, text: '' });

/** Removes the first `count` Route values, whether they stand in one line or in several. */
function dropRoutes(request: Request, count: number, edits: Edit[]): void {
  const { index, text } = request;
  let left = count;
  for (let i = request.find(Field.route); i >= 0 && left > 0; i = request.find(Field.route, i + STRIDE)) {
    const end = index[i + END]!;
    let at = index[i + VALUE]!;
    while (at < end && left > 0) {
      const stop = endOfValue(text, at, end);
      if (stop > at) left--; // nothing stands between two commas
      at = Math.min(end, skipLws(text, stop + 1, end));
    }
    if (at >= end) edits.push({ at: index[i + LINE]!, end: index[i + NEXT]!, text: '' });
    else edits.push({ at: index[i + VALUE]!, end: at, text: '' });
  }
}

/** Whether a response bears a Via below ours. One without was meant for us alone, and goes no further (RFC 3261 §16.7 step 3). */
export function leadsOn(response: Response): boolean {
  const { text, index } = response;
  const via = response.find(Field.via);
  const next = response.find(Field.via, via + STRIDE);
  if (next >= 0 && index[next + VALUE]! < index[next + END]!) return true;
  const end = index[via + END]!;
  return skipLws(text, response.topViaEnd(via) + 1, end) < end;
}

/**
 * Prints a response without our Via, for the hop that the request came from by `to` (RFC 3261 §16.7 step 3). `more`: whole lines to add.
 * `outside`: it is of nobody of the house, and whom it asserts to come from is not believed (RFC 3325 §5, security S11).
 */
export function printBackward(response: Response, to: Pick<Flow, 'reliable'>, more: string, outside: boolean): string {
  const { text, index } = response;
  const via = response.find(Field.via);
  const end = index[via + END]!;
  const stop = response.topViaEnd(via);
  const line = index[via + LINE]!;
  const length = to.reliable ? lengthEdits(response) : nothing;
  const spelled = response.status < 300 ? respelled(response) : nothing;
  const asserted = outside ? withIdentities(response, []) : [];
  const kept = asserted.length === 0 && spelled === nothing;
  const edits = kept ? length : [...length, ...spelled, ...asserted.map((place) => dropped(response, place))];
  if (stop >= end)
    return more === '' && edits === nothing
      ? text.slice(0, line) + text.slice(index[via + NEXT]!)
      : splice(text, [...edits, { at: line, end: index[via + NEXT]!, text: '' }, ...atEnd(response, more)]);
  const rest = { at: index[via + VALUE]!, end: skipLws(text, stop + 1, end), text: '' };
  return splice(text, [...edits, rest, ...atEnd(response, more)]);
}

const nothing: readonly Edit[] = [];

/**
 * Deviation: a Record-Route goes back to the caller spelt as we sent it. Twinkle knows field names by their very letters, against RFC 3261 §7.3.1,
 * and Linphone says `Record-route`: the ACK would pass us by, and not reach a callee behind a connection at all.
 */
function respelled(response: Response): readonly Edit[] {
  const { text, index } = response;
  let edits: Edit[] | undefined;
  for (let i = response.find(Field.recordRoute); i >= 0; i = response.find(Field.recordRoute, i + STRIDE)) {
    const at = index[i + LINE]!;
    // Two letters tell it from all small and all capitals; there is no other word for it.
    if (text.charCodeAt(at + 1) === SMALL_E && text.charCodeAt(at + 7) === CAPITAL_R) continue;
    edits ??= [];
    edits.push({ at, end: at + RECORD_ROUTE.length, text: RECORD_ROUTE });
  }
  return edits ?? nothing;
}

const RECORD_ROUTE = fieldName(Field.recordRoute);
const SMALL_E = 0x65;
const CAPITAL_R = 0x52;

/**
 * What a message needs for a stream, which is cut at Content-Length: in a datagram it may be absent, and then the body would be read as the
 * next message (RFC 3261 §18.3), or folded, and then not every reader finds the same number.
 */
function lengthEdits(message: Message): readonly Edit[] {
  const { text, index, bodyAt } = message;
  const place = message.find(Field.contentLength);
  const line = `Content-Length: ${text.length - bodyAt}\r\n`;
  if (place < 0) return [{ at: index[LINE]!, end: index[LINE]!, text: line }];
  const at = index[place + LINE]!;
  const end = index[place + NEXT]!;
  return text.indexOf('\n', at) === end - 1 ? nothing : [{ at, end, text: line }];
}

function atEnd(message: Message, more: string): Edit[] {
  const at = message.bodyAt - 2;
  return more === '' ? [] : [{ at, end: at, text: more }];
}
