import { after, type Timer } from '../../src/runtime/clock.ts';
import type { UdpSocket } from '../../src/runtime/network.ts';
import { digestResponse, ha1, ha2 } from '../../src/sip/auth/digest.ts';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import { between, count, printAnswer, printRequest, Repeated, type Stage, toServer } from './chaos-wire.ts';
import { parseDigest } from './digest.ts';

/** One INVITE transaction of a caller: what came back. */
interface Attempt {
  readonly branch: string;
  readonly cseq: number;
  readonly invite: string;
  readonly sending: Repeated;
  provisional: boolean;
  /** Final statuses, every 2xx as 200. */
  readonly finals: Set<number>;
}

/** One call: rings, gives up or talks, hangs up; acknowledges everything. */
export class Caller {
  readonly callId: string;
  readonly attempts: Attempt[] = [];
  private readonly stage: Stage;
  private readonly socket: UdpSocket;
  private readonly host: string;
  private readonly uri: string;
  /** A user of the house, with a password, or nobody. */
  private readonly user: string | undefined;
  private readonly tag: string;
  private readonly tags = new Set<string>();
  private cancelling: Repeated | undefined = undefined;
  private wantsCancel = false;
  private impatience: Timer | undefined = undefined;

  constructor(stage: Stage, socket: UdpSocket, uri: string, user: string | undefined) {
    const n = stage.fresh();
    this.stage = stage;
    this.socket = socket;
    this.host = socket.local.host;
    this.uri = uri;
    this.user = user;
    this.callId = `c${n}@${this.host}`;
    this.tag = `f${n}`;
  }

  begin(): void {
    const { random, desk } = this.stage;
    this.invite(1, '');
    if (random.unit() < 0.3) after(desk.clock, 'cancel', between(random, 0, 8_000), () => this.cancel());
    if (random.unit() < 0.98) this.impatience = after(desk.clock, 'impatient', 45_000, () => this.cancel());
  }

  private get from(): string {
    return `<sip:${this.user ?? 'caller'}@${this.user === undefined ? 'away.example' : 'home.example'}>;tag=${this.tag}`;
  }

  private get at(): string {
    return `${this.host}:${this.socket.local.port}`;
  }

  private invite(cseq: number, extra: string): void {
    const branch = `z9hG4bKi${this.stage.fresh()}`;
    const via = `SIP/2.0/UDP ${this.at};branch=${branch};rport`;
    const contact = `Contact: <sip:caller@${this.at}>\r\n`;
    const { uri, from, callId } = this;
    const text = printRequest({ method: 'INVITE', uri, via, from, to: `<${uri}>`, callId, cseq, extra: contact + extra });
    const sending = new Repeated(
      this.stage,
      () => toServer(this.socket, text),
      64_000,
      () => count(this.stage, 'INVITE without an answer'),
    );
    this.attempts.push({ branch, cseq, invite: text, sending, provisional: false, finals: new Set() });
  }

  private get last(): Attempt {
    return this.attempts.at(-1)!;
  }

  /** Some callers wait for a word before they cancel, as RFC 3261 §9.1 wants it; others do not. */
  private cancel(): void {
    const { last, stage } = this;
    if (last.finals.size > 0 || this.cancelling !== undefined) return;
    if (!last.provisional && stage.random.unit() < 0.5) {
      this.wantsCancel = true;
      return;
    }
    this.wantsCancel = false;
    const { callId, from, uri } = this;
    const via = `SIP/2.0/UDP ${this.at};branch=${last.branch};rport`;
    const text = printRequest({ method: 'CANCEL', uri, via, from, to: `<${uri}>`, callId, cseq: last.cseq });
    count(stage, 'cancelled');
    this.cancelling = new Repeated(
      stage,
      () => toServer(this.socket, text),
      4_000,
      () => count(stage, 'CANCEL without an answer'),
    );
  }

  response(response: Response): void {
    const { method } = response.cseq;
    if (method === 'CANCEL') {
      this.cancelling?.stop();
      // It came before its INVITE: the call goes on, until patience ends.
      if (response.status === 481) this.cancelling = undefined;
      return;
    }
    if (method !== 'INVITE') return this.byes.get(response.via.branch)?.stop();
    const attempt = this.attempts.find(({ branch }) => branch === response.via.branch);
    if (attempt === undefined) return count(this.stage, 'response of no transaction');
    attempt.sending.stop();
    if (response.status < 200) return this.provisional(attempt);
    const first = attempt.finals.size === 0;
    attempt.finals.add(response.status < 300 ? 200 : response.status);
    if (response.status < 300) return this.accepted(response);
    this.cancelling?.stop();
    this.acknowledge(attempt, response);
    if (!first) return;
    if (response.status === 407 && this.user !== undefined && this.attempts.length === 1) this.prove(response);
    else this.impatience?.cancel();
  }

  private provisional(attempt: Attempt): void {
    attempt.provisional = true;
    if (this.wantsCancel && attempt === this.last) this.cancel();
  }

  private acknowledge(attempt: Attempt, response: Response): void {
    const { callId, from, uri } = this;
    const via = `SIP/2.0/UDP ${this.at};branch=${attempt.branch};rport`;
    toServer(
      this.socket,
      printRequest({ method: 'ACK', uri, via, from, to: response.get(Field.to)!, callId, cseq: attempt.cseq }),
    );
  }

  private prove(challenge: Response): void {
    const { uri, user = '' } = this;
    const params = parseDigest('', challenge.get(Field.proxyAuthenticate)!)!;
    const nonce = params.nonce!;
    const realm = params.realm!;
    const over = { nonce, nc: '00000001', cnonce: 'c', qop: 'auth' } as const;
    const response = digestResponse('MD5', ha1('MD5', user, realm, user), ha2('MD5', 'INVITE', uri), over);
    this.cancelling = undefined;
    this.invite(
      2,
      `Proxy-Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, cnonce="c", qop=auth, nc=00000001\r\n`,
    );
  }

  private readonly byes = new Map<string, Repeated>();

  /** Every 2xx has its ACK; the first dialog is talked in, others are hung up at once. */
  private accepted(response: Response): void {
    this.impatience?.cancel();
    this.cancelling?.stop();
    this.within('ACK', response, this.last.cseq);
    const tag = response.to.tag ?? '';
    if (this.tags.has(tag)) return;
    this.tags.add(tag);
    count(this.stage, 'answered');
    const { random, desk } = this.stage;
    if (this.tags.size > 1) this.bye(response);
    else if (random.unit() < 0.6) after(desk.clock, 'talk', between(random, 0, 20_000), () => this.bye(response));
  }

  private bye(response: Response): void {
    if (!this.hungUp.has(response.to.tag ?? '')) this.within('BYE', response, 10);
  }

  private readonly hungUp = new Set<string>();

  private within(method: 'ACK' | 'BYE', response: Response, cseq: number): void {
    const branch = `z9hG4bKd${this.stage.fresh()}`;
    const { callId, from } = this;
    const via = `SIP/2.0/UDP ${this.at};branch=${branch};rport`;
    const extra = response
      .list(Field.recordRoute)
      .reverse()
      .map((route) => `Route: ${route}\r\n`)
      .join('');
    const uri = response.list(Field.contact)[0]!.replace(/^[^<]*<|>.*$/g, '');
    const text = printRequest({ method, uri, via, from, to: response.get(Field.to)!, callId, cseq, extra });
    if (method === 'ACK') return toServer(this.socket, text);
    this.byes.set(
      branch,
      new Repeated(
        this.stage,
        () => toServer(this.socket, text),
        4_000,
        () => count(this.stage, 'BYE without an answer'),
      ),
    );
  }

  request(request: Request): void {
    if (request.method !== 'BYE') return count(this.stage, `a caller was sent ${request.method}`);
    this.hungUp.add(request.from.tag ?? '');
    toServer(this.socket, printAnswer(request, 200, ''));
  }

  /** What is wrong with how the call ended; undefined if all is well. */
  get fault(): string | undefined {
    for (const [n, { finals }] of this.attempts.entries()) {
      const said = [...finals].join(' and ');
      if (finals.size !== 1) return `attempt ${n + 1} ended with ${said || 'nothing'}`;
    }
    return undefined;
  }
}
