import type { Request, Response } from '../../src/sip/message/message.ts';
import { Desk, type DeskOptions } from './desk.ts';
import { Phone, type Wanted } from './phone.ts';

/** A house with everything that may lead to a telephone company: rules, speed dials, a group, forwards, ENUM, guests, peers. */
export const TOLL = `[daemon]
domain = home.example
listen = udp:10.0.0.1:5060, tcp:10.0.0.1:5060
tls_listen = tls:10.0.0.1:5061
tls_certificate = /c
tls_key = /k
tls_client_certificates = ask
extensions = 200-699
country = DE
area_code = 30
enum = e164.test
[domain home.example]
inbound = anonymous
[domain second.example]
inbound = anonymous
[domain open.example]
inbound = anonymous
register = anonymous
[class kid]
may = internal
[class tight]
may = internal, peers, paid
calls_per_hour = 1
[user alice]
extension = 201
published = yes
[user bob]
extension = 202
published = yes
[user kim]
extension = 204
published = yes
class = kid
[user tess]
extension = 205
published = yes
class = tight
[group kitchen]
extension = 600
members = bob, +491701234567
[provider itsp]
registrar = sip:itsp.example
username = 1234567
password = secret
number_+49305551 = alice
number_+49305552 = kitchen
number_+49305559 = 208
[speed 77]
to = +4930777777
[dial outside]
match = 0X!
to = provider itsp
[peer listed.example]
via = 198.51.100.9
[access anywhere]
network = 0.0.0.0/0
`;

const ZONE = `
_sip._udp.itsp.example 30 SRV 10 1 5060 a.itsp.example
a.itsp.example 30 A 192.0.2.201
1.1.1.1.1.1.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:+4930666666@home.example! .
2.2.2.2.2.2.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:+4930666666@itsp.example! .
3.3.3.3.3.3.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:+4930666666@192.0.2.201! .
`;

const CREDENTIALS = { certificate: 'DNS:home.example', key: 'k', authorities: undefined, askClients: true };
const CHALLENGE = 'WWW-Authenticate: Digest realm="itsp.example", nonce="n1", qop="auth", algorithm=MD5';

/** Somebody who calls, and what it is believed to be. */
export interface Caller {
  readonly phone: Phone;
  readonly from: string;
  /** The user whose password it answers a challenge with. */
  readonly user: string | undefined;
}

/** A desk with a scripted telephone company, users with phones, and everybody else that there is. Whom nobody scripts is busy. */
export class TollHouse {
  readonly desk: Desk;
  readonly itsp: Phone;
  /** Our Contact at the telephone company, of which nobody else knows. */
  readonly contact: string;
  /** What else than busy a phone says to an INVITE, by its user. */
  readonly script = new Map<string, (invite: Request, phone: Phone) => void>();
  /** What phones say to anything but a call. */
  otherwise: readonly [status: number, reason: string] = [200, 'OK'];
  private readonly phones: Phone[];
  /** By branch, for a CANCEL. */
  private readonly ringing = new Map<string, Request>();
  /**
   * alice, bob, kim whose class calls nobody outside, tess who may call outside once an hour; liar, who is alice and says to be bob; thief,
   * who is nobody and says to be alice; provider; peer, by its certificate; listed, a peer by its address; guest and nobody.
   */
  private readonly callers = new Map<string, Caller>();

  private constructor(desk: Desk, itsp: Phone, contact: string) {
    this.desk = desk;
    this.itsp = itsp;
    this.contact = contact;
    this.phones = [itsp];
    this.callers.set('provider', { phone: itsp, from: '<sip:+33123456789@itsp.example>', user: undefined });
  }

  /** `more`: sections that are added to the configuration. */
  static async open(more = '', options: DeskOptions = {}): Promise<TollHouse> {
    const zone = `${ZONE}${options.zone ?? ''}`;
    const config = options.config ?? TOLL;
    const desk = await Desk.open({ ...options, config: `${config}${more}`, zone, providers: true, credentials: CREDENTIALS });
    const itsp = await desk.phone('itsp', '192.0.2.201');
    desk.run(500);
    itsp.answer(itsp.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE]);
    const register = itsp.take('REGISTER');
    itsp.answer(register, 200, 'OK', ['Expires: 3600']);
    const house = new TollHouse(desk, itsp, /<([^>]*)>/.exec(/\r\nContact: *(\S+)/.exec(register.text)![1]!)![1]!);
    for (const [user, address] of USERS) if (desk.exchange.config.users.has(user)) await house.add(user, address);
    await house.addGuest();
    await house.addPeer();
    const listed = await house.phone('listed', '198.51.100.9');
    house.callers.set('listed', { phone: listed, from: '<sip:x@listed.example>', user: undefined });
    const nobody = await house.phone('nobody', '203.0.113.66');
    house.callers.set('nobody', { phone: nobody, from: '<sip:x@nowhere.example>', user: undefined });
    house.callers.set('liar', { phone: house.caller('alice').phone, from: '<sip:bob@home.example>', user: 'alice' });
    house.callers.set('thief', { phone: nobody, from: '<sip:alice@home.example>', user: undefined });
    desk.net.clear();
    return house;
  }

  async phone(user: string, address: string, port?: number): Promise<Phone> {
    return this.join(await this.desk.phone(user, address, port));
  }

  /** From now on this phone is busy too, or says what its script says. */
  join(phone: Phone): Phone {
    this.phones.push(phone);
    return phone;
  }

  /** A user with a phone. */
  async add(user: string, address: string): Promise<void> {
    const phone = await this.phone(user, address);
    phone.register();
    this.callers.set(user, { phone, from: `<sip:${user}@home.example>`, user });
  }

  /** gus, who registered at the open domain without any password. */
  private async addGuest(): Promise<void> {
    const phone = await this.phone('gus', '10.0.0.8');
    const aor = '<sip:gus@open.example>';
    phone.request('REGISTER', 'sip:open.example', { to: aor, from: aor, headers: [`Contact: ${phone.contact}`] });
    phone.response(200);
    this.callers.set('guest', { phone, from: aor, user: undefined });
  }

  /** A domain that proves by its certificate that it is the one of From. */
  private async addPeer(): Promise<void> {
    const address = { host: '198.51.100.7', port: 5061 };
    const phone = new Phone(this.desk, this.desk.hostAt(address.host), 'peer', address, 'tls');
    phone.certificate = { certificate: 'DNS:away.example', key: 'k', authorities: undefined };
    await phone.open();
    this.join(phone);
    this.callers.set('peer', { phone, from: '<sip:x@away.example>', user: undefined });
  }

  caller(name: string): Caller {
    return this.callers.get(name)!;
  }

  /** A request of a caller, with credentials if it has some and is asked for them. */
  send({ phone, from, user }: Caller, method: string, uri: string, wanted: Wanted = {}): Request {
    const headers = [`Contact: ${phone.contact}`, ...(wanted.headers ?? [])];
    const request = phone.request(method, uri, { from, ...wanted, headers });
    const at = phone.inbox.findIndex((message) => message.kind === 'response' && message.status === 407);
    if (user === undefined || at < 0) return request;
    const challenge = phone.inbox.splice(at, 1)[0] as Response;
    if (method === 'INVITE') phone.ack(request, challenge);
    return phone.authenticated(request, challenge, user, user);
  }

  /** Lets everything happen that comes of it: every phone that is called says what its script says, or that it is busy. */
  settle(): void {
    for (let turn = 0; turn < 16; turn++) {
      for (const phone of this.phones) {
        const calls = phone.inbox.filter((one): one is Request => one.kind === 'request' && one.method !== 'ACK');
        for (const call of calls) {
          phone.inbox.splice(phone.inbox.indexOf(call), 1);
          this.say(call, phone);
        }
      }
      this.desk.run(400);
    }
  }

  private say(call: Request, phone: Phone): void {
    if (call.method === 'INVITE') {
      const say = this.script.get(phone.user);
      this.ringing.set(call.via.branch, call);
      if (say !== undefined) say(call, phone);
      else phone.answer(call, 486, 'Busy Here');
      return;
    }
    const [status, reason] = call.method === 'CANCEL' || call.method === 'BYE' ? [200, 'OK'] : this.otherwise;
    phone.answer(call, status, reason);
    const invite = call.method === 'CANCEL' ? this.ringing.get(call.via.branch) : undefined;
    if (invite !== undefined) phone.answer(invite, 487, 'Request Terminated');
  }

  /** The requests that reached the telephone company, but for those that keep the account and end calls: `INVITE +4930777777`. */
  get paid(): readonly string[] {
    return this.desk.net.wire
      .filter(
        ({ to, text }) =>
          to.host.startsWith('192.0.2.20') && !/^(?:SIP\/2\.0|REGISTER|OPTIONS|ACK|CANCEL|BYE|NOTIFY) /.test(text),
      )
      .map(({ text }) => text.replace(/^(\S+) sips?:([^@ ]*).*$/s, '$1 $2'));
  }

  /** The final answer to a request, which its caller acknowledges; `-` for none. */
  answer({ phone }: Caller, request: Request): string {
    // What we cannot read ourselves is told apart by its text.
    const id = /\r\nCall-ID: (\S+)\r\nCSeq: (\S+)/.exec(request.text)!;
    const final = phone.inbox.find(
      (one): one is Response =>
        one.kind === 'response' && one.status >= 200 && one.callId === id[1] && String(one.cseq.number) === id[2],
    );
    if (final !== undefined && final.status >= 300 && request.method === 'INVITE') phone.ack(request, final);
    return final === undefined ? '-' : String(final.status);
  }
}

const USERS = [
  ['alice', '10.0.0.2'],
  ['bob', '10.0.0.3'],
  ['kim', '10.0.0.5'],
  ['tess', '10.0.0.6'],
] as const;
