import { Scanner } from '../../text/scanner.ts';
import type { ValueType } from './value.ts';

/** Hours of every week, in minutes since Monday 0:00; what goes over Sunday's midnight ends beyond 10080. */
export interface Hours {
  readonly spans: readonly { readonly from: number; readonly to: number }[];
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = 1_440;
export const WEEK = 7 * DAY;

const NAME = /mon|tue|wed|thu|fri|sat|sun/y;
const EXPECTS = 'a day such as mon, days such as mon-fri, or a time such as 18:00-08:00';

/** `mon-fri 18:00-08:00`: what ends before it begins ends on the next day. Without a day every day is meant, without a time all of it. */
export const hours: ValueType<Hours> = {
  form: '[DAY[-DAY]] [HH:MM-HH:MM]',
  read(text) {
    const s = new Scanner('hours', text);
    const first = s.maybe(NAME);
    const last = first !== undefined && s.maybe(/-/y) !== undefined ? s.take(NAME, 'the last day, such as fri') : first;
    if (first !== undefined) s.skipLws();
    const timed = first === undefined || !s.done;
    const from = timed ? time(s, EXPECTS) : 0;
    if (timed) s.take(/-/y, '"-" and when it ends');
    const to = timed ? time(s, 'a time such as 08:00') : DAY;
    s.finish();
    const length = to > from ? to - from : to - from + DAY;
    return { spans: daysOf(first, last).map((day) => ({ from: day * DAY + from, to: day * DAY + from + length })) };
  },
};

function time(s: Scanner, what: string): number {
  const column = s.at;
  const [hour, minute] = s
    .take(/[0-9]{1,2}:[0-9]{2}/y, what)
    .split(':')
    .map(Number) as [number, number];
  if (minute > 59 || hour * 60 + minute > DAY) s.fail('a time from 0:00 to 24:00', column);
  return hour * 60 + minute;
}

/** Over the end of the week, too: `sat-mon`. */
function daysOf(first: string | undefined, last: string | undefined): readonly number[] {
  if (first === undefined || last === undefined) return DAYS.map((_, day) => day);
  const from = DAYS.indexOf(first);
  const count = ((DAYS.indexOf(last) - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, i) => (from + i) % 7);
}
