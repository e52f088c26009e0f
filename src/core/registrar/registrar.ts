import type { Log } from '../../runtime/log.ts';
import { unsupportedLine } from '../../sip/dialog/option-tags.ts';
import { type Contact, parseContact } from '../../sip/message/contact.ts';
import { Field } from '../../sip/message/fields.ts';
import { own, sameWord } from '../../sip/message/grammar.ts';
import type { Request } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { parseSeconds } from '../../sip/message/seconds.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { ParseError } from '../../text/parse-error.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import type { Binding } from '../location/binding.ts';
import type { LocationService } from '../location/service.ts';
import type { Refused, Registered, RegisterFacts, RegisterRules } from './facts.ts';
import { register } from './register.ts';

export interface RegistrarParts extends RegisterRules {
  readonly location: LocationService;
  readonly log: Log;
  /** Bindings of somebody changed, and his phone was told so. */
  registered(aor: string): void;
}

/** For whom a REGISTER is, settled by authentication (RFC 3261 §10.3 steps 1 to 5). */
export interface Registrant {
  readonly aor: string;
  /** A name in an open domain, which belongs to whoever took it. */
  readonly guest: boolean;
  /** Bindings at most. */
  readonly limit: number;
}

/** Option tags that a REGISTER, or an OPTIONS to ourselves, may require of us. */
const OPTIONS: readonly string[] = ['path', 'outbound'];
/** Seconds within which a user agent must show that its flow lives (RFC 5626 §5.4). */
const FLOW_TIMER = 120;
/** Fields of which values stand in an answer, or in what a caller sends to the phone. */
const repeated = [
  [Field.contact, 'Contact'],
  [Field.path, 'Path'],
] as const;
/** Says that we know them. */
export const SUPPORTED = line('Supported', OPTIONS.join(', '));
/** Different User-Agent texts that are kept once for all their bindings. */
const AGENTS = 1_000;
const nothing: readonly string[] = [];
const noContacts: readonly Contact[] = [];

/** Answers REGISTER: RFC 3261 §10.3 from step 6 on, RFC 3327 §5.3, RFC 5626 §6. */
export class Registrar {
  readonly #parts: RegistrarParts;
  readonly #agents = new Map<string, string>();
  /** The second that was last told as a date. */
  #second = Number.NaN;
  #dateLine = '';

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  register(request: Request, who: Registrant, tx: ServerTransaction): void {
    const nul = fieldWithNul(request);
    if (nul !== undefined) return tx.respond(400, `Bad Request (${nul}: expected no NUL)`);
    const unknown = unsupported(request);
    if (unknown !== undefined) return tx.respond(420, 'Bad Extension', unknown);
    const { location } = this.#parts;
    const now = location.now();
    let facts: RegisterFacts;
    let result: Registered;
    try {
      facts = this.#facts(request, who, tx.flow);
      result = register(location.bindings(who.aor), facts, now, this.#parts);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return tx.respond(400, `Bad Request (${error.field}: expected ${error.expected})`);
    }
    if (result.kind === 'refused') return this.#refuse(result, who, tx);
    const record = result.changed ? location.commit(who.aor, result.record) : result.record;
    let extra = '';
    let others = '';
    // Some phones take the first Contact for their own, and its host for the address at which they are heard (GNOME Calls 44).
    for (const binding of record) {
      if (binding.cseq === facts.cseq && binding.callId === facts.callId) extra += listing(binding, now);
      else others += listing(binding, now);
    }
    extra += others;
    if (facts.path.length > 0 && hasOption(request, 'path')) extra += line('Path', facts.path.join(', '));
    extra += this.#date(now) + SUPPORTED;
    if (result.outbound) extra += `Require: outbound\r\nFlow-Timer: ${FLOW_TIMER}\r\n`;
    tx.respond(200, 'OK', extra);
    if (result.changed) this.#parts.registered(who.aor);
  }

  /** By which phones without a clock of their own set theirs (RFC 3261 §10.3 step 8, §20.17). `now`: of the location service. */
  #date(now: number): string {
    const second = Math.floor((now + this.#parts.location.ahead) / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#dateLine = line('Date', new Date(second * 1_000).toUTCString());
    }
    return this.#dateLine;
  }

  #refuse({ status, reason, minExpires }: Refused, who: Registrant, tx: ServerTransaction): void {
    const { log } = this.#parts;
    if (log.wants('info'))
      log.info(`REGISTER for ${JSON.stringify(wireToUtf8(who.aor))} from ${tx.flow.remote.host} refused: ${status} ${reason}`);
    tx.respond(status, reason, minExpires === undefined ? '' : `Min-Expires: ${minExpires}\r\n`);
  }

  /** @throws ParseError */
  #facts(request: Request, who: Registrant, flow: Flow): RegisterFacts {
    const values = request.list(Field.contact);
    const wildcard = values.includes('*');
    const contacts = values.length === 0 ? noContacts : values.filter((value) => value !== '*').map(parseContact);
    const { number } = request.cseq;
    const flows = contacts.some((contact) => contact.regId !== undefined);
    return {
      aor: who.aor,
      callId: request.callId,
      cseq: number,
      contacts,
      wildcard,
      expires: parseSeconds(request.get(Field.expires)),
      path: request.find(Field.path) < 0 ? nothing : request.list(Field.path),
      outbound: flows && hasOption(request, 'outbound'),
      direct: !flows || request.list(Field.via).length === 1,
      secure: request.uri.scheme === 'sips',
      agent: this.#agent(request.get(Field.userAgent)),
      flow,
      guest: who.guest,
      limit: who.limit,
    };
  }

  #agent(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const known = this.#agents.get(text);
    if (known !== undefined) return known;
    const agent = own(text);
    if (this.#agents.size >= AGENTS) this.#agents.clear();
    this.#agents.set(agent, agent);
    return agent;
  }
}

/** What a 420 says of a Require, a REGISTER's or that of an OPTIONS for ourselves; undefined if we know all that it wants. */
export function unsupported(request: Request): string | undefined {
  return unsupportedLine(request, Field.require, (tag) => OPTIONS.includes(tag));
}

/** The first field with a NUL of those that the answer says again: it can be no part of a line of ours (security S17). */
function fieldWithNul(request: Request): string | undefined {
  if (!request.text.includes('\0')) return undefined;
  return repeated.find(([id]) => request.list(id).some((value) => value.includes('\0')))?.[1];
}

/** The Contact line of a binding: as the client wrote it, with the time that is left (RFC 3261 §10.3 step 8). */
function listing(binding: Binding, now: number): string {
  return line('Contact', `${binding.contact};expires=${Math.max(1, Math.floor((binding.expires - now) / 1000))}`);
}

function hasOption(request: Request, tag: string): boolean {
  return request.list(Field.supported).some((option) => sameWord(option, 0, option.length, tag));
}
