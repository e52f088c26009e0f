import { expect } from 'vitest';
import { needs } from '../support/program.ts';
import { play } from '../support/stage.ts';

const SOUND = expect.toSatisfy((seconds: number) => seconds >= 1);
const ELSEWHERE = expect.stringMatching(/^Reason: SIP *; *cause=200/);

needs(...['netns', 'ip', 'kamailio', 'baresip', 'linphonec'])(
  'a baresip, a linphonec and a number outside ring together: the first that answers has the call, and the others log no missed one; a call is picked up from its phone; who dials a code reads what it did (RFC 3326 §2)',
  async () => {
    const { said, logs } = await play('../support/ring-stage.ts', 100);
    expect(said.error, logs).toBe(undefined);
    expect(said).toEqual({
      'bob answers': { alice: SOUND, bob: SOUND, far: expect.any(String), reasons: [ELSEWHERE], carol: 'answered elsewhere' },
      'far answers': { alice: SOUND, far: SOUND, bob: expect.any(String), reasons: [ELSEWHERE], carol: 'answered elsewhere' },
      'alice gives up': { reasons: 1, carol: 'missed' },
      'bob picks up': { picked: '480 Picked up: your phone rings', alice: SOUND, bob: SOUND, carol: 'answered elsewhere' },
      code: '480 Do not disturb is on',
      message: true,
    });
  },
  130_000,
);
