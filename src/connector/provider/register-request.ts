import type { Random } from '../../runtime/random.ts';
import type { Answer, Attempt, ClientDigest } from '../../sip/auth/client.ts';
import type { Response } from '../../sip/message/message.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { ProviderAccount } from './account.ts';
import { printOwnRequest, registerFields } from './own-request.ts';

/** The REGISTERs of one account, or the OPTIONS in their place: one Call-ID, a CSeq that counts, and credentials (RFC 3261 §10.2). */
export class RegisterRequest {
  readonly method: 'REGISTER' | 'OPTIONS';
  private readonly account: ProviderAccount;
  private readonly digest: ClientDigest;
  private readonly callId: string;
  private readonly tag: string;
  private cseq = 0;
  /** Seconds that the one under way asks for: 0 to leave. */
  private expires = 0;
  private attempt: Attempt | undefined = undefined;

  constructor(account: ProviderAccount, digest: ClientDigest, random: Random) {
    this.account = account;
    this.digest = digest;
    this.method = account.registers ? 'REGISTER' : 'OPTIONS';
    this.callId = random.hex(12);
    this.tag = random.hex(6);
  }

  /** A new one: what its digest asked for last time goes along. `expires` in seconds, 0 to leave. */
  begin(expires: number): void {
    this.expires = expires;
    this.attempt = this.digest.attempt(this.method, this.account.registrar.text, true);
  }

  /** What a challenge leads to; undefined before the first request. */
  answer(challenge: Response): Answer | undefined {
    return this.attempt?.answer(challenge);
  }

  /** `bound`: the Contact that is bound there now, which leaves where `contact` is another. Both empty for none. */
  print(flow: Flow, branch: string, contact: string, bound: string): string {
    const { account, method, tag, callId } = this;
    const { registrar, aor, route } = account;
    return printOwnRequest(
      {
        ...{ method, uri: registrar.text, aor, tag, callId, cseq: ++this.cseq },
        routes: route === undefined ? [] : [route],
        extra: `${account.registers ? registerFields(contact, bound, this.expires) : ''}${this.attempt?.lines ?? ''}`,
      },
      flow,
      branch,
    );
  }
}
