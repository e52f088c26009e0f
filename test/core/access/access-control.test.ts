import { assert, test } from 'vitest';
import { network } from '../../../src/config/values/network.ts';
import { AccessControl } from '../../../src/core/access/access-control.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import type { ServerTransaction } from '../../../src/sip/transaction/user.ts';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import { Sources } from '../../../src/sip/transport/sources.ts';
import { LateClock } from '../../support/late-clock.ts';
import { request as written } from '../../support/written.ts';

const inviteTo = (user: string): Request => written({ uri: `sip:${user}@x` });
const request = inviteTo('bob');

function setup(peers: readonly string[] = []) {
  const clock = new LateClock();
  const sources = new Sources(clock);
  const access = new AccessControl({
    clock,
    machine: { interfaces: () => [] },
    sources,
    peer: (host) => peers.includes(host),
    provider: () => false,
    emergency: ({ user }) => user === '112',
    named: () => false,
    shut: () => {},
  });
  const requestFrom = (host: string, reliable = false) => {
    const tx = {
      flow: { reliable, remote: { host, port: 5060 } } as Flow,
      told: '',
      respondStateless(status: number, _: string, extra = '') {
        this.told = `${status} ${extra.trim()}`;
      },
      abandon() {
        this.told = 'silence';
      },
    };
    return tx as typeof tx & ServerTransaction;
  };
  /** What a request from there is told, or how it is admitted. */
  const ask = (
    caller: 'user' | 'guest' | 'anonymous' | 'unproved' | 'provider' | 'peer',
    host = '192.0.2.9',
    reliable = false,
    asked = request,
  ) => {
    const tx = requestFrom(host, reliable);
    if (access.turnsAway(asked, tx)) return tx.told;
    const admission = access.admit(asked, tx, caller);
    return admission === 'gone' ? tx.told : admission;
  };
  /** The same within a dialog. */
  const within = (host = '192.0.2.9', reliable = false) => {
    const tx = requestFrom(host, reliable);
    return access.keeps(tx) ? 'kept' : tx.told;
  };
  /** The loop takes a turn so much later than it should. */
  const late = (ms: number) => {
    clock.block(100 + ms);
    clock.turn();
  };
  /** Whether what is no request is heard from there. */
  const hears = (host: string) => access.hears(requestFrom(host).flow);
  return { clock, sources, access, ask, within, hears, late };
}

test('while the loop is two tenths of a second behind, strangers are asked to come later; users are served (security S12)', () => {
  const { ask, late } = setup();
  assert.equal(ask('anonymous'), 'served');
  late(199);
  assert.equal(ask('anonymous'), 'served');
  late(200);
  assert.equal(ask('anonymous'), '503 Retry-After: 10');
  assert.equal(ask('unproved'), '503 Retry-After: 10');
  assert.equal(ask('user'), 'served');
  assert.equal(ask('provider'), 'served');
  assert.equal(ask('anonymous', '127.0.0.1'), 'served');
  late(0);
  assert.equal(ask('anonymous'), 'served');
});

test('one long pause turns no user away, two in a row turn everybody away until the loop has caught up (security S12)', () => {
  const { access, ask, late } = setup();
  ask('user');
  late(3_000);
  assert.equal(ask('user'), 'served');
  late(1_000);
  assert.equal(ask('user'), '503 Retry-After: 10');
  assert.equal(access.counts.shed, 1);
  late(0);
  assert.equal(ask('user'), 'served');
});

test('ten thousand transactions of strangers are the most, whomever they come from; users and neighbours by name are served (security S12)', () => {
  const { sources, ask } = setup(['198.51.100.1']);
  const other = sources.at('203.0.113.1');
  for (let i = 0; i < 10_000; i++) other.keeps(1);
  assert.equal(ask('anonymous'), '503 Retry-After: 10');
  assert.equal(ask('user'), 'served');
  assert.equal(ask('provider'), 'served');
  assert.equal(ask('anonymous', '198.51.100.1'), 'served');
  other.keeps(-1);
  assert.equal(ask('anonymous'), 'served');
});

test('requests within dialogs find room above those of new strangers, but no more than half as much, whomever they come from (security S12)', () => {
  const { sources, ask, within } = setup(['198.51.100.1']);
  const forged = (n: number) => sources.at(`203.0.${n >> 8}.${n & 255}`);
  for (let n = 0; n < 10_000; n++) forged(n).keeps(1);
  assert.equal(ask('anonymous'), '503 Retry-After: 10');
  assert.equal(within(), 'kept');
  for (let n = 10_000; n < 15_000; n++) forged(n).keeps(1);
  assert.equal(within(), '503 Retry-After: 10');
  assert.equal(within('198.51.100.1'), 'kept');
  assert.equal(within('127.0.0.1'), 'kept');
});

test('of a stranger two hundred transactions are kept, and with those within his dialogs twice as many (security S12)', () => {
  const { sources, ask, within } = setup();
  const stranger = sources.at('192.0.2.9');
  for (let i = 0; i < 199; i++) stranger.keeps(1);
  assert.equal(ask('anonymous'), 'served');
  stranger.keeps(1);
  assert.equal(ask('anonymous'), '503 Retry-After: 10');
  assert.equal(within(), 'kept');
  for (let i = 0; i < 200; i++) stranger.keeps(1);
  assert.equal(within(), '503 Retry-After: 10');
  assert.equal(ask('anonymous', '203.0.113.1'), 'served');
});

test('a network that is declined is told so no more often than a stranger is answered (security S14)', () => {
  const { access, ask } = setup();
  access.configure([{ network: [network.read('192.0.2.0/24')], policy: 'decline' }], 'answer');
  const told = Array.from({ length: 100 }, () => ask('anonymous'));
  assert.deepEqual([told.filter((one) => one === '603 ').length, told[99]], [30, 'silence']);
});

test('where a user has shown his password, what is no request is heard as often as it comes: the keep-alives of a whole house (RFC 5626 §4.4)', () => {
  const { sources, hears } = setup();
  sources.at('192.0.2.9').prove();
  const heard = (host: string) => Array.from({ length: 100 }, () => hears(host)).filter((one) => one).length;
  assert.deepEqual([heard('192.0.2.9'), heard('203.0.113.1')], [100, 30]);
});

test('an excepted address asks as often as it likes (security S4)', () => {
  const { access, ask } = setup();
  access.configure([{ network: [network.read('198.51.100.1')], policy: 'allow' }], 'answer');
  const served = (host: string) =>
    Array.from({ length: 100 }, () => ask('anonymous', host)).filter((one) => one === 'served').length;
  assert.equal(served('198.51.100.1'), 100);
  assert.equal(served('198.51.100.2'), 30);
});

test('a certificate that names a domain is heard where strangers are not, and asks no more often than they do (security S4)', () => {
  const { access, ask } = setup(['198.51.100.1']);
  access.configure([], 'silent');
  const answers = Array.from({ length: 40 }, () => ask('peer'));
  assert.equal(answers[0], 'served');
  assert.equal(answers[39], 'silence');
  const listed = Array.from({ length: 40 }, () => ask('peer', '198.51.100.1'));
  assert.deepEqual([...new Set(listed)], ['served']);
});

test('a peer asks ten times as often as a stranger, for anybody may write its address in a datagram; by a connection as it likes (security S4)', () => {
  const { ask } = setup(['198.51.100.1']);
  const served = (reliable: boolean) =>
    Array.from({ length: 1_000 }, () => ask('peer', '198.51.100.1', reliable)).filter((one) => one === 'served').length;
  assert.equal(served(false), 300);
  assert.equal(served(true), 1_000);
});

test('of what bears the address of a peer so much is kept at once, and with what is within dialogs twice as much, in nobody else’s place (security S12)', () => {
  const { sources, ask, within } = setup(['198.51.100.1']);
  const peer = sources.at('198.51.100.1');
  for (let i = 0; i < 1_000; i++) peer.keeps(1);
  assert.equal(ask('peer', '198.51.100.1'), '503 Retry-After: 10');
  assert.equal(within('198.51.100.1'), 'kept');
  for (let i = 0; i < 1_000; i++) peer.keeps(1);
  assert.equal(within('198.51.100.1'), '503 Retry-After: 10');
  assert.equal(within('198.51.100.1', true), 'kept');
  assert.deepEqual([sources.transactions, ask('anonymous'), ask('peer', '198.51.100.1', true)], [0, 'served', 'served']);
});

test('a guest is heard where strangers are not, and so is a peer, whatever its requests say of it', () => {
  const { access, ask } = setup(['198.51.100.1']);
  access.configure([], 'silent');
  assert.equal(ask('guest'), 'served');
  assert.equal(ask('unproved', '198.51.100.1'), 'served');
  assert.equal(ask('unproved'), 'silence');
});

test('whoever says to be one of ours is asked for a password for an emergency number, however much came from there; strangers are not (security S30)', () => {
  const { ask } = setup();
  const help = (caller: 'anonymous' | 'unproved') => ask(caller, '192.0.2.9', false, inviteTo('112'));
  const strangers = Array.from({ length: 31 }, () => help('anonymous'));
  assert.deepEqual([strangers[29], strangers[30]], ['served', 'silence']);
  assert.equal(help('unproved'), 'served');
});

test('what a configuration says of an address counts from its reload on, also where that was known before (security S4)', () => {
  const { access, ask } = setup();
  const served = () => Array.from({ length: 100 }, () => ask('anonymous')).filter((one) => one === 'served').length;
  assert.equal(served(), 30);
  access.configure([{ network: [network.read('192.0.2.9')], policy: 'allow' }], 'answer');
  assert.equal(served(), 100);
});

test('this machine itself is sent whatever it asks for: nobody elsewhere has its address (security S14)', () => {
  const { sources } = setup();
  for (const host of ['127.0.0.1', '::1', '127.9.9.9']) assert.equal(sources.at(host).takes(100_000), true, host);
  assert.equal(sources.at('192.0.2.9').takes(100_000), false);
});

test('room for answers by UDP is given to a provider for what came by UDP, and proved to be its own (security S14)', () => {
  const { sources, ask } = setup();
  ask('provider', '192.0.2.9', true);
  assert.equal(sources.at('192.0.2.9').takes(10_000), false);
  ask('provider', '192.0.2.9');
  assert.equal(sources.at('192.0.2.9').takes(10_000), true);
});
