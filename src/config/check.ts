import { nearest } from '../text/nearest.ts';
import { type Config, isWritten, type Origin, type Place, placeOfKey, placeOfSection } from './config.ts';
import { dialLoops } from './dial-loops.ts';
import { titleOf } from './ini.ts';
import { type Problem, problem, type Severity } from './problem.ts';
import { covers, type Destination, isNumber, isTrunk } from './values/telephone.ts';

/** Hints are for people; a thousand wrong names in one file do not each need a search through ten thousand right ones. */
const HINTS = 100;

/** The named things that something can refer to. */
type Named = ReadonlyMap<string, { readonly origin: Origin }>;

/**
 * Checks what one section cannot know of another: names that nobody has, extensions that two have.
 *
 * @param base the folder below which files are named by the rest of their path
 */
export function check(config: Config, base: string): Problem[] {
  const checking = new Checking(config, base);
  checking.daemon();
  checking.names();
  checking.extensions();
  checking.users();
  checking.groups();
  checking.trunks();
  checking.rules();
  return checking.problems;
}

class Checking {
  readonly problems: Problem[] = [];
  private readonly config: Config;
  private readonly base: string;
  /** Who has an extension. */
  private readonly holders = new Map<string, Origin>();
  private readonly certificates = new Map<string, Origin>();
  private hints = 0;

  constructor(config: Config, base: string) {
    this.config = config;
    this.base = base.endsWith('/') ? base : `${base}/`;
  }

  daemon(): void {
    const { origin, tlsListen, tlsCertificate, tlsKey } = this.config.daemon;
    if (tlsCertificate !== undefined && tlsKey === undefined)
      this.complain(placeOfKey(origin, 'tls_certificate'), 'expected tls_key beside it');
    if (tlsKey !== undefined && tlsCertificate === undefined)
      this.complain(placeOfKey(origin, 'tls_key'), 'expected tls_certificate beside it');
    if (tlsListen.length > 0 && tlsCertificate === undefined && tlsKey === undefined) {
      this.complain(placeOfKey(origin, 'tls_listen'), 'expected tls_certificate and tls_key beside it');
    }
  }

  names(): void {
    for (const { name, origin } of this.config.groups.values()) {
      const user = this.config.users.get(name);
      if (user !== undefined)
        this.complain(placeOfSection(origin), `there is [user ${name}] too${this.at(placeOfSection(user.origin))}`);
    }
  }

  extensions(): void {
    for (const user of this.config.users.values()) this.extension(user.origin, user.extension);
    for (const group of this.config.groups.values()) this.extension(group.origin, group.extension);
    for (const { name, origin } of this.config.users.values()) {
      const holder = this.holders.get(name);
      if (holder === undefined || holder === origin) continue;
      this.complain(
        placeOfSection(origin),
        `${name} is the extension of ${titleOf(holder)}${this.at(placeOfKey(holder, 'extension'))}`,
      );
    }
  }

  private extension(origin: Origin, extension: string | undefined): void {
    if (extension === undefined) return;
    const holder = this.holders.get(extension);
    if (holder === undefined) this.holders.set(extension, origin);
    else {
      const first = this.at(placeOfKey(holder, 'extension'));
      this.complain(placeOfKey(origin, 'extension'), `${extension} is the extension of ${titleOf(holder)} already${first}`);
    }
    const ranges = this.config.daemon.extensions;
    if (covers(ranges, extension)) return;
    const allowed = ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ');
    this.complain(placeOfKey(origin, 'extension'), `expected an extension in ${allowed}, the extensions of [daemon]`);
  }

  users(): void {
    for (const user of this.config.users.values()) {
      if (user.published && isNumber(user.name)) {
        this.complain(
          placeOfKey(user.origin, 'published'),
          `${user.name} is a number and is never published; give the user a name`,
          'warning',
        );
      }
      if (user.class !== undefined) this.refer(user.origin, 'class', user.class, 'class', this.config.classes);
      this.certificate(user.origin, user.certificate);
      this.callee(user.origin, 'forward_all', user.forwardAll);
      this.callee(user.origin, 'forward_busy', user.forwardBusy);
      this.callee(user.origin, 'forward_noanswer', user.forwardNoanswer);
      this.callee(user.origin, 'forward_offline', user.forwardOffline);
      this.callee(user.origin, 'forward_dnd', user.forwardDnd);
    }
  }

  private certificate(origin: Origin, names: readonly string[]): void {
    for (const name of names) {
      const first = this.certificates.get(name);
      if (first === undefined) this.certificates.set(name, origin);
      else {
        const at = this.at(placeOfKey(first, 'certificate'));
        this.complain(placeOfKey(origin, 'certificate', name), `${name} is a certificate of ${titleOf(first)} already${at}`);
      }
    }
    if (names.length > 0 && this.config.daemon.tlsClientCertificates === 'no') {
      const why = 'nobody is asked for a certificate: expected tls_client_certificates = ask in [daemon]';
      this.complain(placeOfKey(origin, 'certificate'), why, 'warning');
    }
  }

  groups(): void {
    for (const group of this.config.groups.values()) {
      if (group.members.length === 0) this.complain(placeOfKey(group.origin, 'members'), 'expected members: nobody rings');
      for (const member of group.members) this.callee(group.origin, 'members', member);
      this.callee(group.origin, 'then', group.then);
    }
  }

  trunks(): void {
    for (const provider of this.config.providers.values()) {
      const { origin } = provider;
      if (provider.preset === undefined && provider.registrar === undefined)
        this.complain(placeOfSection(origin), 'expected a preset or a registrar');
      if (provider.password !== undefined && provider.passwordFile !== undefined) {
        this.complain(placeOfKey(origin, 'password_file'), 'expected either password or password_file');
      }
      this.callee(origin, 'inbound', provider.inbound);
      for (const [number, callee] of provider.numbers) this.callee(origin, `number_${number}`, callee);
      this.classes(origin, provider.classes);
    }
    for (const modem of this.config.modems.values()) {
      if (modem.port === undefined) this.complain(placeOfSection(modem.origin), 'expected a port');
      this.callee(modem.origin, 'inbound', modem.inbound);
      this.classes(modem.origin, modem.classes);
    }
  }

  rules(): void {
    for (const rule of this.config.dial.values()) {
      const { origin, match, strip, prepend, replace, refuse, to } = rule;
      if (match === undefined) this.complain(placeOfSection(origin), 'expected a match');
      if (!['to', 'refuse', 'replace', 'strip', 'prepend'].some((key) => isWritten(origin, key)))
        this.complain(placeOfSection(origin), 'expected to = provider NAME or modem NAME, or refuse, or another number to dial');
      if (refuse !== undefined && (to.length > 0 || replace !== undefined || strip > 0 || prepend !== undefined))
        this.complain(placeOfKey(origin, 'refuse'), 'expected nothing beside it but match and classes: the call goes nowhere');
      if (replace !== undefined && strip > 0) this.complain(placeOfKey(origin, 'strip'), 'expected either strip or replace');
      for (const target of to) {
        if (!isTrunk(target)) this.callee(origin, 'to', target);
        else {
          const { kind, name } = target;
          this.refer(origin, 'to', name, kind, kind === 'provider' ? this.config.providers : this.config.modems);
        }
      }
      this.classes(origin, rule.classes);
    }
    for (const speed of this.config.speeds.values()) {
      if (speed.to === undefined) this.complain(placeOfSection(speed.origin), 'expected to = a user, a group, a number or a URI');
      this.callee(speed.origin, 'to', speed.to);
      const slash = speed.name.indexOf('/');
      const owner = speed.name.slice(0, Math.max(0, slash));
      if (slash > 0 && !this.config.users.has(owner))
        this.complain(placeOfSection(speed.origin), `there is no [user ${owner}]`, 'error', this.meant(owner, this.config.users));
    }
    const { users, groups } = this.config;
    for (const { dialed, origins } of dialLoops(
      this.config,
      (text) => users.has(text) || groups.has(text) || this.holders.has(text),
    )) {
      const names = [...new Set(origins)].map(titleOf).join(', ');
      this.complain(keyOfLoop(origins.at(-1)!), `dialing ${dialed} never ends: ${names} rewrites it again and again`);
    }
  }

  private classes(origin: Origin, names: readonly string[]): void {
    for (const name of names) this.refer(origin, 'classes', name, 'class', this.config.classes);
  }

  private refer(origin: Origin, key: string, name: string, kind: string, known: Named): void {
    if (!known.has(name))
      this.complain(placeOfKey(origin, key, name), `there is no [${kind} ${name}]`, 'error', this.meant(name, known));
  }

  private callee(origin: Origin, key: string, callee: Destination | undefined): void {
    if (callee === undefined || callee.kind === 'uri') return;
    const { users, groups, daemon } = this.config;
    const name = callee.kind === 'name' ? callee.name : callee.number;
    if (users.has(name) || groups.has(name) || this.holders.has(name)) return;
    if (callee.kind === 'name') {
      const hint = this.meant(name, new Map<string, { readonly origin: Origin }>([...users, ...groups]));
      this.complain(placeOfKey(origin, key, name), `there is no user or group ${name}`, 'error', hint);
    } else if (covers(daemon.extensions, name)) {
      this.complain(placeOfKey(origin, key, name), `nobody has extension ${name}`, 'warning');
    }
  }

  /** `did you mean gsm0 (sipwitch.conf.d/gsm0.conf:1)?` */
  private meant(name: string, known: Named): string | undefined {
    const found = this.hints++ < HINTS ? nearest(name, known.keys()) : undefined;
    return found === undefined ? undefined : `did you mean ${found}${this.at(placeOfSection(known.get(found)!.origin))}?`;
  }

  /** ` (sipwitch.conf:12)`; nothing for what no file holds. */
  private at(place: Place | undefined): string {
    if (place === undefined) return '';
    const { path } = place.source;
    return ` (${path.startsWith(this.base) ? path.slice(this.base.length) : path}:${place.span.line})`;
  }

  private complain(place: Place | undefined, message: string, severity: Severity = 'error', hint?: string): void {
    // Only what nobody wrote has no place, and nobody can be wrong about that.
    if (place !== undefined)
      this.problems.push(problem(place.source, place.span, { severity, where: place.where, message, hint }));
  }
}

/** The key that makes the number which leads on. */
function keyOfLoop(origin: Origin): Place | undefined {
  const written = ['to', 'replace', 'prepend', 'strip'].find((key) => isWritten(origin, key));
  return placeOfKey(origin, written ?? 'match');
}
