import { ahead, type Millis, sleptSince, type Timed, type Timer } from '../../runtime/clock.ts';
import type { ClientTransaction } from '../../sip/transaction/client.ts';
import type { ClientTransactionUser } from '../../sip/transaction/user.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { ProviderAccount } from './account.ts';
import { printOwnRequest } from './own-request.ts';
import type { RegistrationParts } from './registration.ts';

/** Every 30 to 60 s, so that not all ask at once. */
const LEAST: Millis = 30_000;
/** What nobody has to answer: two line ends, as a phone sends them over TCP (RFC 5626 §3.5.1). */
const KEEP_ALIVE = '\r\n\r\n';

export interface QualifyParts extends Pick<RegistrationParts, 'clock' | 'random' | 'transactions'> {
  /** Whether what is sent to the server leaves from elsewhere by now than what it knows of us. */
  moved(): boolean;
  /** The server that answered the REGISTER did not answer, or reaches us no more: it is down. */
  silent(why: string): void;
}

/**
 * Asks the server we are registered with whether it is still there, by OPTIONS, and keeps the way through a NAT open by that. Who never
 * answered one (some do not) is not asked again while it is up: by UDP it gets two line ends in its place, for the NAT alone.
 */
export class Qualify implements ClientTransactionUser, Timed {
  private readonly parts: QualifyParts;
  private readonly account: ProviderAccount;
  private readonly tag: string;
  private flow: Flow | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private client: ClientTransaction | undefined = undefined;
  /** The server that was asked last, and whether it ever answered. */
  private server: string | undefined = undefined;
  private answered = false;
  private mute = false;
  private cseq = 0;
  /** How far the wall clock was ahead when the timer was armed. */
  private ahead: Millis = 0;

  constructor(parts: QualifyParts, account: ProviderAccount) {
    this.parts = parts;
    this.account = account;
    this.tag = parts.random.hex(6);
  }

  /** Asks over this flow from now on; undefined: not at all. */
  over(flow: Flow | undefined): void {
    if (flow === this.flow) return;
    this.flow = flow;
    this.client?.abandon();
    this.timer?.cancel();
    this.timer = undefined;
    if (flow === undefined) return;
    // Who is registered with anew may have been silent for being down, and what one server answers tells nothing of another.
    this.mute = false;
    if (flow.remote.host !== this.server) this.answered = false;
    this.server = flow.remote.host;
    this.arm();
  }

  /** A connection is kept alive by the kernel. */
  private arm(): void {
    const { flow, mute, parts } = this;
    if (flow === undefined || (mute && flow.reliable)) return;
    const { clock, random } = parts;
    this.ahead = ahead(clock);
    this.timer = clock.start('provider options', LEAST + random.below(LEAST), this);
  }

  timeout(): void {
    const { flow, account, parts } = this;
    this.timer = undefined;
    if (flow === undefined) return;
    // Where nothing looks at the interfaces, nobody else notices; what was granted has mostly run out meanwhile.
    if (sleptSince(this.ahead, parts.clock)) return this.down('the machine slept, or its clock was set');
    // Another route is no other address, and nobody tells of it.
    if (parts.moved()) return this.down('we reach it from another address by now');
    if (this.mute) {
      flow.send(KEEP_ALIVE);
      return this.arm();
    }
    const uri = `sip:${account.domain}`;
    const branch = parts.transactions.branch();
    const request = {
      ...({ method: 'OPTIONS', uri, aor: account.aor, tag: this.tag, callId: parts.random.hex(12) } as const),
      ...{ routes: account.route === undefined ? [] : [account.route], cseq: ++this.cseq, extra: 'Accept: application/sdp\r\n' },
    };
    this.client = parts.transactions.send(branch, 'OPTIONS', printOwnRequest(request, flow, branch), flow, this);
  }

  /** Whatever it says, it is there; without credentials, for a challenge says so too. */
  response(response: { readonly status: number }): void {
    if (response.status < 200) return;
    this.answered = true;
    this.arm();
  }

  timedOut(): void {
    const { flow, client } = this;
    if (!this.answered) {
      this.mute = true;
      return this.arm();
    }
    flow?.doubt?.(client!.since);
    // A connection that was closed for it has been told of, and there is another one to ask over.
    if (this.flow === flow) this.down('it does not answer OPTIONS any more');
  }

  transportFailed({ why }: { readonly why: string }): void {
    this.down(why);
  }

  private down(why: string): void {
    if (this.flow === undefined) return;
    this.flow = undefined;
    this.parts.silent(why);
  }
}
