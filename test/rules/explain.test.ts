import { assert, test } from 'vitest';
import { explanationText } from '../../src/control/cli/commands/route.ts';
import { explain } from '../../src/control/dbus/explain.ts';
import { targetsOf } from '../../src/control/dbus/explain-targets.ts';
import type { Explanation } from '../../src/control/dbus/reports.ts';
import { route } from '../../src/core/routing/route.ts';
import { parseUri } from '../../src/sip/message/uri.ts';
import { explainHouse, place, reached } from '../support/explain-house.ts';
import type { TollHouse } from '../support/toll-house.ts';

const GUEST = { kind: 'guest', aor: 'gus@open.example' } as const;

/** What `route explain` prints for a caller: a user by his name, others by the address that they call from. */
async function printed(house: TollHouse, who: string, method: string, target: string): Promise<string> {
  const { exchange, providers } = house.desk;
  const live = { exchange, providers: providers! };
  const { phone, user } = house.caller(who);
  if (who === 'guest') return explanationText(await asGuest(house, method, target));
  const query = { target, method, from: user ?? '', source: user === undefined ? phone.address.host : '' };
  return explanationText(await explain(query, exchange.snapshot, live));
}

/** A guest is known by the flow of its phone alone, which no command line has: the same decision, and the same words. */
async function asGuest(house: TollHouse, method: string, target: string): Promise<Explanation> {
  const { exchange, providers } = house.desk;
  const facts = { method, uri: parseUri(target), principal: GUEST, from: parseUri('sip:gus@open.example') };
  const decision = route(facts, exchange.snapshot, true);
  const { kind, trace } = decision;
  const told = { decision: kind, status: 0, caller: 'a guest', access: [], trace, cost: [], dns: [], targets: [] };
  if (decision.kind === 'reject') return { ...told, summary: `reject: ${decision.status}` };
  if (decision.kind !== 'forward') return { ...told, summary: kind === 'serve' ? '200 OK' : '(407)' };
  const live = { exchange, providers: providers! };
  const { rows } = await targetsOf(decision.plan, facts, exchange.snapshot, live);
  return { ...told, summary: 'forward', targets: rows };
}

/** What a text says of where a request goes, phones being busy and all others knowing nobody: places, `-` for none, or a status. */
function foretold(text: string, method: string): string {
  const lines = text.trimEnd().split('\n');
  const end = lines.at(-1)!;
  if (!end.startsWith('=> forward')) return /(?:reject: |\(|: |=> )([0-9]{3})\b/.exec(end)![1]!;
  const places: string[] = [];
  let before = '';
  for (const [at, line] of lines.entries()) {
    const target = /^(?:Targets)? +([^:]+): (phone|other domain|ENUM|number) (\S+)/.exec(line);
    if (target === null) continue;
    const [, when, kind, name] = target;
    const outcome = before === 'phone' && method === 'INVITE' ? 'is busy' : before === 'ENUM' ? 'refuses' : 'is offline';
    if (when!.startsWith('if that ') && !when!.includes(outcome)) continue;
    before = kind!;
    const hop = /^ +to (\S+)$/.exec(lines[at + 1]!)?.[1];
    if (hop !== undefined) places.push(place(hop, name));
  }
  return places.length === 0 ? '-' : [...new Set(places)].join(', ');
}

/**
 * Where a request goes, by who sends it: the places that it reaches, in their order, or the status that it is answered; `- 480` where it is
 * sent on and reaches nobody, for there is no such name, or nobody may be reached by it. An INVITE, unless a method stands before.
 */
const TABLE = `
dialed                                             | alice                             | kim                               | ian                                   | listed    | guest     | nobody
bob                                                | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
alice                                              | alice                             | alice                             | alice                                 | alice     | alice     | alice
carol                                              | 486                               | 486                               | 486                                   | 486       | 486       | 486
kim                                                | kim                               | kim                               | kim                                   | 404       | 404       | 404
ian                                                | ian                               | ian                               | ian                                   | 603       | ian       | 404
gone                                               | 480                               | 480                               | 480                                   | 480       | 480       | 480
ghost                                              | 404                               | 404                               | 404                                   | 404       | 404       | 404
gus                                                | 404                               | 404                               | 404                                   | 404       | 404       | 404
olga                                               | olga, itsp +49305550000           | olga, itsp +49305550000           | olga, itsp +49305550000               | olga      | olga      | olga
paul                                               | itsp +49306660000                 | itsp +49306660000                 | itsp +49306660000                     | 480       | 480       | 480
quin                                               | quin                              | quin                              | quin                                  | quin      | quin      | quin
rosa                                               | away                              | away                              | away                                  | away      | away      | away
saul                                               | olga, itsp +49305550000           | olga, itsp +49305550000           | olga, itsp +49305550000               | olga      | olga      | olga
201                                                | alice                             | alice                             | alice                                 | 404       | 404       | 404
202                                                | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
203                                                | 486                               | 486                               | 486                                   | 404       | 404       | 404
204                                                | kim                               | kim                               | kim                                   | 404       | 404       | 404
206                                                | ian                               | ian                               | ian                                   | 404       | 404       | 404
207                                                | 480                               | 480                               | 480                                   | 404       | 404       | 404
213                                                | 404                               | 404                               | 404                                   | 404       | 404       | 404
600                                                | bob, bob2, kim                    | bob, bob2                         | bob, bob2, kim                        | 404       | 404       | 404
601                                                | bob, bob2, itsp +49301112233, kim | bob, bob2, itsp +49301112233      | bob, bob2, itsp +49301112233, kim     | 404       | 404       | 404
602                                                | 480                               | 480                               | 480                                   | 404       | 404       | 404
kitchen                                            | bob, bob2, kim                    | bob, bob2                         | bob, bob2, kim                        | 404       | 404       | 404
doors                                              | bob, bob2, itsp +49301112233, kim | bob, bob2, itsp +49301112233      | bob, bob2, itsp +49301112233, kim     | 404       | 404       | 404
empty                                              | 480                               | 480                               | 480                                   | 404       | 404       | 404
77                                                 | itsp +4930777777                  | 403                               | other +4930777777, itsp +4930777777   | 404       | 404       | 404
78                                                 | away                              | 403                               | away                                  | 404       | 404       | 404
79                                                 | bob, bob2                         | 404                               | 404                                   | 404       | 404       | 404
9                                                  | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
9202                                               | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
9030123456                                         | itsp +4930123456                  | 403                               | itsp +4930123456                      | 404       | 404       | 404
999202                                             | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
030123456                                          | itsp +4930123456                  | 403                               | itsp +4930123456                      | 404       | 404       | 404
030-123-456                                        | itsp +4930123456                  | 403                               | itsp +4930123456                      | 404       | 404       | 404
+4930123456                                        | itsp +4930123456                  | 403                               | other +4930123456, itsp +4930123456   | 404       | 404       | 404
+49-30-123456                                      | itsp +4930123456                  | 403                               | other +4930123456, itsp +4930123456   | 404       | 404       | 404
+49(0)30123456                                     | itsp +4930123456                  | 403                               | other +4930123456, itsp +4930123456   | 404       | 404       | 404
004930123456                                       | itsp +4930123456                  | 403                               | other +4930123456, itsp +4930123456   | 404       | 404       | 404
234567                                             | itsp +4930234567                  | 403                               | itsp +4930234567                      | 404       | 404       | 404
089123456                                          | itsp +4989123456                  | 403                               | itsp +4989123456                      | 404       | 404       | 404
+33123456789                                       | - 403                             | 403                               | other +33123456789, itsp +33123456789 | 404       | 404       | 404
0033123456789                                      | - 403                             | 403                               | other +33123456789, itsp +33123456789 | 404       | 404       | 404
0900123456                                         | - 403                             | 403                               | itsp +49900123456                     | 404       | 404       | 404
01905555                                           | 403                               | 403                               | 403                                   | 404       | 404       | 404
112                                                | other 112, itsp 112               | other 112, itsp 112               | other 112, itsp 112                   | 404       | 404       | 404
110                                                | other 110, itsp 110               | other 110, itsp 110               | other 110, itsp 110                   | 404       | 404       | 404
911                                                | 404                               | 404                               | 404                                   | 404       | 404       | 404
12                                                 | 404                               | 404                               | 404                                   | 404       | 404       | 404
030999999                                          | away, itsp +4930999999            | 403                               | away, itsp +4930999999                | 404       | 404       | 404
tel:+49-30-123456                                  | itsp +4930123456                  | 403                               | other +4930123456, itsp +4930123456   | 404       | 404       | 404
tel:030123456;phone-context=+49                    | itsp +4930123456                  | 403                               | itsp +4930123456                      | 404       | 404       | 404
tel:234567;phone-context=+4930                     | itsp +4930234567                  | 403                               | itsp +4930234567                      | 404       | 404       | 404
tel:234567;phone-context=+1                        | 404                               | 404                               | 404                                   | 404       | 404       | 404
tel:202;phone-context=home.example                 | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
tel:202;phone-context=far.example                  | 404                               | 404                               | 404                                   | 404       | 404       | 404
tel:202                                            | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
urn:service:sos                                    | other 112, itsp 112               | other 112, itsp 112               | other 112, itsp 112                   | 403       | 403       | 403
urn:service:sos.fire                               | other 112, itsp 112               | other 112, itsp 112               | other 112, itsp 112                   | 403       | 403       | 403
urn:service:counseling                             | 416                               | 416                               | 416                                   | 416       | 416       | 416
mailto:bob@home.example                            | 416                               | 416                               | 416                                   | 416       | 416       | 416
sip:bob@second.example                             | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | 407       | 407
sip:bob@open.example                               | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
sip:bob@closed.example                             | bob, bob2                         | bob, bob2                         | bob, bob2                             | 403       | 403       | 403
sip:gus@open.example                               | gus                               | gus                               | gus                                   | gus       | gus       | gus
sip:202@open.example                               | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
sip:ghost@open.example                             | 404                               | 404                               | 404                                   | 404       | 404       | 404
sip:030123456@second.example                       | itsp +4930123456                  | 403                               | itsp +4930123456                      | 404       | 407       | 407
sip:030123456@closed.example                       | 403                               | 403                               | 403                                   | 403       | 403       | 403
sip:bob@10.0.0.1                                   | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | 407       | 407
sip:202@10.0.0.1:5060                              | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 407       | 407
sip:bob@localhost                                  | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | 407       | 407
sip:bob@HOME.example.                              | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
sip:Bob@home.example                               | 404                               | 404                               | 404                                   | 404       | 404       | 404
sip:%62ob@home.example                             | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
sip:bob:pw@home.example                            | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
sip:bob@home.example;maddr=10.0.0.66;transport=tcp | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
sip:202;phone-context=home.example@home.example    | bob, bob2                         | bob, bob2                         | bob, bob2                             | 404       | 404       | 404
sips:bob@home.example                              | 480                               | 480                               | 480                                   | 480       | 480       | 480
sips:030123456@home.example                        | itsp +4930123456                  | 403                               | itsp +4930123456                      | 404       | 404       | 404
sips:rosa@home.example                             | - 480                             | - 480                             | - 480                                 | - 480     | - 480     | - 480
sip:home.example                                   | 404                               | 404                               | 404                                   | 404       | 404       | 404
sip:x@away.example                                 | away                              | 403                               | away                                  | 403       | 403       | 403
sip:x@stream.example                               | stream                            | 403                               | stream                                | 403       | 403       | 403
sips:x@away.example                                | - 480                             | 403                               | - 480                                 | 403       | 403       | 403
sip:x@pinned.example                               | pinned                            | 403                               | pinned                                | 403       | 403       | 403
sip:x@lan.example                                  | lan                               | 403                               | lan                                   | 403       | 403       | 403
sip:x@evil.example                                 | - 403                             | 403                               | - 403                                 | 403       | 403       | 403
sip:x@unknown.example                              | - 404                             | 403                               | - 404                                 | 403       | 403       | 403
sip:10.0.0.9                                       | neighbour                         | 403                               | neighbour                             | 403       | 403       | 403
sip:x@127.0.0.1                                    | - 403                             | 403                               | - 403                                 | 403       | 403       | 403
sip:+4930123456@itsp.example                       | - 403                             | 403                               | - 403                                 | 403       | 403       | 403
sip:+4930123456@192.0.2.201                        | - 403                             | 403                               | - 403                                 | 403       | 403       | 403
OPTIONS sip:home.example                           | 200                               | 200                               | 200                                   | 200       | 200       | 200
OPTIONS sip:bob@home.example                       | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
MESSAGE sip:bob@home.example                       | bob, bob2                         | bob, bob2                         | bob, bob2                             | bob, bob2 | bob, bob2 | bob, bob2
MESSAGE sip:paul@home.example                      | 480                               | 480                               | 480                                   | 480       | 480       | 480
MESSAGE sip:030123456@home.example                 | - 480                             | 405                               | - 480                                 | 404       | 404       | 404
MESSAGE sip:x@away.example                         | away                              | 403                               | away                                  | 403       | 403       | 403
SUBSCRIBE sip:bob@home.example                     | bob, bob2                         | bob, bob2                         | bob, bob2                             | 403       | 403       | 403
PUBLISH sip:alice@home.example                     | 405                               | 405                               | 405                                   | 405       | 405       | 405
REFER sip:bob@home.example                         | bob, bob2                         | bob, bob2                         | bob, bob2                             | 403       | 403       | 403
INFO sip:x@pinned.example                          | pinned                            | 403                               | pinned                                | 403       | 403       | 403
MESSAGE sip:112@home.example                       | 405                               | 405                               | 405                                   | 404       | 404       | 404
MESSAGE sip:gus@open.example                       | gus                               | gus                               | gus                                   | gus       | gus       | gus
SUBSCRIBE sip:gus@open.example                     | gus                               | gus                               | gus                                   | 403       | gus       | 403
`;

/** The same for what the telephone company calls at our address, or asks for there otherwise. */
const CALLED = `
+49305551           | alice
+49305552           | bob, bob2, kim
+49305553           | bob, bob2, itsp +49301112233, kim
+49305554           | 480
+49305555           | olga, itsp +49305550000
+49305556           | away
MESSAGE +49305551   | alice
MESSAGE +49305552   | bob, bob2, kim
MESSAGE +49305554   | 480
MESSAGE +49305556   | 404
MESSAGE alice       | 404
OPTIONS +49305551   | 200
OPTIONS alice       | 200
OPTIONS anything    | 200
SUBSCRIBE +49305551 | 403
0305551             | alice
03055-51            | alice
+49(0)305552        | bob, bob2, kim
305551              | 404
5551                | 404
+49305559           | 404
030123456           | 404
+4930123456         | 404
112                 | 404
alice               | 404
kitchen             | 404
bob                 | 404
600                 | 404
anything            | 404
sos                 | 404
`;

const cells = (table: string): readonly (readonly string[])[] =>
  table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((text) => text.trim()));
const [COLUMNS, ...ROWS] = cells(TABLE);
const callers = COLUMNS!.slice(1);

/** `MESSAGE bob`, `bob`. */
function words(text: string): readonly [method: string, target: string] {
  const method = /^[A-Z]+(?= )/.exec(text)?.[0];
  return method === undefined ? ['INVITE', text] : [method, text.slice(method.length + 1)];
}

/** `MESSAGE sip:bob@home.example`, `tel:202`, `bob`. */
function asked(text: string): readonly [method: string, target: string] {
  const [method, target] = words(text);
  return [method, method !== 'INVITE' || /^[a-z]+:/.test(target) ? target : `sip:${target}@home.example`];
}

/** Members of a group ring in whichever order. */
const inOrder = (text: string, places: string): string =>
  /^(?:Targets)? +at the same time:/m.test(text) ? places.split(', ').sort().join(', ') : places;

/** What was foretold of a request, and what happened to it. */
async function compared(house: TollHouse, who: string, method: string, target: string) {
  const text = await printed(house, who, method, target);
  const told = inOrder(text, foretold(text, method));
  const caller = house.caller(who);
  house.desk.net.clear();
  caller.phone.inbox.length = 0;
  const line = who === 'provider' ? /;line=[^;]*/.exec(house.contact)![0] : '';
  const request = house.send(caller, method, `${target}${line}`);
  house.settle();
  const status = house.answer(caller, request);
  const places = inOrder(text, reached(house, method));
  const happened = places !== '' ? places : told === '-' ? `- ${status}` : status;
  return { told: told === '-' ? happened.replace(/^[^-].*/, '-') : told, happened };
}

test.each(ROWS)('route explain %s: what it says is what happens (house 5)', async (dialed, ...expected) => {
  const house = await explainHouse();
  const [method, target] = asked(dialed!);
  const found = [];
  for (const who of callers) found.push(await compared(house, who, method, target));
  const by = (texts: readonly (string | undefined)[]) => callers.map((who, i) => `${who}: ${texts[i]}`);
  assert.deepEqual(by(found.map(({ happened }) => happened)), by(expected));
  assert.deepEqual(by(found.map(({ told }) => told)), by(expected));
});

test.each(cells(CALLED))(
  'a call of the telephone company to %s: what route explain says is what happens',
  async (dialed, expected) => {
    const house = await explainHouse();
    const [method, number] = words(dialed!);
    const { told, happened } = await compared(house, 'provider', method, `sip:${number}@10.0.0.1`);
    assert.deepEqual({ told, happened }, { told: expected, happened: expected });
  },
);
