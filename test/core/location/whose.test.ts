import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import type { LocationService } from '../../../src/core/location/service.ts';
import { flowNow, guestAt, holderOfContact, phoneWithin } from '../../../src/core/location/whose.ts';
import { isSip, parseUri } from '../../../src/sip/message/uri.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { binding } from '../../support/routing.ts';

const flow = (host: string, port: number, transport: 'udp' | 'tcp' = 'udp'): FlowName => ({
  ...{ transport, local: { host: '10.0.0.1', port: 5060 }, remote: { host, port }, connection: '' },
});

/** Where the phone of bob that is meant by a Contact is, whose bindings are these, and which was heard at 192.0.2.1:4000. */
function now(contact: string, ...bindings: readonly (readonly [string, FlowName])[]): string {
  const held = bindings.map(([uri, at]) => ({ uri, flow: at }) as Binding);
  const uri = parseUri(contact);
  assert.isTrue(isSip(uri));
  const { transport, remote } = flowNow({ bindings: () => held } as unknown as LocationService, HERE, uri, 'bob');
  return `${transport} ${remote.host}:${remote.port}`;
}

const HERE = flow('192.0.2.1', 4000);
const PRIVATE = 'sip:bob@192.168.1.7';

test('a phone is followed to where it has registered the Contact that is meant, by the same transport (RFC 3261 §12.2.1.1)', () => {
  assert.equal(
    now('sip:bob@192.0.2.9', ['sip:bob@192.0.2.1', HERE], ['sip:bob@192.0.2.9', flow('192.0.2.9', 5060)]),
    'udp 192.0.2.9:5060',
  );
  assert.equal(now('sip:bob@192.0.2.9', ['sip:bob@192.0.2.9', flow('192.0.2.9', 5060, 'tcp')]), 'udp 192.0.2.1:4000');
  assert.equal(now('sip:bob@192.0.2.9', ['sip:bob@192.0.2.8', flow('192.0.2.8', 5060)]), 'udp 192.0.2.1:4000');
});

test('a private address says nothing while a phone is registered where it was: two homes may have the same (RFC 5626 §3.1)', () => {
  const other = [PRIVATE, flow('192.0.2.9', 4001)] as const;
  assert.equal(now(PRIVATE, other, [PRIVATE, HERE]), 'udp 192.0.2.1:4000');
  assert.equal(now(PRIVATE, other), 'udp 192.0.2.9:4001');
});

/** Where these are registered. */
const located = (...all: readonly Binding[]): LocationService =>
  ({
    aors: new Set(all.map(({ aor }) => aor)),
    bindings: (user: string) => all.filter(({ aor }) => aor === user),
  }) as unknown as LocationService;
const at = (uri: string, aor: string, more: Partial<Binding> = {}) => binding(uri, 1, { aor, flow: HERE, ...more });

test('of guests behind one proxy it is the one whose Contact the dialog says, and one of them whatever it says (house, "Who is calling")', () => {
  const [ann, ben] = [at('sip:ann@10.0.0.7', 'ann@open.example'), at('sip:ben@10.0.0.8', 'ben@open.example')];
  const away = at('sip:ben@10.0.0.8', 'eve@open.example', { flow: flow('192.0.2.9', 4000) });
  const location = located(at('sip:bob@10.0.0.9', 'bob'), away, ann, ben);
  assert.equal(guestAt(location, HERE, 'sip:ben@10.0.0.8'), 'ben@open.example');
  for (const contact of ['sip:zoe@10.0.0.7', 'sip:bob@10.0.0.9', 'no URI'])
    assert.equal(guestAt(location, HERE, contact), 'ann@open.example');
  assert.equal(guestAt(location, flow('192.0.2.8', 4000), 'sip:ben@10.0.0.8'), undefined);
});

test("a Contact is its user's, whatever of its parameters a dialog leaves out; of one that cannot be read nobody is the holder (security S2)", () => {
  const uri = 'sip:bob@10.0.0.7:5070;transport=tcp';
  const guest = at(uri, 'ann@open.example');
  const forged = at(uri, 'carol', { routeToSource: true });
  assert.equal(holderOfContact(located(guest, forged, at(uri, 'bob')), 'sip:bob@10.0.0.7:5070'), 'bob');
  for (const all of [located(guest, forged), located(forged, guest)]) assert.equal(holderOfContact(all, uri), 'carol');
  assert.equal(holderOfContact(located(guest), 'sip:bob@10.0.0.7:5071'), undefined);
  for (const broken of ['no URI', '', '<sip:bob@10.0.0.7:5070>']) {
    assert.equal(holderOfContact(located(guest), broken), undefined);
    assert.equal(phoneWithin(located(at(uri, 'bob')), broken, 'bob'), undefined);
    assert.equal(holderOfContact(located(at(broken, 'bob')), uri), undefined);
  }
});
