import { expect, test } from 'vitest';
import { explanationText } from '../../../src/control/cli/commands/route.ts';
import { explain } from '../../../src/control/dbus/explain.ts';
import { Desk, HOUSE } from '../../support/desk.ts';

const TOWN = `${HOUSE}[provider acme]
registrar = sip:192.0.2.50
register = no
inbound = bob
number_4930 = carol
calls = 2
[peer partner.example]
via = 192.0.2.9
[access lan]
network = 10.0.0.0/8
policy = allow
[access bad]
network = 192.0.2.66/32
policy = decline
[access odd]
network = 192.0.2.67/32
policy = restrict
[class world]
may = internal, peers, paid, international, premium
minutes_per_day = 30
calls = 3
[dial out]
match = 0X!
to = provider acme
`
  .replace('[daemon]', '[daemon]\ncountry = DE\narea_code = 30\nenum = e164.test')
  .replace('[user alice]', '[user alice]\nclass = world');

const ZONE = `
_sip._udp.away.example 60 SRV 10 0 5070 a.away.example
a.away.example 60 A 192.0.2.10
a.away.example 60 AAAA 2001:db8::10
near.example 60 A 10.9.9.9
home.near.example 60 A 127.0.0.1
6.5.4.3.2.1.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:anna@away.example! .
`;

async function town(config = TOWN) {
  const desk = await Desk.open({ config, zone: ZONE, providers: true });
  desk.providers!.state = () => ({ up: true });
  const ask = async (target: string, from = 'alice', source = '', method = 'INVITE') => {
    const live = { exchange: desk.exchange, providers: desk.providers! };
    const explained = explain({ target, from, method, source }, desk.exchange.snapshot, live);
    desk.run(5_000);
    return explained;
  };
  return { desk, ask };
}

test('a name in other letters is nobody, and whoever is nearest is named to users (RFC 3261 §19.1.4)', async () => {
  const { ask } = await town();
  const last = async (target: string, from?: string) => (await ask(target, from)).trace.at(-1);
  expect(await last('BOB')).toBe('did you mean bob?');
  expect((await ask('Carl')).trace.slice(-2)).toEqual([
    'there is no user, extension or guest Carl, and no dial rule fits',
    'did you mean carol?',
  ]);
  expect(await last('299')).toBe('there is no user, extension or guest 299, and no dial rule fits');
  expect(await last('zachary')).toBe('there is no user, extension or guest zachary, and no dial rule fits');
  expect(await last('BOB', '')).not.toContain('did you mean');
  await expect(ask('bob', 'alcie')).rejects.toThrow('there is no user alcie; did you mean alice?');
});

test('a call to another domain tells what DNS says now and every server in order, and sends nothing there', async () => {
  const { desk, ask } = await town();
  desk.net.clear();
  const explained = await ask('anna@away.example');
  expect(explained).toMatchObject({ decision: 'forward', caller: 'the user alice' });
  expect(explained.dns).toContain('SRV _sip._udp.away.example: 10 0 5070 a.away.example');
  expect(explained.dns).toContain('A a.away.example: 192.0.2.10');
  expect(explained.targets).toMatchObject([
    { when: 'first', kind: 'domain', name: 'sip:anna@away.example', hops: ['udp:192.0.2.10:5070'], why: '' },
  ]);
  expect(desk.net.wire.filter(({ to }) => to.host === '192.0.2.10')).toEqual([]);
});

test('an address that the caller may not reach is no target, and it says so (security S21)', async () => {
  const { ask } = await town();
  expect((await ask('x@near.example')).targets[0]).toMatchObject({ hops: ['udp:10.9.9.9:5060'], why: '' });
  expect((await ask('x@home.near.example')).targets[0]).toMatchObject({
    hops: [],
    why: 'nothing is sent to 127.0.0.1 for this caller',
  });
  expect((await ask('x@nowhere.example')).summary).toBe(
    'forward to sip:x@nowhere.example: 1 other domain, and nothing of it can be reached now',
  );
  expect((await ask('x@nowhere.example')).targets[0]).toMatchObject({ hops: [], why: 'nowhere.example has no address' });
});

test('a call that costs money tells who pays, for what, and what the budgets leave', async () => {
  const { ask } = await town();
  const { targets, cost, dns } = await ask('0301234567');
  expect(dns).toEqual(['NAPTR 7.6.5.4.3.2.1.0.3.9.4.e164.test: there is no such name']);
  expect(targets).toMatchObject([
    { kind: 'enum', name: '+49301234567', why: 'it has no address there' },
    { when: expect.stringMatching(/^if that .*refuses/), kind: 'provider', payer: 'alice', costs: ['paid'] },
  ]);
  expect(cost).toEqual([
    'alice pays for +49301234567 (paid), by the class world',
    'left to alice: 3 of 3 calls at the same time, 60 of 60 calls an hour, 30 of 30 minutes a day',
    'left to provider acme: 2 of 2 calls at the same time',
    'by provider acme the call may last 30 minutes',
  ]);
  expect((await ask('00441234567890', 'bob')).trace.at(-1)).toMatch(/does not allow calls to other countries/);
});

test('the address of a number is told for the call of a telephone company that a user leads there, too (RFC 6116)', async () => {
  const { ask } = await town(TOWN.replace('[user carol]', '[user carol]\nforward_all = +4930123456'));
  const { targets } = await ask('4930', '', '192.0.2.50');
  expect(targets[0]).toMatchObject({ when: 'first', kind: 'domain', name: 'sip:anna@away.example', payer: '' });
});

test('what was spent of a budget is no more told as left (security S3)', async () => {
  const { desk } = await town();
  const spent = { calls: 1, hour: 2, talk: 600_000 };
  const snapshot = { ...desk.exchange.snapshot, usage: { user: () => spent, trunk: () => spent } };
  const { cost } = await explain({ target: '0301234567', from: 'alice', source: '', method: 'INVITE' }, snapshot);
  expect(cost.slice(1)).toEqual([
    'left to alice: 2 of 3 calls at the same time, 58 of 60 calls an hour, 20 of 30 minutes a day',
    'left to provider acme: 1 of 2 calls at the same time',
    'by provider acme the call may last 20 minutes',
  ]);
});

test('a call may last as long as the budgets of both leave (security S3)', async () => {
  const { ask } = await town(TOWN.replace('calls = 2', 'calls = 2\nminutes_per_day = 20'));
  const { cost } = await ask('0301234567');
  expect(cost.slice(-2)).toEqual([
    'left to provider acme: 2 of 2 calls at the same time, 20 of 20 minutes a day',
    'by provider acme the call may last 20 minutes',
  ]);
});

test('what ENUM knows of a number takes its place, and costs nothing', async () => {
  const { ask } = await town();
  const { targets, dns } = await ask('030123456');
  expect(targets[0]).toMatchObject({ when: 'first', kind: 'domain', name: 'sip:anna@away.example' });
  expect(dns[0]).toMatch(/^NAPTR 6\.5\.4\.3\.2\.1\.0\.3\.9\.4\.e164\.test: 10 10 "u" "E2U\+sip"/);
});

test('who calls is found by the address: a provider, a peer, or nobody; and what holds for it', async () => {
  const { ask } = await town();
  const provider = await ask('4930', '', '192.0.2.50');
  expect([provider.caller, provider.trace[0], provider.summary]).toEqual([
    'the provider acme, a server of which is 192.0.2.50, by what our Contact there says',
    'its section leads to sip:carol@home.example',
    'reject: 480 Temporarily Unavailable',
  ]);
  expect(provider.access.slice(1)).toEqual([
    'an address of a provider: no limit for strangers holds for what bears the token of our Contact, or comes by TCP or TLS',
    'what comes by UDP without it, as anybody could send it: 30 new requests at once and 4 a second, 20 at work at a time',
  ]);
  expect((await ask('49', '', '192.0.2.50')).trace[0]).toBe('its section leads to sip:bob@home.example');
  const peer = await ask('bob', '', '192.0.2.9');
  expect(peer.caller).toBe('the domain partner.example, whose [peer] section lists 192.0.2.9');
  expect(peer.access).toEqual([
    'no [access] section names its network',
    'an address of a peer: no limit for strangers holds for what comes by TCP or TLS',
    'what comes by UDP, as anybody could send it: 300 new requests at once and 40 a second, 1000 at work at a time',
  ]);
  const stranger = await ask('bob', '', '192.0.2.8');
  expect(stranger.access[1]).toBe('a stranger: 30 new requests at once and 4 a second, 4 kB of answers a minute for nothing');
  expect(await ask('bob', '', '192.0.2.66')).toMatchObject({ decision: 'reject', summary: 'reject: 603 Decline', targets: [] });
  expect(await ask('112', 'alice', '192.0.2.66')).toMatchObject({ decision: 'forward' });
  expect(await ask('bob', '', '192.0.2.67')).toMatchObject({ decision: 'challenge', status: 407 });
  expect((await ask('bob', '', '10.0.0.77')).access).toEqual([
    'its network has the policy allow',
    'the configuration lifts the limits for strangers there',
  ]);
  const silent = await town(TOWN.replace('[daemon]', '[daemon]\nstrangers = silent'));
  expect(await silent.ask('bob@10.0.0.1', '', '192.0.2.8')).toMatchObject({ decision: 'ignore', summary: 'no answer at all' });
});

test('what is explained is what happens: the words of the limits are those of the daemon', async () => {
  const { desk, ask } = await town();
  for (const [source, status] of [
    ['192.0.2.66', 603],
    ['192.0.2.67', 407],
    ['192.0.2.8', 480],
    ['192.0.2.9', 480],
  ] as const) {
    expect((await ask('bob', '', source)).status).toBe(status);
    const phone = await desk.phone('x', source);
    phone.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@away.example>' });
    const [answer] = phone.inbox.splice(0).filter((one) => 'status' in one && one.status !== 100);
    expect(answer !== undefined && 'status' in answer && answer.status).toBe(status);
  }
});

test('a phone is where it registered from, and one whose connection is closed says so', async () => {
  const { desk, ask } = await town();
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register([`Contact: ${bob.contact}`, 'Expires: 600', 'User-Agent: Desk 1']);
  const tcp = await desk.phone('bob', '10.0.0.4', 5070, 'tcp');
  tcp.register([`Contact: ${tcp.contact};+sip.instance="<urn:uuid:1>";reg-id=1;q=0.5`, 'Supported: outbound, path']);
  const before = await ask('bob');
  expect(before.targets).toMatchObject([
    { when: 'first', kind: 'phone', name: 'sip:bob@10.0.0.3:5060', agent: 'Desk 1', hops: ['udp:10.0.0.3:5060'], why: '' },
    { when: 'next', hops: [expect.stringMatching(/^tcp:10\.0\.0\.4:[0-9]+$/)], why: '' },
  ]);
  expect(explanationText(before)).toBe(
    [
      'Caller   the user alice',
      'Steps    1. home.example is our domain home.example: inbound = anonymous',
      '         2. bob is the user bob',
      '         3. phone sip:bob@10.0.0.3:5060 (q=1)',
      '         4. phone sip:bob@10.0.0.4:5070;transport=tcp (q=0.5)',
      'Cost     nothing',
      'Targets  first: phone sip:bob@10.0.0.3:5060 (Desk 1)',
      '             to udp:10.0.0.3:5060',
      `         next: phone sip:bob@10.0.0.4:5070;transport=tcp`,
      `             to ${before.targets[1]!.hops[0]}`,
      '=> forward to bob: 2 phones',
      '',
    ].join('\n'),
  );
});

test.each(['201', 'alice', 'sip:alice@home.example', '9201'])(
  'forwards that lead to one another, the last of them to %s, are told with the step that closes the ring, whether anybody is there or not',
  async (back) => {
    const forwards = TOWN.replace('[user bob]', 'forward_all = sip:bob@home.example\n[user bob]')
      .replace('[user carol]', `forward_all = ${back}\n[user carol]`)
      .concat('[dial inside]\nmatch = 9XXX\nstrip = 1\n');
    const { ask } = await town(forwards);
    const { summary, trace } = await ask('alice', 'carol');
    expect(summary).toBe('reject: 480 Temporarily Unavailable');
    expect(trace).toContain('[user bob] forward_all: [user alice] leads back to itself by [user alice], [user bob]');
  },
);

test('where a URI with headers leads is not told, for a request to it is answered with 400 (RFC 3261 §19.1.1 table 1)', async () => {
  const { desk, ask } = await town();
  const uri = 'sip:bob@home.example?Subject=hello';
  await expect(ask(uri)).rejects.toThrow(
    `"${uri}" cannot be called: expected a URI without headers; leave out "?" and what follows`,
  );
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.send(alice.text('INVITE', uri));
  desk.run();
  expect(alice.waiting).toEqual(['400 INVITE']);
});

test('a call for help is held up by no class and no budget, and goes where all else is said to be down', async () => {
  const { desk, ask } = await town(TOWN.replace('[user alice]', '[user alice]\nforward_noanswer = 0301234567\nno_answer = 20'));
  desk.providers!.state = () => ({ up: false, why: '403 Forbidden' });
  const help = await ask('112', 'bob');
  expect(explanationText(help)).toBe(
    [
      'Caller   the user bob',
      'Steps    1. home.example is our domain home.example: inbound = anonymous',
      '         2. 112 is an emergency number: no class, limit or forward holds it up',
      '         3. provider acme takes 112; bob pays',
      'Cost     bob calls for help by provider acme: no class and no budget holds it up',
      'Targets  first: number 112 by provider acme, paid for by bob',
      '             it is down: 403 Forbidden',
      '=> forward to 112: 1 trunk (emergency), tried although nothing of it is up',
      '',
    ].join('\n'),
  );
  expect(help.targets.map(({ costs }) => costs)).toEqual([[]]);
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.register();
  expect(
    explanationText(await ask('201', 'bob'))
      .split('\n')
      .slice(-8),
  ).toEqual([
    'DNS      NAPTR 7.6.5.4.3.2.1.0.3.9.4.e164.test: there is no such name',
    'Cost     nothing',
    'Targets  first: phone sip:alice@10.0.0.2:5060, for 20 s',
    '             to udp:10.0.0.2:5060',
    '         if that does not answer, says nothing or has lost its connection: ENUM +49301234567',
    '             it has no address there',
    '=> forward to alice: 1 phone, 1 ENUM look-up',
    '',
  ]);
});

test('of a group with one phone it is said for how long that rings, whoever else may have one before that', async () => {
  for (const members of ['alice', 'alice, carol', 'alice, carol\nstrategy = order']) {
    const { desk, ask } = await town(`${TOWN}[group all]\nextension = 600\nmembers = ${members}\ntimeout = 20\n`);
    const alice = await desk.phone('alice', '10.0.0.2');
    alice.register();
    expect((await ask('600', 'bob')).targets.map(({ when, ring }) => [when, ring])).toEqual([['first', 20_000]]);
  }
});

test('a caller may be named by extension, an address be written as in a URI, and a limit be none', async () => {
  const { ask } = await town(TOWN.replace('calls = 2\n', ''));
  expect((await ask('202', '201')).caller).toBe('the user alice');
  expect((await ask('bob', '', '[2001:DB8::1]')).caller).toBe('anonymous: 2001:db8::1 is that of no provider and no [peer]');
  expect((await ask('0301234567')).cost).toContain('left to provider acme: no limit');
});
