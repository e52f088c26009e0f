import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import { T1, TIMEOUT } from '../../sip/transaction/timers.ts';

/** What is repeated until it is acknowledged. */
export interface Repeated {
  again(): void;
  /** 64*T1 have passed. */
  unheard(): void;
}

/** Repeats a response until its ACK or PRACK: at T1, then at twice the time, `cap` at most (RFC 3261 §13.3.1.4, RFC 3262 §3). */
export class Repeat implements Timed {
  private readonly clock: Clock;
  private readonly name: string;
  private readonly cap: Millis;
  private readonly repeated: Repeated;
  private interval: Millis = T1;
  private next: Timer;
  private readonly last: Timer;

  constructor(clock: Clock, name: string, cap: Millis, repeated: Repeated) {
    this.clock = clock;
    this.name = name;
    this.cap = cap;
    this.repeated = repeated;
    this.next = clock.start(name, T1, this);
    this.last = clock.start(`${name} unheard`, TIMEOUT, this);
  }

  timeout(timer: string): void {
    if (timer !== this.name) {
      this.stop();
      return this.repeated.unheard();
    }
    this.interval = Math.min(this.interval * 2, this.cap);
    this.next = this.clock.start(this.name, this.interval, this);
    this.repeated.again();
  }

  stop(): void {
    this.next.cancel();
    this.last.cancel();
  }
}
