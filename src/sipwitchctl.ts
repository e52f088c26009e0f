import { FileControl } from './control/cli/files.ts';
import type { Folders } from './control/cli/folders.ts';
import { main } from './control/cli/main.ts';
import { type Passed, reach } from './control/cli/reach.ts';
import { realmOf, realmToRead } from './core/account/realm.ts';
import { Secrets } from './core/account/secrets.ts';
import { startAgent } from './runtime/node/agent.ts';
import { NodeClock } from './runtime/node/clock.ts';
import { nodeFiles } from './runtime/node/files.ts';
import { nodeHost } from './runtime/node/host.ts';
import { NodeNetwork } from './runtime/node/network.ts';
import { NodeRandom } from './runtime/node/random.ts';
import { NodeResolver } from './runtime/node/resolver.ts';
import { awaitTurn, stateHolder } from './runtime/node/state-lock.ts';
import { NodeStorage } from './runtime/node/storage.ts';
import { exists, NodeTerminal, nodeSurroundings, runAsOwnerOf } from './runtime/node/terminal.ts';
import { tlsFault } from './runtime/node/tls.ts';
import { tried } from './runtime/node/tried.ts';
import { version } from './text/version.ts';

const surroundings = nodeSurroundings();
const clock = new NodeClock();
const random = new NodeRandom();
const interfaces = () => tried(() => new NodeNetwork(clock).interfaces(), []);

/** One command looks once; to watch a folder would make it. */
class Glance extends NodeStorage {
  override watch(): () => void {
    return () => {};
  }
}

function files({ config, state, service, askOnly, named }: Folders, passed: Passed): FileControl {
  const code = runAsOwnerOf(state);
  if (code !== undefined) process.exit(code);
  const storage = new Glance(state, clock);
  const setting = { config, state, hostName: surroundings.hostName, service, presets: surroundings.presets, tlsFault };
  const openSecrets = (domain: string) => new Secrets(storage, clock, realmToRead(storage, domain));
  const keepRealm = (domain: string) => realmOf(storage, domain);
  const keep = { openSecrets, keepRealm, awaitTurn: () => awaitTurn(state), daemon: () => stateHolder(state) };
  return new FileControl({ files: nodeFiles, setting, storage, ...keep, clock, interfaces, passed, named, askOnly });
}

async function buses() {
  const { NodeBuses } = await import('./runtime/node/bus.ts');
  return new NodeBuses(clock);
}

const machine = {
  version,
  terminal: new NodeTerminal('sipwitchctl'),
  surroundings,
  files: nodeFiles,
  clock,
  random,
  host: nodeHost(interfaces),
  openResolver: () => new NodeResolver(clock, random),
  reach: (bus: string | undefined, folders: Folders) =>
    reach(bus, folders, { buses, exists, read: nodeFiles.read, files, startAgent }),
};

main(process.argv.slice(2), machine).then((code) => {
  process.exitCode = code;
});
