import { UNWRITABLE } from '../../config/ini-lines.ts';
import { utf8ToWire, wireToUtf8 } from '../../text/wire.ts';

/** The well-known name, and the beginning of every interface and error. */
export const NAME = 'org.sipwitch.SipWitch1';
export const ROOT = '/org/sipwitch/SipWitch1';

export const collections = ['user', 'phone', 'call', 'provider', 'state'] as const;
export type Collection = (typeof collections)[number];

/** Escapes a text as one element of an object path, as systemd does: `anne-marie` is `anne_2dmarie`, and nothing is `_`. */
export function escapeLabel(text: string): string {
  if (text === '') return '_';
  return utf8ToWire(text).replace(/^[0-9]|[^A-Za-z0-9]/g, (c) => `_${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Undoes `escapeLabel`; undefined for what it never makes, and for control characters, which no name of ours holds. */
export function unescapeLabel(label: string): string | undefined {
  if (label === '_') return '';
  const wire = label.replace(/_([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const text = wireToUtf8(wire);
  return UNWRITABLE.test(text) || escapeLabel(text) !== label ? undefined : text;
}

export function pathOf(collection: Collection, id: string): string {
  return `${ROOT}/${collection}/${escapeLabel(id)}`;
}

/** Takes an object path apart; undefined if no object can stand there. */
export function parsePath(path: string): { readonly collection: Collection; readonly id: string } | undefined {
  if (!path.startsWith(`${ROOT}/`)) return undefined;
  const [word, label, ...more] = path.slice(ROOT.length + 1).split('/');
  const collection = collections.find((one) => one === word);
  const id = label === undefined ? undefined : unescapeLabel(label);
  return collection === undefined || id === undefined || more.length > 0 ? undefined : { collection, id };
}
