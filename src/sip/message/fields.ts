/**
 * The header fields that a registrar and proxy looks at; all others pass as text (RFC 3261 §7.3, §20).
 * `single` fields may stand once in a message; `list` fields may be written as one comma list or as several lines.
 */
interface FieldRow {
  readonly name: string;
  readonly compact?: string;
  readonly kind: 'single' | 'list' | 'other';
  /** The most values that a message may hold of a list (security: every value costs work at some hop). */
  readonly most?: number;
}

const table = {
  other: { name: '', kind: 'other' },
  via: { name: 'Via', compact: 'v', kind: 'list', most: 64 },
  from: { name: 'From', compact: 'f', kind: 'single' },
  to: { name: 'To', compact: 't', kind: 'single' },
  callId: { name: 'Call-ID', compact: 'i', kind: 'single' },
  cseq: { name: 'CSeq', kind: 'single' },
  maxForwards: { name: 'Max-Forwards', kind: 'single' },
  contentLength: { name: 'Content-Length', compact: 'l', kind: 'single' },
  contentType: { name: 'Content-Type', compact: 'c', kind: 'other' },
  contentEncoding: { name: 'Content-Encoding', compact: 'e', kind: 'other' },
  contact: { name: 'Contact', compact: 'm', kind: 'list', most: 64 },
  route: { name: 'Route', kind: 'list', most: 32 },
  recordRoute: { name: 'Record-Route', kind: 'list', most: 64 },
  path: { name: 'Path', kind: 'list', most: 32 },
  serviceRoute: { name: 'Service-Route', kind: 'list' },
  expires: { name: 'Expires', kind: 'other' },
  minExpires: { name: 'Min-Expires', kind: 'other' },
  authorization: { name: 'Authorization', kind: 'other' },
  proxyAuthorization: { name: 'Proxy-Authorization', kind: 'other' },
  wwwAuthenticate: { name: 'WWW-Authenticate', kind: 'other' },
  proxyAuthenticate: { name: 'Proxy-Authenticate', kind: 'other' },
  require: { name: 'Require', kind: 'list', most: 32 },
  proxyRequire: { name: 'Proxy-Require', kind: 'list', most: 32 },
  supported: { name: 'Supported', compact: 'k', kind: 'list' },
  unsupported: { name: 'Unsupported', kind: 'list' },
  maxBreadth: { name: 'Max-Breadth', kind: 'other' },
  userAgent: { name: 'User-Agent', kind: 'other' },
  reason: { name: 'Reason', kind: 'other' },
  allow: { name: 'Allow', kind: 'list' },
  retryAfter: { name: 'Retry-After', kind: 'other' },
  sessionExpires: { name: 'Session-Expires', compact: 'x', kind: 'other' },
  subject: { name: 'Subject', compact: 's', kind: 'other' },
  event: { name: 'Event', compact: 'o', kind: 'other' },
  referTo: { name: 'Refer-To', compact: 'r', kind: 'other' },
  timestamp: { name: 'Timestamp', kind: 'other' },
  assertedIdentity: { name: 'P-Asserted-Identity', kind: 'list' },
  preferredIdentity: { name: 'P-Preferred-Identity', kind: 'list' },
  remotePartyId: { name: 'Remote-Party-ID', kind: 'list' },
  privacy: { name: 'Privacy', kind: 'list' },
  historyInfo: { name: 'History-Info', kind: 'list', most: 64 },
  diversion: { name: 'Diversion', kind: 'list', most: 64 },
  alertInfo: { name: 'Alert-Info', kind: 'list' },
  callInfo: { name: 'Call-Info', kind: 'list' },
  answerMode: { name: 'Answer-Mode', kind: 'other' },
  privAnswerMode: { name: 'Priv-Answer-Mode', kind: 'other' },
  autoAnswer: { name: 'P-Auto-Answer', kind: 'other' },
  replyTo: { name: 'Reply-To', kind: 'other' },
} as const satisfies Record<string, FieldRow>;

type FieldName = keyof typeof table;

const rows: readonly FieldRow[] = Object.values(table);

/** The number by which the message index knows a field. 0 is every field that is not in the table. */
export const Field = Object.fromEntries(Object.keys(table).map((key, id) => [key, id])) as { readonly [K in FieldName]: number };

/** How the field is written in messages of our own. */
export function fieldName(id: number): string {
  return rows[id]!.name;
}

const singles = rows.filter(({ kind }) => kind === 'single');

/** A bit a single field, none for the others: a duplicate shows while the lines are noted. There is room for 32 of them. */
export const singleBit: readonly number[] = rows.map((row) => (row.kind === 'single' ? 1 << singles.indexOf(row) : 0));

/** The most values of a field, 0 where nobody counts. */
export const mostValues: readonly number[] = rows.map((row) => row.most ?? 0);

// Names are found by walking a trie of their letters, one step a byte, so that reading a name and knowing it are one pass and no two
// names can be taken for each other. Each byte has a column: 0 ends a name, 1 is in no name of the table, capitals share theirs with
// small letters. A node is the position of its row in `steps`; node 0 is nowhere, and every step from it leads nowhere.

const COLUMNS = 32;
export const START_OF_NAME = COLUMNS;
const OTHER_COLUMN = 1;
const HYPHEN_COLUMN = 2;
const LETTER_COLUMN = 3;

/** The column of each byte; 0 for what is not of a token and so ends a name. */
export const nameColumn = new Uint8Array(256);
const steps: number[] = new Array<number>(2 * COLUMNS).fill(0);
const endings = new Map<number, number>();

for (const character of "0123456789.!%*_+`'~") nameColumn[character.charCodeAt(0)] = OTHER_COLUMN;
nameColumn[0x2d] = HYPHEN_COLUMN;
for (let letter = 0; letter < 26; letter++) nameColumn[0x41 + letter] = nameColumn[0x61 + letter] = LETTER_COLUMN + letter;

rows.forEach((row, id) => {
  for (const spelling of [row.name, row.compact ?? '']) {
    let node = START_OF_NAME;
    for (let i = 0; i < spelling.length; i++) {
      const step = node + nameColumn[spelling.charCodeAt(i)]!;
      if (steps[step] === 0) {
        steps[step] = steps.length;
        for (let column = 0; column < COLUMNS; column++) steps.push(0);
      }
      node = steps[step]!;
    }
    if (spelling !== '') endings.set(node, id);
  }
});

/** The node after each node and column: `nextNode[node + nameColumn[byte]]`. */
export const nextNode = Uint16Array.from(steps);

const found = Uint8Array.from({ length: steps.length / COLUMNS }, (_, row) => endings.get(row * COLUMNS) ?? 0);

/** The field whose name ends at a node; 0 if the table does not know it. */
export const fieldAtNode = (node: number): number => found[node / COLUMNS]!;
