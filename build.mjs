// One bundle a program: `npm run build`. Packages stay external; `node build.mjs --debian` bundles them too (dist/debian, no source maps),
// because a Debian package cannot fetch them.
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const debian = process.argv.includes('--debian');
const outdir = debian ? 'dist/debian' : 'dist';

await build({
  entryPoints: ['src/sipwitchd.ts', 'src/sipwitchctl.ts'],
  outdir,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' }, // package.json `bin` links to the bundles
  outExtension: { '.js': '.js' },
  target: 'node18.19',
  packages: debian ? 'bundle' : 'external',
  sourcemap: !debian,
  logLevel: 'warning',
});
await writeFile(`${outdir}/package.json`, '{ "type": "commonjs" }\n'); // the project itself is ESM, the bundles are CommonJS
