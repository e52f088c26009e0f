import type { Address, Stream, TlsCredentials, UdpSocket } from '../../src/runtime/network.ts';
import { digestResponse, ha1, ha2 } from '../../src/sip/auth/digest.ts';
import { Field } from '../../src/sip/message/fields.ts';
import { Framer } from '../../src/sip/message/frame.ts';
import { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { hostPort } from '../../src/sip/message/uri.ts';
import { parseDigest } from './digest.ts';
import type { SimHost } from './sim-host.ts';

/** What of a desk a phone needs. */
interface House {
  /** Where its phones register. */
  readonly address?: string;
  run(ms?: number): void;
}

export interface Wanted {
  readonly to?: string;
  readonly from?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly maxForwards?: number | undefined;
  readonly toTag?: string;
  readonly fromTag?: string;
  readonly via?: string;
  /** Nothing is said of rport. */
  readonly plainVia?: boolean;
}

let counter = 0;

/** A user agent that does only what the test says: writes messages by hand, keeps what it receives. Over UDP, or one TCP or TLS connection. */
export class Phone {
  readonly user: string;
  readonly address: Address;
  readonly host: SimHost;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Over TCP: whether the server has closed our connection. */
  closed = false;
  /** Over TLS: the certificate that it shows when it is asked for one. */
  certificate: TlsCredentials | undefined = undefined;
  /** What came that is no message: keep-alives, and over TCP their answers. */
  noise = '';
  /** What arrived and was not taken yet, in order. */
  readonly inbox: (Request | Response)[] = [];
  private readonly house: House;
  private socket: UdpSocket | undefined = undefined;
  private stream: Stream | undefined = undefined;

  constructor(house: House, host: SimHost, user: string, address: Address, transport: 'udp' | 'tcp' | 'tls' = 'udp') {
    this.house = house;
    this.host = host;
    this.user = user;
    this.address = address;
    this.transport = transport;
  }

  async open(): Promise<void> {
    if (this.transport === 'udp') this.socket = await this.host.udp(this.address, (text) => this.received(text));
    else this.connect();
  }

  /** Over TCP: a new connection, with which nothing of an older one is lost but the connection. */
  connect(to: Address = this.server): void {
    this.closed = false;
    const tls = this.transport === 'tls' ? { tls: { credentials: this.certificate, serverName: undefined, verify: false } } : {};
    this.stream = this.host.connect(this.address.host, to, { timeout: 1_000, ...tls }, this.reader());
    this.house.run();
  }

  /** Over TCP, or TLS with these credentials: also takes connections at its own address, and sends on the newest of all. */
  async listen(credentials?: TlsCredentials): Promise<void> {
    const accept = (stream: Stream) => {
      this.stream = stream;
      this.closed = false;
      return this.reader();
    };
    await this.host.listen(this.address, accept, credentials === undefined ? undefined : { credentials, handshake: 5_000 });
  }

  /** The daemon's address of our family. */
  private get server(): Address {
    const host = this.address.host.includes(':') ? 'fd00::1' : (this.house.address ?? '10.0.0.1');
    return { host, port: this.transport === 'tls' ? 5061 : 5060 };
  }

  private reader() {
    const framer = new Framer();
    return {
      data: (text: string) => {
        if (text === '\r\n') this.noise += text;
        else for (const frame of framer.push(text)) if (frame.kind !== 'ping') this.received(frame.text);
      },
      closed: () => {
        this.closed = true;
      },
    };
  }

  private received(text: string): void {
    if (text === '\r\n\r\n') {
      this.noise += text;
      return;
    }
    const message = read(text);
    if (message instanceof Request || message instanceof Response) this.inbox.push(message);
    else throw new Error(`${this.user} was sent what it cannot read: ${text}`);
  }

  close(): void {
    this.socket?.close();
    this.stream?.destroy();
  }

  get contact(): string {
    return `<sip:${this.user}@${hostPort(this.address.host, this.address.port)}${this.transport === 'udp' ? '' : `;transport=${this.transport}`}>`;
  }

  send(text: string, to: Address = this.server): void {
    if (this.transport === 'udp') this.socket!.send(text, to);
    else this.stream!.write(text);
  }

  /** The text of a request as this phone would write it. */
  text(method: string, uri: string, wanted: Wanted = {}): string {
    const n = ++counter;
    const { host, port } = this.address;
    const via =
      wanted.via ??
      `SIP/2.0/${this.transport.toUpperCase()} ${hostPort(host, port)};branch=${wanted.branch ?? `z9hG4bK-${this.user}-${n}`}${wanted.plainVia === true ? '' : ';rport'}`;
    const from = wanted.from ?? `<sip:${this.user}@home.example>`;
    const to = wanted.to ?? `<${uri}>`;
    const body = wanted.body ?? '';
    const hops = 'maxForwards' in wanted ? wanted.maxForwards : 70;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: ${via}`,
      ...(hops === undefined ? [] : [`Max-Forwards: ${hops}`]),
      `From: ${from};tag=${wanted.fromTag ?? `${this.user}-tag`}`,
      `To: ${to}${wanted.toTag === undefined ? '' : `;tag=${wanted.toTag}`}`,
      `Call-ID: ${wanted.callId ?? `${this.user}-${n}@${host}`}`,
      `CSeq: ${wanted.cseq ?? n} ${method}`,
      ...(wanted.headers ?? [`Contact: ${this.contact}`]),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  }

  /** Sends a request and lets the network deliver it. */
  request(method: string, uri: string, wanted: Wanted = {}): Request {
    const text = this.text(method, uri, wanted);
    this.send(text);
    this.house.run();
    return read(text) as Request;
  }

  /** The line that answers a challenge. */
  credentials(challenge: Response, method: string, uri: string, password = this.user, user = this.user): string {
    const proxy = challenge.status === 407;
    const params = parseDigest('', challenge.get(proxy ? Field.proxyAuthenticate : Field.wwwAuthenticate)!)!;
    const nonce = params.nonce!;
    const realm = params.realm!;
    const algorithm = params.algorithm === 'SHA-256' ? 'SHA-256' : 'MD5';
    const over = { nonce, nc: '00000001', cnonce: 'c', qop: 'auth' } as const;
    const response = digestResponse(algorithm, ha1(algorithm, user, realm, password), ha2(algorithm, method, uri), over);
    return `${proxy ? 'Proxy-Authorization' : 'Authorization'}: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, cnonce="c", qop=auth, nc=00000001`;
  }

  /** Answers a challenge: the same request with credentials, a new branch and the next CSeq. */
  authenticated(request: Request, challenge: Response, password = this.user, user = this.user): Request {
    const credentials = this.credentials(challenge, request.method, request.uriText, password, user);
    const text = request.text
      .replace(/branch=[^;\r]+/, (branch) => `${branch}a`)
      .replace(/\r\nCSeq: (\d+)/, (_, n: string) => `\r\nCSeq: ${Number(n) + 1}`)
      .replace('\r\nContent-Length', `\r\n${credentials}\r\nContent-Length`);
    this.send(text);
    this.house.run();
    return read(text) as Request;
  }

  /** Registers with digest; the 200. */
  register(headers: readonly string[] = [`Contact: ${this.contact}`, 'Expires: 3600'], uri = 'sip:home.example'): Response {
    const aor = `<sip:${this.user}@home.example>`;
    const request = this.request('REGISTER', uri, { to: aor, from: aor, headers });
    const challenge = this.response(401);
    this.authenticated(request, challenge);
    return this.response(200);
  }

  /** Sends a request as this user, with credentials once they are asked for. The request as it was taken. */
  call(method: string, uri: string, wanted: Wanted = {}): Request {
    const request = this.request(method, uri, wanted);
    const challenge = this.response(407);
    if (method === 'INVITE') this.ack(request, challenge);
    return this.authenticated(request, challenge);
  }

  /** The ACK to a final response that is no 2xx. */
  ack(invite: Request, response: Response): void {
    const { number } = invite.cseq;
    const to = response.get(Field.to)!;
    this.send(
      `ACK ${invite.uriText} SIP/2.0\r\nVia: ${invite.via.text}\r\nMax-Forwards: 70\r\nFrom: ${invite.get(Field.from)}\r\nTo: ${to}\r\nCall-ID: ${invite.callId}\r\nCSeq: ${number} ACK\r\nContent-Length: 0\r\n\r\n`,
    );
    this.house.run();
  }

  cancel(invite: Request, headers: readonly string[] = []): void {
    const more = headers.map((line) => `${line}\r\n`).join('');
    this.send(
      `CANCEL ${invite.uriText} SIP/2.0\r\nVia: ${invite.via.text}\r\nMax-Forwards: 70\r\nFrom: ${invite.get(Field.from)}\r\nTo: ${invite.get(Field.to)}\r\nCall-ID: ${invite.callId}\r\nCSeq: ${invite.cseq.number} CANCEL\r\n${more}Content-Length: 0\r\n\r\n`,
    );
    this.house.run();
  }

  /** A request within the dialog that `invite` and its 2xx made; this phone is the caller. */
  within(invite: Request, answer: Response, method: string, wanted: Wanted = {}): Request {
    const routes = answer.list(Field.recordRoute).reverse();
    const target = answer.list(Field.contact)[0]!.replace(/^[^<]*<|>.*$/g, '');
    return this.request(method, target, {
      to: invite.get(Field.to)!,
      toTag: answer.to.tag!,
      from: invite.get(Field.from)!.replace(/;tag=.*/, ''),
      fromTag: invite.from.tag!,
      callId: invite.callId,
      cseq: method === 'ACK' ? invite.cseq.number : invite.cseq.number + 1,
      ...wanted,
      headers: [...routes.map((route) => `Route: ${route}`), ...(wanted.headers ?? [])],
    });
  }

  /** A request within the dialog of an INVITE that this phone received and answered with `tag`. */
  back(invite: Request, tag: string, method: string, wanted: Wanted = {}): Request {
    const target = invite.list(Field.contact)[0]!.replace(/^[^<]*<|>.*$/g, '');
    return this.request(method, target, {
      to: invite.get(Field.from)!,
      from: invite.get(Field.to)!,
      fromTag: tag,
      callId: invite.callId,
      cseq: 1,
      ...wanted,
      headers: [...invite.list(Field.recordRoute).map((route) => `Route: ${route}`), ...(wanted.headers ?? [])],
    });
  }

  /** Answers a request that arrived: Vias and Record-Routes copied, a To tag of this phone. */
  answer(
    request: Request,
    status: number,
    reason = 'Said',
    headers: readonly string[] = [],
    tag = `${this.user}-answers`,
    body = '',
  ): void {
    const copy = (id: number, name: string) =>
      request
        .list(id)
        .map((value) => `${name}: ${value}\r\n`)
        .join('');
    const to = request.get(Field.to)!;
    const contact = status > 100 && status < 300 && request.method === 'INVITE' ? `Contact: ${this.contact}\r\n` : '';
    this.send(
      `SIP/2.0 ${status} ${reason}\r\n${copy(Field.via, 'Via')}${status > 100 && status < 300 ? copy(Field.recordRoute, 'Record-Route') : ''}` +
        `From: ${request.get(Field.from)}\r\nTo: ${to}${status === 100 || request.to.tag !== undefined ? '' : `;tag=${tag}`}\r\nCall-ID: ${request.callId}\r\n` +
        `CSeq: ${request.get(Field.cseq)}\r\n${contact}${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    this.house.run();
  }

  /** Takes the first waiting response with this status; everything before it stays. */
  response(status: number): Response {
    const at = this.inbox.findIndex((message) => message instanceof Response && message.status === status);
    if (at < 0) throw new Error(`${this.user} has no ${status}, but ${this.waiting.join(', ') || 'nothing'}`);
    return this.inbox.splice(at, 1)[0] as Response;
  }

  /** Takes the first waiting request with this method. */
  take(method: string): Request {
    const at = this.inbox.findIndex((message) => message instanceof Request && message.method === method);
    if (at < 0) throw new Error(`${this.user} has no ${method}, but ${this.waiting.join(', ') || 'nothing'}`);
    return this.inbox.splice(at, 1)[0] as Request;
  }

  /** What waits in the inbox, for a test that nothing or only that arrived. */
  get waiting(): string[] {
    return this.inbox.map((message) =>
      message instanceof Response ? `${message.status} ${message.cseq.method}` : message.method,
    );
  }
}
