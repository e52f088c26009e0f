import type { Millis } from '../../runtime/clock.ts';
import { hidePasswords } from '../../text/hide.ts';
import { jsonOf } from '../../text/json.ts';
import { utf8ToWire, wireToUtf8 } from '../../text/wire.ts';
import type { Call } from './call.ts';
import { type End, endedBy, reasonOf, statusOf } from './end.ts';
import { CallView } from './view.ts';

/** A call that has ended. Times are milliseconds since 1970. */
export interface PastCall {
  readonly id: string;
  /** As wire text. */
  readonly callId: string;
  /** The local user who called, or the URI of somebody who is none of ours. */
  readonly from: string;
  readonly to: string;
  readonly callee: string;
  /** The address-of-record whose phone answered, as far as that is known. */
  readonly answeredBy: string | undefined;
  readonly since: number;
  readonly answered: number | undefined;
  readonly ended: number;
  /** How long the two sides were connected, in milliseconds; steps of the wall clock do not count. */
  readonly talked: Millis;
  /** The final status of the INVITE. */
  readonly status: number;
  readonly how: End['how'];
  /** Why it ended, for a person. */
  readonly reason: string;
  /** Why it went where it went, a sentence each. */
  readonly trace: readonly string[];
}

type Same = 'id' | 'callId' | 'from' | 'to' | 'callee' | 'answeredBy' | 'status' | 'how' | 'reason' | 'trace';

/** What is read back of a line, as `printCall` writes it: texts for people, and times as they read them. The rest of it is for people alone. */
interface Line extends Pick<PastCall, Same> {
  readonly caller?: string | undefined;
  readonly start: string;
  readonly answered?: string | undefined;
  readonly end: string;
  /** Seconds. */
  readonly duration: number;
}

/**
 * The line of a call that has ended at `now`, monotonic, and `wall`, in milliseconds since 1970; without its line end. Written by hand, for
 * every call makes one: JSON.stringify takes three times as long.
 */
export function printCall(call: Call, end: End, now: Millis, wall: number): string {
  const { request, user, aor, principal, trace } = call.parts;
  const view = new CallView(call, wall - now);
  const { since, answered, display, phone, agent } = view;
  let line = `{"id":"${view.id}","start":"${isoText(since)}"`;
  if (answered !== undefined) line += `,"answered":"${isoText(answered)}"`;
  line += `,"end":"${isoText(wall)}","duration":${answered === undefined ? 0 : Math.round(now - call.answeredAt) / 1_000}`;
  line += `,"from":${quotedText(view.uri)}`;
  if (display !== '') line += `,"display":${quotedText(display)}`;
  line += `,"to":${quotedText(view.to)}`;
  if (user !== '') line += `,"caller":${quoted(user)}`;
  line += `,"callee":${quoted(aor)}`;
  if (call.answeredBy !== '') line += `,"answeredBy":${quoted(call.answeredBy)}`;
  line += `,"principal":"${principal}"`;
  if (phone !== undefined) line += `,"phone":${quotedText(phone)}`;
  if (agent !== undefined) line += `,"agent":${quotedText(agent)}`;
  line += `,"status":${answered === undefined ? statusOf(end) : 200},"how":"${end.how}"`;
  const who = endedBy(end);
  if (who !== undefined) line += `,"by":"${who}"`;
  line += `,"reason":${quotedText(reasonOf(end))},"callId":${quoted(request.callId)},"trace":[`;
  for (let i = 0; i < trace.length; i++) line += `${i === 0 ? '' : ','}${quoted(hidePasswords(trace[i]!))}`;
  return `${line}]}`;
}

const NEEDS_ESCAPE = /["\\\x00-\x1f\x7f-\uffff]/;
/** Text for people, and wire text, as they stand in a line. */
const quotedText = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`);
const quoted = (wire: string): string => (NEEDS_ESCAPE.test(wire) ? JSON.stringify(wireToUtf8(wire)) : `"${wire}"`);

/** Reads a line back; undefined if it is none. */
export function readCall(text: string): PastCall | undefined {
  const line = jsonOf(text) as Line | null | undefined;
  if (line === null || line === undefined || !isWhole(line)) return undefined;
  const { id, to, caller, callee, answeredBy, status, how, reason, trace } = line;
  return {
    id,
    to,
    callee,
    answeredBy,
    status,
    how,
    reason,
    trace,
    callId: utf8ToWire(line.callId),
    from: caller ?? line.from,
    since: Date.parse(line.start),
    answered: line.answered === undefined ? undefined : Date.parse(line.answered),
    ended: Date.parse(line.end),
    talked: Math.round(line.duration * 1_000),
  };
}

const TEXTS = ['id', 'callId', 'from', 'to', 'callee', 'reason'] as const;

/** Whether it has what a list of calls shows: one damaged line would be in the way of all the others. */
function isWhole(line: Line): boolean {
  const { start, answered = start, end, duration, status, trace } = line;
  return (
    TEXTS.every((key) => typeof line[key] === 'string') &&
    [Date.parse(start), Date.parse(answered), Date.parse(end), duration, status].every(Number.isFinite) &&
    Array.isArray(trace) &&
    trace.every((step) => typeof step === 'string')
  );
}

let second = Number.NaN;
let date = '';

/** As `Date.toISOString`, which takes as long as the rest of the line. */
function isoText(wall: number): string {
  const now = Math.floor(wall / 1_000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1_000).toISOString().slice(0, 20);
  }
  const rest = Math.floor(wall - now * 1_000);
  return `${date}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
