// One bundle a program, what starts it, and the library for UDP: `npm run build`. Packages that each start reads are bundled, because to find
// and compile them is a twelfth of it. `node build.mjs --debian` bundles all (dist/debian, no source maps), because a Debian package cannot fetch
// them, and makes no code cache, which holds for this machine only.
import { readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { writeCodeCaches } from './etc/code-cache.mjs';
import { buildNative } from './etc/native.mjs';

const debian = process.argv.includes('--debian');
const outdir = debian ? 'dist/debian' : 'dist';
const start = 'src/runtime/node/start.ts';
const bundles = debian ? ['sipwitchd', 'sipwitchctl'] : ['sipwitchd.bundle', 'sipwitchctl.bundle'];

await build({
  entryPoints: {
    ...Object.fromEntries(bundles.map((name) => [name, `src/${name.replace('.bundle', '')}.ts`])),
    ...(debian ? {} : { sipwitchd: start, sipwitchctl: start }),
  },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' }, // package.json `bin` links to the bundles
  outExtension: { '.js': '.js' },
  target: 'node18.19',
  external: debian ? [] : ['dbus-native'], // large, and read only where there is a bus
  sourcemap: !debian,
  logLevel: 'warning',
});
await writeFile(`${outdir}/package.json`, '{ "type": "commonjs" }\n'); // the project itself is ESM, the bundles are CommonJS

// esbuild turns each `const` and `class` of a module into a `var` of the bundle, and V8 reads a `var` anew each time where it would have
// known a `const` by heart: a fifth of the time of a message. What is never assigned again becomes `const` once more. No import cycle
// exists (test/architecture.test.ts), so nothing is read before its line.
for (const name of bundles) {
  const path = `${outdir}/${name}.js`;
  const text = await readFile(path, 'utf8');
  const assigned = new Set(
    [...text.matchAll(/^(?!var ).*?(?<![\w$.])([\w$]+) (?:[-+*/|&^%?]|\?\?|\|\||&&)?= /gm)].map(([, name]) => name),
  );
  for (const [, name] of text.matchAll(/(?<![\w$.])([\w$]+)(?:\+\+|--)|(?:\+\+|--)([\w$]+)/g)) assigned.add(name);
  const constant = text.replace(/^var ([\w$]+) = /gm, (line, name) => (assigned.has(name) ? line : `const ${name} = `));
  await writeFile(path, constant.replaceAll('§', 'section ')); // the text stays in memory, where ASCII takes half the room
}

const missing = buildNative(outdir);
if (missing !== undefined) {
  console.error(`no ${outdir}/udp.node: ${missing}`);
  if (debian) process.exit(1); // a package is made once, for many
}

if (!debian) await writeCodeCaches(outdir);
