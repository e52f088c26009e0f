import { expect, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { account, CHALLENGE, hop, ITSP, RegistrationLab } from './lab.ts';

const A = '10.0.9.1';
const B = '10.0.9.2';

function summary(request: Request): string {
  const nc = /nc=(\d+)/.exec(request.get(Field.authorization) ?? '')?.[1];
  return `${request.method} ${request.cseq.number} ${request.list(Field.contact).join(', ')}${nc === undefined ? '' : ` nc=${nc}`}`;
}

const CONTACT = '<sip:token0@10.0.0.1:5060;line=token0>';

test('a REGISTER is challenged, answered and granted, and refreshed with the next count after two thirds of what our own Contact was granted (RFC 3261 §10.2.4)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  const first = server.take('REGISTER');
  expect(first.uriText).toBe('sip:itsp.example');
  expect(first.get(Field.to)).toBe('<sip:1234567@itsp.example>');
  expect(summary(first)).toBe(`REGISTER 1 ${CONTACT};expires=600`);
  server.answer(first, 401, 'Unauthorized', [CHALLENGE]);
  const second = server.take('REGISTER');
  expect(summary(second)).toBe(`REGISTER 2 ${CONTACT};expires=600 nc=00000001`);
  expect([second.callId, second.from.tag]).toEqual([first.callId, first.from.tag]);
  const other = 'Contact: <sip:1234567@192.0.2.9>;expires=3000';
  server.answer(second, 200, 'OK', [other, 'Contact: <sip:token0@198.51.100.7:1025>;expires=90', 'Expires: 600']);
  expect(lab.changes).toEqual(['0 registering', '0 registered up']);
  lab.run(59_999);
  expect(server.waiting).toEqual([]);
  lab.run(1);
  expect(summary(server.take('REGISTER'))).toBe(`REGISTER 3 ${CONTACT};expires=600 nc=00000002`);
  expect(lab.registration.up).toBe(true);
  expect(lab.registration.journal).toEqual([
    'itsp.example: 1 servers',
    `REGISTER to udp:${A}:5060`,
    '401 Unauthorized: realm "itsp.example", MD5',
    `REGISTER to udp:${A}:5060`,
    '200 OK',
    'registered for 90 s',
    `REGISTER to udp:${A}:5060`,
  ]);
});

test('a proxy before the registrar is answered its challenge too, at the end as well (RFC 3261 §22.3)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  const challenge = ['Proxy-Authenticate: Digest realm="itsp.example", nonce="p", qop="auth", algorithm=MD5'];
  lab.registration.run('start');
  lab.run();
  server.answer(server.take('REGISTER'), 407, 'Proxy Authentication Required', challenge);
  const register = server.take('REGISTER');
  expect(register.get(Field.proxyAuthorization)).toContain('nonce="p"');
  server.answer(register, 200);
  expect(lab.registration.up).toBe(true);
  lab.registration.stop(() => {});
  lab.run();
  server.answer(server.take('REGISTER'), 407, 'Proxy Authentication Required', [
    `${challenge[0]!.replace('"p"', '"q"')}, stale=true`,
  ]);
  const leaves = server.take('REGISTER');
  expect(leaves.get(Field.proxyAuthorization)).toContain('nonce="q"');
  expect(leaves.list(Field.contact)).toEqual([`${CONTACT};expires=0`]);
});

test('a Contact that nobody can read among those of the answer is no obstacle', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server, ['Contact: <sip:[>', `Contact: ${CONTACT};expires=90`]);
  expect(lab.registration.grant.until).toBe(90_000);
});

test('what was granted for an address from before a crash, which the registrar has still, is not for the one that we have now (RFC 3261 §10.2.4)', async () => {
  const former = '<sip:token0@10.0.0.9:5060;line=token0>';
  for (const [seconds, lines] of [
    ['9', [`Contact: ${former};expires=9`, `Contact: ${CONTACT};expires=90`]],
    ['0', [`Contact: ${former};expires=0, ${CONTACT};expires=90`]],
    ['3000', [`Contact: ${CONTACT};expires=90`, `Contact: ${former};expires=3000`]],
    ['3000 first', [`Contact: ${former};expires=3000`, `Contact: ${CONTACT};expires=90`]],
    ['as long as the header says', [`Contact: ${former};expires=3000`, `Contact: ${CONTACT}`, 'Expires: 90']],
  ] as const) {
    const lab = await RegistrationLab.open([hop(A)]);
    lab.registers(await lab.server(A), lines);
    expect([lab.registration.up, lab.registration.grant.until], seconds).toEqual([true, 90_000]);
  }
});

test('what was granted is found where the registrar put the number in the place of our name, by its line (RFC 3261 §10.2.4)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const other = 'Contact: <sip:1234567@192.0.2.9;line=another>;expires=3000';
  lab.registers(await lab.server(A), [other, 'Contact: <sip:1234567@10.0.0.1:5060;line=token0>;expires=90', 'Expires: 600']);
  expect(lab.registration.grant.until).toBe(90_000);
});

test('a grant of years counts as one of a day', async () => {
  for (const lines of [['Expires: 4294967295'], [`Contact: ${CONTACT};expires=4294967295`]]) {
    const lab = await RegistrationLab.open([hop(A)]);
    const server = await lab.server(A);
    lab.registers(server, lines);
    expect(lab.registration.grant.until).toBe(86_400_000);
    lab.run(57_600_000);
    expect(server.waiting).toEqual(['REGISTER']);
  }
});

test('a bug within a step is told to who made it, and others hear of what comes after', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  const { locate } = lab.locating;
  lab.locating.locate = () => {
    throw new Error('a bug');
  };
  expect(() => lab.registration.run('start')).toThrow('a bug');
  lab.locating.locate = locate;
  lab.registration.run('again');
  lab.run();
  server.answer(server.take('REGISTER'), 200);
  expect(lab.changes.at(-1)).toBe('0 registered up');
});

test('a refresh whose nonce is too old is challenged, answered and granted (RFC 7616 §3.3, stale)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server, ['Expires: 60']);
  lab.run(40_000);
  server.answer(server.take('REGISTER'), 401, 'Unauthorized', [`${CHALLENGE.replace('n1', 'n2')}, stale=true`]);
  const again = server.take('REGISTER');
  expect(again.get(Field.authorization)).toContain('nonce="n2"');
  server.answer(again, 200, 'OK', ['Expires: 60']);
  expect([lab.registration.state, lab.registration.grant.until]).toEqual(['registered', 100_000]);
});

test('another network in the middle of an attempt, the first or a refresh, begins it anew (pain 6)', async () => {
  for (const refresh of [false, true]) {
    const lab = await RegistrationLab.open([hop(A)]);
    const [server, other] = [await lab.server(A), await lab.server(B)];
    if (refresh) lab.registers(server, ['Expires: 60']);
    else lab.registration.run('start');
    lab.run(refresh ? 40_000 : 0);
    expect(server.waiting).toEqual(['REGISTER']);
    lab.locating.hops = [hop(B)];
    lab.registration.run('again');
    lab.run();
    server.answer(server.take('REGISTER'), 403, 'Forbidden'); // nobody waits for that any more
    other.answer(other.take('REGISTER'), 200);
    expect([lab.registration.up, lab.registration.grant.hop?.host]).toEqual([true, B]);
  }
});

test('a dead server is left for the next one, which then is the one for refreshes (RFC 3263 §4.3; pain 5)', async () => {
  const lab = await RegistrationLab.open([hop(A), hop(B)]);
  const second = await lab.server(B);
  lab.net.link('*', A, { loss: 1 });
  lab.registration.run('start');
  lab.run(4_999);
  expect(second.waiting).toEqual([]);
  lab.run(1);
  expect(lab.locating.told).toEqual([`failed udp:${A}:5060`]);
  second.answer(second.take('REGISTER'), 200, 'OK', ['Expires: 300']);
  expect(lab.registration.grant.hop?.host).toBe(B);
  lab.run(200_000);
  expect(second.waiting).toEqual(['REGISTER']);
});

test('a server that no socket of ours reaches, as one of IPv6 where we have none, is left for the next one at once (RFC 3263 §4.3)', async () => {
  const lab = await RegistrationLab.open([hop('2001:db8::1'), hop(B)]);
  const second = await lab.server(B);
  lab.registration.run('start');
  lab.run();
  expect(second.waiting).toEqual(['REGISTER']);
  expect(lab.registration.journal[1]).toBe('no UDP socket of ours reaches 2001:db8::1');
});

test('a server that answers after it was left for another one is not the one that is registered with', async () => {
  const lab = await RegistrationLab.open([hop(A), hop(B)]);
  const [first, second] = [await lab.server(A), await lab.server(B)];
  lab.registration.run('start');
  lab.run(5_000);
  first.answer(first.take('REGISTER'), 200, 'OK');
  expect(lab.registration.up).toBe(false);
  second.answer(second.take('REGISTER'), 200, 'OK');
  expect([lab.registration.up, lab.registration.grant.hop?.host]).toEqual([true, B]);
});

test('the last server has all the time of a transaction, whatever the one before it used up (RFC 3261 §17.1.2.2)', async () => {
  for (const before of ['full', 'closed'] as const) {
    const lab = await RegistrationLab.open([hop(A), hop(B)]);
    const [first, second] = [await lab.server(A), await lab.server(B)];
    if (before === 'closed') first.close();
    lab.registration.run('start');
    lab.run(3_000);
    if (before === 'full') first.answer(first.take('REGISTER'), 503, 'Full');
    lab.run(20_000);
    second.answer(second.take('REGISTER'), 200, 'OK');
    expect(lab.registration.up, before).toBe(true);
  }
});

test('a 503 leads to the next server at once, and where each has named a Retry-After the shortest counts (RFC 3261 §21.5.4)', async () => {
  const lab = await RegistrationLab.open([hop(A), hop(B)]);
  const [first, second] = [await lab.server(A), await lab.server(B)];
  lab.registration.run('start');
  lab.run();
  first.answer(first.take('REGISTER'), 503, 'Full', ['Retry-After: 40']);
  second.answer(second.take('REGISTER'), 503, 'Full', ['Retry-After: 20 (soon)']);
  expect([lab.registration.state, lab.registration.up]).toEqual(['waiting', false]);
  expect(lab.locating.told).toEqual([`failed udp:${A}:5060`, `failed udp:${B}:5060`]);
  lab.run(19_999);
  expect([first.waiting, second.waiting]).toEqual([[], []]);
  lab.run(1);
  expect([first.waiting, second.waiting]).toEqual([[], ['REGISTER']]);
});

test('the Retry-After of one server holds back no other, and it is left alone for so long whatever they do (RFC 3261 §21.5.4, RFC 3263 §4.3)', async () => {
  for (const asking of [A, B]) {
    const lab = await RegistrationLab.open([hop(A), hop(B)]);
    const [first, second] = [await lab.server(A), await lab.server(B)];
    const [one, other] = asking === A ? [first, second] : [second, first];
    lab.registration.run('start');
    lab.run();
    for (const server of [first, second])
      server.answer(server.take('REGISTER'), 503, 'Full', server === one ? ['Retry-After: 1800'] : []);
    for (const at of [1_000, 3_000]) {
      lab.run(at - lab.clock.now());
      other.answer(other.take('REGISTER'), 503);
      expect([asking, lab.registration.state, one.waiting]).toEqual([asking, 'waiting', []]);
    }
    lab.run(4_000);
    other.answer(other.take('REGISTER'), 200, 'OK', ['Expires: 300']);
    expect([lab.registration.up, one.waiting]).toEqual([true, []]);
    // In another network it may be another server.
    lab.registration.run('again');
    lab.run();
    expect(first.waiting).toEqual(['REGISTER']);
  }
});

test('a Retry-After holds back one attempt: a server that is silent or cannot be found after it is asked again soon (RFC 3261 §21.5.4)', async () => {
  for (const fault of ['silent', 'not found'] as const) {
    const lab = await RegistrationLab.open([hop(A)]);
    const server = await lab.server(A);
    lab.registration.run('start');
    lab.run();
    server.answer(server.take('REGISTER'), 503, 'Maintenance', ['Retry-After: 1800']);
    if (fault === 'silent') lab.net.link('*', A, { loss: 1 });
    else lab.locating.hops = [];
    lab.locating.asked.length = 0;
    lab.run(1_870_000);
    expect(lab.locating.asked.slice(0, 2), fault).toEqual(fault === 'silent' ? [1_800_000, 1_834_000] : [1_800_000, 1_802_000]);
  }
});

test('a refresh that the only server puts off by Retry-After is not sent anew before; servers that DNS knows by now are asked at once (RFC 3261 §21.5.4)', async () => {
  for (const [hops, at] of [
    [[hop(A)], 460_000],
    [[hop(A), hop(B)], 400_000],
    [[hop(B)], 400_000],
  ] as const) {
    const lab = await RegistrationLab.open([hop(A)]);
    const [server, other] = [await lab.server(A), await lab.server(B)];
    lab.registers(server);
    lab.run(400_000);
    lab.locating.hops = hops;
    server.answer(server.take('REGISTER'), 503, 'Full', ['Retry-After: 60']);
    expect(lab.locating.asked).toEqual([0, 400_000, 400_000]);
    while (server.waiting.length + other.waiting.length === 0) lab.run(1_000);
    expect(lab.clock.now()).toBe(at);
  }
});

test('who grants 0 seconds has not registered us: it is down, and asked again after 1, 2, 4 and up to 60 s (RFC 3261 §10.2.4)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  const asked: number[] = [];
  while (asked.length < 9) {
    asked.push(lab.clock.now());
    server.answer(server.take('REGISTER'), 200, 'OK', [`Contact: ${CONTACT};expires=0`]);
    expect(lab.registration.up).toBe(false);
    while (server.waiting.length === 0) lab.run(500);
  }
  expect(asked).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000]);
  expect(lab.registration.fault).toEqual({
    why: '200 OK: it grants no time',
    advice: 'ask the provider whether the account is active; it is tried again',
  });
});

test('a provider that cannot be found is looked for again after 1, 2, 4 and up to 60 s, and at once when the network changes (pain 6)', async () => {
  const lab = await RegistrationLab.open([]);
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run(200_000);
  expect(lab.locating.asked).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000]);
  expect(lab.registration.journal).toEqual(['the name service does not answer']);
  lab.locating.hops = [hop(A)];
  lab.registration.run('again');
  lab.run();
  expect(server.waiting).toEqual(['REGISTER']);
});

test('in another network, which may be there before its name server is, the wait begins with 1 s again (pain 6)', async () => {
  const lab = await RegistrationLab.open([]);
  lab.registration.run('start');
  lab.run(200_000);
  const before = lab.locating.asked.length;
  lab.registration.run('again');
  lab.run(10_000);
  expect(lab.locating.asked.slice(before)).toEqual([200_000, 201_000, 203_000, 207_000]);
});

test('a wrong password is not tried again for five minutes, then ten, and the reason is said (RFC 3261 §22.1)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  const refuse = () => {
    server.answer(server.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE]);
    server.answer(server.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE.replace('n1', 'n2')]);
  };
  lab.registration.run('start');
  lab.run();
  refuse();
  expect(lab.registration.journal.at(-1)).toBe(
    '401 Unauthorized: the user name or the password is wrong for realm "itsp.example"',
  );
  expect(lab.registration.fault?.advice).toContain('check username, auth_username and password in [provider itsp]');
  lab.registration.lost('the connection closed');
  expect(lab.registration.fault?.advice).toContain('check username, auth_username and password in [provider itsp]');
  lab.run(299_999);
  expect(server.waiting).toEqual([]);
  lab.run(1);
  // The nonce of last time goes along, and is no attempt to guess.
  server.answer(server.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE.replace('n1', 'n3')]);
  server.answer(server.take('REGISTER'), 403, 'Forbidden');
  lab.run(599_999);
  expect(server.waiting).toEqual([]);
  lab.run(1);
  expect(server.waiting).toEqual(['REGISTER']);
});

test('a wrong password that was mended counts no more, and a Retry-After of years is one of an hour (RFC 3261 §21.5.4)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  const answered = (status: number, ...lines: string[]) => server.answer(server.take('REGISTER'), status, 'Said', lines);
  const asksAfter = (ms: number) => {
    lab.run(ms - 1);
    expect(server.waiting).toEqual([]);
    lab.run(1);
    expect(server.waiting).toEqual(['REGISTER']);
  };
  lab.registration.run('start');
  lab.run();
  answered(403);
  asksAfter(300_000);
  answered(200, 'Expires: 60');
  asksAfter(40_000);
  answered(403);
  asksAfter(300_000);
  answered(503, 'Retry-After: 4294967295');
  asksAfter(3_600_000);
});

test('failures before a registration that lasted are forgotten, whether it was refreshed or lost (pain 6)', async () => {
  for (const lasted of ['refreshed', 'lost'] as const) {
    const lab = await RegistrationLab.open([hop(A)]);
    const server = await lab.server(A);
    const answered = (status: number) => server.answer(server.take('REGISTER'), status, 'Said', ['Expires: 60']);
    lab.registration.run('start');
    lab.run();
    for (const wait of [1_000, 2_000, 4_000]) {
      answered(503);
      lab.run(wait);
    }
    answered(200);
    lab.run(lasted === 'refreshed' ? 40_000 : 15_000);
    if (lasted === 'lost') lab.registration.lost('the connection closed');
    lab.run();
    answered(503); // the refresh: the servers are looked up anew
    answered(503);
    lab.run(1_000);
    expect(server.waiting, lasted).toEqual(['REGISTER']);
  }
});

test('a provider whose registration ran out while it was refreshed in vain is down (RFC 3261 §10.2.4)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server, ['Expires: 60']);
  lab.net.link('*', A, { loss: 1 });
  lab.run(59_999);
  expect([lab.registration.state, lab.registration.up]).toEqual(['refreshing', true]);
  lab.run(1);
  expect([lab.registration.state, lab.registration.up]).toEqual(['refreshing', false]);
});

test('the server in use is one of the provider until another one answers, whatever DNS says meanwhile', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const other = await lab.server(B);
  lab.registers(await lab.server(A));
  lab.locating.hops = [hop(B)];
  const known = () => [A, B].map((host) => lab.registration.servers.has(host));
  lab.registration.run('again');
  expect(known()).toEqual([true, true]);
  lab.run();
  other.answer(other.take('REGISTER'), 200);
  lab.registration.run('again');
  expect(known()).toEqual([false, true]);
});

test('servers that DNS names by the next refresh are known from then on, and the one in use stays that (RFC 3263 §4.3; pain 5)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server);
  lab.locating.hops = [hop(B), hop(A)];
  lab.run(399_999);
  expect(lab.registration.servers.has(B)).toBe(false);
  lab.run(1);
  server.answer(server.take('REGISTER'), 200, 'OK');
  expect([A, B].map((host) => lab.registration.servers.has(host))).toEqual([true, true]);
  expect(lab.registration.servers.hops).toEqual([hop(A), hop(B)]);
  lab.locating.hops = [];
  lab.run(400_000);
  expect(server.waiting).toEqual(['REGISTER']); // a name service that is silent takes nothing back
});

test('a server that DNS does not name for an hour is left for those that it names, and counts as one until the refresh after that (RFC 3263 §4)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const [first, second] = [await lab.server(A), await lab.server(B)];
  lab.registers(first);
  const refreshed = (server: typeof first) => {
    lab.run(400_000);
    server.answer(server.take('REGISTER'), 200, 'OK');
    return [A, B].map((host) => lab.registration.servers.has(host));
  };
  expect(refreshed(first)).toEqual([true, false]);
  lab.locating.hops = [hop(B)];
  for (let at = 800_000; at < 4_400_000; at += 400_000) expect([at, ...refreshed(first)]).toEqual([at, true, true]);
  expect(refreshed(second)).toEqual([true, true]);
  expect(lab.registration.up).toBe(true);
  expect(refreshed(second)).toEqual([false, true]);
});

test('one answer of DNS that does not name the server in use leads away from it in no case, however long the registration lasts', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const [first, second] = [await lab.server(A), await lab.server(B)];
  lab.registers(first, ['Expires: 7200']);
  const refreshed = (server: typeof first, hops: typeof lab.locating.hops) => {
    lab.locating.hops = hops;
    lab.run(4_800_000);
    server.answer(server.take('REGISTER'), 200, 'OK', ['Expires: 7200']);
  };
  refreshed(first, [hop(B)]);
  refreshed(first, [hop(B), hop(A)]);
  refreshed(first, [hop(B)]);
  refreshed(second, [hop(B)]);
});

test('a challenge for another realm, and one from an address that DNS did not give, get no credentials (security S9)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  const asked = server.take('REGISTER');
  const stranger = await lab.server('10.0.9.66');
  stranger.answer(asked, 401, 'Unauthorized', [CHALLENGE]);
  expect(server.waiting).toEqual([]);
  expect(stranger.waiting).toEqual([]);
  lab.registration.run('again');
  lab.run();
  server.answer(server.take('REGISTER'), 401, 'Unauthorized', [CHALLENGE.replace('itsp.example', 'evil.example')]);
  expect(server.waiting).toEqual([]);
  expect(lab.registration.fault?.advice).toBe(`if that is the provider's realm, set realm = evil.example in [provider itsp]`);
});

test('a 423 is answered with the time that it wants, once and for all (RFC 3261 §10.2.8)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  server.answer(server.take('REGISTER'), 423, 'Interval Too Brief', ['Min-Expires: 1800']);
  const again = server.take('REGISTER');
  expect(summary(again)).toBe(`REGISTER 2 ${CONTACT};expires=1800`);
  server.answer(again, 200, 'OK');
  lab.run(1_199_999);
  expect(server.waiting).toEqual([]);
  lab.run(1);
  const third = server.take('REGISTER');
  expect(summary(third)).toBe(`REGISTER 3 ${CONTACT};expires=1800`);
  server.answer(third, 423, 'Interval Too Brief', ['Min-Expires: 86401']);
  expect(server.waiting).toEqual([]);
  expect(lab.registration.fault?.advice).toBe('set another expires in [provider itsp]');
});

test('a registrar that wants a longer interval each time is asked four times, and then not for five minutes (RFC 3261 §10.2.8)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  const brief = () => {
    const register = server.take('REGISTER');
    const asked = Number(register.get(Field.expires));
    server.answer(register, 423, 'Interval Too Brief', [`Min-Expires: ${asked + 1}`]);
    return asked;
  };
  expect([brief(), brief(), brief(), brief()]).toEqual([600, 601, 602, 603]);
  expect(server.waiting).toEqual([]);
  expect(lab.registration.fault).toEqual({
    why: 'it wants a longer interval each time',
    advice: 'set another expires in [provider itsp]',
  });
  lab.run(299_999);
  expect(server.waiting).toEqual([]);
  lab.run(1);
  const register = server.take('REGISTER');
  expect(register.get(Field.expires)).toBe('604');
  server.answer(register, 200, 'OK');
  expect(lab.registration.up).toBe(true);
});

test('the end takes the binding back, with credentials if they are asked for, and waits a second at most (RFC 3261 §10.2.2)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server);
  let left = 0;
  lab.registration.stop(() => left++);
  lab.run();
  const leaving = server.take('REGISTER');
  expect(summary(leaving)).toBe(`REGISTER 3 ${CONTACT};expires=0 nc=00000002`);
  expect(leaving.get(Field.expires)).toBe('0');
  server.answer(leaving, 401, 'Unauthorized', [`${CHALLENGE.replace('n1', 'n2')}, stale=true`]);
  expect(left).toBe(0);
  server.answer(server.take('REGISTER'), 200, 'OK');
  expect(left).toBe(1);
  lab.run(5_000);
  expect([lab.transactions.size.clients, lab.clock.armed().filter(({ name }) => name !== 'udp-idle')]).toEqual([0, []]);

  for (const asks of [false, true]) {
    const silent = await RegistrationLab.open([hop(A)]);
    const mute = await silent.server(A);
    silent.registers(mute);
    let after = -1;
    silent.registration.stop(() => (after = silent.clock.now()));
    silent.run();
    if (asks) mute.answer(mute.take('REGISTER'), 401, 'Unauthorized', [`${CHALLENGE.replace('n1', 'n2')}, stale=true`]);
    mute.close();
    silent.net.link('*', A, { loss: 1 });
    silent.run(1_500);
    expect(after).toBe(1_000);
  }
});

test.each<[string, (lab: RegistrationLab) => unknown, string[]]>([
  ['searching for servers', (lab) => Object.assign(lab.locating, { locate() {} }), []],
  ['registering at another server', (lab) => Object.assign(lab.locating, { hops: [hop(B)] }), ['REGISTER']],
  ['waiting to try again', (lab) => Object.assign(lab.locating, { hops: [] }), []],
])(
  'the end while it is %s takes the former binding back, where it was granted (RFC 3261 §10.2.2)',
  async (_name, prepare, asked) => {
    const lab = await RegistrationLab.open([hop(A)]);
    const [server, other] = [await lab.server(A), await lab.server(B)];
    lab.registers(server);
    prepare(lab);
    lab.registration.run('again');
    lab.run();
    expect([server.waiting, other.waiting]).toEqual([[], asked]);
    let left = 0;
    lab.registration.stop(() => left++);
    lab.run();
    const leaving = server.take('REGISTER');
    expect([leaving.list(Field.contact), leaving.get(Field.expires)]).toEqual([[`${CONTACT};expires=0`], '0']);
    server.answer(leaving, 200, 'OK');
    expect(left).toBe(1);
    // Once it has run out by itself there is nothing to take back.
    const late = await RegistrationLab.open([hop(A)]);
    const there = await late.server(A);
    late.registers(there, ['Expires: 60']);
    prepare(late);
    late.registration.run('again');
    late.net.link('*', A, { loss: 1 });
    late.net.link('*', B, { loss: 1 });
    late.run(60_000);
    late.net.link('*', A, {});
    late.registration.stop(() => left++);
    late.run();
    expect([left, there.waiting]).toEqual([2, []]);
  },
);

test('the end takes back the address that is being registered as well as the former one (RFC 3261 §10.2.2)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server);
  lab.registration.grant.contact = '<sip:token0@10.0.0.9:5060;line=token0>'; // this machine was there before
  lab.registration.run('again');
  lab.run();
  server.take('REGISTER');
  lab.registration.stop(() => {});
  lab.run();
  expect(server.take('REGISTER').list(Field.contact)).toEqual([
    `${CONTACT};expires=0`,
    '<sip:token0@10.0.0.9:5060;line=token0>;expires=0',
  ]);
});

test('a refresh that nobody answers leads to the servers anew, and the provider is down until one answers (pain 3)', async () => {
  const lab = await RegistrationLab.open([hop(A), hop(B)]);
  const [first, second] = [await lab.server(A), await lab.server(B)];
  lab.registers(first, ['Expires: 60']);
  lab.net.link('*', A, { loss: 1 });
  lab.run(40_000);
  lab.locating.hops = [hop(B), hop(A)];
  lab.run(5_000);
  second.answer(second.take('REGISTER'), 200, 'OK', ['Expires: 60']);
  expect(lab.changes.slice(2)).toEqual(['40000 refreshing up', '45000 registering', '45000 registered up']);
  expect(lab.locating.told).toEqual([`succeeded udp:${A}:5060`, `failed udp:${A}:5060`, `succeeded udp:${B}:5060`]);
});

test('a connection that closes is opened again with a REGISTER at once, and later if it closes again at once (pain 11)', async () => {
  const lab = await RegistrationLab.open([hop(A)]);
  const server = await lab.server(A);
  lab.registers(server);
  lab.run(15_000);
  lab.registration.lost('the connection closed');
  lab.run();
  server.answer(server.take('REGISTER'), 200, 'OK');
  lab.run(1_000);
  lab.registration.lost('the connection closed');
  expect([lab.registration.state, lab.registration.up]).toEqual(['waiting', false]);
  lab.run(1_000);
  expect(server.waiting).toEqual(['REGISTER']);
});

test('what the registrar wants of the way is kept, and the outbound proxy stands in front (RFC 3608 §5, RFC 3261 §8.1.2)', async () => {
  const lab = await RegistrationLab.open([hop(A)], account(`${ITSP}proxy = proxy.itsp.example\nauth_username = u\n`));
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  const asked = server.take('REGISTER');
  expect(asked.list(Field.route)).toEqual(['<sip:proxy.itsp.example;lr>']);
  server.answer(asked, 401, 'Unauthorized', [CHALLENGE]);
  const again = server.take('REGISTER');
  expect(again.get(Field.authorization)).toContain('username="u"');
  server.answer(again, 200, 'OK', ['Service-Route: <sip:orig@s.itsp.example;lr>', 'Path: <sip:p.itsp.example;lr>']);
  expect(lab.registration.grant.serviceRoute).toEqual(['<sip:orig@s.itsp.example;lr>']);
});

test('where nothing is to be registered, an OPTIONS every 30 to 60 s tells whether the provider is there', async () => {
  const lab = await RegistrationLab.open([hop(A)], account('[provider itsp]\nregistrar = sip:itsp.example\nregister = no\n'));
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  server.answer(server.take('OPTIONS'), 404, 'Not Found');
  expect(lab.registration.up).toBe(true);
  lab.run(29_999);
  expect(server.waiting).toEqual([]);
  lab.run(30_001);
  expect(server.waiting[0]).toBe('OPTIONS');
  let left = 0;
  lab.registration.stop(() => left++);
  lab.run();
  expect(left).toBe(1);
});

test('where nothing is to be registered and there is no password, a server that asks for one is there like any that answers', async () => {
  const settled = account('[provider itsp]\nregistrar = sip:itsp.example\nregister = no\n');
  for (const realm of ['itsp.example', 'asterisk']) {
    const lab = await RegistrationLab.open([hop(A)], settled);
    const server = await lab.server(A);
    lab.registration.run('start');
    lab.run();
    server.answer(server.take('OPTIONS'), 401, 'Unauthorized', [CHALLENGE.replace('itsp.example', realm)]);
    expect([lab.registration.up, server.waiting]).toEqual([true, []]);
  }
});

test('where nothing is to be registered, a password that is wrong is told before a call fails by it', async () => {
  const lab = await RegistrationLab.open([hop(A)], account(`${ITSP}register = no\n`));
  const server = await lab.server(A);
  lab.registration.run('start');
  lab.run();
  for (let i = 0; i < 2; i++) server.answer(server.take('OPTIONS'), 401, 'Unauthorized', [CHALLENGE]);
  expect(lab.registration.up).toBe(false);
  expect(lab.registration.fault?.why).toContain('the user name or the password is wrong');
});
