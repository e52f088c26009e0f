import { assert, test } from 'vitest';
import { hasLooped, loopMark } from '../../../src/core/proxy/loop.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';
import { invite } from '../../support/written.ts';

const SEED = 7;

const written = invite({ extra: ['Route: <sip:192.0.2.9;lr>', 'Proxy-Authorization: Digest realm="other"'] });
const request = (edit: (text: string) => string = (text) => text): Request => read(edit(written)) as Request;

const mark = (edit?: (text: string) => string) => loopMark(request(edit), SEED, []);

test.each<[string, (text: string) => string]>([
  ['Request-URI', (text) => text.replace('sip:bob@', 'sip:carol@')],
  ['From tag', (text) => text.replace('tag=a', 'tag=b')],
  ['To tag', (text) => text.replace('To: <sip:bob@home.example>', 'To: <sip:bob@home.example>;tag=b')],
  ['Call-ID', (text) => text.replace('c@10', 'd@10')],
  ['CSeq number', (text) => text.replace('7 INVITE', '8 INVITE')],
  ['Route', (text) => text.replace('192.0.2.9', '192.0.2.8')],
  ['Proxy-Authorization', (text) => text.replace('other', 'another')],
])('another %s is another mark, so that a spiral is no loop (RFC 5393 §4.2.1, RFC 3261 §16.6 step 8)', (_, edit) => {
  assert.notEqual(mark(edit), mark());
});

test('a mark depends neither on the method, nor on the Via, nor on lines that stay here (RFC 3261 §16.6 step 8)', () => {
  const other = (text: string) => text.replaceAll('INVITE', 'CANCEL').replace('10.0.0.2:5060', '10.0.0.3:5070');
  assert.equal(mark(other), mark());
  const stays = request();
  const without = (text: string) => text.replace(/Proxy-Auth.*\r\n/, '');
  assert.equal(loopMark(stays, SEED, [stays.find(Field.proxyAuthorization)]), mark(without));
});

test('only a Via of ours tells of a loop, with the mark that the request would get now (RFC 5393 §4.2.2)', () => {
  const vias = { isOurs: (host: string, port: number) => host === '10.0.0.1' && port === 5060, mark: () => '.0123abcd' };
  const looped = (via: string) =>
    hasLooped(
      request((text) => text.replace('Via: ', `Via: ${via}, `)),
      vias,
    );
  assert.equal(looped('SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0123456789abcdef.0123abcd'), true);
  assert.equal(looped('SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0123456789abcdef.0123abcd'), true);
  assert.equal(looped('SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0123456789abcdef.0123abce'), false);
  assert.equal(looped('SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK0123456789abcdef.0123abcd'), false);
  assert.equal(looped('SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK0123456789abcdef.0123abcd'), false);
});
