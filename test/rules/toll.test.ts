import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import type { Phone } from '../support/phone.ts';
import { type Caller, TollHouse } from '../support/toll-house.ts';

const NUMBER = 'sip:030123456@home.example';
const BOB = 'sip:bob@home.example';
const TRUNK = 'sip:+4930123456@192.0.2.201';

/** A way in which somebody tries to reach the telephone company. */
interface Way {
  /** Sections that are added to the configuration. */
  readonly more?: string;
  /** The request whose answer shows how that went. */
  take(house: TollHouse, who: Caller, name: string): Request | Promise<Request>;
}

/** A way that is one request. */
const by = (method: string, uri: string, ...headers: string[]): Way => ({
  take: (house, who) => house.send(who, method, uri, { headers }),
});
const dials = (uri: string, ...headers: string[]): Way => by('INVITE', uri, ...headers);

/** A call to a number of ours, as the telephone company puts it through; others dial what is behind that number. */
const called = (number: string, uri: string): Way => ({
  take: (house, who, name) => {
    if (name === 'provider') return house.send(who, 'INVITE', house.contact, { to: `<sip:${number}@itsp.example>` });
    return house.send(who, 'INVITE', uri);
  },
});

/** olga leads her calls on, and these lines say how; her own number at the telephone company is +49305559. */
const forwarding = (lines: string, olga: 'busy' | 'silent' | 'away' = 'busy', spend = false): Way => ({
  more: `[user olga]\nextension = 208\npublished = yes\n${lines}\n`,
  take: async (house, who, name) => {
    if (olga !== 'away') await house.add('olga', '10.0.0.21');
    if (olga === 'silent') house.script.set('olga', (invite, phone) => phone.answer(invite, 180, 'Ringing'));
    if (spend) {
      const alice = house.caller('alice');
      const first = house.send(alice, 'INVITE', 'sip:olga@home.example');
      house.settle();
      assert.equal(house.answer(alice, first), '486');
      assert.deepEqual(house.paid, ['INVITE +4930888888']);
      house.desk.net.clear();
    }
    if (name === 'provider') return house.send(who, 'INVITE', house.contact, { to: '<sip:+49305559@itsp.example>' });
    return house.send(who, 'INVITE', 'sip:olga@home.example');
  },
});
const OUT = '+4930888888';

/** bob, who is called, answers with these Contacts. */
const redirected = (...contacts: string[]): Way => ({
  take: (house, who) => {
    house.script.set('bob', (invite, phone) =>
      phone.answer(
        invite,
        302,
        'Moved',
        contacts.map((uri) => `Contact: <${uri}>`),
      ),
    );
    return house.send(who, 'INVITE', BOB);
  },
});

/** bob, who is called, has registered these addresses. */
const registered = (...contacts: string[]): Way => ({
  take: (house, who) => {
    const { phone } = house.caller('bob');
    for (const uri of contacts) {
      const headers = [`Contact: <${uri}>`];
      const register = phone.request('REGISTER', 'sip:home.example', { to: '<sip:bob@home.example>', headers });
      phone.authenticated(register, phone.response(401));
    }
    return house.send(who, 'INVITE', BOB);
  },
});

/** alice and bob talk; then comes a request that knows this much of their call. */
const within = (knows: 'token' | 'dialog', uri: string, forge = (route: string) => route): Way => ({
  take: (house, who) => {
    const { invite, answer } = talk(house);
    const headers = [`Route: ${forge(answer.list(Field.recordRoute)[0]!)}`];
    const all = { callId: invite.callId, fromTag: invite.from.tag!, toTag: answer.to.tag!, cseq: 900_000 };
    return house.send(who, 'INVITE', uri, { headers, ...(knows === 'dialog' ? all : { toTag: 'invented' }) });
  },
});

function talk(house: TollHouse) {
  const [alice, bob] = [house.caller('alice'), house.caller('bob')];
  const invite = house.send(alice, 'INVITE', BOB);
  bob.phone.answer(bob.phone.take('INVITE'), 200);
  const answer = alice.phone.response(200);
  alice.phone.within(invite, answer, 'ACK');
  bob.phone.take('ACK');
  alice.phone.inbox.length = 0;
  return { invite, answer };
}

/** alice talks to somebody outside, which is paid for. */
function bridged(house: TollHouse): { invite: Request; answer: Response; phone: Phone; arrived: Request } {
  const alice = house.caller('alice');
  const invite = house.send(alice, 'INVITE', NUMBER);
  const arrived = house.itsp.take('INVITE');
  house.itsp.answer(arrived, 200, 'OK', [], 'far');
  const answer = alice.phone.response(200);
  alice.phone.within(invite, answer, 'ACK');
  house.itsp.take('ACK');
  alice.phone.inbox.length = 0;
  house.desk.net.clear();
  return { invite, answer, phone: alice.phone, arrived };
}

/** alice talks to somebody outside; then comes a request with what is known of that call put into it. */
const besideBridge = (say: (house: TollHouse, who: Caller, call: ReturnType<typeof bridged>) => Request): Way => ({
  take: (house, who) => say(house, who, bridged(house)),
});

const contactOf = (answer: Response) => answer.list(Field.contact)[0]!.replace(/[<>]/g, '');

const CODES = '[codes]\nforward_all = *21*\npickup = *8\nlast_caller = *69\n';

const WAYS: Readonly<Record<string, Way>> = {
  'a number': dials(NUMBER),
  'a number of the world': dials('sip:+4930123456@home.example'),
  'with escapes': dials('sip:%2B4930%31%323456@home.example'),
  'tel:': dials('tel:+49-30-123456'),
  'phone-context': dials('sip:030123456;phone-context=+49@home.example;user=phone'),
  'phone-context, far host': dials('sip:+4930123456;phone-context=home.example@192.0.2.201'),
  'at our address': dials('sip:030123456@10.0.0.1'),
  'at our other name': dials('sip:030123456@second.example'),
  'at our open name': dials('sip:030123456@open.example'),
  'by a Via of ours': {
    take: (house, who) => {
      const { transport, address } = who.phone;
      const near = `SIP/2.0/${transport.toUpperCase()} ${address.host}:${address.port};branch=z9hG4bKspiral;rport`;
      return house.send(who, 'INVITE', NUMBER, { via: `${near}, SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKours` });
    },
  },
  'maddr of the trunk': dials('sip:bob@home.example;maddr=192.0.2.201'),
  'a speed dial': dials('sip:77@home.example'),
  'a group': called('+49305552', 'sip:600@home.example'),
  'a group by its name': called('+49305552', 'sip:kitchen@home.example'),
  forward_all: forwarding(`forward_all = ${OUT}`),
  forward_busy: forwarding(`forward_busy = ${OUT}`),
  forward_noanswer: forwarding(`forward_noanswer = ${OUT}\nno_answer = 1`, 'silent'),
  forward_offline: forwarding(`forward_offline = ${OUT}`, 'away'),
  forward_dnd: forwarding(`dnd = yes\nforward_dnd = ${OUT}`),
  'forward, class inside': forwarding(`class = kid\nforward_all = ${OUT}`),
  'forward, budget spent': forwarding(`class = tight\nforward_all = ${OUT}`, 'busy', true),
  'forward to a group': forwarding('forward_all = kitchen'),
  'forward to a speed dial': forwarding('forward_all = 77'),
  'forward to the trunk': forwarding('forward_all = sip:+4930888888@itsp.example'),
  'forward for strangers': forwarding(`forward_all = ${OUT}\nforward_strangers = yes`),
  'so, class inside': forwarding(`class = kid\nforward_all = ${OUT}\nforward_strangers = yes`),
  'so, budget spent': forwarding(`class = tight\nforward_all = ${OUT}\nforward_strangers = yes`, 'busy', true),
  'so, to a group': forwarding('forward_all = kitchen\nforward_strangers = yes'),
  "the trunk's domain": dials('sip:+4930123456@itsp.example'),
  "the trunk's address": dials(TRUNK),
  'Route to the trunk': dials(TRUNK, 'Route: <sip:10.0.0.1;lr>, <sip:192.0.2.201;lr>'),
  'Route, strict': dials(NUMBER, 'Route: <sip:192.0.2.201>'),
  'Route within the URI': dials(`${NUMBER}?Route=%3Csip:192.0.2.201;lr%3E`),
  'Route to us': dials(TRUNK, 'Route: <sip:10.0.0.1;lr>'),
  'To tag, our Route': {
    take: (house, who) => house.send(who, 'INVITE', TRUNK, { toTag: 'invented', headers: ['Route: <sip:10.0.0.1;lr>'] }),
  },
  'To tag, a number': { take: (house, who) => house.send(who, 'INVITE', NUMBER, { toTag: 'invented' }) },
  'token, own dialog': within('token', TRUNK),
  'token and dialog': within('dialog', TRUNK),
  'token and number': within('dialog', NUMBER),
  'token, other flow': within('dialog', TRUNK, (route) => route.replace('10.0.0.3', '192.0.2.201')),
  "bridge's Contact, tags": besideBridge((house, who, { answer }) => {
    return house.send(who, 'INVITE', contactOf(answer), { toTag: 'guess', fromTag: 'guess' });
  }),
  "bridge's Contact, Call-ID": besideBridge((house, who, { answer, invite }) => {
    return house.send(who, 'INVITE', contactOf(answer), { toTag: answer.to.tag!, fromTag: 'guess', callId: invite.callId });
  }),
  "bridge's Contact, no tag": besideBridge((house, who, { answer }) => house.send(who, 'INVITE', contactOf(answer))),
  '302 to a number': redirected(NUMBER, 'sip:+4930123456@second.example', 'tel:+4930123456'),
  '302 to the trunk': redirected('sip:+4930123456@itsp.example', TRUNK),
  '302 to a group': redirected('sip:600@home.example'),
  'a Contact at the trunk': registered('sip:+4930123456@itsp.example', TRUNK),
  'a Contact at ourselves': registered(NUMBER, 'sip:030123456@10.0.0.1'),
  'REFER to a number': by('REFER', NUMBER, `Refer-To: <${NUMBER}>`),
  'REFER to a phone': by('REFER', BOB, `Refer-To: <${NUMBER}>`),
  'ENUM: a number': dials('sip:030111111@home.example'),
  "ENUM: the trunk's name": dials('sip:030222222@home.example'),
  "ENUM: the trunk's address": dials('sip:030333333@home.example'),
  Replaces: besideBridge((house, who, { invite, answer }) => {
    const replaces = `Replaces: ${invite.callId};to-tag=${answer.to.tag};from-tag=${invite.from.tag}`;
    return house.send(who, 'INVITE', contactOf(answer), { headers: [replaces] });
  }),
  'Join, a number': dials(NUMBER, 'Join: talk;to-tag=a;from-tag=b'),
  'Replaces, a number': dials(NUMBER, 'Replaces: talk;to-tag=a;from-tag=b'),
  'an asserted identity': dials(
    NUMBER,
    'P-Asserted-Identity: <sip:alice@home.example>',
    'Remote-Party-ID: <sip:alice@home.example>',
  ),
  'a code that forwards': { ...dials('sip:*21*%2B4930888888%23@home.example'), more: CODES },
  'a code that picks up': { ...dials('sip:*8202@home.example'), more: CODES },
  'the last caller': { ...dials('sip:*69@home.example'), more: CODES },
  MESSAGE: by('MESSAGE', NUMBER),
  OPTIONS: by('OPTIONS', NUMBER),
};

/** What reached the telephone company when this caller took this way, and what he was answered: `2 486`. */
async function cell(way: Way, column: string): Promise<{ readonly shown: string; readonly reached: readonly string[] }> {
  const house = await TollHouse.open(way.more ?? '');
  const who = house.caller(column);
  if (column === 'tess') {
    const first = house.send(who, 'INVITE', 'sip:030999999@home.example');
    house.settle();
    assert.equal(house.answer(who, first), '486');
    house.settle();
    house.desk.net.clear();
  }
  const request = await way.take(house, who, column);
  house.settle();
  // What a code sets is written before it is answered.
  for (let turn = 0; turn < 20 && house.answer(who, request) === '-'; turn++) await Promise.resolve();
  house.desk.run();
  return { shown: `${house.paid.length} ${house.answer(who, request)}`, reached: house.paid };
}

/**
 * For each way and caller: how many INVITEs reached the telephone company, and what the caller was answered. Nobody but the users of the
 * house ever makes it one; the telephone company itself where its own number leads to a group with a member outside or to a forward, within
 * the class and budget of whose that is; and all others where olga said that she pays for strangers.
 */
const TABLE = `
way                       | the trunk got | alice | kim   | tess  | liar  | thief | provider | peer  | listed | guest  | nobody
a number                  | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
a number of the world     | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
with escapes              | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
tel:                      | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
phone-context             | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
phone-context, far host   |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 403 | 0 403  | 0 403  | 0 403
at our address            | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 407  | 0 407
at our other name         | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
at our open name          | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
by a Via of ours          | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
maddr of the trunk        |               | 0 486 | 0 486 | 0 486 | 0 403 | 0 407 | 0 404    | 0 486 | 0 486  | 0 486  | 0 486
a speed dial              | +4930777777   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
a group                   | +491701234567 | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 404 | 0 404  | 0 404  | 0 404
a group by its name       | +491701234567 | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 404 | 0 404  | 0 404  | 0 404
forward_all               | +4930888888   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 486 | 0 486  | 0 486  | 0 486
forward_busy              | +4930888888   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 486 | 0 486  | 0 486  | 0 486
forward_noanswer          | +4930888888   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 -   | 0 -    | 0 -    | 0 -
forward_offline           | +4930888888   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 480 | 0 480  | 0 480  | 0 480
forward_dnd               | +4930888888   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 486 | 0 486  | 0 486  | 0 486
forward, class inside     |               | 0 486 | 0 486 | 0 486 | 0 403 | 0 407 | 0 486    | 0 486 | 0 486  | 0 486  | 0 486
forward, budget spent     |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 403    | 0 486 | 0 486  | 0 486  | 0 486
forward to a group        | +491701234567 | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 486 | 0 486  | 0 486  | 0 486
forward to a speed dial   | +4930777777   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 486 | 0 486  | 0 486  | 0 486
forward to the trunk      |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 403    | 0 403 | 0 403  | 0 403  | 0 403
forward for strangers     | +4930888888   | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 1 486 | 1 486  | 1 486  | 1 486
so, class inside          |               | 0 486 | 0 486 | 0 486 | 0 403 | 0 407 | 0 486    | 0 486 | 0 486  | 0 486  | 0 486
so, budget spent          |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 403    | 0 486 | 0 486  | 0 486  | 0 486
so, to a group            | +491701234567 | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 1 486    | 0 486 | 0 486  | 0 486  | 0 486
the trunk's domain        |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 403 | 0 403  | 0 403  | 0 403
the trunk's address       |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 403 | 0 403  | 0 403  | 0 403
Route to the trunk        |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 403 | 0 404    | 0 403 | 0 403  | 0 403  | 0 403
Route, strict             |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 403 | 0 404    | 0 403 | 0 403  | 0 403  | 0 403
Route within the URI      |               | 0 400 | 0 400 | 0 400 | 0 400 | 0 400 | 0 400    | 0 400 | 0 400  | 0 400  | 0 400
Route to us               |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 403 | 0 403  | 0 403  | 0 403
To tag, our Route         |               | 0 481 | 0 481 | 0 481 | 0 481 | 0 481 | 0 481    | 0 481 | 0 481  | 0 481  | 0 481
To tag, a number          |               | 0 481 | 0 481 | 0 481 | 0 481 | 0 481 | 0 481    | 0 481 | 0 481  | 0 481  | 0 481
token, own dialog         |               | 0 481 | 0 481 | 0 481 | 0 481 | 0 481 | 0 481    | 0 481 | 0 481  | 0 481  | 0 481
token and dialog          |               | 0 486 | 0 403 | 0 403 | 0 403 | 0 486 | 0 486    | 0 486 | 0 486  | 0 486  | 0 486
token, other flow         |               | 0 481 | 0 481 | 0 481 | 0 481 | 0 481 | 0 481    | 0 481 | 0 481  | 0 481  | 0 481
token and number          |               | 0 486 | 0 403 | 0 403 | 0 403 | 0 486 | 0 486    | 0 486 | 0 486  | 0 486  | 0 486
bridge's Contact, tags    |               | 0 481 | 0 481 | 0 481 | 0 481 | 0 481 | 0 481    | 0 481 | 0 481  | 0 481  | 0 481
bridge's Contact, Call-ID |               | 0 481 | 0 481 | 0 481 | 0 481 | 0 481 | 0 481    | 0 481 | 0 481  | 0 481  | 0 481
bridge's Contact, no tag  |               | 0 404 | 0 404 | 0 404 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 407  | 0 407
302 to a number           |               | 0 302 | 0 302 | 0 302 | 0 403 | 0 407 | 0 404    | 0 302 | 0 302  | 0 302  | 0 302
302 to the trunk          |               | 0 302 | 0 302 | 0 302 | 0 403 | 0 407 | 0 404    | 0 302 | 0 302  | 0 302  | 0 302
302 to a group            |               | 0 302 | 0 302 | 0 302 | 0 403 | 0 407 | 0 404    | 0 302 | 0 302  | 0 302  | 0 302
a Contact at the trunk    |               | 0 486 | 0 486 | 0 486 | 0 403 | 0 407 | 0 404    | 0 486 | 0 486  | 0 486  | 0 486
a Contact at ourselves    |               | 0 486 | 0 486 | 0 486 | 0 403 | 0 407 | 0 404    | 0 486 | 0 486  | 0 486  | 0 486
REFER to a number         |               | 0 480 | 0 403 | 0 403 | 0 403 | 0 407 | 0 403    | 0 403 | 0 403  | 0 404  | 0 403
REFER to a phone          |               | 0 200 | 0 403 | 0 403 | 0 403 | 0 407 | 0 403    | 0 403 | 0 403  | 0 403  | 0 403
ENUM: a number            | +4930111111   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
ENUM: the trunk's name    | +4930222222   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
ENUM: the trunk's address | +4930333333   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
Replaces                  | itsp          | 1 486 | 1 486 | 1 486 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 407  | 0 407
Join, a number            | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
Replaces, a number        |               | 0 481 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
an asserted identity      | +4930123456   | 1 486 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
a code that forwards      |               | 0 403 | 0 403 | 0 403 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
a code that picks up      |               | 0 480 | 0 480 | 0 480 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
the last caller           |               | 0 404 | 0 404 | 0 404 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
MESSAGE                   |               | 0 480 | 0 405 | 0 480 | 0 403 | 0 407 | 0 404    | 0 404 | 0 404  | 0 404  | 0 404
OPTIONS                   |               | 0 480 | 0 405 | 0 480 | 0 403 | 0 407 | 0 200    | 0 404 | 0 404  | 0 404  | 0 404
`;

const [COLUMNS, ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((text) => text.trim()));
const callers = COLUMNS!.slice(2);

test('every way has its row', () => {
  assert.deepEqual(ROWS.map(([name]) => name).sort(), Object.keys(WAYS).sort());
});

test.each(ROWS)('%s: who gets out, and who does not, on the wire (security S1)', async (name, number, ...expected) => {
  const cells = await Promise.all(callers.map((column) => cell(WAYS[name!]!, column)));
  const shown = (texts: readonly (string | undefined)[]) => callers.map((caller, i) => `${caller}: ${texts[i]}`);
  assert.deepEqual(shown(cells.map((one) => one.shown)), shown(expected));
  for (const reached of cells.flatMap((one) => one.reached)) assert.equal(reached, `INVITE ${number}`);
});
