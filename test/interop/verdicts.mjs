// Prints a verdict line per test of a vitest JSON report: verdicts.mjs REPORT STATUS. Messages of failed tests go to stderr.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [report = '', status = '0'] = process.argv.slice(2);
const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
const ours = (line) => !line.includes('/node_modules/');
let failed = 0;
const fail = (name, messages) => {
  failed += 1;
  console.log(`FAIL ${name}`);
  for (const message of messages) console.error(message.split('\n').filter(ours).slice(0, 20).join('\n'));
};

const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
for (const { name, status: outcome, message, assertionResults } of files) {
  const file = relative(process.cwd(), name);
  for (const test of assertionResults) {
    const title = `${file}: ${oneLine(test.fullName)}`;
    if (test.status === 'passed') console.log(`PASS ${title}`);
    else if (test.status === 'failed') fail(title, test.failureMessages);
    else console.log(`SKIP ${title}`);
  }
  // a file that cannot be loaded, or holds nothing, has no test that could tell
  if (assertionResults.length === 0 || (outcome === 'failed' && assertionResults.every((t) => t.status !== 'failed'))) {
    fail(`${file}: the file itself`, [message ?? 'no tests in it']);
  }
}
// an unhandled error outside every test, a crash, a time-out
if (failed === 0 && (files.length === 0 || status !== '0')) fail(`npm test: exit status ${status}`, []);
process.exitCode = failed === 0 ? 0 : 1;
