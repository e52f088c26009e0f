import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that was started; what it prints is kept in NAME.log of the stage's folder. */
export class Running {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly over: Promise<void>;

  constructor(child: ChildProcess, log: string) {
    this.child = child;
    this.over = new Promise((done) => {
      child.once('exit', () => done());
    });
    const take = (text: Buffer) => {
      appendFileSync(log, text);
      this.lines.push(...text.toString('utf8').split('\n'));
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.stdin!.on('error', () => undefined);
  }

  type(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), 4_000);
    await this.over;
    clearTimeout(late);
  }
}

/** Runs a program to its end; what it printed. */
export function run(program: string, words: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8', input, timeout: 20_000 });
  if (error !== undefined || status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr + stdout}`);
  return stdout;
}

/** A machine of its own: a network namespace with one interface on the bridge. */
export class Host {
  readonly address: string;
  readonly folder: string;
  private readonly name: string;

  constructor(folder: string, name: string, address: string) {
    this.folder = folder;
    this.name = name;
    this.address = address;
  }

  run(program: string, ...words: string[]): string {
    return run('nsenter', [...this.within(), program, ...words]);
  }

  /** Packets that it has received by now. */
  get received(): number {
    return Number(/eth0: *\d+ +(\d+)/.exec(this.run('cat', '/proc/net/dev'))?.[1]);
  }

  start(name: string, program: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const home = { ...process.env, HOME: join(this.folder, name), ...env };
    mkdirSync(home.HOME, { recursive: true });
    const child = spawn('nsenter', [...this.within(), program, ...words], { stdio: 'pipe', env: home });
    return new Running(child, join(this.folder, `${name}.log`));
  }

  private within(): string[] {
    return [`--net=/run/netns/${this.name}`];
  }
}

/**
 * A bridge between machines, at which this program has the address .254 and where every name is asked of the one at .53. Needs namespaces of
 * its own for network and mounts (see stage.ts).
 */
export class Lan {
  readonly resolver = '203.0.113.53';
  private readonly folder: string;
  private hosts = 0;

  constructor(folder: string) {
    this.folder = folder;
    run('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
    this.use(`nameserver ${this.resolver}\noptions timeout:1 attempts:2\n`, '/etc/resolv.conf');
    this.use('127.0.0.1 localhost\n', '/etc/hosts');
    run('ip', ['link', 'set', 'lo', 'up']);
    run('ip', ['link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0']);
    for (const last of ['254', '53']) run('ip', ['address', 'add', `203.0.113.${last}/24`, 'dev', 'br0']);
    run('ip', ['link', 'set', 'br0', 'up']);
  }

  private use(text: string, path: string): void {
    const file = join(this.folder, path.replaceAll('/', '_'));
    writeFileSync(file, text);
    run('mount', ['--bind', file, path]);
  }

  /** `address`: the last number of 203.0.113. */
  host(name: string, last: number): Host {
    const [outside, address] = [`p${++this.hosts}`, `203.0.113.${last}`];
    run('ip', ['netns', 'add', name]);
    run('ip', ['link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
    run('ip', ['link', 'set', outside, 'master', 'br0', 'up']);
    const host = new Host(this.folder, name, address);
    host.run('ip', 'link', 'set', 'lo', 'up');
    host.run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
    host.run('ip', 'link', 'set', 'eth0', 'up');
    // Some clients think that there is no network without one.
    host.run('ip', 'route', 'add', 'default', 'via', '203.0.113.254');
    return host;
  }

  /** Packets to this address vanish. */
  hole(last: number, ...from: Host[]): void {
    const words = ['neigh', 'add', `203.0.113.${last}`, 'lladdr', '02:00:00:00:00:99', 'nud', 'permanent', 'dev'];
    for (const host of from) host.run('ip', ...words, 'eth0');
    run('ip', [...words, 'br0']);
  }

  /** A real name server: dnsmasq, with these of its options. */
  async names(records: readonly string[]): Promise<Running> {
    const options = ['no-resolv', 'no-hosts', 'bind-interfaces', 'user=root', 'log-queries', `listen-address=${this.resolver}`];
    const file = join(this.folder, 'dnsmasq.conf');
    writeFileSync(file, [...options, 'local=/test/', 'local=/example/', 'local-ttl=60', ...records, ''].join('\n'));
    const child = spawn('dnsmasq', ['--no-daemon', `--conf-file=${file}`, '--log-facility=-', '--pid-file='], { stdio: 'pipe' });
    const dnsmasq = new Running(child, join(this.folder, 'dnsmasq.log'));
    await until(() => dnsmasq.lines.some((line) => line.includes('started, version')), 5_000, 'dnsmasq');
    return dnsmasq;
  }
}

/** Waits until something is so, at most so many milliseconds; what it was. */
export async function until<T>(look: () => T, within: number, what: string): Promise<NonNullable<T>> {
  for (const end = Date.now() + within; ; ) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`after ${within} ms: no ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
