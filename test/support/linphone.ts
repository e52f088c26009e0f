import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, type Running, until } from './lan.ts';
import { heard, writeTone } from './tone.ts';

export interface LinphoneAccount {
  readonly aor: string;
  readonly password: string;
  /** Hz of what it says. */
  readonly tone: number;
  /** A PEM file of whom it believes: it registers by TLS with a sips URI, at whose every call `sips` is asked for. */
  readonly authorities?: string;
  /** The address of its registrar by UDP, without authorities. */
  readonly server?: string;
  /** It rings, and takes no call. */
  readonly rings?: boolean;
}

/** A linphonec that takes every call, says a tone and records. Its digits go out by INFO. */
export class Linphone {
  private readonly folder: string;
  private readonly running: Running;
  private readonly debug: string;
  private recordings = 0;
  private newest = 0;

  constructor(host: Host, name: string, { aor, password, tone, authorities, server, rings = false }: LinphoneAccount) {
    const [user = '', domain = ''] = aor.split('@');
    const scheme = authorities === undefined ? 'sip' : 'sips';
    const registrar = authorities === undefined ? `sip:${server};transport=udp` : `sips:${domain}`;
    this.folder = join(host.folder, `linphone-${name}`);
    mkdirSync(join(this.folder, '.local/share/linphone'), { recursive: true });
    writeTone(join(this.folder, 'tone.wav'), tone);
    const file = join(this.folder, 'linphonerc');
    writeFileSync(
      file,
      `[sip]
default_proxy=0
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
use_ipv6=0
root_ca=${authorities ?? ''}
use_info=1
verify_server_certs=1
verify_server_cn=1
[rtp]
audio_rtp_port=${7_078 + 10 * tone}
[video]
capture=0
display=0
[sound]
echocancellation=0
[proxy_0]
reg_proxy=<${registrar}>
reg_route=<${registrar};lr>
reg_identity=${scheme}:${aor}
reg_expires=600
reg_sendregister=1
publish=0
[auth_info_0]
username=${user}
userid=${user}
passwd=${password}
realm=${domain}
domain=${domain}
`,
    );
    this.debug = join(this.folder, 'debug');
    const words = ['-c', file, '-d', '6', '-l', this.debug, '-S', ...(rings ? [] : ['-a'])];
    this.running = host.start(`linphone-${name}`, 'linphonec', words);
  }

  async ready(): Promise<this> {
    await this.says(/linphonec>|Ready/, 15_000, 'linphonec');
    for (const line of ['soundcard use files', `play ${join(this.folder, 'tone.wav')}`]) this.running.type(line);
    await until(
      () => {
        this.running.type('status register');
        return this.running.lines.some((line) => /registered, identity=\S+ duration=\d+/.test(line));
      },
      15_000,
      'registration of linphonec',
    );
    return this;
  }

  /** Waits until it prints this. */
  async says(what: RegExp, within: number, name = String(what)): Promise<void> {
    await until(() => this.running.lines.some((line) => what.test(line)), within, name);
  }

  /** From here on what it hears goes to a new file, and what it printed is forgotten. */
  listen(): void {
    this.running.lines.length = 0;
    this.running.type(`record ${this.recording(++this.recordings)}`);
  }

  dial(uri: string): void {
    this.running.type(`call ${uri}`);
  }

  /** The first call's far side gets the second's (RFC 5589 §7). */
  connect(first: number, second: number): void {
    this.running.type(`transfer ${first} --to-call ${second}`);
  }

  /** Puts the call on hold that it talks in. */
  async hold(): Promise<void> {
    this.running.type('pause');
    await this.says(/is now paused/, 5_000);
  }

  /** Its only call. */
  transfer(uri: string): void {
    this.running.type(`transfer ${uri}`);
  }

  /** The number of the next call that it says is connected. */
  async connected(within: number): Promise<number> {
    const look = () => this.running.lines.map((line) => /Call (\d+) .*connected/.exec(line)?.[1]);
    const fresh = () => look().find((number) => Number(number) > this.newest);
    this.newest = Number(await until(fresh, within, 'call that is connected'));
    return this.newest;
  }

  digits(digits: string): void {
    this.running.type(digits);
  }

  hangUp(): void {
    this.running.type('terminate');
  }

  /** What it keeps of its latest call: missed, answered elsewhere. */
  async newestCall(): Promise<string> {
    this.running.lines.length = 0;
    this.running.type('call-logs');
    return until(() => /^Status: (.*)$/m.exec(this.running.lines.join('\n'))?.[1], 5_000, 'call in the log of linphonec');
  }

  /** The requests and responses that it saw, as text. */
  get wire(): string {
    return readFileSync(this.debug, 'utf8');
  }

  /** For how many seconds it heard this tone since `listen`; it does not hear any more after this. */
  heard(hz: number): number {
    const done = join(this.folder, `done-${this.recordings}.wav`);
    renameSync(this.recording(this.recordings), done);
    return heard(done, hz);
  }

  private recording(n: number): string {
    return join(this.folder, `heard-${n}.wav`);
  }

  end(): Promise<void> {
    this.running.type('quit');
    return this.running.end();
  }
}
