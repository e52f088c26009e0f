import type { Bridge } from '../../src/core/bridge/bridge.ts';
import type { IncomingLeg, OutgoingLeg, SipTrunk, TrunkRefusal, Way } from '../../src/core/connector.ts';
import type { Principal } from '../../src/core/routing/decision.ts';
import type { TrunkTarget } from '../../src/core/routing/payer.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import type { ServerTransaction } from '../../src/sip/transaction/user.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { Desk, type DeskOptions, HOUSE } from './desk.ts';
import type { Phone } from './phone.ts';
import { simProviders } from './sim-providers.ts';

/** The desk's house, and a provider whose calls go to bob. */
export const PROVIDED = `${HOUSE}[provider acme]
registrar = sip:acme.example
username = account
password = secret
inbound = bob
`;

/** What a test wants of the trunk. */
export interface TrunkWishes {
  /** The provider's servers, in order. */
  readonly servers?: readonly string[];
  /** How they are spoken to; UDP if nothing is said. */
  readonly transport?: 'tcp';
  readonly refusal?: TrunkRefusal;
  readonly sessionExpires?: number;
  /** The realm whose challenges are answered. */
  readonly realm?: string;
  readonly headers?: string;
}

/**
 * A desk whose bridge leads to a provider at 10.9.0.1: what a phone dials with a leading 0 leaves by the trunk, what the provider sends rings
 * at bob. The provider is a scripted user agent as the phones are.
 */
export class BridgeLab implements SipTrunk {
  readonly desk: Desk;
  readonly bridge: Bridge;
  readonly alice: Phone;
  readonly provider: Phone;
  wishes: TrunkWishes = {};
  /** What the trunk and the budget were told: `failed 10.9.0.1 no answer`, `talk`, `paid`. */
  readonly told: string[] = [];
  /** Ends the newest call out, for its budget is used up. */
  stop: () => void = () => {};
  /** Who calls out. */
  caller: Principal = { kind: 'user', name: 'alice' };
  /** Whose calls come in. */
  principal: IncomingLeg['principal'] = { kind: 'provider', name: 'acme' };
  /** Where calls of the provider ring. */
  inbound = 'sip:bob@home.example';

  private constructor(desk: Desk, alice: Phone, provider: Phone) {
    this.desk = desk;
    this.alice = alice;
    this.provider = provider;
    const { exchange } = desk;
    this.bridge = exchange.bridge;
    exchange.connect(simProviders({ trunk: () => this }));
    const { transactions, dispatch, spending } = exchange;
    spending.start = (_target, stop = () => {}) => {
      this.stop = stop;
      return { answered: () => this.told.push('talk'), ended: () => this.told.push('paid') };
    };
    transactions.user = {
      request: (request, tx) => this.request(request, tx),
      ack: (request, flow) => dispatch.ack(request, flow),
    };
  }

  static async open(options: DeskOptions = {}): Promise<BridgeLab> {
    const desk = await Desk.open({ config: PROVIDED, ...options });
    return new BridgeLab(desk, await desk.phone('alice', '10.0.0.2'), await desk.phone('acme', '10.9.0.1'));
  }

  private request(request: Request, tx: ServerTransaction): void {
    const { dispatch, proxy, calls } = this.desk.exchange;
    if (request.method !== 'INVITE' || request.to.tag !== undefined) return dispatch.request(request, tx);
    if (tx.flow.remote.host.startsWith('10.9.')) return this.bridge.incoming(tx, this.incoming());
    if (request.uri.user?.startsWith('0') !== true) return dispatch.request(request, tx);
    const { caller: principal } = this;
    const target = this.target(request.uri.user);
    proxy.forward(
      {
        ...{ request, routes: 0, drop: [], uri: undefined, path: [], principal: 'u.alice' },
        facts: { method: request.method, uri: request.uri, principal },
        plan: { kind: 'target', target },
        ...{ declineIsLocal: true, stranger: '' },
        progress: calls.started({ request, transaction: tx, principal, callee: 'outside', trace: [] }),
      },
      tx,
    );
  }

  private target(number: string): TrunkTarget {
    return {
      kind: 'trunk',
      trunk: { kind: 'provider', name: 'acme' },
      number,
      dialed: number,
      emergency: number === '0112',
    } as unknown as TrunkTarget;
  }

  private get both() {
    return {
      headers: this.wishes.headers ?? '',
      sessionExpires: this.wishes.sessionExpires,
      refusesClear: () => false,
      contact: (flow: Flow) => `<sip:account@${flow.point.sentBy}>`,
      authorize: (challenge: Response, method: string, uri: string) => this.authorize(challenge, method, uri),
    };
  }

  outgoing(target: TrunkTarget): OutgoingLeg | TrunkRefusal {
    if (this.wishes.refusal !== undefined) return this.wishes.refusal;
    return {
      ...this.both,
      requestUri: `sip:${target.number}@acme.example`,
      from: '"Alice" <sip:+4930201@acme.example>',
      inviteHeaders: 'P-Asserted-Identity: <sip:+4930201@acme.example>\r\n',
      routes: [],
      ways: (found) => found((this.wishes.servers ?? ['10.9.0.1']).map((host) => this.way(host))),
    };
  }

  private way(host: string): Way {
    const hop = { transport: this.wishes.transport ?? 'udp', host, port: 5060 } as const;
    return {
      open: () => this.desk.exchange.transport.flowTo(hop),
      succeeded: () => void this.told.push(`succeeded ${host}`),
      failed: (why, retryAfter) =>
        void this.told.push(`failed ${host} ${why}${retryAfter === undefined ? '' : ` for ${retryAfter}`}`),
    };
  }

  private authorize(challenge: Response, method: string, uri: string): string | undefined {
    const realm = /realm="([^"]*)"/.exec(challenge.text)?.[1];
    if (realm !== this.wishes.realm) return undefined;
    const name = challenge.status === 407 ? 'Proxy-Authorization' : 'Authorization';
    return `${name}: Digest realm="${realm}", ${method} ${uri}\r\n`;
  }

  private incoming(): IncomingLeg {
    return {
      ...this.both,
      requestUri: this.inbound,
      principal: this.principal,
      from: '"Carl" <sip:+4940123@home.example>',
      inviteHeaders: 'P-Asserted-Identity: <sip:+4940123@home.example>\r\n',
    };
  }

  /** Alice dials outside, and the provider has the INVITE. */
  dial(wanted: { headers?: readonly string[]; body?: string } = {}): { invite: Request; arrived: Request } {
    const { alice, provider } = this;
    const invite = alice.request('INVITE', 'sip:0301234@home.example', {
      callId: 'talk',
      cseq: 1,
      headers: [`Contact: ${alice.contact}`, ...(wanted.headers ?? [])],
      body: wanted.body ?? '',
    });
    return { invite, arrived: provider.take('INVITE') };
  }

  /** The same, answered and acknowledged on both sides. `ok`: as alice got it. */
  talk(wanted: { headers?: readonly string[]; body?: string; answer?: readonly string[] } = {}) {
    const { alice, provider } = this;
    const { invite, arrived } = this.dial({ body: OFFER, ...wanted, headers: [SDP, ...(wanted.headers ?? [])] });
    provider.answer(arrived, 200, 'OK', [SDP, ...(wanted.answer ?? [])], 'far', ANSWER);
    const ok = alice.response(200);
    alice.within(invite, ok, 'ACK');
    provider.take('ACK');
    this.desk.net.clear();
    return { invite, arrived, ok };
  }

  /** The provider calls, and the phone of bob has the INVITE. `headers`: those of the call, for a re-INVITE. */
  async ring(body = OFFER): Promise<{ bob: Phone; headers: readonly string[]; invite: Request; arrived: Request }> {
    const { desk, provider } = this;
    const bob = await desk.phone('bob', '10.0.0.3');
    bob.register();
    const headers = [`Contact: ${provider.contact}`, SDP];
    const invite = provider.request('INVITE', 'sip:account@10.0.0.1:5060', { cseq: 1, headers, body });
    return { bob, headers, invite, arrived: bob.take('INVITE') };
  }

  /** An operator ends the one call there is; the one that was answered, where another rings. */
  hangUp(): void {
    const { calls } = this.desk.exchange;
    const list = calls.list();
    calls.hangup((list.find(({ state }) => state === 'answered') ?? list[0]!).id);
  }

  /** What is left when all is over, after the last timers of the transactions. */
  get left(): { calls: number; legs: number; servers: number; clients: number; live: number; timers: string[] } {
    this.desk.run(64_000);
    const timers = this.desk.clock
      .armed()
      .map(({ name }) => name)
      .filter((name) => name !== 'udp-idle' && name !== 'expire bindings');
    return { ...this.bridge.size, ...this.desk.remains, timers };
  }
}

/** Nothing but what serves the registrations. */
export const NOTHING = { calls: 0, legs: 0, servers: 0, clients: 0, live: 0, timers: [] };

export const SDP = 'Content-Type: application/sdp';
export const OFFER = 'v=0\r\no=alice 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n';
export const ANSWER = 'v=0\r\no=acme 7 7 IN IP4 10.9.0.1\r\ns=-\r\nc=IN IP4 10.9.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n';
