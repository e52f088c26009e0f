import { hidesTag } from './address.ts';
import { byteAt } from './bytes.ts';
import { Field, fieldName } from './fields.ts';

/** What a phone shows, dials or obeys by, and where it finds the end of a message: nobody says it to a phone unseen. */
const guarded = [
  ...[Field.from, Field.contact, Field.contentLength, Field.referTo, Field.event],
  ...[Field.assertedIdentity, Field.preferredIdentity],
  ...[Field.alertInfo, Field.callInfo, Field.answerMode, Field.privAnswerMode],
];

const ALWAYS = 1;
/** A second To makes a request one of another dialog; a name that Microsoft writes (Ms-Client-Diagnostics) is To as well, and never says a tag. */
const WITH_TAG = 2;
const HYPHEN = 0x2d;
const X = 0x78;

const small = (code: number): number => (code >= 0x41 && code <= 0x5a ? code + 32 : code);

/** Twelve bits of Jenkins's one-at-a-time hash. */
const finished = (hash: number): number => {
  const spread = (hash + (hash << 3)) | 0;
  const folded = spread ^ (spread >>> 11);
  return (folded + (folded << 15)) & 0xfff;
};

function mixed(hash: number, code: number): number {
  const added = (hash + small(code)) | 0;
  const spread = (added + (added << 10)) | 0;
  return spread ^ (spread >>> 6);
}

const taken = new Uint8Array(4_096);
const placeOf = (id: number): number => finished(Array.from(fieldName(id), (c) => c.charCodeAt(0)).reduce(mixed, 0));
for (const id of guarded) taken[placeOf(id)] = ALWAYS;
taken[placeOf(Field.to)] = WITH_TAG;

/**
 * Whether the name of a field that we do not know, from `at` to `end` of what is loaded, is that of a guarded one to libre: it knows a field by
 * twelve bits of a hash of its name, so that `Aafie` is From to baresip. Names in `X-` and of one letter are told apart. The value stands from
 * `valueAt` to `valueEnd`.
 */
export function isMistakenName(at: number, end: number, valueAt: number, valueEnd: number): boolean {
  if (end - at < 2 || (small(byteAt(at)) === X && byteAt(at + 1) === HYPHEN)) return false;
  let hash = 0;
  for (; at < end; at++) hash = mixed(hash, byteAt(at));
  const what = taken[finished(hash)];
  return what === ALWAYS || (what === WITH_TAG && hidesTag(valueAt, valueEnd));
}
