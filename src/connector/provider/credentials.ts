import type { Attempt, ClientDigest } from '../../sip/auth/client.ts';
import type { Response } from '../../sip/message/message.ts';

/** Answers the challenges of one call: which request a challenge belongs to is known by its CSeq. */
export class Credentials {
  private readonly digest: ClientDigest;
  private last: { readonly method: string; readonly cseq: number; readonly attempt: Attempt } | undefined = undefined;

  constructor(digest: ClientDigest) {
    this.digest = digest;
  }

  /** Whole header lines; undefined where none may be given, or those that were given were refused. */
  answer(challenge: Response, method: string, uri: string): string | undefined {
    const cseq = challenge.cseq.number;
    const { last } = this;
    // A request that was sent again has the next number (RFC 3261 §22.2).
    const again = last !== undefined && last.method === method && last.cseq + 1 === cseq;
    const attempt = again ? last.attempt : this.digest.attempt(method, uri);
    this.last = { method, cseq, attempt };
    return attempt.answer(challenge).kind === 'again' ? attempt.lines : undefined;
  }
}
