import type { UdpSocket } from '../../src/runtime/network.ts';
import { Caller } from './chaos-caller.ts';
import { ChaosPhone } from './chaos-phone.ts';
import { between, count, endpoint, type Stage } from './chaos-wire.ts';
import { Desk } from './desk.ts';
import type { Phone } from './phone.ts';
import { SimRandom } from './sim-random.ts';
import { SimStorage } from './sim-storage.ts';

const USERS = Array.from({ length: 9 }, (_, n) => `user${n}`);
const CONFIG = `[daemon]
domain = home.example
listen = udp:10.0.0.1:5060
extensions = 200-699
[domain home.example]
inbound = anonymous
${USERS.map((user, n) => `[user ${user}]\nextension = ${200 + n}\npublished = yes\n`).join('')}`;

/** 5 % of all packets are lost, some come twice, some late. */
const WEATHER = { delay: [1, 30], loss: 0.05, duplicate: 0.03, reorder: 0.05, behind: 60 } as const;
/** A call begins this often, on average. */
const EVERY = 20;
/** Longer than any call may take to end: timer C and 64*T1 for each of two groups of phones, and 64*T1 for either side's transactions. */
const DRAIN = 2 * (185_000 + 32_000) + 2 * 32_000 + 60_000;

/** Keeps no history: a soak would fill the memory with it. */
class NoHistory extends SimStorage {
  override put(path: string, text: string, mode: number): void {
    if (path !== 'history.jsonl') super.put(path, text, mode);
  }
}

/** How a batch of calls went: what is left over, and what was counted. */
export interface Outcome {
  readonly faults: readonly string[];
  readonly left: Readonly<Record<string, number>>;
  readonly timers: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Timers that serve what is registered, or clean up once in a while. */
const STANDING = new Set(['expire bindings', 'udp-idle', 'sweep calls']);

/** What is counted where all is well; everything else that the automata count is a fault. */
export const EXPECTED = ['answered', 'calls', 'cancelled', 'mute'];

/** Random calls between scripted automata on a network that loses, doubles and reorders. */
export class Chaos implements Stage {
  readonly desk: Desk;
  readonly random: SimRandom;
  readonly counts = new Map<string, number>();
  private number = 0;
  private readonly phones: ChaosPhone[] = [];
  private readonly registering: (readonly [Phone, string])[] = [];
  private readonly sockets: UdpSocket[] = [];
  private readonly callers = new Map<string, Caller>();

  private constructor(desk: Desk, seed: number) {
    this.desk = desk;
    this.random = new SimRandom(seed);
  }

  static async open(seed: number): Promise<Chaos> {
    const desk = await Desk.open({ config: CONFIG, seed, storage: new NoHistory() });
    desk.net.recording = false;
    const chaos = new Chaos(desk, seed + 1);
    await chaos.place();
    return chaos;
  }

  /** user0 has one phone, user1 two, user2 three, user3 one ...; callers sit at four addresses. */
  private async place(): Promise<void> {
    let n = 10;
    for (const [at, user] of USERS.entries())
      for (let k = 0; k <= at % 3; k++) {
        const host = `10.0.1.${n++}`;
        const phone = new ChaosPhone(this, user, host);
        await phone.open(host);
        this.phones.push(phone);
        // One of three phones is tried after the others.
        const contact = `Contact: <sip:${user}@${host}:5060>${k === 2 ? ';q=0.5' : ''}`;
        this.registering.push([await this.desk.phone(user, host, 5999), contact]);
      }
    for (let k = 0; k < 4; k++) {
      const address = { host: `10.0.2.${k + 1}`, port: 5060 };
      this.sockets.push(
        await endpoint(
          this,
          address,
          (request) => {
            const caller = this.callers.get(request.callId);
            if (caller === undefined) count(this, `${request.method} to no caller`);
            else caller.request(request);
          },
          (response) => this.callers.get(response.callId)?.response(response),
        ),
      );
    }
  }

  fresh(): number {
    return ++this.number;
  }

  /** Lets so many calls begin, end, and be forgotten. */
  async batch(calls: number): Promise<Outcome> {
    const { desk, random } = this;
    desk.net.link('*', '*', {});
    for (const [phone, contact] of this.registering) phone.register([contact, 'Expires: 3600']);
    desk.net.link('*', '*', WEATHER);
    this.counts.clear();
    for (let begun = 0; begun < calls; ) {
      for (let ms = 0; ms < 1_000 && begun < calls; begun++) {
        const wait = between(random, 0, 2 * EVERY);
        ms += wait;
        desk.run(wait);
        this.begin();
      }
      await this.breathe();
    }
    for (let ms = 0; ms < DRAIN; ms += 5_000) {
      desk.run(5_000);
      await this.breathe();
    }
    return this.outcome();
  }

  /** The disk has its turn, and what was logged is forgotten. */
  private async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const bug = this.desk.log.lines.find((line) => line.startsWith('error'));
    if (bug !== undefined) throw new Error(bug);
    this.desk.log.lines.length = 0;
  }

  private begin(): void {
    const { random } = this;
    const socket = this.sockets[random.below(this.sockets.length)]!;
    const callee = USERS[random.below(USERS.length)]!;
    const user = random.unit() < 0.25 ? USERS[random.below(USERS.length)] : undefined;
    const caller = new Caller(this, socket, `sip:${callee}@home.example`, user);
    this.callers.set(caller.callId, caller);
    count(this, 'calls');
    caller.begin();
  }

  private outcome(): Outcome {
    const faults = [...this.callers.values()].flatMap((caller) =>
      caller.fault === undefined ? [] : [`${caller.callId}: ${caller.fault}`],
    );
    this.callers.clear();
    for (const phone of this.phones) phone.forget();
    const { exchange, clock } = this.desk;
    return {
      faults,
      left: { ...this.desk.remains, calls: exchange.calls.size, bugs: exchange.dispatch.bugs },
      timers: clock
        .armed()
        .map(({ name }) => name)
        .filter((name) => !STANDING.has(name)),
      counts: Object.fromEntries(this.counts),
    };
  }
}
