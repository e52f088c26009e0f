import { hostname, userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Config } from './config/config.ts';
import { load, type Setting } from './config/load.ts';
import { report } from './config/report.ts';
import { firstConfig } from './config/sample.ts';
import { randomPassword } from './core/account/password.ts';
import { realmOf } from './core/account/realm.ts';
import { Secrets } from './core/account/secrets.ts';
import { BindFailure, Exchange } from './core/exchange.ts';
import { isLevel, type Level } from './runtime/log.ts';
import type { TlsCredentials } from './runtime/network.ts';
import { NodeClock } from './runtime/node/clock.ts';
import { nodeFiles } from './runtime/node/files.ts';
import { holderOf } from './runtime/node/holder.ts';
import { NodeLog } from './runtime/node/log.ts';
import { NodeNetwork } from './runtime/node/network.ts';
import { NodeRandom } from './runtime/node/random.ts';
import { NodeStorage } from './runtime/node/storage.ts';
import type { ListeningPoint } from './sip/transport/flow.ts';
import { version } from './text/version.ts';

const USAGE = `Usage: sipwitchd [--config DIR] [--state DIR] [--bus system|session|none|ADDRESS] [--log LEVEL]

The telephone exchange of this computer: softphones register here, and it decides where each call goes.
It stays in the foreground; "sipwitchctl" talks to it.

  --config DIR   where sipwitch.conf is     (an ordinary user: ~/.config/sipwitch; as a service: /etc/sipwitch)
  --state DIR    what it keeps              (an ordinary user: ~/.local/state/sipwitch; as a service: /var/lib/sipwitch)
  --bus BUS      where D-Bus programs reach it: system, session, none, or an address
  --log LEVEL    error, warning, notice (default), info or debug
  --version      print the version
  --help         print this
`;

interface Options {
  readonly config: string;
  readonly state: string;
  readonly bus: string;
  readonly log: Level;
  readonly service: boolean;
}

class Exit extends Error {
  readonly code: number;
  constructor(code: number, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

function readOptions(): Options | undefined {
  let values: { config?: string; state?: string; bus?: string; log?: string; version?: boolean; help?: boolean };
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    values = parseArgs({ options: { config: text, state: text, bus: text, log: text, version: flag, help: flag } }).values;
  } catch (error) {
    throw new Exit(2, `${error instanceof Error ? error.message : String(error)}\nTry "sipwitchd --help".`);
  }
  if (values.help === true) return void process.stdout.write(USAGE);
  if (values.version === true) return void process.stdout.write(`sipwitchd ${version}\n`);
  const log = values.log ?? 'notice';
  if (!isLevel(log)) throw new Exit(2, `--log ${log}: expected error, warning, notice, info or debug`);
  const { username, homedir, uid } = userInfo();
  const service = uid === 0 || username === '_sipwitch';
  const under = (variable: string, fallback: string) => `${process.env[variable] || `${homedir}/${fallback}`}/sipwitch`;
  return {
    config: values.config ?? (service ? '/etc/sipwitch' : under('XDG_CONFIG_HOME', '.config')),
    state: values.state ?? (service ? '/var/lib/sipwitch' : under('XDG_STATE_HOME', '.local/state')),
    bus: values.bus ?? (service ? 'system' : 'session'),
    log,
    service,
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return;
  const clock = new NodeClock();
  const random = new NodeRandom();
  const log = new NodeLog({ threshold: options.log });
  const network = new NodeNetwork(clock);
  const storage = new NodeStorage(options.state, clock);
  const setting: Setting = { config: options.config, state: options.state, hostName: hostname(), service: options.service };

  let loaded = load(nodeFiles, setting);
  const realm = await realmOf(storage, random);
  const secrets = new Secrets(storage, clock, realm);
  const first =
    loaded.files.length === 0 && !options.service
      ? await firstStart(options, secrets, new NodeStorage(options.config, clock), random)
      : undefined;
  if (first !== undefined) loaded = load(nodeFiles, setting);
  if (loaded.config === undefined) throw new Exit(78, report(loaded.problems));
  if (loaded.problems.length > 0) process.stderr.write(`${report(loaded.problems)}\n`);

  const name = hostname();
  const hostNames = ['localhost', name, `${name.replace(/\..*/, '')}.local`];
  const exchange = new Exchange(
    { clock, network, random, log, storage, secrets, realm, key: await keyOf(storage, random), hostNames },
    loaded.config,
  );
  const points = await bindAll(exchange, loaded.config);
  process.stderr.write(`ready: ${points.map(({ transport, sentBy }) => `sip:${sentBy};transport=${transport}`).join(' ')}\n`);
  if (first !== undefined) await introduce(first, serverAddress(points, name), storage, options.state);
  run(exchange, setting, log);
}

/** What a softphone on this or another machine can reach: an address of the network before a loopback one, the port if it is not 5060. */
function serverAddress(points: readonly ListeningPoint[], name: string): string {
  const udp = points.filter(({ transport }) => transport === 'udp');
  const best = udp.find(({ address }) => !address.host.includes(':') && !address.host.startsWith('127.')) ?? udp[0] ?? points[0];
  return best === undefined ? name : best.sentBy.replace(/:5060$/, '');
}

async function bindAll(exchange: Exchange, config: Config) {
  try {
    return await exchange.start(credentialsOf(config));
  } catch (error) {
    if (!(error instanceof BindFailure)) throw error;
    if (error.kind !== 'in-use') throw new Exit(1, error.message);
    const { transport, address } = error;
    const holder = holderOf(transport, address);
    const where = `${transport}:${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
    throw new Exit(
      69,
      `${where} is taken${holder === undefined ? '' : ` by ${holder}`}; stop that program, or set another "listen" in [daemon]`,
    );
  }
}

/** The configuration of a first start, and what to type into a softphone (interface, 1). */
interface First {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

async function firstStart({ config }: Options, secrets: Secrets, files: NodeStorage, random: NodeRandom): Promise<First> {
  const user = userInfo().username;
  const domain = hostname().toLowerCase();
  await files.write('sipwitch.conf', firstConfig({ domain, user, extension: '200' }), 0o644);
  const password = randomPassword(random);
  await secrets.set(user, 'passwd', password);
  process.stderr.write(`wrote ${config}/sipwitch.conf\n`);
  return { user, domain, password };
}

/** Prints the account on a terminal; elsewhere the password goes to a file that only its owner reads, and not into a journal. */
async function introduce({ user, password }: First, server: string, storage: NodeStorage, state: string): Promise<void> {
  const account = (secret: string) => `
  Type this into a softphone:

      user name   ${user}
      password    ${secret}
      domain      ${server}      (server, registrar or proxy, whichever it asks for)

  Your extension is 200. A second account for a second phone:  sipwitchctl user add NAME, then sipwitchctl passwd NAME
`;
  if (process.stderr.isTTY) {
    process.stderr.write(`${account(password)}\n`);
    return;
  }
  await storage.write('first-account', account(password).trimStart(), 0o600);
  process.stderr.write(`${account(`in ${state}/first-account`)}\n`);
}

/** What signs our Record-Routes: made once, so that calls outlive a restart. */
async function keyOf(storage: NodeStorage, random: NodeRandom): Promise<string> {
  const kept = storage.read('route-key')?.trim();
  if (kept !== undefined && /^[0-9a-f]{32,}$/.test(kept)) return kept;
  const key = random.hex(32);
  await storage.write('route-key', `${key}\n`);
  return key;
}

function credentialsOf({ daemon }: Config): TlsCredentials | undefined {
  const { tlsCertificate, tlsKey, tlsAuthorities } = daemon;
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  const read = (path: string) => {
    const text = nodeFiles.read(path);
    if (text === undefined) throw new Exit(78, `[daemon]: there is no file ${path}`);
    return text;
  };
  return {
    certificate: read(tlsCertificate),
    key: read(tlsKey),
    authorities: tlsAuthorities === undefined ? undefined : read(tlsAuthorities),
  };
}

function run(exchange: Exchange, setting: Setting, log: NodeLog): void {
  let since = new Date();
  const reload = () => {
    const { config, problems } = load(nodeFiles, setting);
    const kept = `The running daemon keeps the configuration it loaded at ${since.toTimeString().slice(0, 8)}.`;
    if (problems.length > 0) process.stderr.write(`${report(problems, config === undefined ? kept : '')}\n`);
    if (config === undefined) return;
    exchange.reload(config);
    since = new Date();
    log.notice('the configuration was read again');
  };
  const stop = () => {
    // Two seconds are promised; a disk that hangs does not hold us.
    setTimeout(() => process.exit(0), 1_500).unref();
    exchange.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGHUP', reload);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  if (error instanceof Exit) {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.code);
  }
  process.stderr.write(`sipwitchd: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
