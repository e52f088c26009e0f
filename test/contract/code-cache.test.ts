import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { newFolder } from '../support/new-folder.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const HERE = `${process.version}-${process.arch}.cache`;

/** A program of one line that is started as ours are. */
function program(line: string) {
  const folder = newFolder('cache');
  const [start, bundle, cache] = ['p.js', 'p.bundle.js', `p.bundle.${HERE}`].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  copyFileSync(join(dist, 'sipwitchd.js'), start);
  writeFileSync(bundle, line);
  const run = (env: NodeJS.ProcessEnv = {}) => {
    const { stdout, stderr } = spawnSync(process.execPath, [start, 'word'], { env, encoding: 'utf8', timeout: 10_000 });
    return stdout + stderr;
  };
  run({ SIPWITCH_CODE_CACHE: 'write' });
  return { bundle, cache, run, code: () => readFileSync(cache).subarray(32) };
}

const digest = (...parts: readonly (Buffer | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const SAYS_NEW =
  "#!/usr/bin/env node\nconst f = () => 'new'; console.log(f(), process.argv[2], typeof require('node:os').cpus, __filename);";
const SAYS_OLD = SAYS_NEW.replace("'new'", "'old'");

test('a program runs from what was compiled before, and the code of another bundle is not believed', () => {
  const { bundle, cache, run, code } = program(SAYS_OLD);
  const said = (word: string) => `${word} word function ${bundle}\n`;
  expect(run()).toBe(said('old'));
  writeFileSync(bundle, SAYS_NEW);
  expect(run()).toBe(said('new'));
  // What V8 would have made of the old code: it compares the length of the source and no more.
  writeFileSync(cache, Buffer.concat([digest(SAYS_NEW, code()), code()]));
  expect(run()).toBe(said('old'));
});

test('code that is damaged, cut short, gone or cannot be read is compiled anew', () => {
  const { bundle, cache, run } = program(SAYS_OLD);
  const whole = readFileSync(cache);
  const flipped = (at: number) => whole.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
  const places = [0, 31, 40, ...Array.from({ length: 10 }, (_, i) => 64 + Math.floor(((whole.length - 65) * i) / 9))];
  for (const content of [...places.map(flipped), Buffer.alloc(0), whole.subarray(0, 20), whole.subarray(0, -8)]) {
    writeFileSync(cache, content);
    expect(run()).toBe(`old word function ${bundle}\n`);
  }
  rmSync(cache);
  expect(run()).toBe(`old word function ${bundle}\n`);
  mkdirSync(cache); // cannot be read, not even by root
  expect(run()).toBe(`old word function ${bundle}\n`);
});

test('a build takes away what an older one or another Node left, also where it can leave nothing itself', async () => {
  const folder = newFolder('cache');
  const half = `sipwitchctl.bundle.${HERE}.4711`; // of a build that was killed
  for (const name of [`sipwitchd.bundle.${HERE}`, 'sipwitchctl.bundle.v18.19.0-x64.cache', half, 'other.js'])
    writeFileSync(join(folder, name), '');
  const { writeCodeCaches } = await import('../../etc/code-cache.mjs' as string);
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await writeCodeCaches(folder);
  expect(readdirSync(folder)).toEqual(['other.js']);
  expect(said.mock.calls.join()).toMatch(/^no code cache: /);
});

test.each(['sipwitchd', 'sipwitchctl'])('the build leaves code of %s that V8 takes at a plain start', (name) => {
  const bundle = join(dist, `${name}.bundle.js`);
  const content = readFileSync(join(dist, `${name}.bundle.${HERE}`));
  expect(content.subarray(0, 32)).toEqual(digest(readFileSync(bundle), content.subarray(32)));
  const ask = `const { readFileSync } = require('node:fs');
    const source = require('node:module').wrap(readFileSync(${JSON.stringify(bundle)}, 'utf8').replace(/^#!.*/, ''));
    const cachedData = Buffer.from(readFileSync(0)).subarray(32);
    console.log(new (require('node:vm').Script)(source, { cachedData }).cachedDataRejected);`;
  const { stdout } = spawnSync(process.execPath, ['-e', ask], { input: content, env: {}, encoding: 'utf8', timeout: 10_000 });
  expect(stdout).toBe('false\n');
});
