import { assert, test } from 'vitest';
import { TollHouse } from '../support/toll-house.ts';

// How long calls that cost money may last: minutes_per_day, of a class and of a provider. What may be begun at all: toll.test.ts.

const MINUTE = 60_000;
const BRIEF = `[class brief]
may = internal, paid
minutes_per_day = 10
[user tim]
extension = 209
class = brief
`;

/** tim calls a number, and the telephone company answers. */
async function house() {
  const toll = await TollHouse.open(BRIEF);
  await toll.add('tim', '10.0.0.22');
  const tim = toll.caller('tim');
  const talk = (number: string) => {
    const invite = toll.send(tim, 'INVITE', `sip:${number}@home.example`);
    toll.itsp.answer(toll.itsp.take('INVITE'), 200, 'OK', [], `far-${number}`);
    tim.phone.within(invite, tim.phone.response(200), 'ACK');
    toll.itsp.take('ACK');
    return invite.callId;
  };
  const byes = () => {
    const ended = toll.desk.net.wire.filter(({ to, text }) => to.host === '10.0.0.22' && text.startsWith('BYE '));
    return new Set(ended.map(({ text }) => /\r\nCall-ID: (\S+)/.exec(text)![1])).size;
  };
  /** A phone answers what keeps its session alive. */
  const run = (ms: number) => {
    for (let left = ms; left > 0; left -= MINUTE) {
      toll.desk.run(Math.min(left, MINUTE));
      toll.settle();
    }
  };
  return { toll, talk, byes, run };
}

test('two calls at once have the minutes of a day together, not each of them (security S3)', async () => {
  const { toll, talk, byes, run } = await house();
  talk('030111111');
  talk('030222222');
  run(4 * MINUTE);
  assert.equal(byes(), 0);
  run(2 * MINUTE);
  assert.equal(byes(), 2);
  const { talk: spent } = toll.desk.exchange.spending.user('tim');
  assert.isBelow(Math.abs(spent - 10 * MINUTE), 1_000);
  assert.equal(toll.answer(toll.caller('tim'), toll.send(toll.caller('tim'), 'INVITE', 'sip:030333333@home.example')), '403');
});
