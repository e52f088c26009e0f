import { assert, test } from 'vitest';
import type { Response } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';
import type { Phone } from '../../support/phone.ts';

/** Answers with a Contact of its own, or a route. */
function answered(provider: Phone, arrived: Parameters<Phone['answer']>[0], contact: string, headers: readonly string[]): void {
  const send = provider.send.bind(provider);
  provider.send = (text) => send(text.replace(/\r\nContact: .*/, `\r\nContact: <${contact}>`));
  provider.answer(arrived, 200, 'OK', [SDP, ...headers], 'far', ANSWER);
  provider.send = send;
}

test.each([
  ['Contact', 'sip:acme@10.9.0.1:5080', []],
  ['Record-Route', 'sip:acme@10.9.0.1:5060', ['Record-Route: <sip:10.9.0.1:5080;lr>']],
])(
  'a server of the provider with a second port is heard there, as its %s says (RFC 3261 §12.2.1.1, §8.1.2)',
  async (_, contact, route) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const second = await desk.phone('acme', '10.9.0.1', 5080);
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    answered(provider, arrived, contact, route);
    const ok = alice.response(200);
    alice.within(invite, ok, 'ACK');
    second.take('ACK');
    alice.within(invite, ok, 'BYE');
    second.answer(second.take('BYE'), 200);
    assert.deepEqual(provider.waiting, []);
    assert.deepEqual(lab.left, NOTHING);
  },
);

test('a challenge of the second port is answered, for it is the same server (security S9)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { realm: 'acme.example' };
  const { alice, provider, desk } = lab;
  const second = await desk.phone('acme', '10.9.0.1', 5080);
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  answered(provider, arrived, 'sip:acme@10.9.0.1:5080', []);
  const ok: Response = alice.response(200);
  alice.within(invite, ok, 'ACK');
  second.take('ACK');
  alice.within(invite, ok, 'BYE');
  second.answer(second.take('BYE'), 407, 'Who', ['Proxy-Authenticate: Digest realm="acme.example", nonce="1"']);
  assert.match(
    second.take('BYE').text,
    /\r\nProxy-Authorization: Digest realm="acme\.example", BYE sip:acme@10\.9\.0\.1:5080\r\n/,
  );
});

test('a connection to the provider stays that of the call, whatever port its Contact names (RFC 3261 §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const trunk = await desk.phone('acme', '10.9.0.2', 5080, 'tcp');
  trunk.connect();
  const invite = trunk.request('INVITE', 'sip:account@10.0.0.1:5060', {
    callId: 'by-connection',
    cseq: 1,
    from: '<sip:+4940123@acme.example>',
    headers: ['Contact: <sip:acme@10.9.0.2:5070;transport=tcp>', SDP],
    body: OFFER,
  });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200, 'OK', [SDP], 'kitchen', ANSWER);
  trunk.within(invite, trunk.response(200), 'ACK');
  bob.back(arrived, 'kitchen', 'BYE');
  trunk.take('BYE');
});
