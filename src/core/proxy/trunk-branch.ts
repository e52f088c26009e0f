import type { Response } from '../../sip/message/message.ts';
import type { BranchAnswers, Bridged, GatewayBranch } from '../connector.ts';
import type { ForkBranch } from './fork-branch.ts';
import type { BranchEvent } from './fork-event.ts';
import type { CallProgress } from './observer.ts';

/** The request that a branch at a gateway belongs to. */
export interface TrunkBranchOwner {
  readonly progress: CallProgress | undefined;
  event(event: BranchEvent): void;
}

/** A number that somebody pays for. */
interface Paid {
  readonly number: string;
  readonly payer: { readonly name: string };
}

/** A branch whose callee is the bridge: what the provider or modem says comes as if a phone had said it. */
export class TrunkBranch implements ForkBranch, BranchAnswers, Bridged {
  last: Response | undefined = undefined;
  readonly why = undefined;
  readonly outside = false; // the bridge has dealt with what the provider asks for, and where it leads
  private readonly owner: TrunkBranchOwner;
  private readonly id: number;
  private readonly target: Paid;
  private gateway: GatewayBranch | undefined = undefined;
  private rang = false;

  constructor(owner: TrunkBranchOwner, id: number, target: Paid) {
    this.owner = owner;
    this.id = id;
    this.target = target;
  }

  /** `call`: puts the request to the gateway, which may answer before that returns. */
  begin(call: (answers: BranchAnswers) => GatewayBranch): void {
    this.gateway = call(this);
  }

  /** Whether the call to this number has begun for who pays: by another trunk it is still one. */
  began({ number, payer }: Paid): boolean {
    return this.gateway?.counted === true && this.target.number === number && this.target.payer.name === payer.name;
  }

  get callee(): Bridged {
    return this;
  }

  hangUp(reason: string): void {
    this.gateway?.hangUp(reason);
  }

  cancel(reason: string): void {
    this.gateway?.cancel(reason);
  }

  response(response: Response): void {
    const { status } = response;
    this.last = response;
    this.rang ||= status < 200;
    // Where it never rang nobody was reached who could have answered, and there may be another trunk (RFC 3261 §8.1.3.1).
    if (status === 408 && !this.rang) this.owner.event({ type: 'gone', branch: this.id, status, outcome: 'silent' });
    else this.owner.event({ type: 'answer', branch: this.id, status });
    if (status >= 200 && status < 300) this.last = undefined;
  }

  ended(by: 'caller' | 'callee'): void {
    this.owner.progress?.over(this, by);
  }
}
