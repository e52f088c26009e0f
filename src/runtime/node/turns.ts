import { BusError, Standard } from '../bus.ts';

/** Calls of one sender that are not answered yet, at most: a bus of the system lets nobody wait for more answers. */
const SENDER_MOST = 128;
/** Of all senders of one user. */
const USER_MOST = 512;
/** Whom the bus cannot name, as they have left it. */
const GONE = -1;

/**
 * The calls that come by one bus. Everybody on the machine may make a heap of them: each is answered in a turn of the event loop of its own,
 * so that SIP waits for one of them at most; senders one after the other, the calls of each in their order.
 */
export class Turns {
  /** Calls that are not answered yet, by sender and by uid. */
  readonly #open = new Map<string | number, number>();
  /** Who waits for a turn, by sender; the first has the next. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Answers a call; rejects with a BusError at once where too many are not answered yet. */
  async count<T>(sender: string, uid = GONE, answer: () => Promise<T>): Promise<T> {
    if (this.#of(sender) >= SENDER_MOST || this.#of(uid) >= USER_MOST) {
      const sentence = 'too many of your calls are not answered yet; wait for their answers';
      throw new BusError(Standard.limitsExceeded, sentence);
    }
    const both = [sender, uid];
    for (const key of both) this.#open.set(key, this.#of(key) + 1);
    try {
      return await answer();
    } finally {
      for (const key of both) {
        const left = this.#of(key) - 1;
        if (left === 0) this.#open.delete(key);
        else this.#open.set(key, left);
      }
    }
  }

  /** Resolves when the sender has the turn. */
  turn(sender: string): Promise<void> {
    return new Promise((go) => {
      if (this.#waiting.size === 0) setImmediate(this.#next);
      const line = this.#waiting.get(sender);
      if (line === undefined) this.#waiting.set(sender, [go]);
      else line.push(go);
    });
  }

  readonly #next = (): void => {
    for (const [sender, line] of this.#waiting) {
      this.#waiting.delete(sender);
      const go = line.shift()!;
      if (line.length > 0) this.#waiting.set(sender, line);
      if (this.#waiting.size > 0) setImmediate(this.#next); // in the next turn, after what came at the sockets
      return go();
    }
  };

  #of(key: string | number): number {
    return this.#open.get(key) ?? 0;
  }
}
