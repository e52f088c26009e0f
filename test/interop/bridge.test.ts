import { expect } from 'vitest';
import { needs } from '../support/program.ts';
import { play } from '../support/stage.ts';

// The daemon as it is shipped between real phones and Kamailio as a telephone company that demands digest for REGISTER and INVITE.

/** Of one and a half seconds. */
const SOUND = expect.toSatisfy((seconds: number) => seconds >= 1);
const PACKETS = expect.toSatisfy((count: number) => count >= 50);
const SILENCE = expect.toSatisfy((count: number) => count < 25);

const HOLD = {
  talk: { alice: SOUND, far: SOUND },
  held: { alice: SILENCE, far: SILENCE },
  again: { alice: PACKETS, far: PACKETS },
};
const NOTHING = { calls: 0, 'requests under way': 0, 'bridged calls': 0, 'dialogs of the bridge': 0, bugs: 0 };
const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

needs(...['netns', 'ip', 'kamailio', 'baresip', 'linphonec', 'openssl'])(
  'calls of a provider with baresip and linphonec: hold, blind and attended transfer, recall, refusals, first of a group, digits by INFO, hang-up from every side, by UDP and TLS (RFC 3261 §14, RFC 3515, RFC 3891, RFC 5589)',
  async () => {
    const { said, logs } = await play('../support/trunk-stage.ts', 170);
    expect(said.error, logs).toBe(undefined);
    expect(said).toEqual({
      hold: HOLD,
      transfer: { far: SOUND, bob: SOUND },
      recall: { far: SOUND, alice: SOUND },
      referred: { refused: ['404 Not Found', '404 Not Found'], moved: { alice: SOUND, bob: SOUND }, carol: 0 },
      operator: NOTHING,
      fails: { cost: SOUND, busy: SOUND, digit: '5', dave: SOUND },
      connected: { hears: SOUND, sound: { far: PACKETS, farther: PACKETS } },
      'connected at home': { far: PACKETS, hears: SOUND },
      first: { talk: { far: SOUND, bob: SOUND }, reason: ELSEWHERE },
      'tls hold': HOLD,
      'tls transfer': { far: SOUND, bob: SOUND },
      'tls first': { talk: { far: SOUND, alice: SOUND }, reason: ELSEWHERE },
      left: NOTHING,
      transactions: [],
    });
  },
  180_000,
);
