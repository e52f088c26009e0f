import type { Clock, Timed, Timer } from '../../runtime/clock.ts';
import { type Dialog, printRequest } from '../../sip/dialog/dialog.ts';
import type { Message, Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { TIMER_C } from '../../sip/transaction/timers.ts';
import type { TrunkLeg } from '../connector.ts';
import { MOST_INTERVALS, type SessionTimer } from './session-timer.ts';
import type { Answers, Sent, Wire } from './wire.ts';

/** Stale nonces and the like: how often a challenge is answered. */
export const MOST_CREDENTIALS = 2;
/** Those of ours that say where we are (RFC 3261 §12.2.1.1, RFC 3311 §5.1, RFC 6665 §3.2). */
const withContact = new Set(['INVITE', 'UPDATE', 'NOTIFY']);

/** Those whose silence says that nobody is there any more (RFC 5057 §5.1). */
const modifying = new Set(['INVITE', 'UPDATE']);

/** The leg that a request is sent on. */
export interface Asking {
  readonly clock: Clock;
  readonly dialog: Dialog;
  readonly wire: Wire;
  readonly contact: string;
  readonly trunk: TrunkLeg | undefined;
  readonly session: Pick<SessionTimer, 'lines' | 'lengthen'>;
  hear(message: Message): void;
  /** The other side knows of no such dialog, or says nothing at all. */
  lost(status: number): void;
}

/**
 * One request of ours within a dialog: with credentials once the provider asks for them (RFC 3261 §22.2), and with a longer session where the
 * other side wants one, which is no business of the other leg's (RFC 4028 §7.3).
 */
export class Ask implements Answers, Sent, Timed {
  /** Of the newest try. */
  cseq = 0;
  private readonly leg: Asking;
  private readonly method: string;
  private readonly lines: string;
  private readonly body: string;
  private readonly answers: Answers;
  private credentials = '';
  private tries = 0;
  private intervals = 0;
  private cancelled = false;
  private sent: Sent | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private uri = '';
  /** It went to the host that the dialog began at. */
  private home = true;

  constructor(leg: Asking, method: string, lines: string, body: string, answers: Answers) {
    this.leg = leg;
    this.method = method;
    this.lines = lines;
    this.body = body;
    this.answers = answers;
    // Whoever lets it pend would keep all others from changing anything.
    if (method === 'INVITE') this.timer = leg.clock.start('no answer', TIMER_C, this);
    this.try();
  }

  private try(): void {
    const { leg, method, body } = this;
    this.cseq = leg.dialog.nextCseq();
    const { cseq } = this;
    this.sent = leg.wire.send(
      method,
      (via, home) => {
        this.home = home;
        const contact = withContact.has(method) ? line('Contact', leg.contact) : '';
        const session = modifying.has(method) ? leg.session.lines : '';
        const lines = contact + session + (leg.trunk?.headers ?? '') + (home ? this.credentials : '') + this.lines;
        const text = printRequest(leg.dialog, { method, cseq, via, lines, body });
        this.uri = text.slice(method.length + 1, text.indexOf(' SIP/2.0\r\n'));
        return text;
      },
      this,
    );
  }

  timeout(): void {
    this.timer = undefined;
    this.cancel('');
  }

  cancel(reason: string): void {
    this.cancelled = true;
    this.sent?.cancel(reason);
  }

  response(response: Response): void {
    const { leg, method } = this;
    const { status } = response;
    if ((status === 401 || status === 407) && this.tries < MOST_CREDENTIALS && !this.cancelled && this.home) {
      const credentials = leg.trunk?.authorize(response, method, this.uri);
      if (credentials !== undefined) {
        this.tries++;
        this.credentials = credentials;
        return this.try();
      }
    }
    if (status === 422 && modifying.has(method) && !this.cancelled && this.intervals < MOST_INTERVALS) {
      this.intervals++;
      if (leg.session.lengthen(response)) return this.try();
    }
    if (status >= 200 && status < 300 && modifying.has(method)) {
      leg.dialog.refreshTarget(response);
      leg.hear(response);
    }
    if (status >= 200) this.timer?.cancel();
    this.answers.response(response);
    // A 481 to a NOTIFY says that the subscription of a REFER is over, and not the call (RFC 5057 §5.2, RFC 6665 §4.2.2).
    if ((status === 481 && method !== 'NOTIFY') || (status === 408 && modifying.has(method))) leg.lost(status);
  }

  unanswered(status: 408 | 503): void {
    const { leg, method } = this;
    this.timer?.cancel();
    this.answers.unanswered(status);
    // A way that is gone for a moment, as between two networks, ends a request and no dialog (RFC 3261 §8.1.3.1, §12.2.1.2).
    if (status === 408 && modifying.has(method)) leg.lost(status);
  }
}
