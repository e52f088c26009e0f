import type { Millis, Timed } from '../../runtime/clock.ts';
import { line } from '../../sip/message/print.ts';
import type { Leg } from './leg.ts';

/** Who has been told that its transfer went well, and does not hang up. */
const LEAVE: Millis = 5_000;
export const TRANSFERRED = 'SIP;cause=200;text="Call transferred"';

/** The subscription that a REFER makes: its sender is told how the transfer goes (RFC 3515 §2.4.4, §2.4.5). */
export class Referral implements Timed {
  private readonly leg: Leg;
  private readonly event: string;
  private mute: boolean;

  /** `event`: `refer`, with the id of a second one in the dialog; `quiet`: no NOTIFY is wanted (RFC 4488). */
  constructor(leg: Leg, event: string, quiet: boolean) {
    this.leg = leg;
    this.event = event;
    this.mute = quiet;
  }

  /** It went well: its sender hangs up as soon as it knows; whoever does not is helped (RFC 5589 §6.1). */
  succeeded(): void {
    this.notify(200, 'OK', true);
    this.leg.clock.start('transferred', LEAVE, this);
  }

  timeout(): void {
    this.leg.end(TRANSFERRED);
  }

  notify(status: number, reason: string, final: boolean): void {
    if (this.mute) return;
    const lines =
      line('Event', this.event) +
      line('Subscription-State', final ? 'terminated;reason=noresource' : 'active;expires=180') +
      line('Content-Type', 'message/sipfrag;version=2.0');
    this.leg.send('NOTIFY', lines, `SIP/2.0 ${status} ${reason}\r\n`, {
      response: ({ status: said }) => {
        this.mute ||= said >= 300;
      },
      unanswered: () => {
        this.mute = true;
      },
    });
  }
}
