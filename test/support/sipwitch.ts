import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, type Running, until } from './lan.ts';

/** The daemon as it is shipped, on a machine of a LAN. */
export class Sipwitch {
  private readonly host: Host;
  private readonly name: string;
  private readonly dist: string;
  private running: Running | undefined = undefined;

  constructor(host: Host, name: string, dist: string) {
    this.host = host;
    this.name = name;
    this.dist = dist;
    for (const each of ['config', 'state', 'run']) mkdirSync(join(this.folder, each), { recursive: true });
  }

  get folder(): string {
    return join(this.host.folder, this.name);
  }

  /** Its sipwitch.conf; without one it makes its own. */
  configure(text: string): void {
    writeFileSync(join(this.folder, 'config/sipwitch.conf'), text);
  }

  async start(): Promise<void> {
    const words = [join(this.dist, 'sipwitchd.js'), ...this.where, '--bus', 'session', '--log', 'info'];
    const env = { XDG_RUNTIME_DIR: join(this.folder, 'run'), HOME: this.folder };
    const running = this.host.start(this.name, process.execPath, words, env);
    this.running = running;
    await until(() => running.lines.some((line) => line.startsWith('ready: ')), 15_000, `${this.name} that is ready`);
    // Its bus is opened after it.
    await until(() => this.tried('status'), 10_000, `status of ${this.name}`);
  }

  end(): Promise<void> {
    return this.running!.end();
  }

  /** sipwitchctl; what it printed. @throws where it fails */
  ctl(...words: string[]): string {
    const env = [`XDG_RUNTIME_DIR=${join(this.folder, 'run')}`, `HOME=${this.folder}`];
    return this.host.run('env', ...env, process.execPath, join(this.dist, 'sipwitchctl.js'), ...this.where, ...words);
  }

  passwd(user: string, password: string): void {
    const words = ['passwd', user, '--stdin'].map((word) => `'${word}'`).join(' ');
    const ctl = [process.execPath, join(this.dist, 'sipwitchctl.js'), ...this.where].map((word) => `'${word}'`).join(' ');
    this.host.run('sh', '-c', `echo '${password}' | XDG_RUNTIME_DIR='${join(this.folder, 'run')}' ${ctl} ${words}`);
  }

  private get where(): string[] {
    return ['--config', join(this.folder, 'config'), '--state', join(this.folder, 'state')];
  }

  private tried(...words: string[]): string | undefined {
    try {
      return this.ctl(...words);
    } catch {
      return undefined; // not yet
    }
  }
}
