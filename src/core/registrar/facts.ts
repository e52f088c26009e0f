import type { Contact } from '../../sip/message/contact.ts';
import { type Uri, uriParam } from '../../sip/message/uri.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import { type Binding, nextHop } from '../location/binding.ts';

/** What a REGISTER says, as far as its bindings depend on it. */
export interface RegisterFacts {
  readonly aor: string;
  readonly callId: string;
  readonly cseq: number;
  /** Without the wildcard. */
  readonly contacts: readonly Contact[];
  /** Whether one of the contacts is `*`. */
  readonly wildcard: boolean;
  /** Seconds of the Expires header; undefined if it is absent or no number. */
  readonly expires: number | undefined;
  readonly path: readonly string[];
  /** Whether it says `Supported: outbound`. */
  readonly outbound: boolean;
  /** Whether no proxy stands between the user agent and us. */
  readonly direct: boolean;
  /** Whether its Request-URI is a sips URI. */
  readonly secure: boolean;
  readonly agent: string | undefined;
  readonly flow: FlowName;
  /** A name in an open domain: it belongs to whoever took it. */
  readonly guest: boolean;
  /** Bindings at most. */
  readonly limit: number;
}

/** What a REGISTER is judged by besides what it says. */
export interface RegisterRules {
  /** Whether a URI leads to this server itself or to a provider of ours: never a place where a user is (security S2). */
  isOurs(uri: Uri): boolean;
  /** Whether something can still be sent there; of a stream, that it is open. */
  isOpen(flow: FlowName): boolean;
}

export type Registered =
  | {
      readonly kind: 'ok';
      readonly record: readonly Binding[];
      readonly changed: boolean;
      /** A flow of RFC 5626 was bound. */
      readonly outbound: boolean;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly minExpires?: number };

export type Refused = Extract<Registered, { kind: 'refused' }>;
export const refuse = (status: number, reason: string): Refused => ({ kind: 'refused', status, reason });

/** So many devices, and no more. */
export const overLimit = (limit: number): Refused =>
  refuse(403, `Forbidden (no more than ${limit} devices may be registered at once)`);

/** reg-id counts only beside an instance (RFC 5626 §6). */
export const isOutbound = (contact: Contact): boolean => contact.regId !== undefined && contact.instance !== undefined;

/** Whether the first hop knows flows: it is us, or it says so by `ob` in its Path (RFC 5626 §6). */
export function carriesFlow(facts: RegisterFacts): boolean {
  const edge = facts.path.at(-1);
  return facts.direct || (edge !== undefined && uriParam(nextHop('', [edge]), 'ob') !== undefined);
}
