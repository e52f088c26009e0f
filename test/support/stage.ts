import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Played {
  /** What the stage program said happened. */
  readonly said: Record<string, unknown>;
  /** The ends of all logs, for who reads why a test fails. */
  readonly logs: string;
  /** The log of one program. */
  log(name: string): string;
}

/**
 * Bundles a program of test/support and runs it in namespaces of its own for network, mounts and processes, where it is root and every
 * process that it leaves behind dies with it. It is given a folder and the folder of the bundles of sipwitch, and says as the last line of
 * its output, as JSON, what happened.
 *
 * @param more further words for the program
 */
export async function play(program: string, seconds: number, ...more: string[]): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwitch-stage-'));
  try {
    const stage = join(folder, 'stage.cjs');
    await build({
      entryPoints: [fileURLToPath(new URL(program, import.meta.url))],
      ...{ outfile: stage, bundle: true, platform: 'node', format: 'cjs', target: 'node18.19', logLevel: 'error' },
    });
    const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' };
    const own = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'];
    const words = [...own, process.execPath, stage, folder, dist, ...more];
    const ran = spawnSync('unshare', words, { env, encoding: 'utf8', timeout: seconds * 1000, killSignal: 'SIGKILL' });
    const last = ran.stdout.trim().split('\n').at(-1);
    const said = JSON.parse(last || '{"error":"it said nothing"}') as Record<string, unknown>;
    const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
    const texts = new Map(names.map((name) => [name.slice(0, -4), readFileSync(join(folder, name), 'utf8')]));
    const ends = [...texts].map(([name, text]) => `---- ${name}\n${text.split('\n').slice(-30).join('\n')}`);
    return { said, logs: `${ran.stderr}\n${ends.join('\n')}`, log: (name) => texts.get(name) ?? '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
