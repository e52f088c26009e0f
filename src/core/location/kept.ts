import type { Address } from '../../runtime/network.ts';
import { own } from '../../sip/message/grammar.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import type { Binding } from './binding.ts';

/**
 * Makes a binding that takes a third less room than a plain record of its fields, for there may be a hundred thousand. Of the flow it keeps the
 * name, not the socket; `uri` may be a part of a packet.
 */
export function kept(binding: Binding): Binding {
  return new Kept(binding);
}

/** What follows from other fields, or is a record of two of them, is made when it is asked for. */
class Kept implements Binding {
  readonly aor: string;
  readonly contact: string;
  readonly q: number;
  readonly expires: number;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  readonly instance: string | undefined;
  readonly regId: number | undefined;
  readonly agent: string | undefined;
  readonly routeToSource: boolean;
  /** Only where it is not what stands between the angle brackets that the contact begins with. */
  private readonly otherUri: string | undefined;
  /** From `since` to `expires`: below 24 days it needs no object of its own, which a time of day would. */
  private readonly span: number;
  private readonly transport: FlowName['transport'];
  private readonly local: Address;
  private readonly remote: Address;
  private readonly connection: string;

  constructor(binding: Binding) {
    this.aor = binding.aor;
    this.contact = binding.contact;
    this.q = binding.q;
    this.expires = binding.expires;
    this.callId = binding.callId;
    this.cseq = binding.cseq;
    this.path = binding.path;
    this.instance = binding.instance;
    this.regId = binding.regId;
    this.agent = binding.agent;
    this.routeToSource = binding.routeToSource;
    this.otherUri = uriWithin(binding.contact) === binding.uri ? undefined : own(binding.uri);
    this.span = binding.expires - binding.since;
    const { transport, local, remote, connection } = binding.flow;
    this.transport = transport;
    this.local = local;
    this.remote = remote;
    this.connection = connection;
  }

  get uri(): string {
    return this.otherUri ?? uriWithin(this.contact);
  }

  get since(): number {
    return this.expires - this.span;
  }

  get flow(): FlowName {
    const { transport, local, remote, connection } = this;
    return { transport, local, remote, connection };
  }
}

/** The URI of a contact that is a name-addr without a display name, as nearly all are; a part of its text, which costs no copy. */
export function uriWithin(contact: string): string {
  return contact.charCodeAt(0) === 0x3c ? contact.slice(1, contact.indexOf('>')) : '';
}
