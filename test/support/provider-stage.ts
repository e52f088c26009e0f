import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { NodeNetwork } from '../../src/runtime/node/network.ts';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import { DnsStub } from './dns-stub.ts';
import { itspAt, kamailio } from './kamailio.ts';
import { dist, folder, perform, said } from './on-stage.ts';
import { Phone } from './phone.ts';
import type { SimHost } from './sim-host.ts';

// A program of its own: it runs in a network namespace where every address below is on the loopback interface, and says as JSON what
// happened. test/interop/provider.test.ts bundles it, starts it, and judges.

const FIRST = '10.9.0.1';
const SECOND = '10.9.0.2';
const ZONE = `
_sip._udp.itsp.example 60 SRV 10 1 5060 a.itsp.example
_sip._udp.itsp.example 60 SRV 20 1 5060 b.itsp.example
a.itsp.example 60 A ${FIRST}
b.itsp.example 60 A ${SECOND}
`;
const CONFIG = `[daemon]
domain = home.example
listen = udp:10.0.0.1:5060
extensions = 200-299
[user alice]
extension = 201
[provider itsp]
registrar = sip:itsp.example
username = acct
password = s3cret
inbound = alice
number_format = dialed
[dial outside]
match = 0.
strip = 1
to = provider itsp
`;

const children = new Map<string, ChildProcess>();
const network = new NodeNetwork(new NodeClock());

function run(program: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
}

function start(name: string, program: string, ...words: string[]): void {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: folder } });
  let log = '';
  child.stderr!.on('data', (text) => {
    log += String(text);
    writeFileSync(join(folder, `${name}.log`), log);
  });
  children.set(name, child);
}

async function end(name: string, signal: NodeJS.Signals): Promise<number> {
  const child = children.get(name)!;
  const began = Date.now();
  const over = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  await over;
  return Date.now() - began;
}

function provider(name: string, address: string): void {
  const options = itspAt(address, '$du = "sip:10.9.0.30:5060";');
  const modules = `${options.modules}\nmodparam("registrar", "max_expires", 12)`;
  start(name, 'kamailio', ...kamailio(join(folder, name), { ...options, modules }));
}

/** Waits for what a phone does not have yet. */
async function soon<T>(look: () => T, within = 10_000): Promise<T> {
  for (const until = Date.now() + within; ; ) {
    try {
      return look();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

/** A phone of the telephone network: it knows the servers of the company, not ours. */
class Outside extends Phone {
  /** Where its requests go. */
  by = FIRST;

  override send(text: string): void {
    const via = text.startsWith('SIP/2.0') ? /\r\nVia: SIP\/2\.0\/UDP ([0-9.]+)/.exec(text)?.[1] : undefined;
    super.send(text, { host: via ?? this.by, port: 5060 });
  }

  calls(): Request {
    return this.request('INVITE', 'sip:+4930123456@itsp.example', { from: '<sip:+33123456789@pstn.example>' });
  }
}

async function phone(user: string, address: string): Promise<Phone> {
  const made = new Phone({ run: () => {} }, network as unknown as SimHost, user, { host: address, port: 5060 });
  await made.open();
  return made;
}

function ctl(...words: string[]): { readonly status: number | null; readonly out: string } {
  const where = ['--config', join(folder, 'config'), '--state', join(folder, 'state'), ...words];
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') };
  const ran = spawnSync(process.execPath, [join(dist, 'sipwitchctl.js'), ...where], { encoding: 'utf8', env, input: 'alice\n' });
  return { status: ran.status, out: ran.stdout + ran.stderr };
}

const server = (): string => (JSON.parse(ctl('provider', 'list', '--json').out) as { server: string }[])[0]!.server;

/** Until the provider in use is this one; how long that took. */
async function upAt(address: string, within: number): Promise<number> {
  const began = Date.now();
  await soon(() => {
    if (server() !== `udp:${address}:5060`) throw new Error(`not up at ${address}: ${ctl('provider', 'list').out}`);
  }, within);
  return Date.now() - began;
}

/** alice dials out; what the telephone network gets. */
async function callsOut(alice: Phone, number: string): Promise<{ readonly call: Request; readonly challenge: Response }> {
  const dialed = `sip:0${number}@home.example`;
  const asked = alice.request('INVITE', dialed);
  const challenge = await soon(() => alice.response(407));
  alice.ack(asked, challenge);
  return { call: alice.authenticated(asked, challenge), challenge };
}

async function calledIn(pstn: Outside, alice: Phone): Promise<string> {
  const invite = pstn.calls();
  const rings = await soon(() => alice.take('INVITE'));
  alice.answer(rings, 486, 'Busy Here');
  pstn.ack(invite, await soon(() => pstn.response(486)));
  return rings.from.uriText;
}

async function play(): Promise<void> {
  run('ip', 'link', 'set', 'lo', 'up');
  for (const address of ['10.0.0.1', '10.0.0.2', FIRST, SECOND, '10.9.0.30', '10.9.0.53'])
    run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 10.9.0.53\n');
  run('mount', '--bind', join(folder, 'resolv.conf'), '/etc/resolv.conf');
  for (const name of ['config', 'state', 'run']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'config/sipwitch.conf'), CONFIG);
  await new DnsStub('10.9.0.53', ZONE).listen(53);
  provider('first', FIRST);
  provider('second', SECOND);
  said.passwd = ctl('passwd', 'alice', '--stdin').status;
  const words = ['--config', join(folder, 'config'), '--state', join(folder, 'state'), '--bus', 'session'];
  process.env.XDG_RUNTIME_DIR = join(folder, 'run');
  start('sipwitchd', process.execPath, join(dist, 'sipwitchd.js'), ...words);
  await upAt(FIRST, 20_000);
  said.registered = true;

  const alice = await phone('alice', '10.0.0.2');
  const pstn = new Outside({ run: () => {} }, network as unknown as SimHost, 'pstn', { host: '10.9.0.30', port: 5060 });
  await pstn.open();
  const aor = '<sip:alice@home.example>';
  const wanted = { to: aor, from: aor, headers: [`Contact: ${alice.contact}`, 'Expires: 3600'] };
  const register = alice.request('REGISTER', 'sip:home.example', wanted);
  alice.authenticated(register, await soon(() => alice.response(401)));
  await soon(() => alice.response(200));

  const { call } = await callsOut(alice, '15550001111');
  const rings = await soon(() => pstn.take('INVITE'));
  said.out = {
    uri: rings.uriText.replace(/@.*/, ''),
    from: rings.from.uriText,
    credentials: rings.get(Field.proxyAuthorization) ?? '',
  };
  pstn.answer(rings, 200);
  const answer = await soon(() => alice.response(200));
  alice.ack(call, answer);
  await soon(() => pstn.take('ACK'));
  said.answered = true;

  said.in = await calledIn(pstn, alice);

  for (const realm of ['evil.example', 'itsp.example']) {
    const hostile = await callsOut(alice, '15550002222');
    const first = await soon(() => pstn.take('INVITE'));
    pstn.answer(first, 407, 'Give me', [`Proxy-Authenticate: Digest realm="${realm}", nonce="trap", qop="auth", algorithm=MD5`]);
    await soon(() => pstn.take('ACK'));
    await soon(() => {
      const final = alice.inbox.findIndex((message) => message.kind === 'response' && message.status >= 400);
      if (final < 0) throw new Error('the call goes on');
      const response = alice.inbox.splice(final, 1)[0] as Response;
      alice.ack(hostile.call, response);
      said[`hostile ${realm}`] = { status: response.status, asked: response.find(Field.proxyAuthenticate) >= 0 };
    });
    await new Promise((done) => setTimeout(done, 500));
    said[`leaked to ${realm}`] = pstn.inbox.filter((message) => /authorization/i.test(message.text)).length;
    pstn.inbox.length = 0;
    alice.inbox.length = 0;
  }

  await end('first', 'SIGTERM');
  provider('first', FIRST);
  // It forgot everything: the next refresh binds us again.
  for (const until = Date.now() + 25_000; ; ) {
    pstn.inbox.length = 0;
    pstn.calls();
    await new Promise((done) => setTimeout(done, 700));
    const found = alice.inbox.findIndex((message) => message.kind === 'request' && message.method === 'INVITE');
    if (found >= 0) {
      alice.answer(alice.inbox.splice(found, 1)[0] as Request, 486, 'Busy Here');
      said['after its restart'] = true;
      break;
    }
    if (Date.now() > until) throw new Error(`not registered after the restart: ${ctl('provider', 'list').out}`);
  }
  await new Promise((done) => setTimeout(done, 500));
  pstn.inbox.length = 0;
  alice.inbox.length = 0;

  await end('first', 'SIGTERM');
  pstn.by = SECOND;
  said.failover = await upAt(SECOND, 40_000);
  said['in by the second'] = await calledIn(pstn, alice);
  await callsOut(alice, '15550003333');
  said['out by the second'] = (await soon(() => pstn.take('INVITE'))).uriText.replace(/@.*/, '');

  const tested = ctl('provider', 'test', 'itsp');
  said.test = { status: tested.status, out: tested.out };
  said.stopped = await end('sipwitchd', 'SIGTERM');
  pstn.inbox.length = 0;
  pstn.calls();
  said['taken back'] = (await soon(() => pstn.response(480))).status;
}

perform(play, () => {
  for (const child of children.values()) child.kill('SIGKILL');
});
