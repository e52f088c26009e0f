/**
 * The import rule and the other rules of the house that a machine can check, as pure functions over source text.
 * A tree is every file of src/: path below src/ -> text. Each rule returns sentences; none means that it holds.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';

export type Tree = ReadonlyMap<string, string>;

/** A folder, or a file directly in core/, and its rank. The longest prefix counts; runtime/node lies above the interfaces it fulfils. */
const RANKS: readonly (readonly [string, number])[] = [
  ['text/', 0],
  ['runtime/', 0],
  ['runtime/node/', 0.5],
  ...['sip/message/', 'sdp/', 'config/'].map((folder) => [folder, 1] as const),
  ...['sip/transport/', 'sip/locate/', 'media/'].map((folder) => [folder, 2] as const),
  ['sip/transaction/', 3],
  ...['sip/dialog/', 'sip/auth/'].map((folder) => [folder, 4] as const),
  ...['core/location/', 'core/account/', 'core/access/', 'core/budget/'].map((folder) => [folder, 5] as const),
  ['core/routing/', 6],
  ['core/connector.ts', 7],
  ...['registrar', 'proxy', 'bridge', 'message', 'presence', 'call'].map((folder) => [`core/${folder}/`, 8] as const),
  ...[
    'core/dispatch.ts',
    'core/calls.ts',
    'core/exchange.ts',
    'core/dispatch-of.ts',
    'core/exchange-counts.ts',
    'core/admission.ts',
    'core/running-config.ts',
    'core/reloading.ts',
    'core/sip-stack.ts',
    'core/originate.ts',
    'core/provider-requests.ts',
    'core/features.ts',
    'core/feature-codes.ts',
    'core/last-callers.ts',
    'core/named-states.ts',
    'core/first-start.ts',
    'core/ready.ts',
    'core/point-to-name.ts',
    'connector/modem/',
    'connector/provider/',
    'connector/peer/',
    'discovery/',
  ].map((place) => [place, 9] as const),
  ['control/dbus/', 10],
  ['control/cli/', 11],
];
const PURE = /^(text\/|sip\/message\/|sdp\/|core\/routing\/|config\/(?!load\.ts$))/;
const SUFFIX = /(manager|helper|util|handler|impl|data|info|base)s?$/;
const isEntry = (path: string) => path === 'sipwitchd.ts' || path === 'sipwitchctl.ts';

function place(path: string): { folder: string; rank: number } | undefined {
  if (isEntry(path)) return { folder: '', rank: 12 };
  const found = RANKS.filter(([prefix]) => path.startsWith(prefix)).sort((a, b) => b[0].length - a[0].length)[0];
  return found && { folder: found[0].endsWith('/') ? found[0] : posix.dirname(path), rank: found[1] };
}

const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=(?:^|[(,=:[!&|?{};+>]|\breturn|\bcase)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*\/[a-z]*/g;

/** The text without comments and, if asked, without what stands in quotes. */
function code(text: string, quoted: 'quoted' | 'bare' = 'quoted'): string {
  return text.replace(TOKEN, (t) => (/^\/[/*]/.test(t) ? ' ' : quoted === 'bare' && /^['"]/.test(t) ? "''" : t));
}

/** What a file imports, in any form: `import`, `import type`, `export from`, `import()`. */
export function imports(text: string): string[] {
  const found = code(text).matchAll(
    /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\s*\(\s*(?:['"`]([^'"`]+)|([^'"`\s)]))/gm,
  );
  return [...found].map(([, from, bare, lazy]) => from ?? bare ?? lazy ?? '(computed)');
}
const isNode = (name: string) => name.startsWith('node:') || builtinModules.includes(name);
const resolve = (path: string, name: string) => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : undefined);

function importRule(path: string, text: string): string[] {
  const from = place(path);
  if (from === undefined) return ['stands in no folder of the import rule'];
  const pure = PURE.test(path) || /\bexport const \w+: Table\b/.test(code(text));
  return imports(text).flatMap((name) => {
    if (name === '(computed)') return ['imports a computed name'];
    if (isNode(name)) {
      const allowed = path.startsWith('runtime/node/') || (path.startsWith('sip/auth/') && /^(node:)?crypto$/.test(name));
      return allowed ? [] : [`imports ${name}: only runtime/node may`];
    }
    const target = resolve(path, name);
    if (target === undefined) return [];
    const to = place(target);
    if (to === undefined) return [`imports ${target}, which stands in no folder of the import rule`];
    if (pure && to.folder.startsWith('runtime/')) return [`is pure and imports ${target}`];
    if (to.folder === 'runtime/node/') {
      return from.folder === to.folder || isEntry(path) ? [] : [`imports ${target}: only entry files may`];
    }
    const own = from.folder === to.folder && from.rank === to.rank;
    return own || to.rank < from.rank ? [] : [`(rank ${from.rank}) imports ${target} (rank ${to.rank})`];
  });
}

function shape(path: string, text: string): string[] {
  const source = code(text);
  const lines = text.replace(/\n$/, '').split('\n').length;
  const rest = source.replace(
    /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"][^'"]+['"];?|^\s*export\s*(?:type\s*)?\{[^}]*\};?/gm,
    '',
  );
  const named = [...source.matchAll(/\bexport\s+(?:declare\s+)?(?:abstract\s+)?(?:class|interface|type)\s+(\w+)/g)].map(
    (m) => m[1] ?? '',
  );
  return [
    ...(lines > 400 ? [`has ${lines} lines, 400 are the most`] : []),
    ...(/\b(TODO|FIXME)\b/.test(text) ? ['holds a TODO'] : []),
    ...(/\bexport\s+default\b|\bas\s+default\b/.test(source) ? ['has a default export'] : []),
    ...(/\bexport\b/.test(source) && rest.trim() === '' ? ['is a barrel'] : []),
    ...(SUFFIX.test(posix.basename(path, '.ts').split('-').at(-1) ?? '') ? ['has a banned suffix in its name'] : []),
    ...named.filter((n) => SUFFIX.test(n.replace(/^.*(?=[A-Z])/, '').toLowerCase())).map((n) => `exports ${n}: banned suffix`),
  ];
}

/** Text inside sip/ is bytes in latin1 dress, and time, randomness and the process enter by constructor. */
function wireAndMachine(path: string, text: string): string[] {
  const source = code(text);
  const flags = [...source.matchAll(TOKEN)].map(([t]) => t).filter((t) => t.startsWith('/') && /\/[a-z]*i[a-z]*$/.test(t));
  const bare = code(text, 'bare');
  const wire = /\.(trim|trimStart|trimEnd|toLowerCase|toUpperCase|toLocale\w+Case)\(/.exec(bare) ?? /\\[swSW]/.exec(source);
  const machine =
    /(?<![\w$.])(setTimeout|setInterval|setImmediate|Date\.now|new Date\(\)|Math\.random|(?:crypto\.)?(?:random(?:Bytes|Int|UUID|Fill)|getRandomValues)|performance\.now|process\s*\??\.|globalThis)/;
  const used = machine.exec(bare);
  return [
    ...(path.startsWith('sip/') && wire ? [`uses ${wire[0]} on wire text`] : []),
    ...(path.startsWith('sip/') ? flags.map((f) => `uses ${f} on wire text`) : []),
    ...(used && !isEntry(path) && !path.startsWith('runtime/node/') ? [`uses ${used[0]} of the machine`] : []),
  ];
}

function cycles(tree: Tree): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push(`${path}: is in a cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    if (trail.includes(path) || done.has(path)) return;
    for (const name of imports(tree.get(path) ?? '')) {
      const target = resolve(path, name);
      if (target !== undefined && tree.has(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of tree.keys()) visit(path, []);
  return found;
}

/** Every breach of the house in the tree, one sentence each: `path: what`. */
export function breaches(tree: Tree): string[] {
  const each = [...tree].flatMap(([path, text]) =>
    [importRule, shape, wireAndMachine].flatMap((rule) => rule(path, text).map((what) => `${path}: ${what}`)),
  );
  return [...each, ...cycles(tree)];
}

/** Functions, classes and constants that a file exports and no other imports: house 1, sentence 10. `outside`: texts of who else may. */
export function unused(tree: Tree, outside: readonly string[]): string[] {
  const users = new Set([...tree.values(), ...outside].flatMap(taken));
  return [...tree].flatMap(([path, text]) =>
    [...code(text).matchAll(/^export (?:abstract )?(?:async )?(?:function\*?|class|const) ([\w$]+)/gm)]
      .map(([, name]) => name!)
      .filter((name) => !users.has(name))
      .map((name) => `${path}: exports ${name}, which nobody uses`),
  );
}

/** The words of a file's imports, and what it asks of a file that it imports as a whole. */
function taken(text: string): string[] {
  const bare = code(text);
  const wholes = [...bare.matchAll(/^import \* as (\w+)/gm)].map(([, name]) => `\\b${name}\\.\\w+`);
  const places = new RegExp(['^import [^;]*? from ', '^.*\\bimport\\(.*$', ...wholes].join('|'), 'gm');
  return (bare.match(places) ?? []).flatMap((place) => place.match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/** Files that ask for a joint to be cut at: longer than 300 lines. */
export function long(tree: Tree): string[] {
  return [...tree]
    .map(([path, text]) => [path, text.split('\n').length - 1] as const)
    .filter(([, n]) => n > 300)
    .map(([path, n]) => `${path} ${n}`);
}
