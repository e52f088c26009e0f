import { assert, test } from 'vitest';
import type { Principal } from '../../../src/core/routing/decision.ts';
import { route } from '../../../src/core/routing/route.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import { binding, snapshotOf, word } from '../../support/routing.ts';

const house = snapshotOf(
  `
[daemon]
domain = home.example
country = DE
area_code = 30
emergency = 112
[domain home.example]
inbound = anonymous
[domain open.example]
inbound = anonymous
register = anonymous
[user alice]
extension = 201
published = yes
[user bob]
extension = 202
[class kid]
may = internal
[user kim]
class = kid
[group kitchen]
extension = 600
members = bob, +491701234567
[group doors]
extension = 601
members = kitchen, 0301112233
[provider acme]
registrar = sip:acme.example
inbound = alice
number_+4930999 = kitchen
[modem gsm0]
port = /dev/ttyUSB0
inbound = bob
[dial outside]
match = 0X!
to = provider acme, modem gsm0
[dial away]
match = 9X!
to = 0301234567
[speed 77]
to = +4930123456
`,
  { bindings: (aor) => (aor.includes('@') ? [] : [binding(`sip:${aor}@10.0.0.2`)]) },
);

const callers = {
  user: { principal: { kind: 'user', name: 'alice' } },
  // A 302, a REFER or ENUM led a user there.
  led: { principal: { kind: 'user', name: 'alice' }, unpaid: true },
  kid: { principal: { kind: 'user', name: 'kim' } },
  provider: { principal: { kind: 'provider', name: 'acme' } },
  line: { principal: { kind: 'line', name: 'gsm0' } },
  peer: { principal: { kind: 'peer', domain: 'away.example' } },
  guest: { principal: { kind: 'guest', aor: 'gus@open.example' } },
  anonymous: { principal: { kind: 'anonymous' } },
  gone: { principal: { kind: 'user', name: 'nobody' } },
  unproved: { principal: { kind: 'unproved', stale: false } },
} as const satisfies Record<string, { principal: Principal; unpaid?: boolean }>;

const trunks = (number: string, mark = '') =>
  `(acme ${number}${mark} failed unreachable silent offline flowFailed gsm0 ${number}${mark})`;
/** What a call comes to, if that is no status: `itself` is the URI that was dialed. */
const words = (uri: string): Readonly<Record<string, string>> => {
  const kitchen = `all(sip:bob@10.0.0.2 ${trunks('+491701234567')})`;
  return {
    ...{ alice: 'sip:alice@10.0.0.2', bob: 'sip:bob@10.0.0.2', itself: uri, untrusted: `${uri} untrusted` },
    ...{ berlin: trunks('+4930123456'), onward: trunks('+49301234567'), help: trunks('112', '!') },
    ...{ kitchen, doors: `all(${kitchen} ${trunks('+49301112233')})`, '407': 'challenge' },
  };
};

const matrix = `
way                        | Request-URI                                     | user    led       kid     provider line peer  guest anonymous gone  unproved
a number                   | sip:030123456@home.example                      | berlin  403       403     404      404  404   404   404       404   407
a number of the world      | sip:+4930123456@home.example                    | berlin  403       403     404      404  404   404   404       404   407
user=phone                 | sip:030123456@home.example;user=phone           | berlin  403       403     404      404  404   404   404       404   407
phone-context              | sip:030123456;phone-context=+49@home.example    | berlin  403       403     404      404  404   404   404       404   407
phone-context of elsewhere | tel:030123456;phone-context=+1                  | 404     404       404     404      404  404   404   404       404   407
tel                        | tel:+49-30-123456                               | berlin  403       403     404      404  404   404   404       404   407
an open domain             | sip:030123456@open.example                      | berlin  403       403     404      404  404   404   404       404   407
an address of ours         | sip:030123456@10.0.0.1                          | berlin  403       403     404      404  404   407   407       404   407
a Route within the URI     | sip:030123456@home.example?Route=%3Csip:acme%3E | berlin  403       403     404      404  404   404   404       404   407
a speed dial               | sip:77@home.example                             | berlin  403       403     404      404  404   404   404       404   407
a rule that leads on       | sip:955@home.example                            | onward  403       403     404      404  404   404   404       404   407
a group                    | sip:600@home.example                            | kitchen kitchen   kitchen 404      404  404   404   404       404   407
a group by its name        | sip:kitchen@home.example                        | kitchen kitchen   kitchen kitchen  404  404   404   404       404   407
a group in a group         | sip:601@home.example                            | doors   doors     doors   404      404  404   404   404       404   407
the domain of a provider   | sip:+4930123456@acme.example                    | itself  untrusted 403     404      404  403   403   403       403   407
another domain             | sip:x@away.example                              | itself  untrusted 403     404      404  403   403   403       403   407
another domain and a Route | sip:x@away.example?Route=%3Csip:acme%3E         | itself  untrusted 403     404      404  403   403   403       403   407
an address of a network    | sip:10.0.0.9                                    | itself  untrusted 403     404      404  403   403   403       403   407
an emergency number        | sip:112@home.example                            | help    403       help    404      404  404   404   404       404   407
an emergency service       | urn:service:sos.police                          | help    403       help    404      404  403   403   403       403   407
a published name           | sip:alice@home.example                          | alice   alice     alice   alice    404  alice alice alice     alice 407
a name                     | sip:bob@home.example                            | bob     bob       bob     404      bob  404   404   404       404   407
`;

const [titles, ...ways] = matrix
  .trim()
  .split('\n')
  .map((row) => row.split(/ +\| +/));
const names = titles![2]!.split(/ +/);

test('the table has a column for every caller', () => assert.deepEqual(names, Object.keys(callers)));

test.each(ways)('%s: who gets out, and who does not (security S1)', (_, text, outcomes) => {
  const uri = parseUri(text!);
  const expected = outcomes!.split(/ +/).map((outcome) => words(text!.replace(/\?.*/, ''))[outcome] ?? outcome);
  const found = Object.values(callers).map((caller) => word(route({ method: 'INVITE', uri, ...caller }, house)));
  const named = (all: readonly string[]) => names.map((name, i) => `${name}: ${all[i]}`);
  assert.deepEqual(named(found), named(expected));
});

test('no sentence to a stranger says what there is beyond the published names', () => {
  for (const uri of [
    'sip:030123456@home.example',
    'sip:600@home.example',
    'sip:77@home.example',
    'sip:112@home.example',
    'sip:bob@home.example',
  ])
    for (const { principal } of [callers.anonymous, callers.guest, callers.peer]) {
      const decision = route({ method: 'INVITE', uri: parseUri(uri), principal }, house);
      assert.deepInclude(decision, { status: 404, reason: 'Not Found' }, `${principal.kind} ${uri}`);
    }
});
