import type { MessageReport } from '../dbus/reports.ts';
import { printable } from './table.ts';
import { preciseTime } from './time.ts';

/** Columns between two posts. */
const WIDTH = 26;
const TIME = 13;
/** A longer name, as of IPv6, is told by its ends, or the ladder of two phones would not fit 80 columns. */
const NAME = 23;

/** Messages as RFC 3665 draws them: a ladder for each Call-ID, who spoke first on the left, sipwitch beside it. `width`: columns of the terminal. */
export function ladders(messages: readonly MessageReport[], width = Number.POSITIVE_INFINITY): string {
  const calls = new Map<string, MessageReport[]>();
  for (const message of messages) {
    const call = calls.get(message.callId);
    if (call === undefined) calls.set(message.callId, [message]);
    else call.push(message);
  }
  return [...calls].map(([callId, of]) => ladder(callId, of, width)).join('\n');
}

function ladder(callId: string, messages: readonly MessageReport[], width: number): string {
  const [first, ...others] = [...new Set(messages.map(({ remote }) => remote))];
  const posts = [first!, 'sipwitch', ...others];
  const title = callId === '' ? 'Messages without a Call-ID' : `Call-ID ${printable(callId)}`;
  const names = ' '.repeat(TIME) + posts.map((post) => middle(endsOf(post), WIDTH)).join('');
  const lines = messages.flatMap((message, at) => rungs(message, `F${at + 1}`, posts));
  return `${title}\n${within(names.trimEnd(), width)}\n${lines.join('\n')}\n`;
}

/** The ladder of two phones fits 80 columns, but for the name over its last post, which is moved to the left then as far as there is room. */
function within(names: string, width: number): string {
  const excess = names.length - width;
  return excess > 0 ? names.replace(/ +(?=\S+$)/, (gap) => ' '.repeat(Math.max(1, gap.length - excess))) : names;
}

function endsOf(name: string): string {
  return name.length > NAME ? `${name.slice(0, 8)}…${name.slice(9 - NAME)}` : name;
}

/** A label over its arrow. */
function rungs(message: MessageReport, number: string, posts: readonly string[]): readonly string[] {
  const near = posts.indexOf('sipwitch');
  const far = posts.indexOf(message.remote);
  const [from, to] = message.direction === 'in' ? [far, near] : [near, far];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const span = (right - left) * WIDTH - 1;
  const shaft = '-'.repeat(span - 1);
  const arrow = to > from ? `${shaft}>` : `<${shaft}`;
  const label = middle(`${cut(labelOf(message.text), span - number.length - 1)} ${number}`, span);
  const line = (between: string) => {
    const before = '|'.padEnd(WIDTH).repeat(left);
    const after = `|${' '.repeat(WIDTH - 1)}`.repeat(posts.length - right);
    return `${' '.repeat(WIDTH / 2)}${before}|${between}${after}`.trimEnd();
  };
  return [`${' '.repeat(TIME)}${line(label)}`, `${preciseTime(message.time)} ${line(arrow)}`];
}

/** `INVITE`, `180 Ringing` */
function labelOf(text: string): string {
  const start = printable(text.split(/\r?\n/, 1)[0]!);
  return start.startsWith('SIP/2.0 ') ? start.slice('SIP/2.0 '.length) : start.split(' ', 1)[0]!;
}

/** The number behind it stays whole: a 487 that is F10 is not F1. */
function cut(label: string, most: number): string {
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}

function middle(text: string, width: number): string {
  const left = Math.max(0, Math.floor((width - text.length) / 2));
  return `${' '.repeat(left)}${text}`.padEnd(width);
}
