/**
 * The header fields that a registrar and proxy looks at; all others pass as text (RFC 3261 §7.3, §20).
 * `single` fields may stand once in a message; `list` fields may be written as one comma list or as several lines.
 */
interface FieldRow {
  readonly name: string;
  readonly compact?: string;
  readonly kind: 'single' | 'list' | 'other';
}

const table = {
  other: { name: '', kind: 'other' },
  via: { name: 'Via', compact: 'v', kind: 'list' },
  from: { name: 'From', compact: 'f', kind: 'single' },
  to: { name: 'To', compact: 't', kind: 'single' },
  callId: { name: 'Call-ID', compact: 'i', kind: 'single' },
  cseq: { name: 'CSeq', kind: 'single' },
  maxForwards: { name: 'Max-Forwards', kind: 'single' },
  contentLength: { name: 'Content-Length', compact: 'l', kind: 'single' },
  contentType: { name: 'Content-Type', compact: 'c', kind: 'other' },
  contact: { name: 'Contact', compact: 'm', kind: 'list' },
  route: { name: 'Route', kind: 'list' },
  recordRoute: { name: 'Record-Route', kind: 'list' },
  path: { name: 'Path', kind: 'list' },
  serviceRoute: { name: 'Service-Route', kind: 'list' },
  expires: { name: 'Expires', kind: 'other' },
  minExpires: { name: 'Min-Expires', kind: 'other' },
  authorization: { name: 'Authorization', kind: 'other' },
  proxyAuthorization: { name: 'Proxy-Authorization', kind: 'other' },
  wwwAuthenticate: { name: 'WWW-Authenticate', kind: 'other' },
  proxyAuthenticate: { name: 'Proxy-Authenticate', kind: 'other' },
  require: { name: 'Require', kind: 'list' },
  proxyRequire: { name: 'Proxy-Require', kind: 'list' },
  supported: { name: 'Supported', compact: 'k', kind: 'list' },
  unsupported: { name: 'Unsupported', kind: 'list' },
  maxBreadth: { name: 'Max-Breadth', kind: 'other' },
  userAgent: { name: 'User-Agent', kind: 'other' },
  reason: { name: 'Reason', kind: 'other' },
  retryAfter: { name: 'Retry-After', kind: 'other' },
  sessionExpires: { name: 'Session-Expires', compact: 'x', kind: 'other' },
  subject: { name: 'Subject', compact: 's', kind: 'other' },
  event: { name: 'Event', compact: 'o', kind: 'other' },
  referTo: { name: 'Refer-To', compact: 'r', kind: 'other' },
  timestamp: { name: 'Timestamp', kind: 'other' },
  assertedIdentity: { name: 'P-Asserted-Identity', kind: 'list' },
  preferredIdentity: { name: 'P-Preferred-Identity', kind: 'list' },
} as const satisfies Record<string, FieldRow>;

export type FieldName = keyof typeof table;

const rows: readonly FieldRow[] = Object.values(table);

/** The number by which the message index knows a field. 0 is every field that is not in the table. */
export const Field = Object.fromEntries(Object.keys(table).map((key, id) => [key, id])) as { readonly [K in FieldName]: number };

/** How the field is written in messages of our own. */
export function fieldName(id: number): string {
  return rows[id]!.name;
}

export function mayRepeat(id: number): boolean {
  return rows[id]!.kind !== 'single';
}

/** A bit a single field, none for the others: a duplicate shows while the lines are noted. */
export const singleBit: readonly number[] = rows.map((row, id) => (row.kind === 'single' ? 1 << id : 0));

// Names are found by a hash that is computed while the name is scanned, then compared letter by letter: a foreign name with the
// same hash stays foreign.
const SLOTS = 512;
const slots: number[] = new Array<number>(SLOTS).fill(0);
const spellings: string[] = [''];
const spellingIds: number[] = [0];

/** One step of the hash over a name's ASCII letters, case folded. */
export const hashStep = (hash: number, code: number): number => (Math.imul(hash, 31) + (code | 0x20)) | 0;

function learn(spelling: string, id: number): void {
  let hash = 0;
  for (let i = 0; i < spelling.length; i++) hash = hashStep(hash, spelling.charCodeAt(i));
  let slot = (hash >>> 0) % SLOTS;
  while (slots[slot] !== 0) slot = (slot + 1) % SLOTS;
  slots[slot] = spellings.length;
  spellings.push(lower(spelling));
  spellingIds.push(id);
}

/** ASCII capitals to small letters; only for the table's own names. */
function lower(name: string): string {
  return name.replace(/[A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 32));
}

rows.forEach((row, id) => {
  if (id === 0) return;
  learn(row.name, id);
  if (row.compact !== undefined) learn(row.compact, id);
});

/** The field whose name stands in `text` from `start` to `end` and has the given hash; 0 if the table does not know it. */
export function fieldAt(text: string, start: number, end: number, hash: number): number {
  for (let slot = (hash >>> 0) % SLOTS; slots[slot] !== 0; slot = (slot + 1) % SLOTS) {
    const known = slots[slot]!;
    const spelling = spellings[known]!;
    if (spelling.length !== end - start) continue;
    let i = 0;
    while (i < spelling.length && foldsTo(text.charCodeAt(start + i), spelling.charCodeAt(i))) i++;
    if (i === spelling.length) return spellingIds[known]!;
  }
  return 0;
}

function foldsTo(code: number, small: number): boolean {
  return code === small || (code >= 0x41 && code <= 0x5a && code + 32 === small);
}
