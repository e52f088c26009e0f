import { expect } from 'vitest';
import { needs } from '../support/program.ts';
import { play } from '../support/stage.ts';

const SOUND = { callee: expect.toSatisfy(heardEnough), caller: expect.toSatisfy(heardEnough) };

function heardEnough(seconds: number): boolean {
  return seconds >= 1;
}

needs(...['netns', 'ip', 'dnsmasq', 'baresip'])(
  'a baresip without an account rings a published name and nothing else; a guest is called and cannot dial out; the telephone company and other domains hear of none of it (features, rows 19 to 22; security S1, S5)',
  async () => {
    const { said, logs } = await play('../support/anonymous-stage.ts', 90);
    expect(said.error, logs).toBe(undefined);
    expect(said).toEqual({
      stranger: { from: 'sip:stranger@elsewhere.example', ...SOUND },
      'sip:201@open.example': '404 Not Found',
      'sip:bob@open.example': '404 Not Found',
      'sip:nobody@open.example': '404 Not Found',
      'sip:0030123456@open.example': '404 Not Found',
      'sip:+4930123456@open.example': '404 Not Found',
      'sip:201@203.0.113.10': '407 Proxy Authentication Required',
      'sip:bob@far.example': '403 Forbidden',
      'sip:0030123456@203.0.113.40': '403 Forbidden',
      guest: { from: 'sip:stranger@elsewhere.example', ...SOUND },
      'alice calls the guest': { from: 'sip:alice@home.example', ...SOUND },
      'guest: sip:0030123456@open.example': '404 Not Found',
      'guest: sip:201@open.example': '404 Not Found',
      'guest: sip:bob@far.example': '403 Forbidden',
      'guest: sip:0030123456@203.0.113.40': '403 Forbidden',
      trunk: [],
      foreign: [],
      'looked up': 0,
      'for alice': [expect.stringMatching(/^INVITE sip:/), expect.stringMatching(/^INVITE sip:bob@far\.example/)],
    });
  },
  120_000,
);
