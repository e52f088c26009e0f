import type { Config } from './config/config.ts';
import { type Loaded, load, type Setting } from './config/load.ts';
import { problemLine, report } from './config/report.ts';
import { joinProviders } from './connector/provider/join.ts';
import type { Providers } from './connector/provider/providers.ts';
import { type Folders, fileRemedy, folderFault, foldersFor } from './control/cli/folders.ts';
import { AccountFiles } from './control/dbus/accounts.ts';
import { BUS_WORDS, isBusWord } from './control/dbus/place.ts';
import { ProviderFiles } from './control/dbus/provider-files.ts';
import { ControlService } from './control/dbus/service.ts';
import { userSettings } from './control/dbus/user-settings.ts';
import { realmOf } from './core/account/realm.ts';
import { Secrets } from './core/account/secrets.ts';
import { Exchange } from './core/exchange.ts';
import { type FirstAccount, firstStart, introduceFirst, introduction, serverAddress } from './core/first-start.ts';
import { routeKey } from './core/proxy/route-key.ts';
import { readyText } from './core/ready.ts';
import { Reloading } from './core/reloading.ts';
import { hostNamesOf } from './core/routing/domains.ts';
import { isLevel, stackOf } from './runtime/log.ts';
import { NetworkError } from './runtime/network.ts';
import { readArguments } from './runtime/node/arguments.ts';
import { NodeClock } from './runtime/node/clock.ts';
import { compileEarly } from './runtime/node/compiler.ts';
import { nodeFiles } from './runtime/node/files.ts';
import { holderOf } from './runtime/node/holder.ts';
import { NodeLog, waitNoMore } from './runtime/node/log.ts';
import { NodeNetwork } from './runtime/node/network.ts';
import { NodeRandom } from './runtime/node/random.ts';
import { NodeResolver } from './runtime/node/resolver.ts';
import { awaitTurn, lockState } from './runtime/node/state-lock.ts';
import { NodeStorage } from './runtime/node/storage.ts';
import { endWhereOutputEnds, nodeSurroundings, rootFault } from './runtime/node/terminal.ts';
import { followTimeZone } from './runtime/node/time-zone.ts';
import { tlsFault } from './runtime/node/tls.ts';
import { nativeSockets } from './runtime/node/udp-native.ts';
import { growYoungGeneration, holdYoungGeneration } from './runtime/node/young-generation.ts';
import { LoggedResolver } from './runtime/resolver-log.ts';
import { StorageError } from './runtime/storage.ts';
import { landing } from './sip/message/bytes.ts';
import { hostPort } from './sip/message/uri.ts';
import { CertificateFiles } from './sip/transport/certificate-files.ts';
import type { ListeningPoint } from './sip/transport/flow.ts';
import { BindFailure } from './sip/transport/listeners.ts';
import { TraceRing } from './sip/transport/trace.ts';
import { usage } from './text/usage.ts';
import { version } from './text/version.ts';

/** Ends the program with this exit code and a sentence (interface, 1). */
class Exit extends Error {
  readonly code: number;

  constructor(code: number, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

function commandLine() {
  try {
    return readArguments(['config', 'state', 'bus', 'log'], ['version', 'help']);
  } catch (error) {
    throw new Exit(2, `sipwitchd: ${error instanceof Error ? error.message : String(error)}\nTry "sipwitchd --help".`);
  }
}

async function main(): Promise<void> {
  process.on('SIGUSR1', () => {}); // Node would open its debugger, which obeys every user of this machine
  holdYoungGeneration();
  followTimeZone();
  const words = commandLine();
  if (words.help === true) return print(usage);
  if (words.version === true) return print(`sipwitchd ${version}\n`);
  const threshold = words.log ?? 'notice';
  if (!isLevel(threshold)) throw new Exit(2, `sipwitchd: --log ${threshold}: expected error, warning, notice, info or debug`);
  if (words.bus !== undefined && !isBusWord(words.bus)) throw new Exit(2, `sipwitchd: --bus ${words.bus}: expected ${BUS_WORDS}`);
  const surroundings = nodeSurroundings();
  const folders = foldersFor(surroundings, words.config, words.state);
  const clock = new NodeClock();
  const random = new NodeRandom();
  const log = new NodeLog({ threshold });
  const storage = new NodeStorage(folders.state, clock);
  const setting: Setting = {
    config: folders.config,
    state: folders.state,
    hostName: surroundings.hostName,
    service: folders.service,
    daemon: true,
    tlsFault,
    presets: surroundings.presets,
  };

  let loaded = load(nodeFiles, setting);
  const isFirstStart = loaded.files.length === 0 && !folders.service;
  const fault = folderFault(surroundings, words, isFirstStart) ?? rootFault(folders);
  if (fault !== undefined) throw new Exit(2, `sipwitchd: ${fault}`);
  // Before anything is written: what cannot be read is no first start.
  if (loaded.config === undefined) throw new Exit(78, report(loaded.problems, 'sipwitchd did not start.'));
  takeState(folders.state, log);
  const realm = await realmOf(storage, loaded.config.daemon.domain);
  const secrets = new Secrets(storage, clock, realm);
  if (isFirstStart) {
    await firstStart(surroundings.user, realm, new NodeStorage(folders.config, clock), storage);
    process.stderr.write(`wrote ${folders.config}/sipwitch.conf\n`);
    loaded = load(nodeFiles, setting);
    if (loaded.config === undefined) throw new Exit(78, report(loaded.problems, 'sipwitchd did not start.'));
  }
  if (loaded.problems.length > 0) process.stderr.write(`${report(loaded.problems)}\n`);

  const trace = new TraceRing(clock);
  const hostNames = hostNamesOf(surroundings.hostName);
  const udp = nativeSockets(`${__dirname}/udp.node`, landing);
  if (udp === undefined) log.info('there is no udp.node that can be loaded: UDP takes the sockets of Node');
  const network = new NodeNetwork(clock, udp);
  const key = await routeKey(storage, random, log);
  const resolver = new LoggedResolver(new NodeResolver(clock, random), clock, log);
  const exchange = new Exchange(
    { clock, network, random, log, storage, secrets, realm, key, hostNames, tap: trace, resolver },
    loaded.config,
  );
  const providers = joinProviders(exchange, nodeFiles);
  const certificates = new CertificateFiles({ files: nodeFiles, clock, log, renew: (renewed) => exchange.renew(renewed) });
  const points = await listen(exchange, loaded.config, certificates);
  // The last resort, for timers, closed sockets, buses and promises alike: from here on a bug costs the event that it came up in. Calls and
  // transactions keep their state apart and end by timers of their own, so going on loses one of them; to end would lose them all, and
  // every connection. Before this a bug ends the program: what never got ready shall not look as if it ran.
  process.on('uncaughtException', (error) => exchange.bug(error));
  waitNoMore();
  growYoungGeneration();
  compileEarly();
  udp?.waitWhenBusy();
  process.stderr.write(readyText(points, process.stderr.columns || undefined)); // 0: a terminal that nobody looks at
  await introduceFirst(loaded.config, { state: storage, secrets, random }, (first) =>
    introduce(first, serverAddress(points), storage, folders.state),
  );
  await serve({
    exchange,
    providers,
    certificates,
    setting,
    folders,
    storage,
    secrets,
    trace,
    log,
    clock,
    bus: words.bus,
    loaded,
  });
}

function print(text: string): void {
  endWhereOutputEnds('sipwitchd');
  process.stdout.write(text);
}

/** Before anything is written there: two daemons would lose each other's bindings and passwords. */
function takeState(folder: string, log: NodeLog): void {
  const lock = lockState(folder);
  const mend = 'stop that program, or give this one another --state';
  if (lock.kind === 'taken') throw new Exit(69, `the state directory ${folder} is taken by ${lock.by}; ${mend}`);
  if (lock.kind === 'unsure') log.notice(`${lock.why}: another daemon on this state directory would not be noticed`);
}

async function listen(
  exchange: Exchange,
  { daemon }: Config,
  certificates: CertificateFiles,
): Promise<readonly ListeningPoint[]> {
  try {
    const credentials = certificates.read(daemon);
    const points = await exchange.start(credentials);
    certificates.follow(daemon, credentials);
    return points;
  } catch (error) {
    if (error instanceof NetworkError) throw new Exit(error.kind === 'tls' ? 78 : 1, error.message);
    if (!(error instanceof BindFailure)) throw error;
    throw new Exit(error.kind === 'in-use' ? 69 : error.kind === 'tls' ? 78 : 1, unbound(error));
  }
}

function unbound(failure: BindFailure): string {
  if (failure.kind === 'tls') return failure.message;
  if (failure.kind !== 'in-use') return `${failure.message}; look at "listen" in [daemon]`;
  const { transport, address } = failure;
  const holder = holderOf(transport, address);
  const where = `${transport}:${hostPort(address.host, address.port)}`;
  return `${where} is taken${holder === undefined ? '' : ` by ${holder}`}; stop that program, or set another "listen" in [daemon]`;
}

/** Prints the account on a terminal; elsewhere the password goes to a file that only its owner reads, and not into a journal. */
async function introduce(first: FirstAccount, server: string, storage: NodeStorage, state: string): Promise<void> {
  // From a checkout there is no sipwitchctl on the path.
  const ctl = process.argv[1]?.endsWith('dist/sipwitchd.js') === true ? 'node dist/sipwitchctl.js' : 'sipwitchctl';
  if (process.stderr.isTTY) {
    process.stderr.write(introduction(first, server, first.password, ctl));
    return;
  }
  await storage.write('first-account', introduction(first, server, first.password, ctl).trimStart(), 0o600);
  process.stderr.write(introduction(first, server, `in ${state}/first-account`, ctl));
}

interface Running {
  readonly exchange: Exchange;
  readonly providers: Providers;
  readonly certificates: CertificateFiles;
  readonly setting: Setting;
  readonly folders: Folders;
  readonly storage: NodeStorage;
  readonly secrets: Secrets;
  readonly trace: TraceRing;
  readonly log: NodeLog;
  readonly clock: NodeClock;
  readonly bus: string | undefined;
  readonly loaded: Loaded;
}

/** Everything after `ready`: signals, the buses, which are loaded only now, and systemd. */
async function serve(running: Running): Promise<void> {
  const { exchange, providers, certificates, setting, folders, storage, log, clock } = running;
  const reloading = new Reloading({ files: nodeFiles, setting, exchange, certificates, clock, log, unbound }, running.loaded);
  let control: { stop(): Promise<void>; reloaded(): void } | undefined;
  const reload = async () => {
    const read = await reloading.reload();
    control?.reloaded();
    return read;
  };
  process.on('SIGHUP', async () => {
    const read = await reload();
    if (read.errors > 0 || reloading.problems.length > 0 || reloading.lack !== '') process.stderr.write(`${read.report}\n`);
  });
  const stop = () => {
    // Two seconds are promised; neither a disk nor a bus that hangs holds us.
    setTimeout(() => process.exit(0), 1_500).unref();
    Promise.allSettled([control?.stop(), exchange.stop()]).then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const { secrets, trace } = running;
  const dropIns = { files: nodeFiles, setting, storage, awaitTurn: () => awaitTurn(folders.state) };
  const accounts = new AccountFiles({ ...dropIns, secrets, clock, location: exchange.location });
  exchange.features.settings = userSettings(accounts, reload);
  const { notifyReady } = await import('./runtime/node/systemd.ts');
  if (running.bus === 'none') return notifyReady();
  // Only what nothing else imports may be loaded late: the bundler turns every constant of a module that is into a variable.
  const [{ NodeBuses }, { loginName }] = await Promise.all([import('./runtime/node/bus.ts'), import('./runtime/node/login.ts')]);
  const service = new ControlService({
    exchange,
    secrets,
    trace,
    log,
    buses: new NodeBuses(clock),
    storage,
    accounts,
    providers,
    providerFiles: new ProviderFiles(dropIns),
    reload: () => reloading.reload(),
    about: {
      version,
      pid: process.pid,
      config: folders.config,
      state: folders.state,
      problems: () => [
        ...reloading.problems.map(problemLine),
        ...reloading.refusals,
        ...exchange.problems,
        ...certificates.problems,
        ...providers.problems,
        ...(exchange.bugs === 0 ? [] : [`bugs since the start: ${exchange.bugs}; the log says "bug: ..." where`]),
      ],
    },
    daemonUid: process.getuid?.() ?? 0,
    loginName,
  });
  control = service;
  await service.start(folders.sockets, running.bus ?? (folders.service ? 'system' : 'session'));
  notifyReady(); // what is started after us may ask us at once
}

main().catch((error: unknown) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(error instanceof Exit ? error.code : 1);
});

function sentenceOf(error: unknown): string {
  if (error instanceof Exit) return error.message;
  if (error instanceof StorageError) return `sipwitchd: ${error.message}; ${fileRemedy(error.code, nodeSurroundings().user)}`;
  return `sipwitchd: ${stackOf(error)}`;
}
