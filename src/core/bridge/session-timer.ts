import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import { agreedSession, askSession, expiresAfter, minSe, refreshAfter, type Session } from '../../sip/dialog/session.ts';
import type { Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { type Carried, nothing, SUPPORTED } from './carried.ts';
import type { Answers } from './wire.ts';

/** What of a leg its session timer needs. */
export interface Refreshed {
  readonly said: Carried;
  /** Whether there ever was a 2xx. */
  readonly answered: boolean;
  readonly ended: boolean;
  modifying: 'theirs' | 'ours' | undefined;
  /** How long after a refresh that met another modification. */
  readonly pause: Millis;
  allows(method: string): boolean;
  send(method: string, lines: string, body: string, answers: Answers): unknown;
  ackModification(cseq: number, body: Carried): void;
  lost(status: number): void;
}

/** How often a longer session is asked for: whoever wants more each time would never come to an end (RFC 4028 §7.3). */
export const MOST_INTERVALS = 3;
/** How soon after a way was found closed. */
const RETRY: Millis = 30_000;
/** Offered where nothing was said of media yet: an INVITE that offers nothing asks for an offer, and nobody is there to answer that (RFC 3264 §5). */
const noMedia: Carried = {
  lines: line('Content-Type', 'application/sdp'),
  body: 'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n',
};
/** What a proxy says where nobody is, and no phone that is talking. */
const gone = new Set([404, 410, 430, 480]);

/** The session timer of one leg (RFC 4028 §10): refreshes, or ends what the other side refreshes no more. */
export class SessionTimer implements Timed, Answers {
  session: Session | undefined = undefined;
  private readonly clock: Clock;
  private readonly leg: Refreshed;
  private timer: Timer | undefined = undefined;
  /** When the session ends unless it is refreshed. */
  private deadline: Millis = 0;
  /** A refresh of ours waits for its answer. */
  private asking = false;
  /** Whether we refresh it. */
  private ours = false;
  /** The longest interval that a 422 of the other side has asked for, in seconds. */
  private least = 0;

  constructor(clock: Clock, leg: Refreshed) {
    this.clock = clock;
    this.leg = leg;
  }

  /** What a 2xx settled; `role`: ours in that transaction. */
  agree(session: Session | undefined, role: 'uac' | 'uas'): void {
    this.stop();
    this.session = session;
    if (session === undefined) return;
    this.deadline = this.clock.now() + expiresAfter(session);
    this.ours = session.refresher === role;
    if (this.ours) this.arm('session refresh', refreshAfter(session));
    else this.arm('session expires', expiresAfter(session));
  }

  /** One at a time, whatever the other side has agreed to meanwhile. What is answered after the end of the dialog brings nothing back. */
  private arm(name: string, after: Millis): void {
    this.stop();
    if (!this.leg.ended) this.timer = this.clock.start(name, after, this);
  }

  /** The 2xx to a re-INVITE or UPDATE of ours refreshed the session, whatever it was for (RFC 4028 §7.4). */
  refreshed(response: Response): void {
    if (response.status >= 300) return;
    // Whoever answers without a session timer is asked again in time all the same.
    this.agree(
      agreedSession(response) ?? (this.session === undefined ? undefined : { ...this.session, refresher: 'uac' }),
      'uac',
    );
  }

  /** What a re-INVITE or UPDATE of ours says of it: who refreshes goes on with that; empty where no timer runs (RFC 4028 §7.4). */
  get lines(): string {
    return this.session === undefined ? '' : askSession(this.session.seconds, this.ours ? 'uac' : 'uas', this.least);
  }

  /** Takes the interval that a 422 asks for; true if that is longer than what was asked for before (RFC 4028 §7.3). */
  lengthen(response: Response): boolean {
    const least = minSe(response);
    if (this.session === undefined || least <= this.least) return false;
    this.least = least;
    return true;
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** The other side is to hear at once where we are: a refresh says so, where no timer runs as well (RFC 3261 §12.2.1.1). */
  hasten(): void {
    if (this.leg.answered && !this.asking) this.arm('session refresh', 0);
  }

  timeout(timer: string): void {
    this.timer = undefined;
    if (timer === 'session expires') return this.leg.lost(408);
    this.refresh();
  }

  /** UPDATE where the other side knows it, for that says nothing of media; else a re-INVITE with what we last said (RFC 4028 §7.4). */
  private refresh(): void {
    const { leg } = this;
    if (leg.modifying !== undefined) {
      this.arm('session refresh', leg.pause);
      return;
    }
    leg.modifying = 'ours';
    this.asking = true;
    if (leg.allows('UPDATE')) leg.send('UPDATE', SUPPORTED, '', this);
    else {
      const { lines, body } = leg.said.body === '' ? noMedia : leg.said;
      leg.send('INVITE', SUPPORTED + lines, body, this);
    }
  }

  response(response: Response): void {
    const { status } = response;
    const { leg, session } = this;
    if (status < 200) return;
    const { number, method } = response.cseq;
    if (status < 300 && method === 'INVITE') leg.ackModification(number, nothing);
    if (!this.asking) return; // a 2xx that came again
    this.settled();
    if (status < 300) this.refreshed(response);
    else if (status === 491) this.arm('session refresh', leg.pause);
    else if (session !== undefined && status !== 481 && status !== 408) this.refused(status, session);
  }

  private settled(): void {
    this.asking = false;
    this.leg.modifying = undefined;
  }

  /** It lives, and wants no refresh; or its way is gone for now, and is tried until the session would expire (RFC 4028 §10). */
  private refused(status: number, session: Session): void {
    const left = this.deadline - this.clock.now();
    if (status < 500 && !gone.has(status)) this.agree({ ...session, refresher: 'uac' }, 'uac');
    else if (left <= 0) this.leg.lost(408);
    else this.arm('session refresh', Math.min(RETRY, left));
  }

  unanswered(status: 408 | 503): void {
    this.settled();
    if (status !== 503) return;
    if (this.session !== undefined) this.refused(status, this.session);
    else this.arm('session refresh', RETRY); // nothing but `hasten` asked: it is still to hear where we are
  }
}
