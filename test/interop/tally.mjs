// Counts verdict lines: tally.mjs FILE [REASONS]. A skip counts as failed unless its line ends in `[needs REASON]` with an allowed reason.
import { readFileSync } from 'node:fs';

const [file = '', reasons = ''] = process.argv.slice(2);
// what lies beside the project is no part of it: its absence leaves nothing of the project unproved
const allowed = new Set(['shared', ...reasons.split(',').filter((reason) => reason !== '')]);
const needed = (line) => /\[needs ([^\]]+)\]$/.exec(line)?.[1]?.split(', ') ?? [undefined];

const lines = readFileSync(file, 'utf8').split('\n');
const passed = lines.filter((line) => line.startsWith('PASS '));
const failed = lines.filter((line) => line.startsWith('FAIL '));
const skipped = lines.filter((line) => line.startsWith('SKIP '));
const missing = skipped.filter((line) => !needed(line).every((reason) => allowed.has(reason)));

console.log('');
for (const line of [...failed, ...skipped]) console.log(`  ${line}`);
if (skipped.length > 0) console.log(`${skipped.length} skipped, ${missing.length} of them count as failed`);
const failures = failed.length + missing.length;
console.log(`${passed.length} passed, ${failures} failed`);
process.exitCode = failures === 0 && passed.length > 0 ? 0 : 1;
