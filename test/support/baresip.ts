import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Host, type Running, until } from './lan.ts';
import { heard, writeTone } from './tone.ts';

const MODULES = ['/usr/lib/baresip/modules', '/usr/lib64/baresip/modules', '/usr/local/lib/baresip/modules'];
const CONTROL = 4444;

export interface Account {
  /** Of whom: `alice@a.test`. */
  readonly aor: string;
  /** Without one it does not register. */
  readonly password?: string;
  /** Its outbound proxy, by name or address; without one it calls other domains by itself. */
  readonly server?: string;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** Hz of what it says. */
  readonly tone: number;
  /** A PEM file of whom it believes. */
  readonly authorities?: string;
  /** Where it is called; any free one if it is not given. */
  readonly port?: number;
  /** It rings until it is told to accept. */
  readonly rings?: boolean;
  /** Further parameters of the account. */
  readonly extra?: string;
}

interface Event {
  readonly type: string;
  readonly param: string;
  readonly at: number;
}

/** A baresip without a screen, driven by its control connection. It takes every call at once unless it `rings`, says a tone and records what it hears. */
export class Baresip {
  readonly events: Event[] = [];
  private readonly folder: string;
  private readonly host: Host;
  private readonly running: Running;
  private control: Socket | undefined = undefined;
  private port: number;

  constructor(host: Host, name: string, account: Account, port = CONTROL) {
    this.host = host;
    this.port = port;
    this.folder = join(host.folder, `baresip-${name}`);
    mkdirSync(this.folder);
    writeTone(join(this.folder, 'tone.wav'), account.tone);
    const { transport = 'udp', password, server, rings = false, extra = '' } = account;
    const registers = password === undefined ? ';regint=0' : `;auth_pass=${password};regint=600`;
    const outbound = server === undefined ? '' : `;outbound="sip:${server};transport=${transport}"`;
    const line = `<sip:${account.aor};transport=${transport}>${registers};answermode=${rings ? 'manual' : 'auto'}${outbound}${extra}`;
    writeFileSync(join(this.folder, 'accounts'), `${line}\n`);
    writeFileSync(join(this.folder, 'contacts'), '');
    writeFileSync(join(this.folder, 'config'), `${this.settings(account)}\n`);
    this.running = host.start(`baresip-${name}`, 'baresip', ['-f', this.folder, '-v', '-s']);
  }

  private settings({ authorities, port = 0 }: Account): string {
    return [
      `poll_method epoll\naudio_source aufile,${join(this.folder, 'tone.wav')}\nsnd_path ${this.folder}`,
      'ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\naudio_buffer 20-160',
      `sip_listen ${this.host.address}:${port}`,
      authorities === undefined ? '' : `sip_cafile ${authorities}`,
      `module_path ${MODULES.find((path) => existsSync(path))}`,
      'module g711.so\nmodule aufile.so\nmodule sndfile.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so',
      `ctrl_tcp_listen ${this.host.address}:${this.port}`,
    ].join('\n');
  }

  /** Ready, and registered if it has a password. */
  async ready(registered = true): Promise<this> {
    await until(() => this.running.lines.some((line) => line.includes('baresip is ready')), 10_000, 'baresip that is ready');
    await this.connect();
    if (registered) {
      const bound = /200 OK \(.*\) \[\d+ binding/;
      await until(() => this.running.lines.some((line) => bound.test(line)), 10_000, 'registration');
    }
    return this;
  }

  private connect(): Promise<void> {
    const control = connect(this.port, this.host.address);
    this.control = control;
    let text = '';
    control.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let colon = text.indexOf(':'); colon > 0; colon = text.indexOf(':')) {
        const end = colon + 1 + Number(text.slice(0, colon));
        if (text.length <= end) return;
        const said = JSON.parse(text.slice(colon + 1, end)) as { event?: boolean; type?: string; param?: string };
        if (said.event === true) this.events.push({ type: said.type ?? '', param: said.param ?? '', at: Date.now() });
        text = text.slice(end + 1);
      }
    });
    return new Promise((done, failed) => {
      control.once('connect', () => done());
      control.once('error', failed);
    });
  }

  command(command: string, params = ''): void {
    const text = JSON.stringify({ command, params, token: 't' });
    this.control!.write(`${text.length}:${text},`);
  }

  /** Waits for an event since this one. */
  async event(type: string, within: number, since = 0): Promise<Event> {
    const what = () => this.events.slice(since).map((event) => `${event.type} ${event.param}`);
    return until(
      () => this.events.slice(since).find((event) => event.type === type),
      within,
      `${type} at ${this.folder}, but ${what()}`,
    );
  }

  /** The requests and responses that it saw, as text. */
  get wire(): string {
    return this.running.lines.join('\n');
  }

  /** For how many seconds of its latest call it heard this tone. */
  heard(hz: number): number {
    const recordings = readdirSync(this.folder).filter((name) => /^dump-.*-dec\.wav$/.test(name));
    const last = recordings.sort().at(-1);
    return last === undefined ? 0 : heard(join(this.folder, last), hz);
  }

  /** Packets that its machine has received by now. */
  get received(): number {
    return this.host.received;
  }

  end(): Promise<void> {
    this.control?.destroy();
    return this.running.end();
  }
}
