import { accountOf, type ProviderAccount } from '../../../src/connector/provider/account.ts';
import type { Locating } from '../../../src/connector/provider/locating.ts';
import { Registration } from '../../../src/connector/provider/registration.ts';
import { ClientDigest } from '../../../src/sip/auth/client.ts';
import type { Located, NextHop } from '../../../src/sip/locate/hop.ts';
import { hopText } from '../../../src/sip/message/uri.ts';
import { TransactionLayer } from '../../../src/sip/transaction/layer.ts';
import { TransportLayer } from '../../../src/sip/transport/layer.ts';
import { readConfig } from '../../support/desk.ts';
import { Phone } from '../../support/phone.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { SimNetwork } from '../../support/sim-network.ts';
import { SimRandom } from '../../support/sim-random.ts';

export const ITSP = `[provider itsp]
registrar = sip:itsp.example
username = 1234567
password = secret
`;

export const CHALLENGE = 'WWW-Authenticate: Digest realm="itsp.example", nonce="n1", qop="auth", algorithm=MD5';

export function hop(host: string, transport: 'udp' | 'tcp' = 'udp'): NextHop {
  return { transport, host, port: 5060, domain: 'itsp.example' };
}

export function account(text = ITSP): ProviderAccount {
  const { config, problems } = readConfig(text);
  const section = config?.providers.get('itsp');
  if (section === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  const settled = accountOf(section, section.password);
  if (typeof settled === 'string') throw new Error(settled);
  return settled;
}

/** Name service of the script: it gives what `hops` holds, and notes what it is told. */
export class ScriptedLocating implements Locating {
  hops: readonly NextHop[];
  readonly told: string[] = [];
  /** When it was asked. */
  readonly asked: number[] = [];
  private readonly clock: SimClock;

  constructor(clock: SimClock, hops: readonly NextHop[]) {
    this.clock = clock;
    this.hops = hops;
  }

  locate(_: unknown, done: (located: Located) => void): void {
    const { hops } = this;
    this.asked.push(this.clock.now());
    if (hops.length > 0) done({ kind: 'hops', hops, records: [`itsp.example: ${hops.length} servers`] });
    else done({ kind: 'failed', status: 504, why: 'the name service does not answer', records: [] });
  }

  failed(hop: NextHop): void {
    this.told.push(`failed ${hopText(hop)}`);
  }

  succeeded(hop: NextHop): void {
    this.told.push(`succeeded ${hopText(hop)}`);
  }
}

/** One registration on the virtual network, with scripted servers. */
export class RegistrationLab {
  readonly clock = new SimClock();
  readonly net: SimNetwork;
  readonly transactions: TransactionLayer;
  readonly registration: Registration;
  readonly locating: ScriptedLocating;
  /** State and whether it is up, at each change. */
  readonly changes: string[] = [];

  private constructor(settled: ProviderAccount, hops: readonly NextHop[]) {
    const { clock } = this;
    const random = new SimRandom();
    this.net = new SimNetwork(clock, random);
    this.locating = new ScriptedLocating(clock, hops);
    const transport = new TransportLayer({ clock, network: this.net.host('10.0.0.1'), random, log: new SimLog() });
    this.transport = transport;
    this.transactions = new TransactionLayer({ clock, random, transport });
    const digest = new ClientDigest(
      { username: settled.authUsername, password: settled.password, mayAsk: (realm) => realm === 'itsp.example' },
      random,
    );
    this.registration = new Registration(
      {
        ...{ clock, random, transport, transactions: this.transactions, locating: this.locating },
        changed: () => void this.changes.push(`${clock.now()} ${this.registration.state}${this.registration.up ? ' up' : ''}`),
      },
      settled,
      digest,
      'token0',
    );
  }

  private readonly transport: TransportLayer;

  static async open(hops: readonly NextHop[], settled = account()): Promise<RegistrationLab> {
    const lab = new RegistrationLab(settled, hops);
    for (const transport of ['udp', 'tcp'] as const) await lab.transport.listen(transport, { host: '10.0.0.1', port: 5060 });
    return lab;
  }

  /** A server that does what the test says. */
  async server(address: string): Promise<Phone> {
    const server = new Phone(this, this.net.host(address), 'server', { host: address, port: 5060 });
    await server.open();
    return server;
  }

  run(ms = 0): void {
    this.clock.advance(ms);
  }

  /** Goes through the challenge and is registered. */
  registers(server: Phone, headers: readonly string[] = []): void {
    this.registration.run('start');
    this.run();
    server.answer(server.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE]);
    server.answer(server.take('REGISTER'), 200, 'OK', headers);
  }
}
