import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { breaches, long, type Tree, unused } from './support/house.ts';

function source(folder = 'src'): Tree {
  const root = new URL(`../${folder}/`, import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return new Map(paths.sort().map((path) => [path, readFileSync(new URL(path, root), 'utf8')]));
}

test('src/ keeps the rules of the house', () => {
  const tree = source();
  if (long(tree).length > 0) console.warn(`over 300 lines, is there a joint to cut at?\n  ${long(tree).join('\n  ')}`);
  expect(breaches(tree).join('\n')).toBe('');
});

test('what src/ exports has a user: another file of it, a test, or what makes the man pages', () => {
  expect(unused(source(), [...source('test').values(), ...source('etc').values()])).toEqual([]);
});

test('what is exported and imported by nobody is reported, a comment or a word of the same name being no use', () => {
  const tree: Tree = new Map([
    ['sdp/a.ts', 'export const A = 1;\nexport function b() {}\nexport class C {}\nexport type D = 1;\nexport const E = A;'],
    ['sdp/b.ts', "import { A } from './a.ts';\n// not b\nconst x = A;"],
  ]);
  expect(unused(tree, ["import { C } from '../a.ts';", '/* E */ const b = 1;'])).toEqual([
    'sdp/a.ts: exports b, which nobody uses',
    'sdp/a.ts: exports E, which nobody uses',
  ]);
});

test('no path is the pathname of a URL, in which the blank of a folder is %20', () => {
  const trees = [...source(), ...source('test'), ...source('etc')];
  expect(trees.filter(([, text]) => /url\)\.pathname/.test(text)).map(([path]) => path)).toEqual([]);
});

/** Paths in backquotes: files, and folders that end in a slash. */
function named(readme: string): string[] {
  const text = readFileSync(new URL(readme, import.meta.url), 'utf8');
  return [...text.matchAll(/`((?:[\w.-]+\/)*[\w-]+\.(?:ts|md)|(?:[\w.-]+\/)+)`/g)].map(([, path]) => path!);
}
const isThere = (...places: readonly string[]) => places.some((place) => existsSync(new URL(place, import.meta.url)));

test('the maps name only what is there', () => {
  expect(named('../src/README.md').filter((path) => !isThere(`../src/${path}`, `../${path}`))).toEqual([]);
  expect(named('README.md').filter((path) => !isThere(path, `support/${path}`, `../${path}`))).toEqual([]);
});

test('the maps name every folder of src/, and every file of support/', () => {
  const folders = new Set([...source().keys()].map((path) => path.replace(/[^/]*$/, '')).filter((folder) => folder !== ''));
  const files = [...source('test/support').keys()].map((path) => path.replace(/\/.*/, '/'));
  expect([...folders].filter((folder) => !named('../src/README.md').includes(folder))).toEqual([]);
  expect([...new Set(files)].filter((file) => !named('README.md').includes(file))).toEqual([]);
});

test('a tree that keeps the rules is not reported', () => {
  const tree: Tree = new Map([
    ['sipwitchd.ts', "import { udp } from './runtime/node/udp.ts';\nprocess.exit(udp());"],
    [
      'runtime/node/udp.ts',
      "import dgram from 'node:dgram';\nimport type { Clock } from '../clock.ts';\nexport const udp = () => setTimeout(dgram);",
    ],
    ['runtime/clock.ts', 'export type Millis = number; // was: setTimeout(); see import("node:timers")'],
    [
      'sip/auth/digest.ts',
      "import { createHash } from 'node:crypto';\nimport { Uri } from '../message/uri.ts';\nexport const a = '.trim()' + createHash(Uri);",
    ],
    [
      'sip/message/uri.ts',
      'export const Uri = /[/i]/y; // a list of i\nexport const help = \'the process. import it from "x"\';',
    ],
    [
      'config/load.ts',
      "import type { Storage } from '../runtime/storage.ts';\nimport { d } from './sections/daemon.ts';\nexport const load = d;",
    ],
    ['config/sections/daemon.ts', "import { key } from '../key.ts';\nexport const d = key;"],
    [
      'core/dispatch.ts',
      "import './calls.ts';\nimport type {\n  Connector,\n} from './connector.ts';\nimport { r } from './routing/route.ts';\nexport const d = r;",
    ],
  ]);
  expect(breaches(tree)).toEqual([]);
});

const bad: readonly (readonly [rule: string, path: string, text: string, breach: string])[] = [
  [
    'a higher rank',
    'sip/transaction/client.ts',
    "import { d } from '../dialog/dialog.ts';",
    '(rank 3) imports sip/dialog/dialog.ts (rank 4)',
  ],
  [
    'an equal rank',
    'connector/modem/line.ts',
    "import { t } from '../provider/trunk.ts';",
    '(rank 9) imports connector/provider/trunk.ts (rank 9)',
  ],
  [
    'text meets runtime',
    'runtime/log.ts',
    "import { s } from '../text/scanner.ts';",
    '(rank 0) imports text/scanner.ts (rank 0)',
  ],
  [
    'a type',
    'core/account/users.ts',
    "import type { L } from '../location/service.ts';",
    '(rank 5) imports core/location/service.ts (rank 5)',
  ],
  [
    'a lazy import',
    'core/connector.ts',
    "const m = await import('../connector/modem/line.ts');",
    '(rank 7) imports connector/modem/line.ts (rank 9)',
  ],
  ['a computed import', 'core/calls.ts', 'const m = await import(name);', 'imports a computed name'],
  [
    'a re-export',
    'sdp/read.ts',
    "export const a = 1;\nexport { b } from '../config/ini.ts';",
    '(rank 1) imports config/ini.ts (rank 1)',
  ],
  [
    'an import over lines',
    'sip/auth/verify.ts',
    "import {\n  a,\n} from '../dialog/dialog.ts';",
    '(rank 4) imports sip/dialog/dialog.ts (rank 4)',
  ],
  ['up within core/', 'core/connector.ts', "import { c } from './calls.ts';", '(rank 7) imports core/calls.ts (rank 9)'],
  [
    'a sub-folder of higher rank',
    'runtime/clock.ts',
    "import { c } from './node/clock.ts';",
    'imports runtime/node/clock.ts: only entry files may',
  ],
  [
    'the real machine',
    'control/dbus/service.ts',
    "import { b } from '../../runtime/node/bus.ts';",
    'imports runtime/node/bus.ts: only entry files may',
  ],
  ['an unknown place', 'core/misc/things.ts', 'export const a = 1;', 'stands in no folder of the import rule'],
  [
    'out of src',
    'text/scanner.ts',
    "import p from '../../package.json';",
    'imports ../package.json, which stands in no folder of the import rule',
  ],
  ['a third file at the top', 'sipwitch.ts', "import { c } from './core/calls.ts';", 'stands in no folder of the import rule'],
  ['an entry file', 'control/cli/main.ts', "import '../../sipwitchd.ts';", '(rank 11) imports sipwitchd.ts (rank 12)'],
  ['Node', 'core/calls.ts', "import fs from 'node:fs';", 'imports node:fs: only runtime/node may'],
  [
    'Node without its prefix',
    'sipwitchd.ts',
    "import { readFile } from 'fs/promises';",
    'imports fs/promises: only runtime/node may',
  ],
  ['more than hashing', 'sip/auth/nonce.ts', "import net from 'node:net';", 'imports node:net: only runtime/node may'],
  [
    'impure routing',
    'core/routing/route.ts',
    "import type { Millis } from '../../runtime/clock.ts';",
    'is pure and imports runtime/clock.ts',
  ],
  [
    'impure configuration',
    'config/check.ts',
    "import type { Log } from '../runtime/log.ts';",
    'is pure and imports runtime/log.ts',
  ],
  [
    'an impure table',
    'sip/transaction/tables.ts',
    "import { c } from '../../runtime/clock.ts';\nexport const t: Table<A> = {};",
    'is pure and imports runtime/clock.ts',
  ],
  ['a default export', 'text/ascii.ts', 'export default 1;', 'has a default export'],
  ['a hidden default export', 'text/ascii.ts', 'const a = 1;\nexport { a as default };', 'has a default export'],
  ['a barrel', 'sdp/index.ts', "// all of it\nexport * from './read.ts';\nexport type { S } from './sdp.ts';", 'is a barrel'],
  ['a barrel by way of import', 'sdp/index.ts', "import { a } from './read.ts';\nexport { a };", 'is a barrel'],
  ['length', 'sdp/read.ts', 'x;\n'.repeat(401), 'has 401 lines, 400 are the most'],
  ['a note to self', 'sdp/read.ts', `// TO${'DO'}: mend`, 'holds a TODO'],
  ['a file name', 'core/calls/call-helpers.ts', '', 'has a banned suffix in its name'],
  ['a file name alone', 'text/util.ts', '', 'has a banned suffix in its name'],
  ['a class name', 'core/calls.ts', 'export class CallManager {}', 'exports CallManager: banned suffix'],
  ['a type name', 'core/calls.ts', 'export type CallInfo = string;', 'exports CallInfo: banned suffix'],
  ['Unicode trim', 'sip/message/via.ts', 'const a = b.trim();', 'uses .trim( on wire text'],
  ['Unicode case', 'sip/dialog/dialog.ts', 'const a = b\n  .toLowerCase();', 'uses .toLowerCase( on wire text'],
  ['a Unicode class', 'sip/message/via.ts', 'const a = /[\\w.]+/y;', 'uses \\w on wire text'],
  ['the i flag', 'sip/message/via.ts', 's.take(/SIP/iy, x);', 'uses /SIP/iy on wire text'],
  ['a timer', 'sip/transaction/client.ts', 'setTimeout(f, 500);', 'uses setTimeout of the machine'],
  ['the clock', 'core/calls.ts', 'const t = Date.now();', 'uses Date.now of the machine'],
  ['chance', 'sip/dialog/dialog.ts', 'const tag = Math.random();', 'uses Math.random of the machine'],
  ['chance from hashing', 'sip/auth/nonce.ts', "import { randomBytes } from 'node:crypto';", 'uses randomBytes of the machine'],
  ['chance of the web', 'sip/dialog/dialog.ts', 'const tag = crypto.randomUUID();', 'uses crypto.randomUUID of the machine'],
  ['the process', 'control/cli/main.ts', 'process.exit(1);', 'uses process. of the machine'],
  ['the process in a template', 'control/cli/main.ts', `const a = \`\${process.pid}\`;`, 'uses process. of the machine'],
];
test.each(bad)('%s is reported', (_rule, path, text, breach) => {
  expect(breaches(new Map([[path, text]]))).toContain(`${path}: ${breach}`);
});

test('a cycle is reported', () => {
  const tree: Tree = new Map([
    ['sdp/a.ts', "import type { B } from './b.ts';\nexport type A = B;"],
    ['sdp/b.ts', "import type { A } from './a.ts';\nexport type B = A;"],
  ]);
  expect(breaches(tree)).toEqual(['sdp/a.ts: is in a cycle: sdp/a.ts -> sdp/b.ts -> sdp/a.ts']);
});
