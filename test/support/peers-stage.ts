import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Baresip } from './baresip.ts';
import { Authority } from './certificates.ts';
import { kamailio } from './kamailio.ts';
import { type Host, Lan } from './lan.ts';
import { Linphone } from './linphone.ts';
import { dist, folder, pause, perform, said } from './on-stage.ts';
import { Sipwitch } from './sipwitch.ts';

// Two daemons and Kamailio, three domains that know each other by DNS alone. Judged by test/interop/peers.test.ts, started as stage.ts says.

const ended: { end(): Promise<void> }[] = [];
const authorities = join(folder, 'authority.pem');

function config(domain: string, user: string, address: string, more = ''): string {
  return `[daemon]
domain = ${domain}
local_accounts = none
listen = udp:${address}:5060, tcp:${address}:5060
tls_listen = tls:${address}:5061
tls_certificate = ${folder}/${domain}.pem
tls_key = ${folder}/${domain}.key
tls_authorities = ${authorities}
[domain ${domain}]
inbound = anonymous
[user ${user}]
published = yes
${more}`;
}

async function house(host: Host, domain: string, user: string, more = ''): Promise<Sipwitch> {
  const daemon = new Sipwitch(host, domain, dist);
  daemon.configure(config(domain, user, host.address, more));
  await daemon.start();
  ended.push(daemon);
  daemon.passwd(user, 'secret');
  return daemon;
}

/** A registrar and proxy that finds other domains by DNS, with carol. */
const REGISTRAR = {
  domain: 'k.test',
  settings: 'dns_try_naptr=yes\nuse_dns_cache=on',
  route: `  if (is_method("REGISTER")) { save("location"); exit; }
  remove_hf("Route");  # phones name us as their outbound proxy
  record_route();
  if (uri == myself && !lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_relay();`,
};

/** Calls, lets both talk, hangs up: milliseconds until it rang, and for how many seconds each heard the other. */
async function call(caller: Baresip, uri: string, callee: Baresip, tones: readonly [number, number]) {
  const [before, there] = [caller.events.length, callee.events.length];
  await pause(1_050); // recordings are named by the second
  const began = Date.now();
  caller.command('dial', uri);
  const rings = await caller.event('CALL_RINGING', 10_000, before);
  await caller.event('CALL_ESTABLISHED', 5_000, before);
  await callee.event('CALL_ESTABLISHED', 5_000, there);
  await pause(2_500);
  caller.command('hangup');
  await callee.event('CALL_CLOSED', 5_000, there);
  await pause(200);
  return { rings: rings.at - began, callee: callee.heard(tones[0]), caller: caller.heard(tones[1]) };
}

async function secure(caller: Linphone, uri: string, callee: Linphone, tones: readonly [number, number]) {
  caller.listen();
  callee.listen();
  const began = Date.now();
  caller.dial(uri);
  await caller.says(/ringing|connected/, 10_000);
  const rings = Date.now() - began;
  await Promise.all(
    [caller, callee].map((one) => one.says(/StreamsRunning|Media streams established|Call \d+ .*connected/, 10_000)),
  );
  await pause(3_000);
  caller.hangUp();
  await callee.says(/Call \d+ .*ended|Call terminated/, 5_000);
  await pause(300);
  return { rings, callee: callee.heard(tones[0]), caller: caller.heard(tones[1]) };
}

const NAMES = [
  ...['a', 'b'].flatMap((name, i) => [
    `srv-host=_sip._udp.${name}.test,sip.${name}.test,5060,10,50`,
    `srv-host=_sip._tcp.${name}.test,sip.${name}.test,5060,10,50`,
    `srv-host=_sips._tcp.${name}.test,sip.${name}.test,5061,10,50`,
    `host-record=sip.${name}.test,203.0.113.${10 * (i + 1)}`,
    `naptr-record=${name}.test,10,50,S,SIP+D2U,,_sip._udp.${name}.test`,
    `naptr-record=${name}.test,20,50,S,SIPS+D2T,,_sips._tcp.${name}.test`,
  ]),
  'srv-host=_sip._udp.k.test,sip.k.test,5080,10,50',
  'host-record=sip.k.test,203.0.113.30',
  // f.test is b's as well; its first server is a black hole
  'host-record=hole.f.test,203.0.113.99',
  ...['_sip._udp.f.test', '_sips._tcp.f.test'].flatMap((srv) => [
    `srv-host=${srv},hole.f.test,${srv.startsWith('_sips') ? 5061 : 5060},1,50`,
    `srv-host=${srv},sip.b.test,${srv.startsWith('_sips') ? 5061 : 5060},20,50`,
  ]),
];

async function main(): Promise<void> {
  const authority = new Authority();
  writeFileSync(authorities, authority.certificate);
  for (const [domain, names] of [
    ['a.test', 'DNS:a.test'],
    ['b.test', 'DNS:b.test,DNS:f.test'],
  ] as const) {
    const { certificate, key } = authority.issue({ names });
    writeFileSync(join(folder, `${domain}.pem`), certificate);
    writeFileSync(join(folder, `${domain}.key`), key);
  }
  authority.close();
  const lan = new Lan(folder);
  const [a, b, k] = [lan.host('a', 10), lan.host('b', 20), lan.host('k', 30)];
  lan.hole(99, a, b, k);
  ended.push(await lan.names(NAMES));
  const words = kamailio(join(folder, 'kamailio'), { ...REGISTRAR, address: k.address, port: 5080 });
  ended.push(k.start('kamailio', 'kamailio', words));
  await house(a, 'a.test', 'alice', '[user amy]\npublished = yes\n').then((daemon) => daemon.passwd('amy', 'secret'));
  const more = '[domain f.test]\ninbound = anonymous\n[user ben]\npublished = yes\n';
  await house(b, 'b.test', 'bob', more).then((daemon) => daemon.passwd('ben', 'secret'));

  const alice = new Baresip(a, 'alice', { aor: 'alice@a.test', password: 'secret', server: 'a.test', tone: 440 });
  const bob = new Baresip(b, 'bob', { aor: 'bob@b.test', password: 'secret', server: 'b.test', tone: 1000 });
  const carol = new Baresip(k, 'carol', { aor: 'carol@k.test', password: 'none', server: 'k.test', tone: 700 });
  ended.push(alice, bob, carol);
  await Promise.all([alice.ready(), bob.ready(), carol.ready()]);
  said['a to b'] = await call(alice, 'sip:bob@b.test', bob, [440, 1000]);
  said['b to a'] = await call(bob, 'sip:alice@a.test', alice, [1000, 440]);
  said['a to k'] = await call(alice, 'sip:carol@k.test', carol, [440, 700]);
  said['k to a'] = await call(carol, 'sip:alice@a.test', alice, [700, 440]);
  said.failover = await call(alice, 'sip:bob@f.test', bob, [440, 1000]);
  said.hops = [...hops(bob.wire), ...hops(alice.wire)];
  await Promise.all([alice.end(), bob.end(), carol.end()]);
  const tls = { password: 'secret', transport: 'tls', authorities } as const;
  const ann = new Baresip(a, 'ann', { aor: 'alice@a.test', server: 'a.test', tone: 440, ...tls });
  const bea = new Baresip(b, 'bea', { aor: 'bob@b.test', server: 'b.test', tone: 1000, ...tls });
  ended.push(ann, bea);
  await Promise.all([ann.ready(), bea.ready()]);
  said['tls a to b'] = await call(ann, 'sip:bob@b.test', bea, [440, 1000]);
  said['tls b to a'] = await call(bea, 'sip:alice@a.test', ann, [1000, 440]);
  said['tls hops'] = [...hops(bea.wire), ...hops(ann.wire)];
  await Promise.all([ann.end(), bea.end()]);

  const amy = new Linphone(a, 'amy', { aor: 'amy@a.test', password: 'secret', tone: 440, authorities });
  const ben = new Linphone(b, 'ben', { aor: 'ben@b.test', password: 'secret', tone: 1000, authorities });
  ended.push(amy, ben);
  await Promise.all([amy.ready(), ben.ready()]);
  said['sips a to b'] = await secure(amy, 'sips:ben@b.test', ben, [440, 1000]);
  said['sips b to a'] = await secure(ben, 'sips:amy@a.test', amy, [1000, 440]);
  said['sips failover'] = await secure(amy, 'sips:ben@f.test', ben, [440, 1000]);
  said['sips hops'] = [...hops(ben.wire), ...hops(amy.wire)];
}

/** The Vias of every INVITE that came to a phone by a domain that is not its own. */
function hops(wire: string): string[] {
  const invites = wire.match(/INVITE sips?:.* SIP\/2\.0[\s\S]*?\n\s*\n/g) ?? [];
  const vias = invites.map((text) => [...text.matchAll(/Via: SIP\/2\.0\/(\S+ [0-9.]+)/g)].map(([, hop]) => hop).join(', '));
  return [...new Set(vias.filter((hops) => hops.includes(',')))];
}

perform(main);
