import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import { Desk, HOUSE } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';
import { another, house, NOTHING, nothingLeft, STRANGER } from './house.ts';

const BOB = 'sip:bob@home.example';
const AWAY = '<sip:x@away.example>';

/** The one status that a request gets at once. */
function statusOf(phone: Phone, method: string, uri: string, wanted = {}): string {
  phone.inbox.length = 0;
  phone.request(method, uri, wanted);
  return phone.waiting.join(', ');
}

test('rule 27: scheme before Max-Forwards before Proxy-Require before authentication (RFC 3261 §16.3)', async () => {
  const { alice } = await house();
  const bad = { maxForwards: 0, headers: ['Proxy-Require: privacy, x'] };
  assert.equal(statusOf(alice, 'MESSAGE', 'http://home.example/', bad), '416 MESSAGE');
  assert.equal(statusOf(alice, 'MESSAGE', 'nobodyKnowsThisScheme:totallyopaquecontent', {}), '416 MESSAGE');
  assert.equal(statusOf(alice, 'MESSAGE', BOB, bad), '483 MESSAGE');
  assert.equal(statusOf(alice, 'MESSAGE', BOB, { headers: ['Proxy-Require: privacy, x'] }), '420 MESSAGE');
  assert.deepEqual(alice.response(420).list(Field.unsupported), ['privacy', 'x']);
  assert.equal(statusOf(alice, 'MESSAGE', BOB), '407 MESSAGE');
});

test('rule 27: an option tag with a NUL is 420 as any other, for the proxy and for the registrar (RFC 3261 §8.2.2.3, §16.3 step 5)', async () => {
  const { desk, alice } = await house();
  assert.equal(statusOf(alice, 'MESSAGE', BOB, { headers: ['Proxy-Require: a\0b, c'] }), '420 MESSAGE');
  assert.deepEqual(alice.response(420).list(Field.unsupported), ['ab', 'c']);
  const aor = '<sip:alice@home.example>';
  const register = alice.request('REGISTER', 'sip:home.example', { to: aor, from: aor, headers: ['Require: a\0b, path'] });
  alice.authenticated(register, alice.response(401));
  assert.deepEqual(alice.response(420).list(Field.unsupported), ['ab']);
  assert.deepEqual(desk.log.of('error'), []);
});

test('rule 27: a loop is seen before Proxy-Require and authentication (RFC 3261 §16.3 step 4)', async () => {
  const { alice, bob } = await house();
  alice.request('MESSAGE', BOB, STRANGER);
  const got = bob.take('MESSAGE');
  const again = got.text
    .replace('sip:bob@10.0.0.3:5060', BOB)
    .replace('\r\n', '\r\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKp;rport\r\n');
  bob.send(again.replace('Content-Length', 'Proxy-Require: x\r\nContent-Length'));
  alice.request('OPTIONS', 'sip:home.example', STRANGER);
  assert.deepEqual(bob.waiting, ['482 MESSAGE']);
});

test('rule 28: Max-Forwards 0 is 483, but for OPTIONS to ourselves; an ACK meets silence (RFC 3261 §16.3 step 3, §11)', async () => {
  const { alice } = await house();
  assert.equal(statusOf(alice, 'INVITE', BOB, { ...STRANGER, maxForwards: 0 }), '483 INVITE');
  assert.equal(statusOf(alice, 'OPTIONS', BOB, { ...STRANGER, maxForwards: 0 }), '483 OPTIONS');
  assert.equal(statusOf(alice, 'OPTIONS', 'sip:home.example', { ...STRANGER, maxForwards: 0 }), '200 OPTIONS');
  assert.equal(statusOf(alice, 'ACK', BOB, { ...STRANGER, maxForwards: 0, toTag: 'x' }), '');
});

test('rule 28: an OPTIONS or an ACK with Max-Forwards 0 goes to no other host, be it named or the other side of a dialog (RFC 3261 §16.3 step 3)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.call('INVITE', BOB);
  bob.answer(bob.take('INVITE'), 200);
  const accepted = alice.response(200);
  const within = { fromTag: 'alice-tag', toTag: 'bob-answers', callId: invite.callId, maxForwards: 0 };
  const headers = accepted.list(Field.recordRoute).map((route) => `Route: ${route}`);
  assert.equal(statusOf(alice, 'OPTIONS', 'sip:10.0.0.3', { ...within, headers }), '483 OPTIONS');
  assert.equal(statusOf(alice, 'OPTIONS', 'sip:10.0.0.1', { ...within, headers }), '483 OPTIONS');
  assert.equal(statusOf(alice, 'OPTIONS', 'sip:10.0.0.3', { maxForwards: 0 }), '483 OPTIONS');
  assert.equal(statusOf(alice, 'ACK', 'sip:10.0.0.3', { ...within, headers }), '');
  assert.deepEqual(bob.waiting, []);
  alice.request('ACK', 'sip:10.0.0.3', { ...within, headers, maxForwards: 1 });
  assert.deepEqual(bob.waiting, ['ACK']);
  assert.equal(desk.log.of('error').length, 0);
});

test('rule 28: Max-Forwards is lowered by one, and 70 where there was none (RFC 3261 §16.6 step 3)', async () => {
  const { alice, bob } = await house();
  const became = (maxForwards: number | undefined) => {
    alice.request('MESSAGE', BOB, { ...STRANGER, maxForwards });
    return bob.take('MESSAGE').maxForwards;
  };
  assert.deepEqual([became(1), became(70), became(255), became(undefined)], [0, 69, 254, 70]);
});

test('an OPTIONS to ourselves that requires what we do not know is 420 and names it; path and outbound are known (RFC 3261 §8.2.2.3, §11.2)', async () => {
  const { alice, bob } = await house();
  const asked = (...headers: string[]) => statusOf(alice, 'OPTIONS', 'sip:home.example', { ...STRANGER, headers });
  assert.equal(asked('Require: foo, path', 'Require: bar'), '420 OPTIONS');
  assert.deepEqual(alice.response(420).list(Field.unsupported), ['foo', 'bar']);
  assert.equal(asked('Require: Path, outbound'), '200 OPTIONS');
  assert.equal(alice.response(200).get(Field.supported), 'path, outbound');
  statusOf(alice, 'OPTIONS', BOB, { ...STRANGER, headers: ['Require: foo'] });
  assert.deepEqual(bob.waiting, ['OPTIONS']);
});

test('rule 29: what we do not know passes byte for byte and in order; Require is not our business (RFC 3261 §16.6 step 1)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('BREW', BOB);
  const credentials = alice.credentials(alice.response(407), 'BREW', BOB);
  const lines = [
    'fRoM: "\u00c3\u0084rger \\" x" <sip:alice@home.example> ; tag = q;odd',
    'Call-ID:  strange(1)"@here',
    'x-OWN:\t folded,',
    '   value ;;',
    'Require: nothing-we-know',
    'Subject:',
    'CSeq :\t0009\tBREW',
    'X-Own: again',
    't: <sip:bob@home.example>',
  ];
  const body = '\0\xff\r\n\r\nBREW \u00e9';
  const end = [`l:${body.length}`, '', body];
  const via = 'v: SIP / 2.0 / UDP 10.0.0.2 ;branch=z9hG4bKx;odd="1"';
  alice.send(['BREW sip:bob@home.example SIP/2.0', via, 'Max-Forwards:  0012', ...lines, credentials, ...end].join('\r\n'));
  desk.run();
  const got = bob.take('BREW');
  const ours = `Via: SIP/2.0/UDP 10.0.0.1:5060;branch=${got.via.branch};rport`;
  const recorded = `Record-Route: ${got.list(Field.recordRoute)[0]}`;
  assert.equal(
    got.text,
    ['BREW sip:bob@10.0.0.3:5060 SIP/2.0', ours, recorded, 'Max-Breadth: 60', via, 'Max-Forwards:  11', ...lines, ...end].join(
      '\r\n',
    ),
  );
});

/** What a phone that is a proxy would send back to us: its own Via on top, the Request-URI as wanted, and whole lines of `more`. */
function bounce(phone: Phone, got: Request, uri: string, more = ''): void {
  phone.send(
    got.text
      .replace(/ \S+ SIP/, ` ${uri} SIP`)
      .replace(
        '\r\n',
        `\r\nVia: SIP/2.0/UDP ${phone.address.host}:5060;branch=z9hG4bKb${got.via.branch.slice(7, 23)};rport\r\n${more}`,
      ),
  );
}

test('rule 30: a request that comes round unchanged is 482, within one round (RFC 3261 §16.3 step 4, RFC 5393 §4.2)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bounce(bob, got, BOB);
  desk.run();
  bob.answer(got, bob.response(482).status);
  assert.deepEqual(alice.waiting, ['482 INVITE']);
});

test('rule 30: a loop of a caller with credentials is seen in the first round too (RFC 5393 §4.2.1)', async () => {
  const { desk, alice, bob } = await house();
  alice.call('INVITE', BOB);
  bounce(bob, bob.take('INVITE'), BOB);
  desk.run();
  assert.deepEqual(bob.waiting, ['482 INVITE']);
});

test('rule 30: another Request-URI is a spiral and passes; its second round is a loop (RFC 5393 §4.2.1)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('INVITE', BOB, STRANGER);
  const first = bob.take('INVITE');
  bounce(bob, first, 'sip:alice@home.example');
  desk.run();
  const spiral = alice.take('INVITE');
  assert.equal(spiral.list(Field.via).length, 4);
  bounce(alice, spiral, BOB);
  desk.run();
  assert.deepEqual(alice.waiting, ['482 INVITE']);
  assert.deepEqual(bob.waiting, []);
});

test('rule 30: the mark of a loop counts only in a Via of ours (RFC 5393 §4.2.2)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('MESSAGE', BOB, STRANGER);
  const got = bob.take('MESSAGE');
  const again = got.text
    .replace(/ \S+ SIP/, ` ${BOB} SIP`)
    .replace('\r\n', '\r\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKp;rport\r\n');
  bob.send(again.replace('10.0.0.1:5060;branch', '10.0.0.77:5060;branch'));
  desk.run();
  assert.deepEqual(bob.waiting, ['MESSAGE']);
});

test("rule 30: an alien Via, or ours with another request's mark, is no loop (RFC 5393 §4.2.2)", async () => {
  const { desk, alice, bob } = await house();
  alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  const { branch } = got.via;
  bob.request('MESSAGE', BOB, {
    from: AWAY,
    via: `SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKv\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}\r\nVia: ] broken`,
  });
  bob.take('MESSAGE');
  bob.request('MESSAGE', BOB, {
    from: AWAY,
    via: `SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKw, SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}`,
  });
  bob.take('MESSAGE');
  desk.run();
});

test('rule 31: Max-Breadth is added, divided among the branches with half of it kept back, and never exceeded (RFC 5393 §5.3.3)', async () => {
  const { desk, alice, bob } = await house();
  const phones = [bob, ...(await Promise.all(['4', '5', '6', '7'].map((n) => another(desk, `10.0.0.${n}`))))];
  const ringing = () => phones.filter(({ waiting }) => waiting.includes('INVITE'));
  const breadths = (rung: readonly Phone[]) => rung.map((phone) => phone.take('INVITE').get(Field.maxBreadth));
  alice.request('INVITE', BOB, STRANGER);
  assert.deepEqual(breadths(ringing()), ['6', '6', '6', '6', '6']);
  alice.request('INVITE', BOB, { ...STRANGER, headers: ['Max-Breadth: 2'] });
  const two = ringing();
  assert.equal(two.length, 2);
  for (const phone of two) phone.answer(phone.take('INVITE'), 486);
  assert.deepEqual(breadths(ringing()), ['1', '1']);
  alice.request('INVITE', BOB, { ...STRANGER, headers: ['max-breadth: 1'] });
  assert.equal(ringing().length, 1);
});

test('rule 31: Max-Breadth 0 is 440 (RFC 5393 §5.3.3)', async () => {
  const { alice, bob } = await house();
  assert.equal(statusOf(alice, 'INVITE', BOB, { ...STRANGER, headers: ['Max-Breadth: 0'] }), '440 INVITE');
  assert.deepEqual(bob.waiting, []);
});

test('rule 32: a proxy does not merge: both copies of a forked request go on (RFC 3261 §8.2.2.2)', async () => {
  const { alice, bob } = await house();
  const same = { ...STRANGER, callId: 'merged@away.example', cseq: 1 };
  alice.request('INVITE', BOB, { ...same, branch: 'z9hG4bKone' });
  alice.request('INVITE', BOB, { ...same, branch: 'z9hG4bKtwo' });
  assert.deepEqual(bob.waiting, ['INVITE', 'INVITE']);
});

test('rule 32: a REGISTER that comes twice by two ways binds once: its nonce counts only once (RFC 3261 §8.2.2.2, RFC 7616 §3.4)', async () => {
  const { desk, alice } = await house();
  const register = alice.request('REGISTER', 'sip:home.example', { to: '<sip:alice@home.example>' });
  const accepted = alice.authenticated(register, alice.response(401));
  alice.response(200);
  alice.send(accepted.text.replace(/branch=[^;]*/, 'branch=z9hG4bKother'));
  desk.run();
  assert.deepEqual(alice.waiting, ['401 REGISTER']);
  assert.equal(desk.exchange.location.bindings('alice').length, 1);
});

/** Two who talk: our Record-Route, without brackets, and the dialog as the stranger has it. */
async function talking() {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 200);
  const answer = alice.response(200);
  const ours = answer.list(Field.recordRoute)[0]!.replace(/[<>]/g, '');
  const dialog = { toTag: answer.to.tag!, to: `<${BOB}>`, from: AWAY, callId: invite.callId, fromTag: invite.from.tag! };
  return { desk, alice, bob, ours, dialog };
}

test('rule 33: where a strict router put our Record-Route in the Request-URI, the last Route goes back there (RFC 3261 §16.4)', async () => {
  const { desk, alice, bob, ours, dialog } = await talking();
  alice.request('BYE', ours, { ...dialog, cseq: 20, headers: [`Route: <${bob.contact.slice(1, -1)}>`] });
  const bye = bob.take('BYE');
  assert.equal(bye.uriText, 'sip:bob@10.0.0.3:5060');
  assert.deepEqual(bye.list(Field.route), []);
  bob.answer(bye, 481);
  alice.request('BYE', ours, {
    ...dialog,
    cseq: 21,
    headers: [`Route: <sip:10.0.0.9;lr>, <sip:edge.example;lr>, ${bob.contact}`],
  });
  const second = bob.take('BYE');
  assert.equal(second.uriText, 'sip:bob@10.0.0.3:5060');
  assert.deepEqual(second.list(Field.route), ['<sip:10.0.0.9;lr>', '<sip:edge.example;lr>']);
  bob.answer(second, 200);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 30: a request in the form of a strict router that comes round is 482 as any other (RFC 5393 §4.2.1)', async () => {
  const { desk, alice, bob, ours, dialog } = await talking();
  const route = `Route: ${bob.contact}`;
  alice.request('INFO', ours, { ...dialog, cseq: 20, headers: [route] });
  const info = bob.take('INFO');
  bounce(bob, info, ours, `${route}\r\n`);
  desk.run();
  assert.deepEqual(bob.waiting, ['482 INFO']);
  bob.answer(info, 482);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test("rule 34: our own topmost Route goes, by whichever of our names; nobody else's (RFC 3261 §16.4)", async () => {
  const { alice, bob } = await house();
  for (const ours of [
    'sip:10.0.0.1;lr',
    'sip:10.0.0.1:5060;lr',
    'sip:10.0.0.1:5060;transport=tcp;lr',
    'sip:home.example;lr',
    'sip:HOME.example:5060;lr=on',
    'sip:desk;lr',
    'sip:localhost;lr',
    'sip:home.example',
    'sips:home.example;lr',
  ]) {
    alice.request('MESSAGE', BOB, { ...STRANGER, headers: [`Route: <${ours}>`] });
    assert.deepEqual(bob.take('MESSAGE').list(Field.route), [], ours);
  }
  alice.request('MESSAGE', BOB, {
    ...STRANGER,
    headers: ['Route: <sip:home.example;lr>, <sip:10.0.0.1;lr>', 'Route: <sip:desk;lr>'],
  });
  assert.deepEqual(bob.take('MESSAGE').list(Field.route), []);
  for (const foreign of ['sip:10.0.0.1:5099;lr', 'sip:10.0.0.9;lr', 'sip:other.example;lr', 'tel:1'])
    assert.equal(statusOf(alice, 'MESSAGE', BOB, { ...STRANGER, headers: [`Route: <${foreign}>`] }), '403 MESSAGE', foreign);
  assert.deepEqual(bob.waiting, []);
});

test('rule 34: a Request-URI with an address of ours as IPv6 writes it is for us (RFC 3261 §16.4, security S31)', async () => {
  const { alice, bob } = await house();
  alice.call('MESSAGE', 'sip:bob@[::ffff:10.0.0.1]');
  bob.take('MESSAGE');
  assert.equal(statusOf(alice, 'MESSAGE', 'sip:bob@[::ffff:10.0.0.1]', STRANGER), '407 MESSAGE');
});

test('rule 34: an address of ours with a port that is not ours is another server: users alone reach it (RFC 3261 §16.4, security S21)', async () => {
  const { desk, alice } = await house();
  const uri = 'sip:bob@10.0.0.1:6060';
  const heard: string[] = [];
  const other = await desk.host.udp({ host: '10.0.0.1', port: 6060 }, (text) => heard.push(text.slice(0, text.indexOf('\r\n'))));
  for (const method of ['INVITE', 'MESSAGE', 'OPTIONS', 'BYE'])
    assert.equal(statusOf(alice, method, uri, STRANGER), `403 ${method}`);
  assert.deepEqual(heard, []);
  alice.call('MESSAGE', uri);
  assert.deepEqual(heard, [`MESSAGE ${uri} SIP/2.0`]);
  other.close();
});

test('rule 34: no server at such a port is as a 503 of it: 500, and why in words for a user (RFC 3261 §16.9, §16.7 step 6)', async () => {
  const { desk, alice } = await house();
  alice.call('MESSAGE', 'sip:bob@10.0.0.1:6060');
  const answer = alice.response(500);
  assert.equal(answer.other('warning'), '399 home.example "udp:10.0.0.1:6060: nothing listens at 10.0.0.1 port 6060"');
  assert.deepEqual(desk.log.of('error'), []);
});

test('rule 34: a maddr that is ours goes, with the port and transport that led here; what is left is dialed (RFC 3261 §16.4)', async () => {
  const { desk, alice, bob } = await house();
  const away = await desk.phone('x', '10.0.0.9');
  const dialed = (uri: string) => {
    alice.call('MESSAGE', uri);
    return away.take('MESSAGE').uriText;
  };
  assert.equal(dialed('sip:x@10.0.0.9;maddr=10.0.0.1'), 'sip:x@10.0.0.9');
  assert.equal(dialed('sip:x:pw@10.0.0.9:5060;a=b;MADDR=home.example;transport=tcp;lr;c'), 'sip:x:pw@10.0.0.9;a=b;lr;c');
  assert.equal(dialed('sip:10.0.0.9;maddr=[::ffff:10.0.0.1]'), 'sip:10.0.0.9');
  // Somebody else's stays, and leads where it says.
  assert.equal(dialed('sip:x@away.example;maddr=10.0.0.9'), 'sip:x@away.example;maddr=10.0.0.9');
  alice.call('MESSAGE', 'sip:bob@home.example;maddr=10.0.0.1');
  bob.take('MESSAGE');
  assert.equal(statusOf(alice, 'MESSAGE', 'sip:x@10.0.0.9;maddr=10.0.0.1', STRANGER), '403 MESSAGE');
  assert.deepEqual(away.waiting, []);
});

test('rule 34: within a dialog what stands below our Route stays (RFC 3261 §16.4)', async () => {
  const { alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'INFO', { headers: ['Route: <sip:edge.example;lr>', 'Route: <sip:10.0.0.1;lr>'] });
  assert.deepEqual(bob.take('INFO').list(Field.route), ['<sip:edge.example;lr>', '<sip:10.0.0.1;lr>']);
});

test('rule 35: a Path is the Route of what goes to its phone, and leads to its first hop (RFC 3261 §16.6 step 6, RFC 3327 §5.3)', async () => {
  const { desk, alice } = await house();
  const edge = await desk.phone('carol', '10.0.0.5');
  edge.register(['Contact: <sip:carol@192.168.1.5>', 'Path: <sip:10.0.0.5;lr>, <sip:inner.example;lr>', 'Supported: path']);
  alice.call('MESSAGE', 'sip:carol@home.example');
  const got = edge.take('MESSAGE');
  assert.equal(got.uriText, 'sip:carol@192.168.1.5');
  assert.deepEqual(got.list(Field.route), ['<sip:10.0.0.5;lr>', '<sip:inner.example;lr>']);
});

test('rule 35: before a strict router the Request-URI goes to the end of the Route and its own URI in its place (RFC 3261 §16.6 step 6)', async () => {
  const { desk, alice, bob } = await house();
  const edge = await desk.phone('carol', '10.0.0.5');
  edge.register(['Contact: <sip:carol@192.168.1.5>', 'Path: <sip:10.0.0.5>, <sip:inner.example;lr>', 'Supported: path']);
  alice.call('MESSAGE', 'sip:carol@home.example');
  const got = edge.take('MESSAGE');
  assert.equal(got.uriText, 'sip:10.0.0.5');
  assert.deepEqual(got.list(Field.route), ['<sip:inner.example;lr>', '<sip:carol@192.168.1.5>']);
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'INFO', { headers: ['Route: <sip:edge.example>', 'Route: <sip:second.example;lr>'] });
  const info = bob.take('INFO');
  assert.equal(info.uriText, 'sip:edge.example');
  assert.deepEqual(info.list(Field.route), ['<sip:second.example;lr>', '<sip:bob@10.0.0.3:5060>']);
  alice.within(invite, answer, 'ACK', { headers: ['Route: <sip:edge.example>'] });
  const ack = bob.take('ACK');
  assert.equal(ack.uriText, 'sip:edge.example');
  assert.deepEqual(ack.list(Field.route), ['<sip:bob@10.0.0.3:5060>']);
});

test('rule 36: we record our route on what opens a dialog, or may for all we know, with lr, and on nothing else (RFC 3261 §16.6 step 4, §10.3)', async () => {
  const { alice, bob } = await house();
  for (const method of ['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'BREW']) {
    alice.call(method, BOB);
    const [route, ...more] = bob.take(method).list(Field.recordRoute);
    assert.match(route!, /^<sip:[^@;]+@10\.0\.0\.1:5060;lr>$/, method);
    assert.deepEqual(more, [], method);
  }
  for (const method of ['MESSAGE', 'OPTIONS', 'INFO', 'UPDATE']) {
    alice.call(method, BOB);
    assert.deepEqual(bob.take(method).list(Field.recordRoute), [], method);
  }
  assert.deepEqual(alice.register().list(Field.recordRoute), []);
});

test('rule 36: every NOTIFY bears our route, also within its dialog: it may be what makes the dialog (RFC 6665 §4.3)', async () => {
  const { alice, bob } = await house();
  const subscribe = alice.call('SUBSCRIBE', BOB);
  const got = bob.take('SUBSCRIBE');
  bob.back(got, 'bob-answers', 'NOTIFY', { headers: [`Contact: ${bob.contact}`] });
  const notify = alice.take('NOTIFY');
  assert.match(notify.list(Field.recordRoute).join(), /^<sip:[^@;]+@10\.0\.0\.1:5060;lr>$/);
  // Alice knows no other route than that of the NOTIFY.
  alice.back(notify, subscribe.from.tag!, 'SUBSCRIBE');
  assert.equal(bob.take('SUBSCRIBE').uriText, 'sip:bob@10.0.0.3:5060');
});

const EVERYWHERE = HOUSE.replace(
  /listen = .*/,
  'listen = udp:10.0.0.1:5060, tcp:10.0.0.1:5060, udp:[fd00::1]:5060, tcp:[fd00::1]:5060\ntls_listen = tls:10.0.0.1:5061, tls:[fd00::1]:5061\ntls_certificate = /c.pem\ntls_key = /k.pem',
);
const WAYS = ['udp', 'tcp', 'tls', 'udp6', 'tls6'] as const;

for (const near of WAYS)
  test(`rule 37: a caller by ${near} and a callee by each transport: two Record-Routes where the sides differ, and BYE works both ways (RFC 5658 §5)`, async () => {
    const desk = await Desk.open({
      config: EVERYWHERE,
      addresses: ['10.0.0.1', 'fd00::1'],
      credentials: { certificate: 'CN=home.example', key: 'k', authorities: undefined },
    });
    const open = async (user: string, way: (typeof WAYS)[number], n: number) => {
      const v6 = way.endsWith('6');
      const phone = await desk.phone(user, v6 ? `fd00::${n}` : `10.0.0.${n}`, 5060, way.replace('6', '') as 'udp');
      phone.register();
      return phone;
    };
    const alice = await open('alice', near, 20);
    for (const [n, far] of WAYS.entries()) {
      const bob = await open('bob', far, 30 + n);
      for (const first of ['caller', 'callee']) {
        const invite = alice.call('INVITE', BOB);
        const got = bob.take('INVITE');
        assert.equal(got.list(Field.recordRoute).length, near === far ? 1 : 2, `${near} to ${far}`);
        bob.answer(got, 200);
        const answer = alice.response(200);
        alice.within(invite, answer, 'ACK');
        bob.take('ACK');
        if (first === 'caller') {
          alice.within(invite, answer, 'BYE');
          bob.answer(bob.take('BYE'), 200);
          alice.response(200);
        } else {
          bob.back(got, 'bob-answers', 'BYE');
          alice.answer(alice.take('BYE'), 200);
          bob.response(200);
        }
        assert.deepEqual([alice.waiting, bob.waiting], [[], []], `${near} to ${far}`);
      }
      bob.register(['Contact: *', 'Expires: 0']);
    }
  });

test('rule 37: a sips call stays one on both sides, by Record-Routes of sips (RFC 3261 §16.6 step 4, RFC 5630 §5.3)', async () => {
  const desk = await Desk.open({
    config: EVERYWHERE,
    addresses: ['10.0.0.1', 'fd00::1'],
    credentials: { certificate: 'CN=home.example', key: 'k', authorities: undefined },
  });
  const alice = await desk.phone('alice', '10.0.0.20', 5060, 'tls');
  const bob = await desk.phone('bob', '10.0.0.30', 5060, 'tls');
  const contact = '<sips:bob@10.0.0.30:5060>';
  bob.register([`Contact: ${contact}`, 'Expires: 3600'], 'sips:home.example');
  const invite = alice.call('INVITE', 'sips:bob@home.example', { headers: ['Contact: <sips:alice@10.0.0.20>'] });
  const got = bob.take('INVITE');
  assert.equal(got.uriText, 'sips:bob@10.0.0.30:5060');
  assert.match(got.list(Field.recordRoute).join(), /^<sips:[^@;]+@10\.0\.0\.1:5061;lr>$/);
  bob.answer(got, 200);
  alice.within(invite, alice.response(200), 'BYE');
  bob.take('BYE');
  // A sip call is led there too, by TLS, and stays a sip call.
  alice.call('INVITE', BOB);
  assert.equal(bob.take('INVITE').uriText, 'sip:bob@10.0.0.30:5060');
});

test('rule 38: requests within a dialog follow its route: no look-up, no challenge, no fork (RFC 3261 §12.2, §16.5)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.call('INVITE', BOB);
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  bob.take('ACK');
  const cell = await another(desk, '10.0.0.4');
  bob.register([`Contact: ${bob.contact};expires=0`]);
  desk.ladder();
  alice.within(invite, answer, 'INVITE');
  const again = bob.take('INVITE');
  assert.deepEqual(again.list(Field.recordRoute), []);
  bob.answer(again, 200);
  alice.response(200);
  bob.back(got, 'bob-answers', 'BYE');
  alice.answer(alice.take('BYE'), 200);
  bob.response(200);
  assert.deepEqual(cell.waiting, []);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 INVITE',
    '0 10.0.0.3 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.0.0.2 200 INVITE',
    '0 10.0.0.3 > 10.0.0.1 BYE',
    '0 10.0.0.1 > 10.0.0.2 BYE',
    '0 10.0.0.2 > 10.0.0.1 200 BYE',
    '0 10.0.0.1 > 10.0.0.3 200 BYE',
  ]);
});

test('rule 39: a stranger is not relayed to another domain: 403, and nothing leaves (RFC 3261 §16.5)', async () => {
  const { desk, alice } = await house();
  for (const uri of [
    'sip:x@other.test',
    'sip:x@10.0.0.3',
    'sip:10.0.0.3',
    'sip:bob@10.0.0.3:5060',
    'sips:x@other.test',
    'sip:x@10.0.0.1:5099',
  ])
    assert.equal(statusOf(alice, 'INVITE', uri, STRANGER), '403 INVITE', uri);
  assert.deepEqual([...new Set(desk.net.wire.map(({ to }) => to.host))].sort(), ['10.0.0.1', '10.0.0.2']);
});

test('rule 40: a user without a phone is 480, an unknown one 404, and no target is never 500 (RFC 3261 §16.5)', async () => {
  const { alice } = await house();
  const as = (uri: string, method = 'INVITE') => {
    alice.inbox.length = 0;
    alice.call(method, uri);
    return alice.waiting.join(', ');
  };
  assert.equal(as('sip:carol@home.example'), '480 INVITE');
  assert.equal(as('sip:203@home.example', 'MESSAGE'), '480 MESSAGE');
  assert.equal(as('sip:nobody@home.example'), '404 INVITE');
  assert.equal(as('sip:nobody@home.example', 'MESSAGE'), '404 MESSAGE');
  assert.equal(as('sip:699@home.example'), '404 INVITE');
  assert.equal(as('tel:699'), '404 INVITE');
  assert.equal(as('sip:home.example'), '404 INVITE');
});

test('a method in a Contact or in a forward stands in no start line (RFC 3261 §16.6 step 2, §19.1.1 table 1)', async () => {
  const { desk, alice, bob } = await house({ config: `${HOUSE}forward_all = sip:carol@10.0.0.9;method=BYE;x=;user=phone\n` });
  const away = await desk.phone('away', '10.0.0.9');
  bob.register(['Contact: *', 'Expires: 0']);
  bob.register(['Contact: <sip:bob@10.0.0.3;foo=1;METHOD=INVITE;bar>']);
  alice.call('MESSAGE', BOB);
  assert.equal(bob.take('MESSAGE').uriText, 'sip:bob@10.0.0.3;foo=1;bar');
  alice.call('INVITE', 'sip:carol@home.example');
  assert.equal(away.take('INVITE').uriText, 'sip:carol@10.0.0.9;x=;user=phone');
});

test('rule 42: header parts of a Contact never become a route (RFC 3261 §19.1.5, RFC 4475 §3.3.14)', async () => {
  const { desk, alice, bob } = await house();
  const register = (contact: string) => {
    const asked = bob.request('REGISTER', 'sip:home.example', { to: '<sip:bob@home.example>', headers: [`Contact: ${contact}`] });
    bob.authenticated(asked, bob.response(401));
    return bob.waiting.splice(0).join(', ');
  };
  assert.equal(register('<sip:bob@10.0.0.3?Route=%3Csip:sip.example.com%3E>'), '403 REGISTER');
  bob.inbox.length = 0;
  assert.equal(register('<sip:bob@10.0.0.3?Route=%3Csip:10.0.0.9;lr%3E&X=y>'), '403 REGISTER');
  bob.inbox.length = 0;
  alice.request('MESSAGE', BOB, STRANGER);
  assert.deepEqual(bob.take('MESSAGE').list(Field.route), []);
  assert.equal(statusOf(alice, 'MESSAGE', `${BOB}?Route=%3Csip:10.0.0.9%3E`, STRANGER), '400 MESSAGE');
  desk.run();
});

test("rule 43: credentials for our realm are consumed, others' go on untouched (RFC 3261 §22.3)", async () => {
  const { alice, bob } = await house();
  const foreign =
    'Proxy-Authorization: Digest username="alice", realm="other.example", nonce="n", uri="sip:b", response="0123456789abcdef0123456789abcdef"';
  const more =
    'Authorization: Digest username="alice", realm="phone", nonce="n", uri="sip:b", response="0123456789abcdef0123456789abcdef"';
  alice.call('INVITE', BOB, { headers: [foreign, more, 'Contact: <sip:alice@10.0.0.2>', 'Proxy-Authorization: Bearer abc'] });
  const got = bob.take('INVITE');
  const lines = got.text.split('\r\n').filter((line) => /authorization/i.test(line));
  assert.deepEqual(lines, [foreign, more, 'Proxy-Authorization: Bearer abc']);
});

test('rule 43: a phone may show its credentials as Authorization, and they go no further either (RFC 3261 §22.3, security S9)', async () => {
  const { alice, bob } = await house();
  const asked = alice.request('MESSAGE', BOB);
  const shown = alice.credentials(alice.response(407), 'MESSAGE', asked.uriText).replace('Proxy-', '');
  alice.request('MESSAGE', BOB, { headers: [shown] });
  const lines = bob.take('MESSAGE').text.split('\r\n');
  assert.deepEqual([shown.slice(0, 22), lines.filter((line) => /authorization/i.test(line))], ['Authorization: Digest ', []]);
});

test('who is called sees the name that the phone says, whatever display says of the user (sipwitch.conf(5); RFC 3261 §16.6)', async () => {
  const { alice, bob } = await house({ config: HOUSE.replace('[user alice]', '[user alice]\ndisplay = Alice A.') });
  alice.call('MESSAGE', BOB, { from: '"Al, upstairs" <sip:alice@home.example>' });
  assert.equal(bob.take('MESSAGE').get(Field.from), '"Al, upstairs" <sip:alice@home.example>;tag=alice-tag');
});
