// Prints a verdict line per test of a vitest JSON report, and of what failed and was run again in a second one:
//   verdicts.mjs REPORT STATUS [AGAIN STATUS]        messages of failed tests go to stderr
//   verdicts.mjs --failed REPORT                     the files in which something failed, a line each
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
const ours = (line) => !line.includes('/node_modules/');

/** What became of each test, and of a file that tells of none: it cannot be loaded, or holds nothing. */
function outcomes(report) {
  const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
  return files.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const tests = assertionResults.map((test) => ({
      ...{ file, title: `${file}: ${oneLine(test.fullName)}`, status: test.status, messages: test.failureMessages },
    }));
    if (tests.length > 0 && (status !== 'failed' || tests.some((test) => test.status === 'failed'))) return tests;
    return [...tests, { file, title: `${file}: the file itself`, status: 'failed', messages: [message ?? 'no tests in it'] }];
  });
}

function verdicts(first, status, second, secondStatus) {
  // A second run that was cut short, or had an error outside of every test, proves nothing.
  const failedAgain = second.some((test) => test.status === 'failed');
  const again = new Map(failedAgain || secondStatus === '0' ? second.map((test) => [test.title, test.status]) : []);
  let failed = 0;
  for (const test of first) {
    const isFailed = test.status === 'failed';
    const isMended = isFailed && again.get(test.title) === 'passed';
    if (isFailed) for (const message of test.messages) console.error(message.split('\n').filter(ours).slice(0, 20).join('\n'));
    if (isFailed && !isMended) failed += 1;
    const verdict = isFailed && !isMended ? 'FAIL' : test.status === 'passed' || isMended ? 'PASS' : 'SKIP';
    const twice = isFailed && again.size > 0 ? ' (tried twice; failed the first time)' : '';
    console.log(`${verdict} ${test.title}${twice}`);
  }
  // an unhandled error outside every test, a crash, a time-out
  if ((status !== '0' || first.length === 0) && !first.some((test) => test.status === 'failed')) {
    failed += 1;
    console.log(`FAIL npm test: exit status ${status}`);
  }
  return failed === 0;
}

const [report = '', status = '0', again = '', secondStatus = '0'] = process.argv.slice(2);
if (report === '--failed') {
  const failed = outcomes(status).filter((test) => test.status === 'failed');
  for (const file of new Set(failed.map((test) => test.file))) console.log(file);
} else process.exitCode = verdicts(outcomes(report), status, outcomes(again), secondStatus) ? 0 : 1;
