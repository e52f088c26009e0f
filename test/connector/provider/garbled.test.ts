import { assert, test } from 'vitest';
import { Request } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { mutant } from '../../support/mutate.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { CHALLENGE, hop, RegistrationLab } from './lab.ts';

const SERVER = '10.0.9.1';

test.each([1, 2, 3, 4, 5, 6])(
  'whatever garbled answers its server gives (%d), an account is registered once it gives good ones',
  async (seed) => {
    const lab = await RegistrationLab.open([hop(SERVER)]);
    const server = await lab.server(SERVER);
    const random = new SimRandom(seed);
    const one = <T>(of: readonly T[]): T => of[random.below(of.length)]!;
    const send = server.send.bind(server);
    // It bears to be answered with what it garbled.
    const received = (text: string) => {
      const message = read(text);
      if (message?.kind === 'request') server.inbox.push(message);
    };
    Object.defineProperty(server, 'received', { value: received });
    let garbled = true;
    server.send = (text, to) => send(garbled && random.below(3) > 0 ? mutant(random, [text]) : text, to);
    lab.registration.run('start');
    let asked = 0;
    const answer = (status: () => number) => {
      for (const message of server.inbox.splice(0)) {
        if (!(message instanceof Request)) continue;
        asked++;
        const fields = [CHALLENGE.replace('n1', `n${asked}\0`), CHALLENGE, 'Min-Expires: 700', 'Retry-After: 30', 'Expires: 600'];
        const more = ['Service-Route: <sip:a;lr>,\0<sip:b>', 'Contact: <sip:token0@192.0.2.1>;expires=0'];
        server.answer(message, status(), 'Said', garbled ? [one(fields), one(fields), one(more)] : ['Expires: 600']);
      }
    };
    for (let i = 0; i < 400; i++) {
      lab.run(one([0, 100, 5_000, 60_000, 400_000]));
      answer(() => one([200, 200, 401, 401, 407, 423, 403, 503, 100, 302]));
    }
    garbled = false;
    for (let i = 0; i < 100; i++) {
      lab.run(60_000);
      answer(() => 200);
    }
    assert.ok(asked > 50, `${asked} requests`);
    assert.equal(lab.registration.up, true);
  },
);
