import { assert, test } from 'vitest';
import { Request, Response } from '../../src/sip/message/message.ts';
import { type Desk, HOUSE } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';
import { SimRandom } from '../support/sim-random.ts';
import { house, NOTHING, nothingLeft } from './house.ts';

/** Where no name of a stranger's may lead: this machine, its cloud, everybody at once. */
const FORBIDDEN = ['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255'];
const SERVERS = ['192.0.2.10', '192.0.2.20', '192.0.2.30'];
const DOMAINS = ['a.test', 'b.test', 'c.test', 'd.test'];

/**
 * Name servers and servers of other domains that are hostile, broken or slow, each in its turn; seeded, so that what fails fails again. That
 * those who lose hear a CANCEL is shown beside HopWalk, not here.
 */
class Chaos {
  readonly desk: Desk;
  private readonly alice: Phone;
  private readonly servers: readonly Phone[];
  private readonly random: SimRandom;
  private readonly calling: { invite: Request; cancelled: boolean }[] = [];
  private open: { phone: Phone; request: Request }[] = [];
  readonly answers = new Set<number>();

  constructor(desk: Desk, alice: Phone, servers: readonly Phone[], seed: number) {
    this.desk = desk;
    this.alice = alice;
    this.servers = servers;
    this.random = new SimRandom(seed);
  }

  private one<T>(of: readonly T[]): T {
    return of[this.random.below(of.length)]!;
  }

  private host(): string {
    return this.one([
      ...DOMAINS,
      'h1.test',
      'h2.test',
      'loop.test',
      'home.example',
      'localhost',
      'x"y',
      'a..b',
      `${'l'.repeat(64)}.test`,
      '.',
    ]);
  }

  private record(name: string): string {
    const ttl = this.one([0, 0, 1, 30, 4_294_967_295]);
    const number = () => this.one([0, 1, 10, 65_535]);
    switch (this.random.below(6)) {
      case 0:
        return `${name} ${ttl} NAPTR ${number()} ${number()} ${this.one(['s', 'S', 'u', 'a', ''])} ${this.one(['SIP+D2U', 'SIP+D2T', 'SIPS+D2T', 'E2U+sip'])} ${this.one(['""', '!^.*$!sip:u@a.test!', '!(.*)*!x!', '!(a+)+$!sip:x@b!'])} ${this.one([`_sip._udp.${name}`, '.', name])}`;
      case 1:
      case 2:
        return `_sip.${this.one(['_udp', '_tcp'])}.${name} ${ttl} SRV ${number()} ${number()} ${this.one([5060, 5060, 5060, 0, 25])} ${this.host()}`;
      case 3:
        return `${name} ${ttl} CNAME ${this.host()}`;
      default:
        return `${this.one([name, 'h1.test', 'h2.test'])} ${ttl} A ${this.one([...SERVERS, ...SERVERS, ...FORBIDDEN, '10.0.0.1', 'nonsense'])}`;
    }
  }

  private zone(): string {
    const count = this.one([10, 40, 40, 400]);
    const records = Array.from({ length: count }, () => this.record(this.one(DOMAINS)));
    const misfortune = this.one(['', '', '', 'a.test SILENT', '* SERVFAIL', 'b.test REFUSED']);
    return [...records, misfortune, 'loop.test 0 CNAME loop.test', 'test 60 SOA 5'].join('\n');
  }

  step(): void {
    const { desk, alice } = this;
    if (this.random.below(4) === 0) desk.resolver.zone = this.zone();
    if (this.random.below(8) === 0) desk.resolver.lag = this.one([0, 0, 20, 900, 2_500, 6_000]);
    if (this.random.below(40) === 0) desk.exchange.locator.networkChanged();
    const uri = `sip:u@${this.one(DOMAINS)}${this.one(['', '', ';transport=tcp', ':5060', ';maddr=127.0.0.1', ';maddr=h1.test'])}`;
    const method = this.one(['INVITE', 'INVITE', 'MESSAGE', 'OPTIONS']);
    const request = alice.request(method, uri);
    const challenge = alice.inbox.find((message) => message instanceof Response && message.status === 407);
    if (!(challenge instanceof Response)) throw new Error('a user is asked for a password');
    if (method === 'INVITE') alice.ack(request, challenge);
    const sent = alice.authenticated(request, challenge);
    if (method === 'INVITE') this.calling.push({ invite: sent, cancelled: false });
    for (let i = this.random.below(6); i >= 0; i--) this.turn();
  }

  private turn(): void {
    this.desk.run(this.one([0, 0, 0, 10, 300, 1_300, 5_000, 35_000]));
    this.hear();
    const { open } = this;
    if (open.length > 0 && this.random.below(4) > 0) {
      const at = this.random.below(open.length);
      const { phone, request } = open[at]!;
      const status = this.one([100, 180, 183, 200, 200, 200, 302, 401, 407, 404, 482, 486, 503, 503, 603]);
      const extra = this.one([
        [],
        ['Retry-After: 4294967295'],
        ['Contact: <sip:127.0.0.1>'],
        ['Contact: <sip:bob@home.example>'],
      ]);
      phone.answer(request, status, 'Said', extra, this.one(['one', 'two']));
      if (status >= 200 && this.random.below(3) > 0) open.splice(at, 1);
    }
    const call = this.calling[this.random.below(this.calling.length + 1)];
    if (call !== undefined && !call.cancelled && this.random.below(4) === 0) this.giveUp(call);
  }

  private giveUp(call: Chaos['calling'][number]): void {
    call.cancelled = true;
    this.alice.cancel(call.invite);
  }

  private hear(): void {
    for (const phone of this.servers)
      for (const message of phone.inbox.splice(0)) {
        if (!(message instanceof Request)) continue;
        if (message.method === 'CANCEL') phone.answer(message, 200);
        else if (message.method !== 'ACK') this.open.push({ phone, request: message });
      }
    for (const message of this.alice.inbox.splice(0)) {
      if (!(message instanceof Response) || message.status < 200) continue;
      this.answers.add(message.status);
      const at = this.calling.findIndex(({ invite }) => invite.callId === message.callId);
      if (at < 0 || message.cseq.method !== 'INVITE') continue;
      const [{ invite }] = this.calling.splice(at, 1) as [Chaos['calling'][number]];
      if (message.status >= 300) this.alice.ack(invite, message);
      else this.alice.within(invite, message, 'ACK');
    }
  }

  end(): void {
    for (const call of this.calling) if (!call.cancelled) this.giveUp(call);
    for (let i = 0; i < 10; i++) {
      this.desk.run(30_000);
      this.hear();
    }
  }
}

test.each([1, 2, 3, 4, 5, 6])(
  'whatever DNS and the servers of other domains say (%d), every request is answered, nothing stays, and nothing goes where it may not',
  async (seed) => {
    const { desk, alice } = await house({ config: HOUSE, seed });
    const servers = await Promise.all(SERVERS.map((address) => desk.phone(`at-${address}`, address)));
    const chaos = new Chaos(desk, alice, servers, seed);
    for (let i = 0; i < 150; i++) chaos.step();
    chaos.end();
    assert.equal(desk.exchange.bugs, 0);
    const wrong = desk.net.wire.filter(
      ({ from, to }) => from.host === '10.0.0.1' && (FORBIDDEN.includes(to.host) || (to.host === from.host && to.port === 5060)),
    );
    assert.deepEqual(wrong, []);
    assert.ok(chaos.answers.size > 6, [...chaos.answers].join(' '));
    assert.deepEqual(nothingLeft(desk), NOTHING);
  },
);
