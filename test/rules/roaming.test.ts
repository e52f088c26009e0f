import { assert, test } from 'vitest';
import type { Message } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import type { Phone } from '../support/phone.ts';
import { house } from './house.ts';

// A phone that goes from one network to another within a call: nothing reaches it at its old place any more, and nobody there says so.

/** A call of alice's to bob, whose phone has gone to another place since, without a word at the old one. */
async function gone(transport: 'udp' | 'tcp') {
  const { desk, alice, bob } = await house({}, transport);
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  bob.take('ACK');
  const moved = await desk.phone('bob', '10.0.0.33', 5060, transport);
  return { desk, alice, bob, moved, invite, arrived, ok };
}

type Gone = Awaited<ReturnType<typeof gone>>;

const steps: Readonly<Record<string, (call: Gone) => void>> = {
  registers: ({ moved }) => void moved.register(),
  speaks: ({ alice, moved, arrived }) => {
    moved.back(arrived, 'bob-answers', 'INVITE', { headers: [`Contact: ${moved.contact}`] });
    alice.answer(alice.take('INVITE'), 200);
    moved.response(200);
    moved.back(arrived, 'bob-answers', 'ACK', { headers: [] });
    alice.take('ACK');
  },
};

/** A message of a phone as if it had said in it where it is now. */
const at = <M extends Message>(phone: Phone, said: M): M =>
  read(said.text.replace(/Contact: [^\r]*/, `Contact: ${phone.contact}`)) as Message as M;

test.each([
  ['udp', 'speaks', 'registers'],
  ['udp', 'registers', 'speaks'],
  ['tcp', 'speaks', 'registers'],
  ['tcp', 'registers', 'speaks'],
] as const)(
  'who has gone to another place is hung up on there, by %s, whichever comes first: %s, then %s (RFC 3261 §12.2.1.1, RFC 5626 §5.3)',
  async (transport, first, second) => {
    const call = await gone(transport);
    const { alice, bob, moved, invite, ok } = call;
    for (const step of [first, second]) steps[step]!(call);
    alice.within(invite, at(moved, ok), 'BYE');
    moved.answer(moved.take('BYE'), 200);
    alice.response(200);
    assert.deepEqual(bob.waiting, []);
  },
);

test('a caller who has gone to another place is hung up on there, as soon as he has registered (RFC 3261 §12.2.1.1)', async () => {
  for (const transport of ['udp', 'tcp'] as const) {
    const { desk, alice, bob } = await house({}, transport);
    const invite = bob.call('INVITE', 'sip:alice@home.example');
    const arrived = alice.take('INVITE');
    alice.answer(arrived, 200);
    const ok = bob.response(200);
    bob.within(invite, ok, 'ACK');
    alice.take('ACK');
    const moved = await desk.phone('bob', '10.0.0.33', 5060, transport);
    moved.within(invite, ok, 'INVITE', { headers: [`Contact: ${moved.contact}`] });
    alice.answer(alice.take('INVITE'), 200);
    moved.register();
    alice.back(at(moved, arrived), 'alice-answers', 'BYE');
    moved.take('BYE');
    assert.deepEqual(bob.waiting, [], transport);
  }
});

const CONTACT = '<sip:bob@10.0.0.3:5060;transport=tcp>';

/** A call to a phone by TCP, which has registered by a new connection since, and said nothing of it within the call. */
async function reconnected(contact = CONTACT, before = '*') {
  const { desk, alice, bob, arrived, invite, ok } = await gone('tcp');
  bob.register([`Contact: ${before}`, `Expires: ${before === '*' ? 0 : 3600}`]);
  const now = await desk.phone('bob', '10.0.0.3', 5061, 'tcp');
  desk.run(1_000);
  now.register([`Contact: ${contact}`, 'Expires: 3600']);
  return { desk, alice, bob, now, arrived, invite, ok };
}

test('who has registered the Contact of a call by a new connection is hung up on by that, though the former one seems open (RFC 5626 §7)', async () => {
  const { alice, bob, now, invite, ok } = await reconnected();
  alice.within(invite, ok, 'BYE');
  now.answer(now.take('BYE'), 200);
  alice.response(200);
  assert.deepEqual(bob.waiting, []);
  const ended = await reconnected();
  ended.desk.exchange.calls.hangup(ended.desk.exchange.calls.list()[0]!.id);
  ended.desk.run();
  ended.now.take('BYE');
});

test('the connection of a call is kept where it was heard last, where another phone was registered since, or another flow of its own (RFC 5626 §7)', async () => {
  const speaks = await reconnected();
  speaks.desk.run(1_000);
  speaks.bob.back(speaks.arrived, 'bob-answers', 'INFO');
  speaks.alice.within(speaks.invite, speaks.ok, 'BYE');
  speaks.bob.take('BYE');
  const flow = `${CONTACT};+sip.instance="<urn:uuid:0>";reg-id=`;
  for (const [contact, before] of [['<sip:bob@10.0.0.3:5061;transport=tcp>'], [`${flow}2`, `${flow}1`]] as const) {
    const other = await reconnected(contact, before);
    other.alice.within(other.invite, other.ok, 'BYE');
    other.bob.take('BYE');
  }
});

test.each(['udp', 'tcp'] as const)('an operator hangs up on a phone where it has gone to, by %s', async (transport) => {
  const call = await gone(transport);
  const { desk, bob, moved } = call;
  steps.speaks!(call);
  steps.registers!(call);
  desk.exchange.calls.hangup(desk.exchange.calls.list()[0]!.id);
  desk.run();
  moved.take('BYE');
  assert.deepEqual(bob.waiting, []);
});

test.each(['udp', 'tcp'] as const)(
  'nobody takes a side of a call over who is not registered as its user where he speaks from, by %s (security S10, S14)',
  async (transport) => {
    const call = await gone(transport);
    const { desk, alice, bob, moved, invite, ok } = call;
    steps.speaks!(call);
    // Carol has read along, and is one of the house herself.
    const carol = await desk.phone('carol', '10.0.0.33', 5070, transport);
    carol.register();
    alice.within(invite, at(moved, ok), 'INFO');
    assert.deepEqual([bob.waiting, moved.waiting, carol.waiting], [['INFO'], [], []]);
    // Bob registers elsewhere: what was said from here is none of his by that.
    const tablet = await desk.phone('bob', '10.0.0.44', 5060, transport);
    tablet.register();
    alice.within(invite, at(moved, ok), 'BYE', { cseq: 99 });
    assert.deepEqual([bob.waiting, moved.waiting, tablet.waiting], [['INFO', 'BYE'], [], []]);
  },
);

test('by tcp a user is where he has registered by that very connection: others share his address (security S10, S14)', async () => {
  const call = await gone('tcp');
  const { desk, alice, bob, moved, invite, ok } = call;
  steps.speaks!(call);
  const tablet = await desk.phone('bob', '10.0.0.33', 5070, 'tcp');
  tablet.register();
  alice.within(invite, at(moved, ok), 'BYE');
  assert.deepEqual([bob.waiting, moved.waiting, tablet.waiting], [['BYE'], [], []]);
});

test.each(['udp', 'tcp'] as const)(
  'a subscription goes on with a phone that has gone to another place, by %s, once it has registered there, whichever side it is (RFC 6665 §3.1, RFC 3261 §12.2.1.1)',
  async (transport) => {
    for (const side of ['watches', 'is watched']) {
      const { desk, alice, bob } = await house({}, transport);
      const [watcher, watched] = side === 'watches' ? [bob, alice] : [alice, bob];
      const headers = ['Event: dialog', 'Expires: 3600'];
      const subscribe = watcher.call('SUBSCRIBE', `sip:${watched.user}@home.example`, {
        headers: [`Contact: ${watcher.contact}`, ...headers],
      });
      const arrived = watched.take('SUBSCRIBE');
      watched.answer(arrived, 200, 'OK', [`Contact: ${watched.contact}`, 'Expires: 3600'], 'watched');
      const ok = watcher.response(200);
      const moved = await desk.phone('bob', '10.0.0.33', 5060, transport);
      const renew = () =>
        moved.within(subscribe, ok, 'SUBSCRIBE', { headers: [`Contact: ${moved.contact}`, ...headers], cseq: 2 });
      const notify = (phone: Phone, invite: typeof arrived, cseq: number) =>
        phone.back(invite, 'watched', 'NOTIFY', { headers: ['Event: dialog', 'Subscription-State: active'], cseq });
      moved.register();
      if (side === 'watches') {
        renew();
        alice.answer(alice.take('SUBSCRIBE'), 200, 'OK', ['Expires: 3600'], 'watched');
        moved.response(200);
        notify(alice, at(moved, arrived), 1);
        moved.answer(moved.take('NOTIFY'), 200);
        alice.response(200);
      } else {
        notify(moved, arrived, 1);
        alice.answer(alice.take('NOTIFY'), 200);
        moved.response(200);
        alice.within(subscribe, at(moved, ok), 'SUBSCRIBE', { headers, cseq: 2 });
        moved.answer(moved.take('SUBSCRIBE'), 200, 'OK', ['Expires: 3600']);
        alice.response(200);
      }
      assert.deepEqual(bob.waiting, [], side);
    }
  },
);
