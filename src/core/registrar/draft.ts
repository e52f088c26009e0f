import type { Contact } from '../../sip/message/contact.ts';
import { own } from '../../sip/message/grammar.ts';
import { ParamCursor } from '../../sip/message/params.ts';
import { sameUri } from '../../sip/message/same-uri.ts';
import { parseUri, type Uri } from '../../sip/message/uri.ts';
import { type Binding, isAt, LONGEST_EXPIRES, namesItsConnection, nextHop } from '../location/binding.ts';
import { kept } from '../location/kept.ts';
import { carriesFlow, isOutbound, overLimit, type Registered, type RegisterFacts, type RegisterRules, refuse } from './facts.ts';

/** The bindings while a request is applied to them. */
export class Draft {
  readonly #facts: RegisterFacts;
  readonly #now: number;
  readonly #rules: Pick<RegisterRules, 'isOpen'>;
  readonly #before: number;
  readonly #record: Binding[];
  /** What this request bound. */
  readonly #made: Binding[] = [];
  /** Of bindings, once something is compared with them: nearly every phone writes its Contact as it did before. */
  #uris: Map<Binding, Uri> | undefined = undefined;
  #removed = 0;
  #repeated = 0;
  #outbound = false;

  constructor(record: readonly Binding[], facts: RegisterFacts, now: number, rules: Pick<RegisterRules, 'isOpen'>) {
    this.#facts = facts;
    this.#now = now;
    this.#rules = rules;
    this.#before = record.length;
    this.#record = record.slice();
  }

  /** Binds or removes one contact; false if the request is older than what it would change. */
  apply(contact: Contact, requested: number): boolean {
    const regId = isOutbound(contact) && carriesFlow(this.#facts) ? contact.regId : undefined;
    const text = withoutExpires(contact);
    const place = this.#find(contact, regId, requested > 0);
    const old = this.#record[place];
    if (old !== undefined && this.#isLate(old)) {
      // The same request again, after the transaction that knew it: nothing changes, and it is answered as before.
      if (old.cseq !== this.#facts.cseq || requested === 0 || old.contact !== text) return false;
      this.#repeated++;
      return true;
    }
    if (requested === 0) {
      if (old !== undefined) {
        this.#record.splice(place, 1);
        this.#removed++;
      }
      return true;
    }
    const binding = this.#bind(contact, text, regId, Math.min(requested, LONGEST_EXPIRES), old);
    if (old === undefined) this.#record.push(binding);
    else this.#record[place] = binding;
    this.#made.push(binding);
    if (regId !== undefined && this.#facts.outbound) this.#outbound = true;
    return true;
  }

  /**
   * Whether the request is not newer than a binding that it would change (RFC 3261 §10.3 step 7).
   *
   * Deviation: not where the connection of the binding has closed, for then its phone has begun anew. Pidgin begins each time with the same
   * Call-ID and counts from 1, and would be kept out until its last binding ends.
   */
  #isLate(old: Binding): boolean {
    const { callId, cseq } = this.#facts;
    return old.callId === callId && old.cseq >= cseq && !this.#made.includes(old) && this.#rules.isOpen(old.flow);
  }

  finish(): Registered {
    const { limit, cseq } = this.#facts;
    const changed = this.#made.length > 0 || this.#removed > 0;
    if (changed && this.#repeated > 0) return refuse(500, `Server Internal Error (CSeq ${cseq} was used for another request)`);
    if (this.#record.length > limit && this.#record.length > this.#before && !this.#makeRoom(this.#record.length - limit))
      return overLimit(limit);
    return { kind: 'ok', record: this.#record, changed, outbound: this.#outbound };
  }

  /**
   * Takes the oldest bindings out that lead nowhere any more; false if there are too few. A device without an instance-id leaves one behind
   * with every connection that it loses, and a bad wireless network would lock it out until the first of them ends.
   */
  #makeRoom(wanted: number): boolean {
    const lost = this.#record
      .filter((one) => !this.#made.includes(one) && namesItsConnection(one) && !this.#rules.isOpen(one.flow))
      .sort((a, b) => a.since - b.since);
    for (const one of lost.slice(0, wanted)) this.#record.splice(this.#record.indexOf(one), 1);
    return lost.length >= wanted;
  }

  /**
   * The place of the binding that a contact stands for, or -1: the same flow of the same device (RFC 5626 §6), the same URI (RFC 3261
   * §19.1.4) or, where it is to be bound, the same device, which has moved to another address since. A device that takes its former contact
   * back means that one alone: after it has moved, and beside the flow that it binds anew, as sofia-sip does where its NAT has forgotten it.
   */
  #find(contact: Contact, regId: number | undefined, binds: boolean): number {
    const record = this.#record;
    if (record.length === 0) return -1;
    const { instance } = contact;
    const moved = binds ? instance : undefined;
    const text = contact.address.uriText;
    if (regId !== undefined) {
      const flow = record.findIndex((binding) => binding.regId === regId && binding.instance === instance);
      if (flow < 0) return this.#ofInstance(moved);
      return binds || record[flow]!.uri === text || !this.#isOfRequest(record[flow]!) ? flow : -1;
    }
    const exact = this.#first(text);
    if (exact >= 0) return exact;
    const same = this.#first(text, contact.address.uri);
    return same >= 0 ? same : this.#ofInstance(moved);
  }

  /**
   * The first binding with this text, or one that is the same as `uri`; a flow only where there is no other. Two devices may have one private
   * address behind two routers, and the one without a flow would take that of the other with every refresh.
   */
  #first(text: string, uri?: Uri): number {
    let flow = -1;
    for (let place = 0; place < this.#record.length; place++) {
      const binding = this.#record[place]!;
      if (uri === undefined ? binding.uri !== text : !sameUri(this.#uriOf(binding), uri)) continue;
      if (binding.regId === undefined) return place;
      if (flow < 0) flow = place;
    }
    return flow;
  }

  /** Whether this request bound it, now or when it came before. */
  #isOfRequest({ callId, cseq }: Binding): boolean {
    return cseq === this.#facts.cseq && callId === this.#facts.callId;
  }

  /** Parsed once, however many contacts it is compared with. */
  #uriOf(binding: Binding): Uri {
    this.#uris ??= new Map();
    let uri = this.#uris.get(binding);
    if (uri === undefined) {
      uri = parseUri(binding.uri);
      this.#uris.set(binding, uri);
    }
    return uri;
  }

  /** A binding of the same device without reg-id that this request did not make. */
  #ofInstance(instance: string | undefined): number {
    if (instance === undefined) return -1;
    return this.#record.findIndex((b) => b.instance === instance && b.regId === undefined && !this.#made.includes(b));
  }

  /** Texts that did not change are kept, so that a refresh leaves no new copies behind. */
  #bind(contact: Contact, text: string, regId: number | undefined, granted: number, old: Binding | undefined): Binding {
    const { aor, callId, cseq, path, agent, flow } = this.#facts;
    const same = old?.contact === text;
    const { uri } = contact.address;
    const first = path.length === 0 ? uri : nextHop('', path);
    return kept({
      aor,
      contact: same ? old.contact : flat(text),
      uri: contact.address.uriText,
      q: contact.q ?? 1,
      expires: this.#now + granted * 1000,
      callId: old?.callId === callId ? old.callId : flat(callId),
      cseq,
      path: path.length === 0 ? none : path.map(own),
      instance: old?.instance === contact.instance ? old?.instance : contact.instance && own(contact.instance),
      regId,
      agent: old?.agent === agent ? old?.agent : agent && own(agent),
      since: old?.since ?? this.#now,
      flow,
      routeToSource: !isAt(first, flow.remote.host),
    });
  }
}

const none: readonly string[] = [];

/** As `own`, for what is kept long: one text where a cut leaves a second object, for 50 ns more. */
function flat(text: string): string {
  return text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join('');
}

const cursor = new ParamCursor();

/** The contact as it was written, without its expires parameter. */
function withoutExpires(contact: Contact): string {
  const { text, paramsText } = contact.address;
  if (paramsText === '' || contact.address.param('expires') === undefined) return text;
  let kept = text.slice(0, text.length - paramsText.length);
  let from = 0;
  cursor.open('Contact', paramsText, 0, paramsText.length);
  while (cursor.next()) {
    if (!cursor.is('expires')) kept += paramsText.slice(from, cursor.valueEnd);
    from = cursor.valueEnd;
  }
  return kept;
}
