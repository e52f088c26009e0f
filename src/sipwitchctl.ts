import type { Control } from './control/cli/control.ts';
import { FileControl } from './control/cli/files.ts';
import type { Folders } from './control/cli/folders.ts';
import { main } from './control/cli/main.ts';
import { realmOf } from './core/account/realm.ts';
import { Secrets } from './core/account/secrets.ts';
import { NodeClock } from './runtime/node/clock.ts';
import { nodeFiles } from './runtime/node/files.ts';
import { NodeRandom } from './runtime/node/random.ts';
import { NodeStorage } from './runtime/node/storage.ts';
import { NodeTerminal, nodeSurroundings } from './runtime/node/terminal.ts';
import { version } from './version.ts';

const surroundings = nodeSurroundings();
const clock = new NodeClock();
const random = new NodeRandom();

async function files({ config, state, service }: Folders): Promise<Control> {
  const storage = new NodeStorage(state, clock);
  const setting = { config, state, hostName: surroundings.hostName, service };
  const openSecrets = async () => new Secrets(storage, clock, await realmOf(storage, random));
  return new FileControl({ files: nodeFiles, setting, storage, openSecrets, clock });
}

const machine = {
  version,
  terminal: new NodeTerminal(),
  surroundings,
  files: nodeFiles,
  clock,
  random,
  reach: (_bus: string | undefined, folders: Folders) => files(folders),
};

main(process.argv.slice(2), machine).then((code) => {
  process.exitCode = code;
});
