import * as v from 'valibot';
import { UNWRITABLE, unwritable } from '../../config/ini-lines.ts';
import { meantByKey } from '../../config/read.ts';
import type { Kind, Table } from '../../config/schema.ts';
import { name as nameType } from '../../config/values/plain.ts';
import type { Entry } from '../../core/account/drop-in.ts';
import { ControlError } from './errors.ts';
import { MOST_ROWS } from './interfaces.ts';

// D-Bus has checked the types; these check what the values must be besides.

/** One line that a person could type. */
export const line = (most: number) =>
  v.pipe(
    v.string(),
    v.maxLength(most, `expected ${most} characters at most`),
    v.check((text) => !UNWRITABLE.test(text), 'expected no control characters'),
  );
export const text = (most: number) => v.pipe(v.string(), v.maxLength(most, `expected ${most} characters at most`));
const VALUE_MOST = 1024;
export const value = line(VALUE_MOST);
export const settings = v.pipe(v.array(v.tuple([line(64), value])), v.maxLength(100, 'expected 100 settings at most'));

/** What a section can be called. @throws ControlError */
export function checkName(kind: string, name: string): void {
  if (nameType.accepts(name)) return;
  throw new ControlError('InvalidArgument', `"${name}" cannot be a ${kind}: expected ${nameType.what}`);
}

/** A key of a section. `otherwise`: where they are told, for one that is like none of them. @throws ControlError */
export function checkKey(kind: Kind<Table>, key: string, otherwise: string): void {
  if (kind.find(key) !== undefined) return;
  throw new ControlError('InvalidArgument', `"${key}" is no key of a ${kind.kind}; ${meantByKey(kind, key) ?? otherwise}`);
}

/** What a value says is checked by the loader; here only that it makes one line. @throws ControlError */
export function checkValue([key, value]: Entry): void {
  const fault = value.length > VALUE_MOST ? `is longer than ${VALUE_MOST} characters` : unwritable(value);
  if (fault !== undefined) throw new ControlError('InvalidArgument', `the value of ${key} ${fault}`);
}

export const first = v.number();
export const most = v.pipe(
  v.number(),
  v.minValue(1, 'expected 1 at least'),
  v.maxValue(MOST_ROWS, `expected ${MOST_ROWS} at most`),
);
/** Milliseconds since 1970. */
export const time = v.pipe(v.bigint(), v.transform(Number), v.safeInteger('expected milliseconds since 1970'));
export const method = v.pipe(v.string(), v.regex(/^[A-Z]{1,32}$/, 'expected a SIP method such as INVITE'));

/** The arguments of a method. @throws ControlError that names the first one that does not fit. */
export function checkArguments<const Schema extends v.GenericSchema<unknown, readonly unknown[]>>(
  schema: Schema,
  names: readonly string[],
  args: readonly unknown[],
): v.InferOutput<Schema> {
  const checked = v.safeParse(schema, args);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const [place, row, cell] = issue.path ?? [];
  const name = typeof place?.key === 'number' ? names[place.key] : undefined;
  // The value of a setting is called by its key.
  const setting = cell?.key === 1 && Array.isArray(row?.value) ? row.value[0] : undefined;
  throw new ControlError('InvalidArgument', `${setting ?? name ?? 'arguments'}: ${issue.message}`);
}
