// Builds `udp.node` of src/runtime/node/udp*.c, with which a datagram costs less. The daemon does without, so where there is no compiler, or
// Node's headers are not installed, that is told, and no more.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const FOLDER = 'src/runtime/node';
const SOURCES = ['udp.c', 'udp-address.c', 'udp-send.c', 'udp-wait.c'].map((name) => join(FOLDER, name));
const FLAGS = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-fPIC', '-fvisibility=hidden', '-shared'];

/** Where the headers of this Node are: beside it, where npm was told, or where distributions put them. */
function headers() {
  const roots = [process.env.npm_config_nodedir, dirname(dirname(process.execPath)), '/usr'];
  const folders = roots.filter((root) => root !== undefined).map((root) => join(root, 'include/node'));
  return folders.find((folder) => existsSync(join(folder, 'node_api.h')));
}

function isNewer(made, sources) {
  return sources.every((source) => statSync(made).mtimeMs > statSync(source).mtimeMs);
}

/** Not so where it was built on another kind of machine. */
function loads(path) {
  try {
    process.dlopen({ exports: {} }, resolve(path));
    return true;
  } catch {
    return false;
  }
}

/** Says why there is none, or undefined where it is there. Flags of the environment are the packager's (dpkg-buildflags). */
export function buildNative(folder) {
  const made = join(folder, 'udp.node');
  for (const name of readdirSync(folder)) if (/^udp\.node\.\d+$/.test(name)) rmSync(join(folder, name)); // of a build that was killed
  if (existsSync(made) && isNewer(made, [...SOURCES, join(FOLDER, 'udp.h')]) && loads(made)) return undefined;
  const written = `${made}.${process.pid}`;
  try {
    compile(written);
    renameSync(written, made); // a daemon that runs keeps the one that it has
    return undefined;
  } catch (error) {
    rmSync(written, { force: true });
    rmSync(made, { force: true }); // of an older source
    return error.message;
  }
}

function compile(written) {
  const include = headers();
  if (include === undefined) throw new Error('the headers of Node (node_api.h) are not installed');
  const words = (name) => (process.env[name] ?? '').split(/\s+/).filter((word) => word !== '');
  const [compiler = 'cc', ...first] = words('CC');
  const flags = [...first, ...FLAGS, ...['CPPFLAGS', 'CFLAGS', 'LDFLAGS'].flatMap(words)];
  try {
    execFileSync(compiler, [...flags, `-I${include}`, '-o', written, ...SOURCES], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`there is no ${compiler}`);
    throw new Error(`${compiler} failed: ${error.stderr || error.message}`);
  }
}
