import { assert, test } from 'vitest';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { udp } from '../../support/routing.ts';
import { setup } from './desk.ts';

const guest = { aor: 'ann@open.example', guest: true } as const;
const from = (host: string): FlowName => ({ ...udp, remote: { host, port: 5060 } });
const taken = '403 Forbidden (that name is taken by another)';
const tooLong = ['403 Forbidden (a registration of a guest is to be shorter)'];
const contact = '<sip:ann@192.0.2.7>';

test("a free name in an open domain is its taker's until its binding ends (interface §4, domain)", () => {
  const { clock, register, bound } = setup();
  assert.equal(register({ contact }, guest)[0], '200 OK');
  assert.deepEqual(register({ contact: '<sip:ann@192.0.2.9>', callId: 'mine' }, guest, from('192.0.2.9')), [taken]);
  assert.equal(register({ contact, cseq: 2 }, guest)[0], '200 OK');
  clock.advance(300_000);
  assert.equal(register({ contact: '<sip:ann@192.0.2.9>', callId: 'mine' }, guest, from('192.0.2.9'))[0], '200 OK');
  assert.deepEqual(bound('ann@open.example'), ['<sip:ann@192.0.2.9>']);
  assert.deepEqual(register({ contact, cseq: 3 }, guest), [taken]);
});

test.each([
  ['to remove all', { contact: '*', lines: ['Expires: 0'], callId: 'x' }, '192.0.2.9'],
  ['to ask who is there', { callId: 'x' }, '192.0.2.9'],
  ['with the Call-ID alone', { contact: '<sip:ann@192.0.2.9>', cseq: 9 }, '192.0.2.9'],
  ['with the source alone', { contact: '<sip:ann@192.0.2.7:9>', callId: 'x' }, '192.0.2.7'],
])('a stranger gets 403 who tries %s (security S10)', (_what, said, host) => {
  const { register, bound } = setup();
  register({ contact }, guest);
  assert.deepEqual(register(said, guest, from(host)), [taken]);
  assert.deepEqual(bound('ann@open.example'), [contact]);
});

test('a device with an instance-id keeps its name at another address and after a reboot (interface §4, domain)', () => {
  const { register } = setup();
  const at = (host: string, id: string): string => `<sip:ann@${host}>;+sip.instance="<urn:uuid:${id}>"`;
  register({ contact: at('192.0.2.7', '1') }, guest);
  assert.equal(register({ contact: at('192.0.2.9', '1'), callId: 'reboot' }, guest, from('192.0.2.9'))[0], '200 OK');
  assert.deepEqual(register({ contact: at('192.0.2.9', '2'), callId: 'reboot' }, guest, from('192.0.2.9')), [taken]);
  assert.equal(
    register({ contact: '*', callId: 'reboot', cseq: 2, lines: ['Expires: 0'] }, guest, from('192.0.2.9'))[0],
    '200 OK',
  );
});

test('a device that tells its instance-id since its last registration is the same by Call-ID and source (interface §4, domain)', () => {
  const { register } = setup();
  const named = `${contact};+sip.instance="<urn:uuid:1>"`;
  register({ contact }, guest);
  assert.deepEqual(register({ contact: named, cseq: 2 }, guest, from('192.0.2.9')), [taken]);
  assert.equal(register({ contact: named, cseq: 2 }, guest)[0], '200 OK');
});

test('users of the house register from anywhere: their name is theirs by password', () => {
  const { register } = setup();
  register({ contact });
  assert.equal(register({ contact: '<sip:alice@192.0.2.9>', callId: 'x' }, {}, from('192.0.2.9')).length, 3);
});

test('a refusal is told to the operator without the text of the stranger', () => {
  const { register, log } = setup();
  register({ contact: '<tel:1>' }, { aor: 'a\x1b[31mb' });
  assert.deepEqual(log.of('info'), [
    'REGISTER for "a\\u001b[31mb" from 192.0.2.7 refused: 403 Forbidden (Contact: only sip and sips URIs are bound)',
  ]);
});

test("what is kept of a guest is short: beyond 2,048 characters of the journal's line it is 403, and for users it is not (security S24)", () => {
  const long = `<sip:ann@192.0.2.7;x=${'y'.repeat(2_000)}>`;
  assert.deepEqual(setup().register({ contact: long }, guest), tooLong);
  assert.deepEqual(setup().register({ contact, callId: 'c'.repeat(2_000) }, guest), tooLong);
  assert.deepEqual(setup().register({ contact, lines: [`User-Agent: ${'a'.repeat(2_000)}`] }, guest), tooLong);
  assert.deepEqual(setup().register({ contact, lines: [`Path: <sip:192.0.2.9;lr;x=${'a'.repeat(2_000)}>`] }, guest), tooLong);
  assert.deepEqual(setup().register({ contact }, { ...guest, aor: `${'a'.repeat(2_000)}@open.example` }), tooLong);
  assert.deepEqual(setup().register({ contact: `"${'\x01'.repeat(400)}" ${contact}` }, guest), tooLong);
  assert.equal(setup().register({ contact: `<sip:ann@192.0.2.7;x=${'y'.repeat(1_700)}>` }, guest)[0], '200 OK');
  assert.equal(setup().register({ contact: long })[0], '200 OK');
});

test('all phones of a guest together are that short; five that say little fit, and what was bound stays (security S24)', () => {
  const { register, bound } = setup();
  const phone = (n: number, more = 0): string => `<sip:ann@192.0.2.7:${n};x=${'y'.repeat(more)}>`;
  const five = [1, 2, 3, 4, 5].map((n) => phone(n));
  assert.equal(register({ contact: five, callId: 'c'.repeat(40), lines: [`User-Agent: ${'a'.repeat(60)}`] }, guest)[0], '200 OK');
  assert.deepEqual(register({ contact: [phone(1, 700), phone(2, 700), phone(3, 700)], callId: 'x', cseq: 2 }, guest), [taken]);
  const again = { callId: 'c'.repeat(40), cseq: 2 };
  assert.deepEqual(register({ ...again, contact: [phone(1, 700), phone(2, 700), phone(3, 700)] }, guest), tooLong);
  assert.deepEqual(bound('ann@open.example'), five);
  assert.equal(register({ ...again, contact: '*', lines: ['Expires: 0'] }, guest)[0], '200 OK');
});
