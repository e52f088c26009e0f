import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Baresip } from './baresip.ts';
import { type Host, Lan } from './lan.ts';
import { dist, folder, pause, perform, said, word } from './on-stage.ts';
import { Sipwitch } from './sipwitch.ts';

// Two first starts, each given a public name as README.md says. Judged by test/interop/peers.test.ts, started as stage.ts says; a further
// word is what README.md has one write.

/** The phone of the first account, and what it is called by. */
async function install(host: Host, domain: string, tone: number): Promise<{ readonly phone: Baresip; readonly uri: string }> {
  const daemon = new Sipwitch(host, domain, dist);
  await daemon.start();
  const introduction = readFileSync(join(daemon.folder, 'state/first-account'), 'utf8');
  const [, user = '', password = ''] = /user name +(\S+)\n +password +(\S+)/.exec(introduction) ?? [];
  const text = word.replaceAll('home.example', domain).replace('alice', user);
  writeFileSync(join(daemon.folder, 'config/sipwitch.conf.d/domain.conf'), text);
  said[`${domain} reload`] = daemon.ctl('reload');
  const account = { aor: `${user}@${domain}`, password, server: domain, tone };
  return { phone: await new Baresip(host, `phone-${domain}`, account).ready(), uri: `sip:${user}@${domain}` };
}

/** For how many seconds each heard the other. */
async function call(caller: Baresip, uri: string, callee: Baresip, tones: readonly [number, number]) {
  await pause(1_050); // recordings are named by the second
  const since = caller.events.length;
  const there = callee.events.length;
  caller.command('dial', uri);
  await caller.event('CALL_ESTABLISHED', 10_000, since);
  await pause(2_000);
  caller.command('hangup');
  await callee.event('CALL_CLOSED', 5_000, there);
  await pause(200);
  return { callee: callee.heard(tones[0]), caller: caller.heard(tones[1]) };
}

async function main(): Promise<void> {
  const lan = new Lan(folder);
  const [a, b] = [lan.host('a', 10), lan.host('b', 20)];
  await lan.names(['host-record=a.test,203.0.113.10', 'host-record=b.test,203.0.113.20']);
  const alice = await install(a, 'a.test', 440);
  const bob = await install(b, 'b.test', 1000);
  said['a to b'] = await call(alice.phone, bob.uri, bob.phone, [440, 1000]);
  said['b to a'] = await call(bob.phone, alice.uri, alice.phone, [1000, 440]);
}

perform(main);
