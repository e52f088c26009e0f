import { setKey } from '../../src/config/edit.ts';
import { Request, Response } from '../../src/sip/message/message.ts';
import { Desk, readConfig } from './desk.ts';
import type { Phone } from './phone.ts';
import type { SimStorage } from './sim-storage.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave', 'eve'] as const;
type Name = (typeof NAMES)[number];

const CHALLENGE = 'WWW-Authenticate: Digest realm="itsp.example", nonce="n1", qop="auth", algorithm=MD5';
const ZONE = '_sip._udp.itsp.example 30 SRV 10 1 5060 a.itsp.example\na.itsp.example 30 A 10.9.0.1\n';

/** Nothing is left of any call. */
export const NONE = { servers: 0, live: 0, timers: [] };

/** What a test wants of the house. */
export interface RingWishes {
  /** Keys of users: `{ bob: 'forward_all = carol' }`. */
  readonly keys?: Readonly<Partial<Record<Name, string>>>;
  /** Further keys of [daemon]. */
  readonly daemon?: string;
  /** Further sections. */
  readonly more?: string;
  /** Users without any phone. */
  readonly away?: readonly Name[];
  /** What an earlier daemon left. */
  readonly storage?: SimStorage;
  /** What the daemon listens on, if that is not its one address. */
  readonly listen?: string;
}

/**
 * alice (201), bob, carol, dave and eve (205), each with a phone at 10.0.0.2 to 10.0.0.6, and a scripted telephone company at 10.9.0.1,
 * which takes what is dialed with a 0 before it and calls alice.
 */
export class RingHouse {
  readonly desk: Desk;
  readonly itsp: Phone;
  /** How the telephone company calls alice: her number, beside what our Contact there says. */
  readonly called: string;
  readonly phones: Readonly<Record<Name, Phone>>;

  private constructor(desk: Desk, itsp: Phone, line: string, phones: Readonly<Record<Name, Phone>>) {
    this.desk = desk;
    this.itsp = itsp;
    this.called = `sip:+49305551@10.0.0.1${line}`;
    this.phones = phones;
  }

  static async open({
    keys = {},
    daemon = '',
    more = '',
    away = [],
    storage,
    listen = '10.0.0.1',
  }: RingWishes = {}): Promise<RingHouse> {
    const users = NAMES.map((name, i) => `[user ${name}]\nextension = 20${i + 1}\npublished = yes\n${keys[name] ?? ''}\n`);
    const config = `[daemon]
domain = home.example
listen = udp:${listen}:5060
country = DE
area_code = 30
${daemon}
[domain home.example]
inbound = anonymous
[provider itsp]
registrar = sip:itsp.example
username = 1234567
password = secret
number_+49305551 = alice
[dial outside]
match = 0X!
to = provider itsp
[access anywhere]
network = 0.0.0.0/0
${users.join('')}${more}`;
    const desk = await Desk.open({ config, zone: ZONE, providers: true, ...(storage === undefined ? {} : { storage }) });
    const itsp = await desk.phone('itsp', '10.9.0.1');
    desk.run(500);
    itsp.answer(itsp.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE]);
    const register = itsp.take('REGISTER');
    const line = /;line=[^;>]*/.exec(register.text)![0];
    itsp.answer(register, 200, 'OK', ['Expires: 3600']);
    const phones: Partial<Record<Name, Phone>> = {};
    for (const [i, name] of NAMES.entries()) {
      const phone = await desk.phone(name, `10.0.0.${i + 2}`);
      if (!away.includes(name)) phone.register();
      phones[name] = phone;
    }
    desk.ladder();
    const house = new RingHouse(desk, itsp, line, phones as Record<Name, Phone>);
    house.keepSettings(config);
    return house;
  }

  /** What users set goes into the configuration, if that is none with errors then. */
  private keepSettings(config: string): void {
    const { exchange } = this.desk;
    let text = config;
    exchange.features.settings = {
      async set(user, key, value) {
        const next = setKey(text, 'user', user, key, value);
        const read = readConfig(next);
        if (read.config === undefined) return read.problems.find(({ severity }) => severity === 'error')!.message;
        text = next;
        exchange.reload(read.config);
        return undefined;
      },
    };
  }

  /** Dials a feature code as a user: the reason of the final answer, and the text of the MESSAGE. */
  async dials(name: Name, code: string): Promise<string> {
    const phone = this.phones[name];
    phone.inbox.length = 0;
    const invite = phone.call('INVITE', `sip:${code.replaceAll('#', '%23')}@home.example`);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    this.desk.run();
    const answer = phone.inbox.find((one) => one instanceof Response && one.status >= 300) as Response;
    phone.ack(invite, answer);
    const message = phone.inbox.find((one) => one instanceof Request && one.method === 'MESSAGE') as Request | undefined;
    if (message !== undefined) phone.answer(message, 200, 'OK');
    phone.inbox.length = 0;
    return `${answer.status} ${answer.reason}${message === undefined ? '' : ` | ${message.body}`}`;
  }

  /** A call of alice's, to a name or a number of the house. */
  call(to: string, headers: readonly string[] = []): Request {
    const { alice } = this.phones;
    const invite = alice.call('INVITE', `sip:${to}@home.example`, { headers: [`Contact: ${alice.contact}`, ...headers] });
    this.desk.ladder();
    return invite;
  }

  /** A phone that has been called rings. */
  rings(name: Name): Request {
    const invite = this.phones[name].take('INVITE');
    this.phones[name].answer(invite, 180, 'Ringing');
    return invite;
  }

  /** The phone that lost is told why, and ends its transaction. */
  loses(name: Name, invite: Request): string | undefined {
    const phone = this.phones[name];
    const cancel = phone.take('CANCEL');
    phone.answer(cancel, 200, 'OK');
    phone.answer(invite, 487, 'Request Terminated');
    return /\r\nReason: *([^\r]*)/.exec(cancel.text)?.[1];
  }

  /** What is left of calls once the longest timer has run; the telephone company is asked every now and then whether it is there. */
  get left(): { servers: number; live: number; timers: string[] } {
    this.desk.run(70_000);
    const timers = this.desk.clock.armed().map(({ name }) => name);
    const { servers, live } = this.desk.remains;
    return { servers, live, timers: timers.filter((name) => /^(?:ring|next|start|silent|C|gave-up)\b/.test(name)) };
  }
}
