import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

// The daemon as it is shipped, and Kamailio as a telephone company with two servers, in a network namespace.

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

needs('netns', 'ip', 'kamailio')(
  'Kamailio as a provider that demands digest for REGISTER and INVITE: register, call out, be called, re-register after its restart, fail over to its second SRV host; a hostile callee that answers 407 gets no credentials (features, row 42; security S9)',
  async () => {
    const folder = newFolder('provider');
    const stage = join(folder, 'stage.cjs');
    await build({
      entryPoints: [fileURLToPath(new URL('../support/provider-stage.ts', import.meta.url))],
      ...{ outfile: stage, bundle: true, platform: 'node', format: 'cjs', target: 'node18.19', logLevel: 'error' },
    });
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: folder };
    const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', process.execPath, stage, folder, dist];
    const ran = spawnSync('unshare', words, { env, encoding: 'utf8', timeout: 150_000 });
    const said = JSON.parse(ran.stdout.trim().split('\n').at(-1) || '{}') as Record<string, unknown>;
    expect(said.error, `${ran.stderr}\n${log(folder, 'sipwitchd')}\n${log(folder, 'first')}`).toBe(undefined);
    expect(said).toMatchObject({
      ...{ passwd: 0, registered: true, answered: true, in: 'sip:+33123456789@home.example' },
      out: { uri: 'sip:15550001111', from: 'sip:acct@itsp.example', credentials: '' },
      'hostile evil.example': { asked: false },
      'leaked to evil.example': 0,
      'hostile itsp.example': { asked: false },
      'leaked to itsp.example': 0,
      'after its restart': true,
      'in by the second': 'sip:+33123456789@home.example',
      'out by the second': 'sip:15550003333',
      'taken back': 480,
      test: {
        status: 0,
        out: expect.stringMatching(
          /SRV _sip\._udp\.itsp\.example[\s\S]*REGISTER to udp:10\.9\.0\.[12]:5060[\s\S]*200 OK[\s\S]*itsp is up\.\n$/,
        ),
      },
    });
    expect(said.stopped).toBeLessThan(2_000);
    expect(log(folder, 'sipwitchd')).toMatch(/provider itsp is up: udp:10\.9\.0\.1:5060/);
    expect(log(folder, 'sipwitchd')).not.toMatch(/s3cret|bug:/);
  },
  180_000,
);

function log(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, `${name}.log`), 'utf8');
  } catch {
    return ''; // it never said anything
  }
}
