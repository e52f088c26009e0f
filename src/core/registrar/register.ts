import type { Contact } from '../../sip/message/contact.ts';
import { isSip } from '../../sip/message/uri.ts';
import { type Binding, nextHop } from '../location/binding.ts';
import { printLine } from '../location/line.ts';
import { Draft } from './draft.ts';
import {
  carriesFlow,
  isOutbound,
  overLimit,
  type Refused,
  type Registered,
  type RegisterFacts,
  type RegisterRules,
  refuse,
} from './facts.ts';

/** Seconds for which a contact is bound that asks for nothing, and the fewest. The most are `LONGEST_EXPIRES`. */
const DEFAULT_EXPIRES = 300;
const LEAST_EXPIRES = 60;
/** Characters that the journal's line of a guest may take: nobody vouches for guests, and there may be ten thousand of them. */
const GUEST_TEXT = 2_048;
const LONG_GUEST = refuse(403, 'Forbidden (a registration of a guest is to be shorter)');

/**
 * Applies a REGISTER to the bindings of its address-of-record: RFC 3261 §10.3 steps 6 to 8 and RFC 5626 §6. All of it or nothing.
 *
 * `record`: the bindings that have not ended. `now`: milliseconds since 1970.
 */
export function register(record: readonly Binding[], facts: RegisterFacts, now: number, rules: RegisterRules): Registered {
  if (facts.guest && !owns(record, facts)) return refuse(403, 'Forbidden (that name is taken by another)');
  if (facts.wildcard) return removeAll(record, facts);
  const excess = tooMany(record, facts);
  if (excess !== undefined) return excess;
  let draft: Draft | undefined;
  for (const contact of facts.contacts) {
    const requested = requestedExpires(contact, facts);
    const refused = unfit(contact, requested, facts, rules);
    if (refused !== undefined) return refused;
    draft ??= new Draft(record, facts, now, rules);
    if (!draft.apply(contact, requested))
      return refuse(500, `Server Internal Error (CSeq ${facts.cseq} is not higher than the one before)`);
  }
  if (draft === undefined) return { kind: 'ok', record, changed: false, outbound: false };
  const registered = draft.finish();
  if (registered.kind === 'ok' && facts.guest && printLine(facts.aor, registered.record).length > GUEST_TEXT) return LONG_GUEST;
  return registered;
}

/**
 * Whether a request may touch the bindings of a guest's name: they are its instance's, or where one of the two has none, its Call-ID's and
 * its source's. A name without bindings is anybody's.
 */
function owns(record: readonly Binding[], facts: Pick<RegisterFacts, 'contacts' | 'callId' | 'flow'>): boolean {
  const instance = facts.contacts.find((contact) => contact.instance !== undefined)?.instance;
  return record.every((binding) =>
    binding.instance !== undefined && instance !== undefined
      ? binding.instance === instance
      : binding.callId === facts.callId && binding.flow.remote.host === facts.flow.remote.host,
  );
}

/**
 * Why a request binds more than may be bound, before its contacts are compared with each other (RFC 3261 §19.1.4): sixty of them with as many
 * parameters as a message holds would take half a second, and a stranger may send them.
 */
function tooMany(record: readonly Binding[], facts: RegisterFacts): Refused | undefined {
  const { contacts, guest, limit } = facts;
  if (guest && contacts.reduce((length, { address }) => length + address.text.length, 0) > GUEST_TEXT) return LONG_GUEST;
  if (contacts.length <= limit || contacts.length <= record.length) return undefined;
  const bound = contacts.filter((contact) => requestedExpires(contact, facts) > 0).length;
  return bound > Math.max(limit, record.length) ? overLimit(limit) : undefined;
}

/** `Contact: *` (step 6). */
function removeAll(record: readonly Binding[], facts: RegisterFacts): Registered {
  if (facts.contacts.length > 0 || facts.expires !== 0)
    return refuse(400, 'Bad Request (Contact: "*" stands alone, and with Expires: 0)');
  for (const binding of record)
    if (binding.callId === facts.callId && binding.cseq >= facts.cseq)
      return refuse(500, `Server Internal Error (CSeq ${facts.cseq} is not higher than the one before)`);
  return { kind: 'ok', record: [], changed: record.length > 0, outbound: false };
}

/** Seconds that are asked for (step 7). What is no number, or too big for one, counts as the default. */
function requestedExpires(contact: Contact, facts: RegisterFacts): number {
  if (contact.expires !== undefined) return contact.expires;
  if (contact.address.param('expires') !== undefined) return DEFAULT_EXPIRES;
  return facts.expires ?? DEFAULT_EXPIRES;
}

/** Why a contact cannot be bound, whatever is bound already. */
function unfit(contact: Contact, requested: number, facts: RegisterFacts, rules: RegisterRules): Refused | undefined {
  if (requested > 0 && requested < LEAST_EXPIRES)
    return { kind: 'refused', status: 423, reason: 'Interval Too Brief', minExpires: LEAST_EXPIRES };
  const { uri } = contact.address;
  if (!isSip(uri)) return refuse(403, 'Forbidden (Contact: only sip and sips URIs are bound)');
  // Header parts would be headers of every request that a caller sends there (RFC 3261 §19.1.5, RFC 4475 §3.3.14).
  if (uri.headers !== '') return refuse(403, 'Forbidden (Contact: header parts after "?" are not bound)');
  const first = facts.path.length === 0 ? uri : nextHop('', facts.path);
  if ((uri.scheme === 'sips') !== facts.secure || (facts.secure && first.scheme !== 'sips'))
    return refuse(400, 'Bad Request (Request-URI, Contact and Path must be sips URIs together: RFC 5630)');
  if (requested > 0 && (rules.isOurs(uri) || (first !== uri && rules.isOurs(first))))
    return refuse(403, 'Forbidden (Contact: that is this server itself, or a provider)');
  if (!isOutbound(contact)) return undefined;
  if (facts.outbound && !carriesFlow(facts)) return refuse(439, 'First Hop Lacks Outbound Support');
  if (
    requested > 0 &&
    facts.contacts.length > 1 &&
    facts.contacts.filter((other) => requestedExpires(other, facts) > 0).length > 1
  )
    return refuse(400, 'Bad Request (Contact: a flow with reg-id is registered alone)');
  return undefined;
}
