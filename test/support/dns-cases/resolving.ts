import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DnsStub } from '../dns-stub.ts';
import { Sink } from '../sink.ts';
import type { Case, Outcome } from './scene.ts';

// What is remembered, and what if the name server errs: D19 to D23, D30 of dns-cases.csv.

const short = ({ status, ms }: Outcome) => [status, ms];

const D19: Case = async (scene) => {
  scene.publish('_sip._udp.d19.test 5 SRV 1 1 5060 host.d19.test\nhost.d19.test 5 A 192.0.2.19\nd19.test 5 A 192.0.2.19');
  await new Sink().udp('192.0.2.19');
  const counts: number[] = [];
  const srv = () => scene.asked('d19.test').filter((question) => question === 'SRV _sip._udp.d19.test').length;
  for (const wait of [0, 0, 5_000]) {
    await pause(wait);
    await scene.call('MESSAGE', 'sip:u@d19.test');
    counts.push(srv());
  }
  return counts;
};

const D20: Case = async (scene) => {
  scene.publish('nx20.test 60 SOA 5');
  const calls: (readonly number[])[] = [];
  const counts: number[] = [];
  for (const wait of [0, 2_000, 3_500]) {
    await pause(wait);
    calls.push(short(await scene.call('INVITE', 'sip:u@nx20.test')));
    counts.push(scene.asked('nx20.test').length);
  }
  return { calls, again: counts.map((count) => count > counts[0]!) };
};

const D23: Case = async (scene) => {
  scene.publish(
    '_sip._udp.d23.test 60 CNAME one.d23.test\none.d23.test 60 CNAME two.d23.test\ntwo.d23.test 60 SRV 1 1 5060 c.d23.test',
  );
  scene.publish('c.d23.test 60 CNAME host.d23.test\nhost.d23.test 60 A 192.0.2.23');
  scene.publish('d23-loop.test 60 CNAME d23-pool.test\nd23-pool.test 60 CNAME d23-loop.test');
  const sink = await new Sink().udp('192.0.2.23');
  const chain = await scene.call('INVITE', 'sip:u@d23.test');
  const loop = await scene.call('INVITE', 'sip:u@d23-loop.test');
  return { chain: chain.status, got: sink.got, loop: short(loop), asked: scene.asked('d23-loop.test').length };
};

/** Each misfortune, all at once, and their end. */
const D21: Case = async (scene) => {
  await new Sink().udp('192.0.2.21');
  const misfortunes = { servfail: 'SERVFAIL', refused: 'REFUSED', silent: 'SILENT' };
  const names = Object.keys(misfortunes).map((kind) => `d21-${kind}.test`);
  const bad = Object.entries(misfortunes)
    .flatMap(([kind, what]) => ['', '_sip._udp.', '_sip._tcp.', '_sips._tcp.'].map((at) => `${at}d21-${kind}.test ${what}`))
    .join('\n');
  scene.publish(bad);
  const calls = await Promise.all(names.map((name) => scene.call('INVITE', `sip:u@${name}`)));
  scene.withdraw(bad);
  scene.publish(`${names.map((name) => `${name} 60 A 192.0.2.21`).join('\n')}\nd21-dead.test 60 A 192.0.2.21`);
  await pause(2_500);
  const recovered = await Promise.all(names.map((name) => scene.call('INVITE', `sip:u@${name}`)));
  await scene.stub.close();
  const dead = await scene.call('INVITE', 'sip:u@d21-dead.test');
  await scene.stub.listen(53);
  await pause(2_500);
  const restarted = await scene.call('INVITE', 'sip:u@d21-dead.test');
  return {
    calls: calls.map(short),
    warned: [...calls, dead].map(({ warning }) => warning !== ''),
    recovered: recovered.map(({ status }) => status),
    dead: short(dead),
    restarted: restarted.status,
  };
};

const D22: Case = async (scene) => {
  const servers = Array.from(
    { length: 12 },
    (_, i) => `_sip._udp.d22.test 60 SRV ${i} 1 5060 a-rather-long-name-of-server-${i}.d22.test`,
  );
  scene.publish(`${servers.join('\n')}\na-rather-long-name-of-server-0.d22.test 60 A 192.0.2.22`);
  const sink = await new Sink().udp('192.0.2.22');
  scene.stub.habits.truncates = true;
  const { status } = await scene.call('INVITE', 'sip:u@d22.test');
  scene.stub.habits.truncates = false;
  const byTcp = scene.stub.seen.some(({ name, tcp }) => tcp && name.toLowerCase() === '_sip._udp.d22.test');
  return { status, got: sink.got, 'by TCP': byTcp };
};

/** The other name server is asked from the next call on. */
const D30: Case = async (scene) => {
  const other = new DnsStub('10.0.0.54', 'd30.test 60 A 192.0.2.230');
  await other.listen(53);
  const sink = await new Sink().udp('192.0.2.230');
  const before = await scene.call('INVITE', 'sip:u@d30.test');
  writeFileSync('/etc/resolv.conf.new', 'nameserver 10.0.0.54\noptions timeout:1 attempts:2\n');
  renameSync('/etc/resolv.conf.new', '/etc/resolv.conf');
  await pause(300);
  const old = scene.stub.asked.length;
  const after = await scene.call('INVITE', 'sip:u@d30.test');
  await other.close();
  return { before: before.status, after: after.status, got: sink.got, old: scene.stub.asked.length - old };
};

export const resolving: Readonly<Record<'alone' | 'timed', Readonly<Record<string, Case>>>> = {
  alone: { D22, D21, D30 },
  timed: { D19, D20, D23 },
};
