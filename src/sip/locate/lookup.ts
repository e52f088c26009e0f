import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { type Answer, isAddress, isNaptr, isSrv, type Resolver } from '../../runtime/resolver.ts';
import { DEFAULT_PORT, hopText, type Transport } from '../message/uri.ts';
import { familyOf, literal } from './address-class.ts';
import { explain } from './explain.ts';
import { addressOrder, type SourceFor } from './families.ts';
import { Gather, type Question } from './gather.ts';
import type { GreyList } from './grey-list.ts';
import type { Located, LocateStatus, NextHop } from './hop.ts';
import { domainName } from './name.ts';
import { type Service, service, servicesOf, servicesWithoutNaptr } from './naptr.ts';
import { srvOrder } from './srv.ts';
import type { Wanted } from './wanted.ts';

/** Milliseconds since the start at which each stage gives up waiting, so that the whole is answered within 5 s. */
const NAPTR_UNTIL: Millis = 2_000;
const SRV_UNTIL: Millis = 3_500;
const ADDRESSES_UNTIL: Millis = 4_800;
/** Hosts whose addresses are asked for, and hops that come of them, at most: a stranger's zone must not make us send a thousand queries. */
const MOST_TARGETS = 16;
const MOST_HOPS = 32;

export interface LookupParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolver: Pick<Resolver, 'query'>;
  readonly greyList: GreyList;
  transports(family: 4 | 6): readonly Transport[];
  families(): readonly (4 | 6)[];
  readonly sourceFor: SourceFor;
}

interface Target {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

/** One URI on its way to next hops: NAPTR, SRV, A and AAAA, as far as each is needed (RFC 3263 §4.1 and §4.2). */
export class Lookup {
  private readonly parts: LookupParts;
  private readonly wanted: Wanted;
  private readonly done: (located: Located) => void;
  private readonly began: Millis;
  private readonly records: string[] = [];
  /** Why a name server could not answer; the first is told if nothing is found. */
  private failure: string | undefined = undefined;
  /** None of the names whose addresses were asked for is there at all. */
  private absent = false;
  private gathering: Gather | undefined = undefined;
  /** The name that is looked for, and the one that a certificate must bear. */
  private name = '';
  private domain = '';

  constructor(parts: LookupParts, wanted: Wanted, done: (located: Located) => void) {
    this.parts = parts;
    this.wanted = wanted;
    this.done = done;
    this.began = parts.clock.now();
  }

  cancel(): void {
    this.gathering?.cancel();
  }

  begin(): void {
    const { host, fault, domain = host, secure, transport, port } = this.wanted;
    if (fault !== undefined) return this.fail(fault.status, fault.why);
    if (secure && transport === 'udp') return this.fail(480, 'a sips URI never leaves by UDP');
    const address = literal(host);
    this.domain = literal(domain) ?? domainName(domain) ?? '';
    if (address !== undefined) return this.toAddress(address);
    const name = domainName(host);
    if (name === undefined || this.domain === '') return this.fail(404, `${JSON.stringify(host)} is no name of a host`);
    this.name = name;
    const demanded = this.demanded;
    if (demanded !== undefined && !this.usable(demanded)) return this.fail(480, cannot(demanded));
    if (port !== undefined) return this.addresses([{ transport: demanded ?? this.usual(), host: name, port }]);
    // A transport that is named leaves nothing for NAPTR to decide; that of a sips URI is always TLS.
    if (demanded !== undefined && transport !== undefined) return this.srv([service(name, demanded)]);
    this.naptr();
  }

  /** The transport that the URI leaves no choice of. */
  private get demanded(): Transport | undefined {
    return this.wanted.secure ? 'tls' : this.wanted.transport;
  }

  private transports(family: 4 | 6): readonly Transport[] {
    const can = this.parts.transports(family);
    return this.wanted.outward !== true || can.length === 0 || can.includes('tls') ? can : [...can, 'tls'];
  }

  private usable(transport: Transport): boolean {
    return this.parts.families().some((family) => this.transports(family).includes(transport));
  }

  /** What a sip URI that says nothing means: UDP (RFC 3263 §4.1), or what we have. */
  private usual(): Transport {
    return (['udp', 'tcp', 'tls'] as const).find((transport) => this.usable(transport)) ?? 'udp';
  }

  private toAddress(host: string): void {
    const family = familyOf(host);
    const can = this.transports(family);
    const transport = this.demanded ?? (['udp', 'tcp', 'tls'] as const).find((one) => can.includes(one)) ?? 'udp';
    if (!can.includes(transport)) return this.fail(480, `${cannot(transport)} over IPv${family}`);
    this.found([{ transport, host, port: this.wanted.port ?? DEFAULT_PORT[transport], domain: this.domain || host }]);
  }

  private naptr(): void {
    const { name } = this;
    const usable = (transport: Transport) => this.usable(transport) && (!this.wanted.secure || transport === 'tls');
    this.ask([{ name, type: 'NAPTR' }], NAPTR_UNTIL, isUseful, ([answer]) => {
      const offered = servicesOf(recordsOf(answer).filter(isNaptr), usable);
      this.srv(offered.length > 0 ? offered : servicesWithoutNaptr(name, usable));
    });
  }

  private srv(services: readonly Service[]): void {
    const questions = services.map(({ srv }) => ({ name: srv, type: 'SRV' as const }));
    this.ask(questions, SRV_UNTIL, isUseful, (answers) => {
      const targets: Target[] = [];
      const refused = new Set<Transport>();
      services.forEach(({ transport }, i) => {
        const records = recordsOf(answers[i]).filter(isSrv);
        // "." says that the service is decidedly not there (RFC 2782).
        if (records.length > 0 && records.every(({ target }) => target === '')) refused.add(transport);
        // What offers TLS is not spoken to in clear because its TLS fails: who can break TLS could else read the call.
        if (transport !== 'tls' && targets.some((target) => target.transport === 'tls')) return;
        const usable = records.filter(({ target, port }) => domainName(target) === target && port > 0);
        for (const { target, port } of srvOrder(usable, (end) => this.parts.random.below(end))) {
          targets.push({ transport, host: target, port });
        }
      });
      if (targets.length > 0) return this.addresses(targets.slice(0, this.wanted.most ?? MOST_TARGETS));
      this.withoutSrv(refused);
    });
  }

  private withoutSrv(refused: ReadonlySet<Transport>): void {
    const transport = this.demanded ?? this.usual();
    if (refused.has(transport)) return this.fail(404, `${this.name} says that it has no SIP by ${SPOKEN[transport]}`);
    this.addresses([{ transport, host: this.name, port: DEFAULT_PORT[transport] }]);
  }

  private addresses(targets: readonly Target[]): void {
    const families = this.parts.families();
    const hosts = [...new Set(targets.map(({ host }) => host))];
    const questions: Question[] = hosts.flatMap((name) =>
      families.map((family) => ({ name, type: family === 6 ? ('AAAA' as const) : ('A' as const) })),
    );
    /** What is known of the addresses of a host. */
    const of = <T>(answers: readonly T[], host: string) => {
      const at = hosts.indexOf(host) * families.length;
      return answers.slice(at, at + families.length);
    };
    const enough = (answers: readonly (Answer | undefined)[]) => {
      const first = hosts.find((host) => of(answers, host).some((answer) => answer === undefined || answer.kind === 'records'));
      return first !== undefined && of(answers, first).some((answer) => answer?.kind === 'records');
    };
    this.ask(questions, ADDRESSES_UNTIL, enough, (answers) => {
      const known = new Map(
        hosts.map((host) => {
          const found = of(answers, host).flatMap((answer) => recordsOf(answer).filter(isAddress));
          return [host, found.flatMap(({ address }) => literal(address) ?? [])];
        }),
      );
      // A name that is not there has no address of the other family either.
      this.absent = answers.every((answer) => answer.kind === 'none' && answer.nxdomain);
      this.toTargets(targets, known);
    });
  }

  private toTargets(targets: readonly Target[], known: ReadonlyMap<string, readonly string[]>): void {
    const hops = new Map<string, NextHop>();
    for (const { transport, host, port } of targets) {
      const addresses = (known.get(host) ?? []).filter((address) => this.transports(familyOf(address)).includes(transport));
      for (const address of addressOrder(addresses, this.parts.sourceFor)) {
        const hop = { transport, host: address, port, domain: this.domain };
        if (!hops.has(hopText(hop)) && hops.size < MOST_HOPS) hops.set(hopText(hop), hop);
      }
    }
    if (hops.size > 0) return this.found([...hops.values()]);
    const seen = [...known.values()].some((addresses) => addresses.length > 0);
    if (seen) return this.fail(480, `${this.name} has no address that we could reach by what it offers`);
    const [family, other] = this.parts.families();
    if (other === undefined && !this.absent) return this.fail(480, `${this.name} has no IPv${family ?? 4} address`);
    this.fail(404, `${this.name} has no address`);
  }

  private ask(
    questions: readonly Question[],
    until: Millis,
    enough: (answers: readonly (Answer | undefined)[]) => boolean,
    next: (answers: readonly Answer[]) => void,
  ): void {
    const { clock, resolver } = this.parts;
    this.gathering = new Gather(clock, questions.length, enough, (answers) => {
      answers.forEach((answer, i) => {
        this.records.push(explain(questions[i]!, answer));
        if (answer.kind === 'failed') this.failure ??= `${questions[i]!.name}: ${answer.why}`;
      });
      next(answers);
    });
    this.gathering.ask(resolver, questions, this.began + until - clock.now());
  }

  private found(hops: readonly NextHop[]): void {
    this.done({ kind: 'hops', hops: this.parts.greyList.order(hops), records: this.records });
  }

  /** Nothing was found; if a name server failed on the way, nobody knows that there is nothing. */
  private fail(status: LocateStatus, why: string): void {
    const failed = this.failure === undefined ? { status, why } : { status: 504 as const, why: `cannot look up ${this.failure}` };
    this.done({ kind: 'failed', ...failed, records: this.records });
  }
}

const SPOKEN: Readonly<Record<Transport, string>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' };
const cannot = (transport: Transport): string => `nothing here speaks ${SPOKEN[transport]}`;

/** The best that may come has come: nothing before it is open. */
const isUseful = (answers: readonly (Answer | undefined)[]): boolean =>
  answers.find((answer) => answer === undefined || answer.kind === 'records')?.kind === 'records';

const recordsOf = (answer: Answer | undefined): Extract<Answer, { kind: 'records' }>['records'] =>
  answer?.kind === 'records' ? answer.records : [];
