import { assert, test } from 'vitest';
import { exchangeCounts } from '../../src/core/exchange-counts.ts';
import { Desk, HOUSE, readConfig } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { house, STRANGER } from './house.ts';

const BOB = 'sip:bob@home.example';
const access = (name: string, network: string, policy: string) => `[access ${name}]\nnetwork = ${network}\npolicy = ${policy}\n`;
const SILENT = HOUSE.replace('[daemon]', '[daemon]\nstrangers = silent');

/** What came since the last look, each once. */
const said = (phone: Phone) => [
  ...new Set(phone.inbox.splice(0).map((message) => ('status' in message ? message.status : message.method))),
];
/** A user agent that is asked nothing, and asks what it likes. */
const asks = (phone: Phone, method: string, uri: string, wanted = {}) => {
  phone.request(method, uri, { ...STRANGER, ...wanted });
  return said(phone);
};

test('who proved nothing asks for thirty new things at once and four a second; the rest meets silence (security S4)', async () => {
  const { desk, alice } = await house();
  const mallory = await desk.phone('mallory', '192.0.2.66');
  const flood = (many: number) => {
    for (let n = 0; n < many; n++) mallory.send(mallory.text('OPTIONS', `sip:${n}@home.example`, STRANGER));
    desk.run();
    return mallory.inbox.splice(0).length;
  };
  assert.equal(flood(100), 30);
  desk.run(2_000);
  assert.equal(flood(100), 8);
  const other = await desk.phone('other', '192.0.2.67');
  assert.deepEqual(asks(other, 'OPTIONS', 'sip:home.example'), [200]);
  alice.register();
  assert.equal(exchangeCounts(desk.exchange)['requests over the limit of their source'], 162);
});

test('every way to ask costs the same: To tags that are invented, hops that ran out, passwords that are wrong, noise (security S4)', async () => {
  const { desk } = await house();
  const ways: readonly ((phone: Phone) => string)[] = [
    (phone) => phone.text('BYE', BOB, { ...STRANGER, toTag: 'invented' }),
    (phone) => phone.text('INVITE', BOB, { ...STRANGER, maxForwards: 0 }),
    (phone) => phone.text('INVITE', BOB),
    (phone) => phone.text('MESSAGE', 'sip:x@away.example', STRANGER),
    (phone) => phone.text('REGISTER', 'sip:home.example'),
    (phone) => phone.text('CANCEL', BOB),
    (phone) => phone.text('INVITE', BOB, STRANGER).replace('Call-ID: ', 'Call-ID: \0'),
    () => `\0\x01\0\0\x21\x12\xa4\x42${'i'.repeat(12)}`,
  ];
  for (const [n, way] of ways.entries()) {
    const phone = await desk.phone('eve', `192.0.2.${n}`);
    desk.net.clear();
    for (let i = 0; i < 100; i++)
      phone.host.bind({ host: `192.0.2.${n}`, port: 6_000 + i }, () => {}).send(way(phone), { host: '10.0.0.1', port: 5060 });
    desk.run();
    const answers = desk.net.wire.filter(({ from, to }) => from.host === '10.0.0.1' && to.host === `192.0.2.${n}`);
    assert.isAtMost(answers.length, 30, way(phone));
    assert.isAtLeast(answers.length, 9, way(phone));
  }
});

test('over a connection that asks for more than it may nothing is said, and it is closed (security S19)', async () => {
  const { desk } = await house();
  const mallory = await desk.phone('mallory', '192.0.2.66', 5060, 'tcp');
  for (let n = 0; n < 31; n++) mallory.send(mallory.text('OPTIONS', `sip:${n}@home.example`, STRANGER));
  desk.run();
  assert.equal(mallory.inbox.length, 30);
  assert.isTrue(mallory.closed);
});

test('where a user proved it within the hour nothing is counted, whoever else asks from there (security S4)', async () => {
  const { desk } = await house();
  const carol = await desk.phone('carol', '192.0.2.66', 5060, 'tcp');
  const beside = await desk.phone('beside', '192.0.2.66', 5070);
  carol.register();
  for (let n = 0; n < 100; n++) beside.request('OPTIONS', 'sip:home.example', STRANGER);
  assert.equal(beside.inbox.splice(0).length, 100);
  desk.run(3_700_000);
  for (let n = 0; n < 100; n++) beside.request('OPTIONS', 'sip:home.example', STRANGER);
  assert.equal(beside.inbox.splice(0).length, 30);
});

test('who asks from this machine, or from a network that is allowed, is never slowed down (security S4)', async () => {
  const { desk } = await house({
    config: `${HOUSE}${access('gateway', '192.0.2.0/24', 'allow')}`,
    addresses: ['10.0.0.1', '127.0.0.1'],
  });
  const here = new Phone(desk, desk.host, 'here', { host: '127.0.0.1', port: 5099 });
  await here.open();
  const gateway = await desk.phone('gateway', '192.0.2.66');
  for (const phone of [here, gateway]) {
    for (let n = 0; n < 200; n++) phone.request('OPTIONS', 'sip:home.example', STRANGER);
    assert.equal(phone.inbox.length, 200);
  }
});

test('a network that is declined gets 603 and one that is rejected 503, for all that is new; calls go on (features: access policies)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.call('INVITE', BOB);
  bob.answer(bob.take('INVITE'), 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  bob.take('ACK');
  const { config } = readConfig(`${HOUSE}${access('a', '10.0.0.2', 'decline')}${access('b', '10.0.0.0/24', 'reject')}`);
  desk.exchange.reload(config!);
  const carol = await desk.phone('carol', '10.0.0.4');
  for (const method of ['REGISTER', 'INVITE', 'OPTIONS', 'MESSAGE']) {
    assert.deepEqual(asks(alice, method, 'sip:home.example'), [603], method);
    assert.deepEqual(asks(carol, method, 'sip:home.example'), [503], method);
  }
  assert.equal(exchangeCounts(desk.exchange)['requests turned away by network'], 8);
  alice.within(invite, answer, 'BYE');
  bob.answer(bob.take('BYE'), 200);
  assert.deepEqual(said(alice), [200]);
  const open = readConfig(HOUSE).config!;
  desk.exchange.reload(open);
  assert.deepEqual(asks(carol, 'OPTIONS', 'sip:home.example'), [200]);
});

test('in a restricted network only users are served, who prove it with each request (features: access policies)', async () => {
  const config = `${HOUSE}[domain open.example]\ninbound = anonymous\nregister = anonymous\n${access('guests', '10.0.0.0/24', 'restrict')}`;
  const { desk, alice, bob } = await house({ config });
  const mallory = await desk.phone('mallory', '10.0.0.66');
  for (const [method, uri] of [
    ['INVITE', BOB],
    ['INVITE', 'sip:nobody@home.example'],
    ['INVITE', 'sip:x@away.example'],
    ['OPTIONS', 'sip:home.example'],
    ['PUBLISH', 'sip:home.example'],
  ] as const)
    assert.deepEqual(asks(mallory, method, uri), [407], `${method} ${uri}`);
  assert.deepEqual(asks(mallory, 'REGISTER', 'sip:open.example', { to: '<sip:gus@open.example>' }), [401]);
  alice.call('INVITE', BOB);
  bob.take('INVITE');
  const far = await desk.phone('far', '192.0.2.1');
  assert.deepEqual(asks(far, 'OPTIONS', 'sip:home.example'), [200]);
});

test('an emergency number is challenged, not refused, where the network is closed or asked for too much; a user who proves it goes on (security S30)', async () => {
  const { desk, alice } = await house();
  const { config } = readConfig(`${HOUSE}${access('closed', '10.0.0.2', 'decline')}`);
  desk.exchange.reload(config!);
  const emergency = 'sip:112@home.example';
  const asked = alice.request('INVITE', emergency);
  alice.authenticated(asked, alice.response(407));
  assert.notInclude(said(alice), 603);
  assert.deepEqual(asks(alice, 'INVITE', emergency), [407]);
  assert.deepEqual(asks(alice, 'INVITE', 'sip:112@away.example'), [603]);
  assert.deepEqual(asks(alice, 'INVITE', BOB), [603]);
  const carol = await desk.phone('carol', '10.0.0.4');
  for (let n = 0; n < 100; n++) asks(carol, 'OPTIONS', BOB, { from: '<sip:carol@home.example>' });
  assert.deepEqual(asks(carol, 'OPTIONS', BOB, { from: '<sip:carol@home.example>' }), []);
  carol.authenticated(carol.request('INVITE', emergency), carol.response(407));
});

test('strangers who ring for long have two hundred requests under way from one address at most (security S12)', async () => {
  const { desk, bob } = await house();
  const mallory = await desk.phone('mallory', '192.0.2.66');
  for (let n = 0; n < 400; n++) {
    mallory.send(mallory.text('INVITE', BOB, STRANGER));
    desk.run(250);
    for (const message of bob.inbox.splice(0)) if ('method' in message && message.method === 'INVITE') bob.answer(message, 180);
  }
  assert.equal(exchangeCounts(desk.exchange)['transactions of strangers'], 200);
  assert.include(said(mallory), 503);
  desk.run(200_000);
  assert.equal(exchangeCounts(desk.exchange)['transactions of strangers'], 0);
});

test('on a bare address every number and every name has one answer, by each method (security S5)', async () => {
  const { desk, bob } = await house({ config: `${HOUSE}${access('mallory', '192.0.2.66', 'allow')}` });
  const mallory = await desk.phone('mallory', '192.0.2.66');
  let branch = 0;
  const answer = (method: string, name: string, from: string) => {
    const uri = method === 'REGISTER' ? 'sip:10.0.0.1' : `sip:${name}@10.0.0.1`;
    const to = `<sip:${name}@10.0.0.1>`;
    const request = mallory.request(method, uri, { from, to, callId: 'same', cseq: 7, branch: `z9hG4bK${branch++}` });
    assert.deepEqual(bob.waiting, []);
    const [message] = mallory.inbox.splice(0);
    return message!.text
      .replace(request.via.branch, '')
      .replaceAll(to, '')
      .replaceAll(from, '')
      .replace(/;tag=[0-9a-f]{12}/, '')
      .replace(/nonce="[^"]*"/, '');
  };
  for (const method of ['REGISTER', 'INVITE', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE', 'BYE', 'INFO']) {
    const first = answer(method, 'bob', '<sip:x@away.example>');
    assert.match(first, method === 'REGISTER' ? /^SIP\/2\.0 401 / : /^SIP\/2\.0 407 /, method);
    assert.notMatch(first, /sipwitch|^Server|^User-Agent/im);
    for (const name of ['201', '202', '299', '1000', 'alice', 'nobody', '*98', '%31'])
      for (const from of ['<sip:x@away.example>', `<sip:${name}@10.0.0.1>`, '<sip:bob@10.0.0.1>'])
        assert.equal(answer(method, name, from), first, `${method} ${name} ${from}`);
  }
});

test('with strangers = silent an unknown source hears nothing on a bare address, whatever it sends (security S4)', async () => {
  const { desk, bob } = await house({ config: SILENT });
  const mallory = await desk.phone('mallory', '192.0.2.66');
  for (const method of ['REGISTER', 'INVITE', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE', 'CANCEL', 'BYE', 'PUBLISH', 'HELO'])
    for (const uri of [
      'sip:10.0.0.1',
      'sip:bob@10.0.0.1',
      'sip:112@10.0.0.1:5060',
      'sip:b-0123456789abcdef@10.0.0.1:5060',
      'sip:100@192.0.2.1',
      'sip:bob@away.example',
      'tel:202',
      'x:y',
    ])
      for (const wanted of [{}, { toTag: 'invented' }, { from: '<sip:bob@10.0.0.1>' }, { maxForwards: 0 }])
        assert.deepEqual(asks(mallory, method, uri, wanted), [], `${method} ${uri}`);
  mallory.send('OPTIONS sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bK1\r\nContent-Length: x\r\n\r\n');
  mallory.send(`\0\x01\0\0\x21\x12\xa4\x42${'i'.repeat(12)}`);
  const stream = await desk.phone('mallory', '192.0.2.66', 5060, 'tcp');
  stream.send(stream.text('OPTIONS', 'sip:bob@10.0.0.1', STRANGER).replace('Content-Length: 0\r\n', ''));
  desk.run(40_000);
  assert.deepEqual([...mallory.waiting, ...stream.waiting], []);
  assert.deepEqual(asks(mallory, 'OPTIONS', 'sip:home.example'), [200]);
  mallory.request('INVITE', BOB, STRANGER);
  bob.take('INVITE');
  assert.isAbove(exchangeCounts(desk.exchange)['requests of strangers left unanswered']!, 200);
});

test('with strangers = silent those who are known are answered: neighbours, allowed networks, and where a user proved it', async () => {
  const { desk } = await house({ config: `${SILENT}${access('office', '198.51.100.0/24', 'allow')}` });
  const bare = 'sip:10.0.0.1';
  const neighbour = await desk.phone('carol', '10.0.0.4');
  const office = await desk.phone('office', '198.51.100.9');
  for (const phone of [neighbour, office]) assert.deepEqual(asks(phone, 'REGISTER', bare, { to: '<sip:carol@10.0.0.1>' }), [401]);
  neighbour.register(undefined, bare);
  const carol = await desk.phone('carol', '192.0.2.66');
  assert.deepEqual(asks(carol, 'REGISTER', bare), []);
  carol.register();
  assert.deepEqual(asks(carol, 'OPTIONS', bare), [200]);
});

test('a bare address that was written as the domain is a name of ours', async () => {
  const desk = await Desk.open({ config: SILENT.replaceAll('home.example', '10.0.0.1') });
  const far = await desk.phone('far', '192.0.2.66');
  assert.deepEqual(asks(far, 'OPTIONS', 'sip:10.0.0.1'), [200]);
  assert.deepEqual(asks(far, 'OPTIONS', 'sip:10.0.0.1:5060'), [200]);
  assert.deepEqual(asks(far, 'OPTIONS', 'sip:home.example'), []);
});
