import type { Millis } from '../../runtime/clock.ts';

const two = (n: number) => String(n).padStart(2, '0');

/** A point in time (milliseconds since 1970) in the zone of whoever asks: `2026-11-03 09:14:02`. */
export function dateTime(time: number): string {
  const date = new Date(time);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clockTime(time)}`;
}

/** `09:14:02` */
function clockTime(time: number): string {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `09:14:02.006` */
export function preciseTime(time: number): string {
  return `${clockTime(time)}.${String(time % 1000).padStart(3, '0')}`;
}

/** How long, in the two largest units: `3 d 4 h`, `5 min 2 s`, `0 s`. */
export function duration(span: Millis): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  const units = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ] as const;
  const first = units.findIndex(([, count]) => count > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(' ');
}

/** How long a call lasted: `1:02:03`, `0:07`. */
export function callLength(span: Millis): string {
  const seconds = Math.max(0, Math.round(span / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

const UNITS: Readonly<Record<string, Millis>> = { s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads what a person types for `--since`: `2h`, `3d`, `2026-11-03`, `2026-11-03 09:14`. Undefined if it is none of these. */
export function parseSince(text: string, now: number): number | undefined {
  const ago = /^([0-9]{1,6}) ?(s|min|m|h|d|w)$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * UNITS[ago[2]!]!;
  const date = /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-5][0-9])(?::([0-5][0-9]))?)?$/.exec(text);
  if (date === null) return undefined;
  const [year, month, day, hour, minute, second] = date.slice(1).map((part) => Number(part ?? 0));
  const time = new Date(year!, month! - 1, day!, hour!, minute!, second!);
  return time.getMonth() === month! - 1 && time.getDate() === day! ? time.getTime() : undefined;
}
