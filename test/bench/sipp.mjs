// SIPp as load: one scenario file, its input, its counters.
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PORT, UAC, UAS } from './peers.mjs';
import { start, stop } from './processes.mjs';

let runs = 0;

function launch(work, scenario, port, options) {
  const files = join(work, `sipp${++runs}`);
  const input = options.rows && `${files}.input`;
  if (input) writeFileSync(input, ['SEQUENTIAL', ...options.rows, ''].join('\n'));
  const child = start(
    [
      ...['sipp', ...(options.calls === undefined ? [] : [`127.0.0.1:${PORT}`])],
      ...[
        '-sf',
        join(import.meta.dirname, 'scenarios', `${scenario}.xml`),
        '-i',
        '127.0.0.1',
        '-p',
        port,
        '-cp',
        port + 500,
        '-t',
        'u1',
      ],
      ...['-nostdin', '-nd', '-timer_resol', 1, '-buff_size', 4_000_000, '-trace_stat', '-stf', `${files}.csv`, '-fd', 1],
      ...['-trace_err', '-error_file', `${files}.err`, ...(input ? ['-inf', input] : [])],
      ...(options.calls === undefined ? [] : ['-m', options.calls, '-d', options.hold ?? 0]),
      ...(options.rate === undefined ? ['-r', 50_000, '-l', 50] : ['-r', options.rate, '-l', 100_000]),
      ...(options.extra ?? []),
    ],
    openSync(`${files}.log`, 'w'),
    { cwd: work },
  );
  return { child, files };
}

function counters(files) {
  if (!existsSync(`${files}.csv`))
    throw new Error(`sipp wrote no statistics:\n${readFileSync(`${files}.log`, 'utf8').slice(-400)}`);
  const rows = readFileSync(`${files}.csv`, 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split(';'));
  const count = (name) => Number(rows.at(-1)[rows[0].indexOf(name)]);
  return { ok: count('SuccessfulCall(C)'), failed: count('FailedCall(C)'), retransmissions: count('Retransmissions(C)') };
}

/**
 * Runs `calls` of a scenario against the peer: 50 at a time as fast as it goes, or `rate` a second. `rows` are the input lines.
 * Returns the counters `ok`, `failed`, `retransmissions`; ends it after `limit` seconds.
 */
export async function load(work, scenario, options) {
  const { child, files } = launch(work, scenario, options.port ?? UAC, options);
  const late = setTimeout(() => void stop(child), (options.limit ?? 120) * 1000);
  await child.over;
  clearTimeout(late);
  return counters(files);
}

/** Starts the answering side of a scenario; returns how to stop it. */
export async function answer(work, scenario, port = UAS) {
  const { child } = launch(work, scenario, port, {});
  await sleep(500);
  return () => stop(child);
}

/** Input rows of users `from` to `to`: name and what SIPp makes credentials of. */
export const users = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, i) => `u${from + i};[authentication username=u${from + i} password=pw${from + i}]`);

/** Registers u1 at the answering side's address. */
export async function registerCallee(work) {
  const { ok } = await load(work, 'register', { calls: 1, rate: 10, port: UAS, rows: users(1, 1), limit: 20 });
  if (ok !== 1) throw new Error('the callee could not register');
}
