import { TollHouse } from './toll-house.ts';

/** A house with everything that can be dialed. Passwords are names. */
export const DIALED = `[daemon]
domain = home.example
listen = udp:10.0.0.1:5060, tcp:10.0.0.1:5060
tls_listen = tls:10.0.0.1:5061
tls_certificate = /c
tls_key = /k
tls_client_certificates = ask
extensions = 200-699
country = DE
area_code = 30
enum = e164.test
emergency = 112, 110
[domain home.example]
inbound = anonymous
[domain second.example]
inbound = authenticated
[domain closed.example]
inbound = off
outbound = off
[domain open.example]
inbound = anonymous
register = anonymous
[class kid]
may = internal
[class world]
may = internal, peers, paid, international, premium
[user alice]
extension = 201
published = yes
[user bob]
extension = 202
published = yes
[user carol]
extension = 203
published = yes
dnd = yes
[user kim]
extension = 204
class = kid
[user ian]
extension = 206
class = world
blocked = @listed.example
published = yes
anonymous = no
[user gone]
extension = 207
published = yes
[user olga]
extension = 208
published = yes
forward_busy = 0305550000
[user paul]
extension = 209
published = yes
forward_all = 0306660000
[user quin]
extension = 210
published = yes
class = kid
forward_all = 0306660000
[user rosa]
extension = 211
published = yes
forward_all = sip:x@away.example
[user saul]
extension = 212
published = yes
forward_offline = olga
[group kitchen]
extension = 600
members = bob, kim
[group doors]
extension = 601
members = kitchen, 0301112233, gone
[group empty]
extension = 602
members = gone
[provider itsp]
registrar = sip:itsp.example
username = 1234567
password = secret
number_+49305551 = alice
number_+49305552 = kitchen
number_+49305553 = doors
number_+49305554 = gone
number_+49305555 = olga
number_+49305556 = sip:x@away.example
[provider other]
registrar = sip:other.example
register = no
username = 7654321
classes = world
[peer listed.example]
via = 198.51.100.9
[peer pinned.example]
via = 198.51.100.20:5070
[speed 77]
to = +4930777777
[speed 78]
to = sip:x@away.example
[speed alice/79]
to = bob
[dial dear]
match = 0190!
refuse = those cost too much
[dial operator]
match = 9
replace = 202
[dial out]
match = 9X!
strip = 1
[dial world]
match = 00X!
to = provider other, provider itsp
classes = world
[dial outside]
match = 0X!
to = provider itsp
[dial local]
match = ZXXXX!
to = provider itsp
[access anywhere]
network = 0.0.0.0/0
`;

/** What the name service knows besides the telephone company. */
export const NAMES = `
_sip._udp.away.example 60 SRV 10 0 5060 a.away.example
a.away.example 60 A 192.0.2.10
_sip._tcp.stream.example 60 SRV 10 0 5060 a.stream.example
a.stream.example 60 A 192.0.2.20
lan.example 60 A 10.0.0.7
evil.example 60 A 127.0.0.1
other.example 60 A 192.0.2.202
9.9.9.9.9.9.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:info@away.example! .
`;

/** Who is where, by the way that the first packet takes. */
const PLACES: Readonly<Record<string, string>> = {
  'udp:10.0.0.2:5060': 'alice',
  'udp:10.0.0.3:5060': 'bob',
  'tcp:10.0.0.13': 'bob2',
  'udp:10.0.0.5:5060': 'kim',
  'udp:10.0.0.16:5060': 'ian',
  'udp:10.0.0.17:5060': 'carol',
  'udp:10.0.0.18:5060': 'olga',
  'udp:10.0.0.19:5060': 'quin',
  'udp:10.0.0.8:5060': 'gus',
  'udp:192.0.2.10:5060': 'away',
  'tcp:192.0.2.20:5060': 'stream',
  'udp:198.51.100.20:5070': 'pinned',
  'udp:10.0.0.7:5060': 'lan',
  'udp:10.0.0.9:5060': 'neighbour',
  'udp:192.0.2.201:5060': 'itsp',
  'udp:192.0.2.202:5060': 'other',
};

/** The toll house with more that can be dialed, where phones are busy and all others know nobody: every way is gone to its end. */
export async function explainHouse(): Promise<TollHouse> {
  const house = await TollHouse.open('', { config: DIALED, zone: NAMES });
  const second = await house.desk.phone('bob', '10.0.0.13', 5060, 'tcp');
  second.register([`Contact: ${second.contact};q=0.5`, 'Expires: 3600']);
  house.join(second);
  for (const [user, address] of [
    ['ian', '10.0.0.16'],
    ['carol', '10.0.0.17'],
    ['olga', '10.0.0.18'],
    ['quin', '10.0.0.19'],
  ] as const)
    await house.add(user, address);
  for (const [user, address, port, transport] of [
    ['away', '192.0.2.10', 5060, 'udp'],
    ['stream', '192.0.2.20', 5060, 'tcp'],
    ['pinned', '198.51.100.20', 5070, 'udp'],
    ['lan', '10.0.0.7', 5060, 'udp'],
    ['neighbour', '10.0.0.9', 5060, 'udp'],
    ['other', '192.0.2.202', 5060, 'udp'],
  ] as const) {
    const phone = await house.desk.phone(user, address, port, transport);
    if (transport === 'tcp') await phone.listen();
    house.join(phone);
    house.script.set(user, (invite, at) => at.answer(invite, 404, 'Not Found'));
  }
  house.script.set('itsp', (invite, at) => at.answer(invite, 404, 'Not Found'));
  // The other telephone company was not there when it was asked first.
  for (let tries = 0; tries < 20 && house.desk.providers?.state('other').up !== true; tries++) house.settle();
  house.otherwise = [480, 'Temporarily Unavailable'];
  house.desk.net.clear();
  return house;
}

/** Where the server has sent requests of a method, in order, each place once: `bob, itsp +4930123456`. */
export function reached(house: TollHouse, method: string): string {
  const places: string[] = [];
  for (const { from, to, text } of house.desk.net.wire) {
    if (from.host !== '10.0.0.1' || !text.startsWith(`${method} `)) continue;
    const [, user, transport] = /^\S+ [^: ]*:([^@ ;]*).*?\r\nVia: SIP\/2\.0\/(\S+)/s.exec(text)!;
    if (method === 'OPTIONS' && /^(?:itsp|other)\.example$/.test(user!)) continue; // that is whether the telephone company is there
    const said = place(`${transport!.toLowerCase()}:${to.host}:${to.port}`, user);
    if (!places.includes(said)) places.push(said);
  }
  return places.join(', ');
}

/** The name of a place, and what a telephone company there is asked for. */
export function place(hop: string, number: string | undefined): string {
  // A connection has a port that nobody chose.
  const name = PLACES[hop] ?? PLACES[hop.replace(/:[0-9]+$/, '')] ?? hop;
  return name === 'itsp' || name === 'other' ? `${name} ${number}` : name;
}
