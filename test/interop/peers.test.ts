import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { needs } from '../support/program.ts';
import { play } from '../support/stage.ts';

// Domains that know each other by DNS alone: daemons as they are shipped, real phones, real sound, a real name server.

const SOUND = { callee: expect.toSatisfy(atLeast(1.5)), caller: expect.toSatisfy(atLeast(1.5)) };
const AT_ONCE = { rings: expect.toSatisfy(below(1_000)), ...SOUND };
const WITHIN_2_S = { rings: expect.toSatisfy(below(2_000)), ...SOUND };

function atLeast(least: number): (value: number) => boolean {
  return (value) => value >= least;
}

function below(end: number): (value: number) => boolean {
  return (value) => value < end;
}

needs(...['netns', 'ip', 'dnsmasq', 'kamailio', 'baresip', 'linphonec', 'openssl'])(
  'two daemons and Kamailio call each other both ways by sip, by sip over TLS and by sips, and hear each other; where the first server is a black hole the second rings within 2 s (RFC 3263 §4, RFC 5630; features, row 31)',
  async () => {
    const { said, logs } = await play('../support/peers-stage.ts', 120);
    expect(said.error, logs).toBe(undefined);
    expect(said).toMatchObject({
      ...{ 'a to b': AT_ONCE, 'b to a': AT_ONCE, 'a to k': AT_ONCE, 'k to a': AT_ONCE, failover: WITHIN_2_S },
      ...{ 'tls a to b': AT_ONCE, 'tls b to a': AT_ONCE },
      ...{ 'sips a to b': AT_ONCE, 'sips b to a': AT_ONCE, 'sips failover': WITHIN_2_S },
    });
    // baresip's INVITE is about as long as UDP takes once there are two Vias (RFC 3261 §18.1.1), so a hop may be by TCP.
    expect((said.hops as string[]).map((hops) => hops.replaceAll('TCP', 'UDP'))).toEqual([
      'UDP 203.0.113.20, UDP 203.0.113.10, UDP 203.0.113.10',
      'UDP 203.0.113.10, UDP 203.0.113.20, UDP 203.0.113.20',
      'UDP 203.0.113.10, UDP 203.0.113.30, UDP 203.0.113.30',
    ]);
    const secure = [
      'TLS 203.0.113.20, TLS 203.0.113.10, TLS 203.0.113.10',
      'TLS 203.0.113.10, TLS 203.0.113.20, TLS 203.0.113.20',
    ];
    expect([said['tls hops'], said['sips hops']]).toEqual([secure, secure]);
  },
  150_000,
);

needs(...['netns', 'ip', 'dnsmasq', 'baresip'])(
  'two first starts with public names call each other both ways once what README.md says is written (features, row 33)',
  async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const section = readme.split('### Calls from and to other domains')[1]!;
    const block = /```ini\n([\s\S]*?)```/.exec(section)![1]!;
    expect(block).toMatch(/^domain = home\.example$[\s\S]*^\[user alice\]$/m);
    const { said, logs } = await play('../support/fresh-stage.ts', 60, block);
    expect(said.error, logs).toBe(undefined);
    expect(said).toEqual({
      'a.test reload': 'No problems. The configuration is in use now.\n',
      'b.test reload': 'No problems. The configuration is in use now.\n',
      'a to b': SOUND,
      'b to a': SOUND,
    });
  },
  90_000,
);
