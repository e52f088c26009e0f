import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failover } from './dns-cases/failover.ts';
import { refusals } from './dns-cases/refusals.ts';
import { resolving } from './dns-cases/resolving.ts';
import { type Case, Scene } from './dns-cases/scene.ts';
import { selection } from './dns-cases/selection.ts';
import { Running, run, until } from './lan.ts';
import { dist, folder, perform, said } from './on-stage.ts';

// A daemon, a stub name server and the servers of some thirty domains, all of them addresses of the loopback interface of a network namespace.
// Judged by test/interop/dns-cases.test.ts, started as stage.ts says.

const HOUSE = '10.0.0.1';

/** Plays a case; one that fails says so in its place. */
async function play(scene: Scene, [id, one]: readonly [string, Case]): Promise<void> {
  try {
    said[id] = await one(scene);
  } catch (error) {
    said[id] = `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const ADDRESSES = [HOUSE, '10.0.0.2', '10.0.0.53', '10.0.0.54', '10.0.0.99', '169.254.169.254'];

async function stage(scene: Scene): Promise<Running> {
  run('ip', ['link', 'set', 'lo', 'up']);
  const servers = Array.from({ length: 254 }, (_, i) => `192.0.2.${i + 1}`);
  const commands = [...ADDRESSES, ...servers].map((address) => `address add ${address}/32 dev lo`);
  commands.push('address add fd00::1/128 dev lo', ...['9', '24', '25'].map((n) => `address add 2001:db8::${n}/128 dev lo`));
  run('ip', ['-batch', '-'], `${commands.join('\n')}\n`);
  // A folder of our own, so that resolv.conf can be replaced as programs do that.
  run('cp', ['-a', '/etc', join(folder, 'etc')]);
  run('mount', ['--bind', join(folder, 'etc'), '/etc']);
  run('rm', ['-f', '/etc/resolv.conf']);
  writeFileSync('/etc/resolv.conf', 'nameserver 10.0.0.53\noptions timeout:1 attempts:2\n');
  writeFileSync('/etc/hosts', '127.0.0.1 localhost\n');
  await scene.stub.listen(53);
  const own = scene.authority.issue({ names: 'DNS:home.example' });
  for (const each of ['config', 'state', 'home']) mkdirSync(join(folder, each));
  const keep = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const lines = [
    `[daemon]\ndomain = home.example\nlisten = udp:${HOUSE}:5060, tcp:${HOUSE}:5060, udp:[fd00::1]:5060, tcp:[fd00::1]:5060`,
    `tls_listen = tls:${HOUSE}:5061\ntls_certificate = ${keep('own.pem', own.certificate)}\ntls_key = ${keep('own.key', own.key)}`,
    `tls_authorities = ${keep('authorities.pem', scene.authority.certificate)}`,
    '[domain home.example]\ninbound = anonymous\n[user alice]\npublished = yes\n[user bob]\npublished = yes\n[user carol]\npublished = yes\n',
    // alice, before she is asked for her password, who calls bob in D17, and eve: where the daemon is 200 ms behind, as on a busy machine,
    // strangers are told 503.
    '[access callers]\nnetwork = 10.0.0.2, 192.0.2.34, 192.0.2.248/29\npolicy = allow\n',
  ];
  keep('config/sipwitch.conf', lines.join('\n'));
  const where = ['--config', join(folder, 'config'), '--state', join(folder, 'state')];
  for (const user of ['alice', 'bob', 'carol'])
    run(process.execPath, [join(dist, 'sipwitchctl.js'), ...where, 'passwd', user, '--stdin'], `${user}\n`);
  const words = [join(dist, 'sipwitchd.js'), ...where, '--bus', 'none', '--log', 'info'];
  const daemon = new Running(spawn(process.execPath, words, { stdio: 'pipe' }), join(folder, 'sipwitchd.log'));
  await until(() => daemon.lines.some((line) => line.startsWith('ready: ')), 15_000, 'daemon that is ready');
  return daemon;
}

async function main(): Promise<void> {
  const scene = new Scene();
  const together = (...groups: readonly Readonly<Record<string, Case>>[]) =>
    Promise.all(groups.flatMap((cases) => Object.entries(cases)).map((one) => play(scene, one)));
  try {
    await stage(scene);
    // Those that look at every question, or make the name server misbehave, are alone.
    for (const one of Object.entries(selection.alone)) await play(scene, one);
    await together(selection.together, failover.together, refusals);
    // What is measured has no certificates made beside it, which stops this process for as long as openssl takes.
    await together(failover.timed, resolving.timed);
    for (const one of Object.entries(resolving.alone)) await play(scene, one);
  } finally {
    scene.authority.close();
  }
}

perform(main);
