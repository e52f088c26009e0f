import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Baresip } from './baresip.ts';
import { Authority } from './certificates.ts';
import { itspAt, kamailio } from './kamailio.ts';
import { Lan, until } from './lan.ts';
import { Linphone } from './linphone.ts';
import { dist, folder, pause, perform, said } from './on-stage.ts';
import { Sipwitch } from './sipwitch.ts';

// A house with phones, Kamailio as its telephone company, and two phones of the telephone network behind that. Judged by
// test/interop/bridge.test.ts, started as stage.ts says.

const ended: { end(): Promise<void> }[] = [];
const authorities = join(folder, 'authority.pem');

const HOUSE = 'home.example';
/** What the phones of the house dial, and where that rings. */
const [FAR, FARTHER] = ['15550001', '15550002'];
const TONES = { alice: 440, bob: 600, carol: 800, far: 1000, farther: 1200, dave: 1400, erin: 1600 } as const;
type Name = keyof typeof TONES;

const config = (address: string, provider: string): string => `[daemon]
domain = ${HOUSE}
local_accounts = none
listen = udp:${address}:5060, tcp:${address}:5060
tls_listen = tls:${address}:5061
tls_certificate = ${folder}/house.pem
tls_key = ${folder}/house.key
tls_authorities = ${authorities}
extensions = 200-299
country_code = 49
trunk_prefix = 0
international_prefix = 00
${['alice', 'bob', 'carol', 'dave', 'erin'].map((name, i) => `[user ${name}]\nextension = ${201 + i}\n`).join('')}
[group all]
extension = 210
members = alice, bob
[provider itsp]
registrar = sip:${provider}
domain = itsp.example
transport = udp
username = acct
password = s3cret
number_format = dialed
inbound = all
number_+49301 = alice
number_+49302 = bob
number_+49304 = dave
[dial outside]
match = 0.
strip = 1
to = provider itsp
`;

const phones = {} as Record<Name, Baresip>;

/** For how many seconds each hears the other within one and a half from now on. */
async function between(one: Name, other: Name): Promise<{ readonly [name: string]: number }> {
  const look = () => [phones[one].heard(TONES[other]), phones[other].heard(TONES[one])] as const;
  const [before, there] = look();
  await pause(1_500);
  const [now, then] = look();
  return { [one]: now - before, [other]: then - there };
}

/** A call that is taken at once; recordings are named by the second. */
async function calls(from: Name, uri: string, to: Name): Promise<void> {
  const [here, there] = [phones[from].events.length, phones[to].events.length];
  await pause(1_050);
  phones[from].command('dial', uri);
  await phones[from].event('CALL_ESTABLISHED', 10_000, here);
  await phones[to].event('CALL_ESTABLISHED', 5_000, there);
}

/** Does something; what it brings to each phone. */
async function bringing(act: () => void, ...wanted: readonly (readonly [Name, string])[]): Promise<void> {
  const since = wanted.map(([name]) => phones[name].events.length);
  act();
  for (const [i, [name, type]] of wanted.entries()) await phones[name].event(type, 10_000, since[i]);
}

const command = (name: Name, word: string, params = '') => phones[name].command(word, params);
const outside = (number: string) => `sip:0${number}@${HOUSE}`;

/** What is left in the tables of the daemon. */
function left(daemon: Sipwitch): Record<string, number> {
  const counts = JSON.parse(daemon.ctl('debug', 'counts', '--json')) as { name: string; count: number }[];
  const wanted = ['calls', 'requests under way', 'bridged calls', 'dialogs of the bridge', 'bugs'];
  return Object.fromEntries(counts.filter(({ name }) => wanted.includes(name)).map(({ name, count }) => [name, count]));
}

/** Packets that reach two phones from now on, in one and a half seconds: sound is 50 a second. */
async function packets(one: Name, other: Name): Promise<{ readonly [name: string]: number }> {
  const look = () => [phones[one].received, phones[other].received] as const;
  const [before, there] = look();
  await pause(1_500);
  const [now, then] = look();
  return { [one]: now - before, [other]: then - there };
}

/** But for those of registrations, which go on. */
function transactions(daemon: Sipwitch): string[] {
  const all = JSON.parse(daemon.ctl('debug', 'transactions', '--json')) as { method: string; state: string }[];
  return all
    .filter(({ method }) => method !== 'REGISTER' && method !== 'OPTIONS')
    .map(({ method, state }) => `${method} ${state}`);
}

/** Calls out, holds, talks on, and is hung up by the far side. baresip 1.0 records nothing after a hold, so that packets are counted. */
async function holds(): Promise<unknown> {
  await calls('alice', outside(FAR), 'far');
  const talk = await between('alice', 'far');
  command('alice', 'hold');
  await pause(500);
  const held = await packets('alice', 'far');
  command('alice', 'resume');
  await pause(500);
  const again = await packets('alice', 'far');
  await bringing(() => command('far', 'hangup'), ['alice', 'CALL_CLOSED']);
  return { talk, held, again };
}

/** The company's call is given to bob: alice hangs up when she hears that it went well. */
async function transfers(): Promise<unknown> {
  await calls('far', 'sip:+49301@itsp.example', 'alice');
  await pause(500);
  await bringing(() => command('alice', 'transfer', `sip:bob@${HOUSE}`), ['bob', 'CALL_ESTABLISHED'], ['alice', 'CALL_CLOSED']);
  await pause(500);
  const talk = await between('far', 'bob');
  await bringing(() => command('bob', 'hangup'), ['far', 'CALL_CLOSED']);
  return talk;
}

/** To what costs money: never. To one who is busy: the call goes on. baresip 1.0 hangs up when a transfer fails, linphonec does not; it sends digits by INFO. */
async function fails(dave: Linphone): Promise<unknown> {
  dave.listen();
  await pause(1_050);
  await bringing(() => command('far', 'dial', 'sip:+49304@itsp.example'), ['far', 'CALL_ESTABLISHED']);
  await pause(500);
  const goesOn = async (why: RegExp) => {
    await until(() => why.test(dave.wire), 10_000, `${why}`);
    await pause(500);
    const before = phones.far.heard(TONES.dave);
    await pause(1_500);
    return phones.far.heard(TONES.dave) - before;
  };
  dave.transfer(outside(FARTHER));
  const cost = await goesOn(/SIP\/2\.0 403 Forbidden \(a call to 15550002 costs money/);
  await bringing(() => dave.transfer(`sip:carol@${HOUSE}`), ['carol', 'CALL_INCOMING']);
  command('carol', 'hangup');
  const busy = await goesOn(/SIP\/2\.0 486 /);
  const events = phones.far.events.length;
  dave.digits('5');
  const { param: digit } = await phones.far.event('CALL_DTMF_START', 5_000, events);
  await bringing(() => dave.hangUp(), ['far', 'CALL_CLOSED']);
  return { cost, busy, digit, dave: dave.heard(TONES.far) };
}

/** Who hangs up before the target has answered is rung back where it does not. */
async function recalls(): Promise<unknown> {
  await calls('far', 'sip:+49301@itsp.example', 'alice');
  await pause(500);
  await bringing(() => command('alice', 'transfer', `sip:carol@${HOUSE}`), ['carol', 'CALL_INCOMING']);
  await bringing(() => command('alice', 'hangup'), ['alice', 'CALL_CLOSED']);
  await pause(1_050);
  await bringing(() => command('carol', 'hangup'), ['alice', 'CALL_ESTABLISHED']);
  await pause(500);
  const talk = await between('far', 'alice');
  await bringing(() => command('alice', 'hangup'), ['far', 'CALL_CLOSED']);
  return talk;
}

/** The company may move its own call where its calls lead, and nowhere else. */
async function referred(): Promise<unknown> {
  const [carols, before] = [phones.carol.events.length, phones.far.events.length];
  for (const to of [`sip:carol@${HOUSE}`, outside(FARTHER)]) {
    await calls('alice', outside(FAR), 'far');
    await pause(500);
    await bringing(() => command('far', 'transfer', to), ['far', 'TRANSFER_FAILED'], ['alice', 'CALL_CLOSED']);
  }
  const refused = phones.far.events.slice(before).flatMap(({ type, param }) => (type === 'TRANSFER_FAILED' ? [param] : []));
  await calls('alice', outside(FAR), 'far');
  await pause(500);
  await bringing(() => command('far', 'transfer', `sip:bob@${HOUSE}`), ['bob', 'CALL_ESTABLISHED'], ['far', 'CALL_CLOSED']);
  await pause(500);
  const moved = await between('alice', 'bob');
  await bringing(() => command('alice', 'hangup'), ['bob', 'CALL_CLOSED']);
  return { refused, moved, carol: phones.carol.events.length - carols };
}

/** A group of two: the first that answers has it, the other one is told who was faster. */
async function first(two: readonly [Name, Name]): Promise<unknown> {
  const [winner, loser] = two;
  await bringing(() => command('far', 'dial', 'sip:+49309@itsp.example'), [winner, 'CALL_INCOMING'], [loser, 'CALL_INCOMING']);
  await bringing(
    () => command(winner, 'accept'),
    [winner, 'CALL_ESTABLISHED'],
    ['far', 'CALL_ESTABLISHED'],
    [loser, 'CALL_CLOSED'],
  );
  const talk = await between('far', winner);
  const cancel = phones[loser].wire.match(/CANCEL sips?:[\s\S]*?\n\s*\n/g)?.at(-1) ?? '';
  await bringing(() => command('far', 'hangup'), [winner, 'CALL_CLOSED']);
  return { talk, reason: /^Reason: *(.*?)\s*$/m.exec(cancel)?.[1] };
}

/** sipwitchctl ends a call, on both sides. */
async function endedByOperator(daemon: Sipwitch): Promise<unknown> {
  await calls('alice', outside(FAR), 'far');
  const [call] = JSON.parse(daemon.ctl('call', 'list', '--json')) as { id: string }[];
  const hangUp = () => void daemon.ctl('call', 'hangup', call?.id ?? '');
  await bringing(hangUp, ['alice', 'CALL_CLOSED'], ['far', 'CALL_CLOSED']);
  return left(daemon);
}

async function main(): Promise<void> {
  const authority = new Authority();
  writeFileSync(authorities, authority.certificate);
  const { certificate, key } = authority.issue({ names: `DNS:${HOUSE},IP:203.0.113.10` });
  writeFileSync(join(folder, 'house.pem'), certificate);
  writeFileSync(join(folder, 'house.key'), key);
  authority.close();
  const lan = new Lan(folder);
  const [house, itsp, far, farther] = [lan.host('house', 10), lan.host('itsp', 20), lan.host('far', 31), lan.host('farther', 32)];
  const homes = (['alice', 'bob', 'carol', 'dave', 'erin'] as const).map((name, i) => lan.host(name, 41 + i));
  const onward = `if ($rU == "${FAR}") $du = "sip:${far.address}:5060"; else $du = "sip:${farther.address}:5060";`;
  ended.push(itsp.start('kamailio', 'kamailio', kamailio(join(folder, 'kamailio'), itspAt(itsp.address, onward))));
  const daemon = new Sipwitch(house, 'sipwitchd', dist);
  daemon.configure(config(house.address, itsp.address));
  await daemon.start();
  ended.push(daemon);
  for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) daemon.passwd(name, 'secret');
  for (const [name, number, host] of [
    ['far', FAR, far],
    ['farther', FARTHER, farther],
  ] as const)
    phones[name] = new Baresip(host, name, {
      aor: `${number}@pstn.example`,
      server: itsp.address,
      tone: TONES[name],
      port: 5060,
    });
  const atHome = (transport: 'udp' | 'tls', rings: readonly Name[]) => {
    const server = transport === 'tls' ? `${house.address}:5061` : house.address;
    for (const [i, name] of (['alice', 'bob', 'carol'] as const).entries()) {
      const account = { aor: `${name}@${HOUSE}`, password: 'secret', server, transport, authorities, tone: TONES[name] };
      phones[name] = new Baresip(homes[i]!, `${name}-${transport}-${rings.length}`, { ...account, rings: rings.includes(name) });
    }
    return Promise.all([phones.alice.ready(), phones.bob.ready(), phones.carol.ready()]);
  };
  const home = async (transport: 'udp' | 'tls', rings: readonly Name[]) => {
    await Promise.all((['alice', 'bob', 'carol'] as const).map((name) => phones[name]?.end()));
    await atHome(transport, rings);
  };
  await Promise.all([phones.far.ready(false), phones.farther.ready(false)]);
  await until(() => daemon.ctl('provider', 'list').includes('up'), 10_000, 'registration at the provider');

  const [dave, erin] = (['dave', 'erin'] as const).map((name, i) => {
    const account = { aor: `${name}@${HOUSE}`, password: 'secret', server: house.address, tone: TONES[name] };
    return new Linphone(homes[3 + i]!, name, account);
  }) as [Linphone, Linphone];
  ended.push(dave, erin);
  await Promise.all([dave.ready(), erin.ready(), home('udp', ['carol'])]);
  said.hold = await holds();
  said.transfer = await transfers();
  said.recall = await recalls();
  said.referred = await referred();
  said.operator = await endedByOperator(daemon);
  said.fails = await fails(dave);
  said.connected = await connects(dave);
  said['connected at home'] = await connectsHome(dave, erin);
  await home('udp', ['alice', 'bob']);
  said.first = await first(['bob', 'alice']);
  await home('tls', ['carol']);
  said['tls hold'] = await holds();
  said['tls transfer'] = await transfers();
  await home('tls', ['alice', 'bob']);
  said['tls first'] = await first(['alice', 'bob']);
  said.left = left(daemon);
  // Timers of 32 seconds are the longest.
  await until(() => transactions(daemon).length === 0, 45_000, 'end of all transactions');
  said.transactions = transactions(daemon);
}

/** Two calls of the company, joined by the phone that has both. */
async function connects(dave: Linphone): Promise<unknown> {
  dave.listen();
  await pause(1_050);
  await bringing(() => dave.dial(outside(FAR)), ['far', 'CALL_ESTABLISHED']);
  const one = await dave.connected(5_000);
  await dave.hold();
  await bringing(() => dave.dial(outside(FARTHER)), ['farther', 'CALL_ESTABLISHED']);
  const two = await dave.connected(5_000);
  await pause(500);
  dave.connect(one, two);
  await dave.says(new RegExp(`Call ${two} .*ended`), 10_000);
  await pause(1_000);
  const { farther } = await between('far', 'farther');
  const sound = await packets('far', 'farther');
  await bringing(() => command('far', 'hangup'), ['farther', 'CALL_CLOSED']);
  return { hears: farther, sound };
}

/** A call of the company, given to somebody in the house who was asked before. */
async function connectsHome(dave: Linphone, erin: Linphone): Promise<unknown> {
  dave.listen();
  await pause(1_050);
  await bringing(() => dave.dial(outside(FAR)), ['far', 'CALL_ESTABLISHED']);
  const one = await dave.connected(5_000);
  await dave.hold();
  erin.listen();
  dave.dial(`sip:erin@${HOUSE}`);
  const two = await dave.connected(5_000);
  await pause(500);
  dave.connect(one, two);
  await dave.says(new RegExp(`Call ${one} .*ended`), 10_000);
  await pause(1_000);
  const { far } = await packets('far', 'farther');
  await bringing(() => erin.hangUp(), ['far', 'CALL_CLOSED']);
  return { far, hears: erin.heard(TONES.far) };
}

perform(main);
