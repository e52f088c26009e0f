import { NodeClock } from '../../../src/runtime/node/clock.ts';
import { NodeNetwork } from '../../../src/runtime/node/network.ts';
import { type Request, Response } from '../../../src/sip/message/message.ts';
import { Authority } from '../certificates.ts';
import { DnsStub } from '../dns-stub.ts';
import { until } from '../lan.ts';
import { Phone } from '../phone.ts';
import type { SimHost } from '../sim-host.ts';
import { Zone } from '../zone.ts';

/** What became of a request of alice's. */
export interface Outcome {
  readonly status: number;
  readonly ms: number;
  readonly warning: string;
}

/** What a case has to play with. */
export class Scene {
  readonly stub = new DnsStub('10.0.0.53');
  readonly authority = new Authority();
  private readonly network = new NodeNetwork(new NodeClock());
  private readonly zones: string[] = [];
  private phones = 0;

  /** Adds records to what the stub serves. */
  publish(text: string): void {
    this.zones.push(text);
    this.stub.zone = new Zone(this.zones.join('\n'));
  }

  /** Takes back everything that was published with this text. */
  withdraw(text: string): void {
    this.zones.splice(this.zones.indexOf(text), 1);
    this.stub.zone = new Zone(this.zones.join('\n'));
  }

  /** The questions about this name or what is below it. */
  asked(name: string): string[] {
    return this.stub.asked.filter((question) => question.endsWith(` ${name}`) || question.endsWith(`.${name}`));
  }

  /** A user agent that is scripted by hand, in the own network by default. */
  async phone(user = 'alice', host = '10.0.0.2', transport: 'udp' | 'tcp' = 'udp'): Promise<Phone> {
    const at = { host, port: transport === 'udp' ? 20_000 + ++this.phones : 5060 };
    const phone = new Phone({ run: () => {} }, this.network as unknown as SimHost, user, at, transport);
    await phone.open();
    return phone;
  }

  /** Sends a request as alice, with her password, and waits for its final answer. */
  async call(method: string, uri: string, known?: Phone): Promise<Outcome> {
    const phone = known ?? (await this.phone());
    const asked = phone.request(method, uri);
    const challenge = await until(() => taken(phone, (status) => status >= 200), 5_000, `challenge for ${uri}`);
    if (challenge.status !== 407) throw new Error(`${uri}: ${challenge.status} where a challenge was due`);
    if (method === 'INVITE') phone.ack(asked, challenge);
    const began = Date.now();
    const sent = phone.authenticated(asked, challenge);
    const final = await until(() => taken(phone, (status) => status >= 200), 36_000, `answer to ${uri}`);
    const ms = Date.now() - began;
    if (method === 'INVITE' && final.status >= 300) phone.ack(sent, final);
    else if (method === 'INVITE') phone.within(sent, final, 'ACK');
    if (known === undefined) phone.close();
    return { status: final.status, ms, warning: final.other('warning') ?? '' };
  }
}

function taken(phone: Phone, wanted: (status: number) => boolean): Response | undefined {
  const at = phone.inbox.findIndex((message) => message instanceof Response && wanted(message.status));
  return at < 0 ? undefined : (phone.inbox.splice(at, 1)[0] as Response);
}

/** Waits for a request or a response that a phone is to get. */
export const request = (phone: Phone, method: string): Promise<Request> =>
  until(() => (phone.waiting.includes(method) ? phone.take(method) : undefined), 5_000, `${method} for ${phone.user}`);
export const response = (phone: Phone, status: number, method = 'INVITE'): Promise<Response> =>
  until(
    () => (phone.waiting.includes(`${status} ${method}`) ? phone.response(status) : undefined),
    5_000,
    `${status} for ${phone.user}`,
  );

export type Case = (scene: Scene) => Promise<unknown>;
