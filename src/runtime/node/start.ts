/**
 * `dist/sipwitchd.js` and `dist/sipwitchctl.js`: runs the bundle beside it with the code that V8 compiled when it was built. To compile a
 * megabyte anew is a fifth of a start.
 *
 * The code holds for one version of Node on one kind of machine, which the name of its file says, and for the flags that V8 is started with:
 * with others V8 compiles the bundle. V8 believes whatever it is given, so a SHA-256 before the code says that both are as they were made.
 * With SIPWITCH_CODE_CACHE=write the program leaves the code of all that it has used when it ends.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { wrap } from 'node:module';
import v8 from 'node:v8';
import { Script } from 'node:vm';

const path = __filename.replace(/\.js$/, '.bundle.js');
const cache = path.replace(/js$/, `${process.version}-${process.arch}.cache`);

function program(): Script {
  const bundle = readFileSync(path);
  const digest = (code: Buffer) => createHash('sha256').update(bundle).update(code).digest();
  const compile = (cachedData?: Buffer) =>
    new Script(wrap(bundle.toString().replace(/^#!.*/, '')), { filename: path, cachedData });
  if (process.env.SIPWITCH_CODE_CACHE === 'write') {
    const script = compile();
    v8.setFlagsFromString = () => {}; // the code holds for the flags that it is written under
    process.on('exit', () => {
      const code = script.createCachedData();
      const made = `${cache}.${process.pid}`;
      writeFileSync(made, Buffer.concat([digest(code), code]));
      renameSync(made, cache);
    });
    return script;
  }
  const content = kept();
  const code = content?.subarray(32);
  return compile(code !== undefined && content?.subarray(0, 32).equals(digest(code)) ? code : undefined);
}

/** Undefined where there is no cache, or none that can be read: a start does without. */
function kept(): Buffer | undefined {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

program().runInThisContext()(exports, require, module, path, __dirname);
