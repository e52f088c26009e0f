import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { Baresip } from './baresip.ts';
import { Lan, run, until } from './lan.ts';
import { dist, folder, pause, perform, said } from './on-stage.ts';
import { Sipwitch } from './sipwitch.ts';

// A house with an open domain and an account at a telephone company, and strangers. Judged by test/interop/anonymous.test.ts, started as
// stage.ts says.

const HOUSE = '203.0.113.10';
const TRUNK = '203.0.113.40';
const FOREIGN = '203.0.113.41';

const CONFIG = `[daemon]
domain = home.example
listen = udp:${HOUSE}:5060, tcp:${HOUSE}:5060
extensions = 200-299
local_accounts = none
[domain open.example]
inbound = anonymous
register = anonymous
outbound = off
[user alice]
extension = 201
published = yes
[user bob]
extension = 202
[provider itsp]
registrar = sip:${TRUNK}
register = no
username = acct
password = s3cret
inbound = bob
[dial outside]
match = 0.
strip = 1
to = provider itsp
`;

/** What comes to an address, by UDP or TCP: the first line of each message. It is well, and says so to who asks. */
async function ears(address: string): Promise<string[]> {
  run('ip', ['address', 'add', `${address}/32`, 'dev', 'br0']);
  const heard: string[] = [];
  const hear = (bytes: Buffer, answer: (text: string) => void) => {
    const lines = bytes.toString('latin1').split('\r\n');
    const same = lines.filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
    if (/^OPTIONS /.test(lines[0]!)) answer(['SIP/2.0 200 OK', ...same, 'Content-Length: 0', '', ''].join('\r\n'));
    else heard.push(lines[0]!);
  };
  const udp = createSocket('udp4').on('message', (bytes, { address: host, port }) =>
    hear(bytes, (text) => udp.send(text, port, host)),
  );
  const tcp = createServer((stream) => stream.on('data', (bytes) => hear(bytes, (text) => stream.write(text))));
  await new Promise<void>((done) => udp.bind(5060, address, done));
  await new Promise<void>((done) => tcp.listen(5060, address, done));
  return heard;
}

/** What became of a call that nobody shall take. */
async function refused(caller: Baresip, uri: string): Promise<string> {
  const since = caller.events.length;
  caller.command('dial', uri);
  const closed = await caller.event('CALL_CLOSED', 8_000, since);
  const answered = caller.events.slice(since).some(({ type }) => /RINGING|ESTABLISHED/.test(type));
  return `${answered ? 'it rang; ' : ''}${closed.param}`;
}

/** For how many seconds each heard the other, and who the callee was told is calling. */
async function call(caller: Baresip, uri: string, callee: Baresip, tones: readonly [number, number]) {
  await pause(1_050); // recordings are named by the second
  const [since, there] = [caller.events.length, callee.events.length];
  caller.command('dial', uri);
  await caller.event('CALL_RINGING', 5_000, since);
  await caller.event('CALL_ESTABLISHED', 5_000, since);
  const { param: from } = await callee.event('CALL_ESTABLISHED', 5_000, there);
  await pause(1_800);
  caller.command('hangup');
  await callee.event('CALL_CLOSED', 5_000, there);
  await pause(200);
  return { from, callee: callee.heard(tones[0]), caller: caller.heard(tones[1]) };
}

async function main(): Promise<void> {
  const lan = new Lan(folder);
  const [house, street] = [lan.host('house', 10), lan.host('street', 66)];
  const dnsmasq = await lan.names([
    'srv-host=_sip._udp.open.example,sip.open.example,5060,10,50',
    `host-record=sip.open.example,${HOUSE}`,
    `host-record=far.example,${FOREIGN}`,
  ]);
  const [trunk, foreign] = [await ears(TRUNK), await ears(FOREIGN)];
  const daemon = new Sipwitch(house, 'sipwitchd', dist);
  daemon.configure(CONFIG);
  await daemon.start();
  daemon.passwd('alice', 'secret');
  daemon.passwd('bob', 'secret');
  await until(() => /^itsp .* up /m.test(daemon.ctl('provider', 'list')), 15_000, 'provider that is up');

  const alice = new Baresip(house, 'alice', { aor: 'alice@home.example', password: 'secret', server: HOUSE, tone: 440 });
  const stranger = new Baresip(street, 'stranger', { aor: 'stranger@elsewhere.example', tone: 1000 });
  // The same one, who sends everything to the house.
  const relaying = { aor: 'stranger@elsewhere.example', server: HOUSE, tone: 1000 };
  const pushy = new Baresip(street, 'pushy', relaying, 4445);
  const guest = new Baresip(street, 'guest', { aor: 'guest@open.example', password: '', server: HOUSE, tone: 700 }, 4446);
  await Promise.all([alice.ready(), stranger.ready(false), pushy.ready(false), guest.ready()]);

  said.stranger = await call(stranger, 'sip:alice@open.example', alice, [1000, 440]);
  const dialed = ['sip:201@open.example', 'sip:bob@open.example', 'sip:nobody@open.example', 'sip:0030123456@open.example'];
  for (const uri of dialed) said[uri] = await refused(stranger, uri);
  for (const uri of ['sip:+4930123456@open.example', `sip:201@${HOUSE}`]) said[uri] = await refused(stranger, uri);
  said['sip:bob@far.example'] = await refused(pushy, 'sip:bob@far.example');
  said[`sip:0030123456@${TRUNK}`] = await refused(pushy, `sip:0030123456@${TRUNK}`);

  said.guest = await call(stranger, 'sip:guest@open.example', guest, [1000, 700]);
  said['alice calls the guest'] = await call(alice, 'sip:guest@open.example', guest, [440, 700]);
  const out = ['sip:0030123456@open.example', 'sip:201@open.example', 'sip:bob@far.example', `sip:0030123456@${TRUNK}`];
  for (const uri of out) said[`guest: ${uri}`] = await refused(guest, uri);

  await pause(500);
  said.trunk = [...trunk];
  said.foreign = [...foreign];
  said['looked up'] = dnsmasq.lines.filter((line) => /query\[.*far\.example/.test(line)).length;

  // The same ears hear a user.
  alice.command('dial', '0030123456');
  alice.command('dial', 'sip:bob@far.example');
  await until(() => trunk.length > 0 && foreign.length > 0, 5_000, 'call of alice outside');
  said['for alice'] = [trunk[0], foreign[0]];
}

perform(main);
