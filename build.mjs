// One bundle a program, packages external: `npm run build`.
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/sipwitchd.ts', 'src/sipwitchctl.ts'],
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outExtension: { '.js': '.js' },
  target: 'node18.19',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
await writeFile('dist/package.json', '{ "type": "commonjs" }\n'); // the project itself is ESM, the bundles are CommonJS
