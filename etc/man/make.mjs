// The man pages, made from the tables and commands of the programs, so that they cannot disagree: `npm run man` writes dist/man/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('pages.ts', import.meta.url));
const bundled = await build({
  entryPoints: [entry],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  packages: 'external',
  write: false,
});
const module = { exports: {} };
new Function('module', 'require', bundled.outputFiles[0].text)(module, createRequire(import.meta.url));

const seconds = Number(process.env.SOURCE_DATE_EPOCH);
const date = (seconds > 0 ? new Date(seconds * 1000) : new Date()).toISOString().slice(0, 10);
mkdirSync('dist/man', { recursive: true });
for (const [name, text] of module.exports.pages(date)) writeFileSync(`dist/man/${name}`, text);
