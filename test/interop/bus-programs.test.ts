import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

// The two programs as they are shipped, `npm run bundle` having made them: over files, over the private bus, and over a real dbus-daemon.

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
interface House {
  readonly folder: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  ctl(args: string, input?: string): { readonly code: number | null; readonly out: string; readonly err: string };
}

async function house(variables: Readonly<Record<string, string>> = {}): Promise<House> {
  const folder = newFolder('programs');
  for (const name of ['config', 'state', 'run']) mkdirSync(join(folder, name));
  const port = await freePort();
  writeFileSync(
    join(folder, 'config/sipwitch.conf'),
    `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${port}\n[user alice]\nextension = 201\n[codes]\ndnd = *78\n`,
  );
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run'), ...variables };
  return {
    ...{ folder, port, env },
    ctl(args, input = '') {
      const words = ['--config', join(folder, 'config'), '--state', join(folder, 'state'), ...args.split(' ')];
      const ran = spawnSync(process.execPath, [join(dist, 'sipwitchctl.js'), ...words], {
        env,
        input,
        encoding: 'utf8',
        timeout: 20_000,
        maxBuffer: 1 << 24,
      });
      return { code: ran.status, out: ran.stdout, err: ran.stderr };
    },
  };
}

/** The daemon, once it is ready and can be asked. */
async function started({ folder, env }: House, bus: string, says = ''): Promise<ChildProcess> {
  const words = ['--config', join(folder, 'config'), '--state', join(folder, 'state'), '--bus', bus];
  const daemon = spawn(process.execPath, [join(dist, 'sipwitchd.js'), ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.stderr.on('data', (text) => {
    said += String(text);
  });
  onTestFinished(async () => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  });
  await expect.poll(() => said, { timeout: 10_000 }).toContain('ready: ');
  if (says !== '') await expect.poll(() => said, { timeout: 10_000 }).toContain(says);
  else if (bus !== 'none') await expect.poll(() => answers(join(folder, 'run/sipwitch/bus')), { timeout: 10_000 }).toBe(true);
  return daemon;
}

function answers(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const stream = createConnection(socket);
    stream.on('connect', () => done(true)).on('error', () => done(false));
    stream.on('connect', () => stream.destroy());
  });
}

/** The line that begins the final answer to a call of alice's, whose password is secret. */
async function dialed(number: string, port: number): Promise<string> {
  const phone = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void phone.close());
  await once(phone, 'listening');
  const uri = `sip:${number}@127.0.0.1:${port}`;
  const call = async (cseq: number, more: string) => {
    const lines = [
      `INVITE ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${phone.address().port};branch=z9hG4bKcode${cseq}`,
      ...['Max-Forwards: 70', 'From: <sip:alice@127.0.0.1>;tag=1', `To: <${uri}>`, 'Call-ID: code', `CSeq: ${cseq} INVITE`],
      `Contact: <sip:alice@127.0.0.1:${phone.address().port}>`,
    ];
    phone.send(`${lines.join('\r\n')}\r\n${more}Content-Length: 0\r\n\r\n`, port, '127.0.0.1');
    for (;;) {
      const [bytes] = await once(phone, 'message', { signal: AbortSignal.timeout(10_000) });
      const text = String(bytes);
      if (text.includes(`CSeq: ${cseq} INVITE`) && !text.startsWith('SIP/2.0 1')) return text;
    }
  };
  const challenge = await call(1, '');
  const [realm, nonce] = ['realm', 'nonce'].map((name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)![1]!);
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const response = md5(`${md5(`alice:${realm}:secret`)}:${nonce}:00000001:c:auth:${md5(`INVITE:${uri}`)}`);
  const digest = `username="alice", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5`;
  const answer = await call(2, `Proxy-Authorization: Digest ${digest}, qop=auth, cnonce="c", nc=00000001\r\n`);
  return answer.split('\r\n')[0]!;
}

test('without a daemon the files are enough for accounts', async () => {
  const { ctl, folder } = await house();
  expect(ctl('--bus none passwd alice --stdin', 'secret\n')).toMatchObject({ code: 0, out: '' });
  expect(ctl('user add bob --extension 202').code).toBe(0);
  writeFileSync(join(folder, 'users.csv'), Array.from({ length: 10_000 }, (_, n) => `u${n},pw${n}\n`).join(''));
  const begun = performance.now();
  expect(ctl(`--bus none user import ${join(folder, 'users.csv')} --set published=yes`)).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^10000 users are imported\.\nnote: no daemon was asked; .*\n$/),
  });
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(JSON.parse(ctl('user list --json').out)).toHaveLength(10_002);
  expect(ctl('status').code).toBe(69);
  expect(statSync(join(folder, 'state/digests/alice/passwd')).mode & 0o777).toBe(0o600);
  expect(ctl('user list').out.split('\n')[1]).toBe('alice  201        -        0       set       -');
});

test('with a daemon every command goes through its private bus, and what it or a feature code changes is in force at once', async () => {
  const own = await house();
  const { ctl, port } = own;
  const daemon = await started(own, 'session');
  expect(JSON.parse(ctl('status --json').out)).toMatchObject({
    domain: '127.0.0.1',
    listeners: [`udp:127.0.0.1:${port}`],
    users: 1,
    buses: ['private'],
  });
  expect(ctl('user add bob --extension 202').code).toBe(0);
  expect(ctl('passwd bob --random').out).toMatch(/^[a-z2-9-]{17}\n$/);
  expect(ctl('route explain 202 --from alice').out).toContain('202 is the user bob');
  expect(ctl('user set bob dnd yes')).toEqual({ code: 0, out: '', err: 'bob: dnd = yes\n' });
  expect(ctl('route explain bob --from alice').out).toContain('=> reject: 486');
  expect(ctl('passwd nobody --stdin', 'x\n')).toMatchObject({ code: 1, err: expect.stringContaining('there is no user nobody') });
  for (const command of ['phone list', 'call list', 'call history', 'debug bindings', 'debug transactions'])
    expect(JSON.parse(ctl(`${command} --json`).out)).toEqual([]);
  expect(ctl('trace').out).toBe('No message has passed yet.\n');
  expect(ctl('reload')).toMatchObject({ code: 0, out: 'No problems. The configuration is in use now.\n' });
  expect(ctl('passwd alice --stdin', 'secret\n').code).toBe(0);
  expect(await dialed('*78', port)).toBe('SIP/2.0 480 Do not disturb is on');
  expect(ctl('route explain alice --from bob').out).toContain('=> reject: 486');
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  expect(ctl('phone list').code).toBe(69);
});

test('without XDG_RUNTIME_DIR, as after su, the daemon that has it is found, and one that was killed does no harm', async () => {
  const own = await house();
  const daemon = await started(own, 'session');
  const words = ['--config', join(own.folder, 'config'), '--state', join(own.folder, 'state'), 'status'];
  const { XDG_RUNTIME_DIR: _, ...env } = own.env;
  const status = () =>
    spawnSync(process.execPath, [join(dist, 'sipwitchctl.js'), ...words], { env, encoding: 'utf8', timeout: 20_000 });
  await expect.poll(() => existsSync(join(own.folder, 'state/private-bus'))).toBe(true);
  expect(status()).toMatchObject({ status: 0, stderr: '' });
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  expect(existsSync(join(own.folder, 'state/private-bus'))).toBe(true);
  expect(status()).toMatchObject({ status: 69, stderr: expect.stringContaining('no daemon answers') });
});

test('a daemon with other folders is not the one that is meant', async () => {
  const own = await house();
  await started(own, 'session');
  const other = join(own.folder, 'other');
  mkdirSync(other);
  const words = ['--config', join(own.folder, 'config'), '--state', other, 'user', 'add', 'eve'];
  expect(spawnSync(process.execPath, [join(dist, 'sipwitchctl.js'), ...words], { env: own.env }).status).toBe(0);
  expect(existsSync(join(other, 'conf.d/user-eve.conf'))).toBe(true);
  expect(own.ctl('user show eve').code).toBe(1);
});

test('a second daemon of the same user has its private bus beside its state, and each is asked by its folders', async () => {
  const own = await house();
  await started(own, 'session');
  const second = await house({ XDG_RUNTIME_DIR: join(own.folder, 'run') });
  const { folder } = second;
  const said = `another daemon listens on ${own.folder}/run/sipwitch/bus; the private bus is at ${folder}/state/bus instead`;
  const ask = `ask by "sipwitchctl --config ${folder}/config --state ${folder}/state"`;
  const daemon = await started(second, 'session', `control: ${said}: ${ask}`);
  expect(JSON.parse(own.ctl('status --json').out)).toMatchObject({ listeners: [`udp:127.0.0.1:${own.port}`] });
  expect(JSON.parse(second.ctl('status --json').out)).toMatchObject({ listeners: [`udp:127.0.0.1:${second.port}`] });
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  const others = `--config ${own.folder}/config --state ${own.folder}/state`;
  expect(second.ctl('status')).toMatchObject({
    code: 69,
    err: `sipwitchctl: no daemon of these folders answers; the one that does has others: ask it by "${others}", or start "sipwitchd --config ${folder}/config --state ${folder}/state"\n`,
  });
  expect(second.ctl('user add eve').err).toContain(
    `hears of this at its next reload; the one that answers has other folders, ${others}\n`,
  );
});

needs('flock')('a change that the daemon makes waits for one that another program makes in the same files', async () => {
  const own = await house();
  await started(own, 'session');
  const state = join(own.folder, 'state');
  const other = spawn('flock', ['--no-fork', join(state, 'changing'), 'sh', '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void other.kill('SIGKILL'));
  await once(other.stdout, 'data');
  expect(own.ctl('user add bob')).toMatchObject({
    code: 1,
    err: `sipwitchctl: another program is changing the files of ${state}; nothing is changed; try again\n`,
  });
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(own.ctl('user add bob').code).toBe(0);
  expect(own.ctl('--bus none user add carol').code).toBe(0);
});

test('--bus none opens no bus', async () => {
  const own = await house();
  await started(own, 'none');
  expect(own.ctl('status').code).toBe(69);
  expect(existsSync(join(own.folder, 'run/sipwitch'))).toBe(false);
});

async function dbusDaemon(type: 'session' | 'system', folder: string, policy: string): Promise<string> {
  const config = join(folder, `${type}.conf`);
  const socket = join(folder, `${type}-bus`);
  writeFileSync(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>${type}</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>${policy}</busconfig>`,
  );
  const daemon = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address=1']);
  onTestFinished(() => void daemon.kill('SIGKILL'));
  await once(daemon.stdout, 'data');
  if (type === 'system') chmodSync(socket, 0o777);
  return `unix:path=${socket}`;
}

const all =
  '<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>';

needs('dbus-daemon')('on a session bus the owner asks as on the private one', async () => {
  const folder = newFolder('session');
  const address = await dbusDaemon('session', folder, all);
  const own = await house({ DBUS_SESSION_BUS_ADDRESS: address });
  await started(own, 'session');
  await expect.poll(() => JSON.parse(own.ctl('status --json').out).buses).toEqual(expect.arrayContaining(['private', 'session']));
  expect(own.ctl('--bus session user add bob').code).toBe(0);
  expect(own.ctl(`--bus ${address} passwd bob --stdin`, 'pw\n').code).toBe(0);
  rmSync(join(own.folder, 'run/sipwitch'), { recursive: true });
  expect(own.ctl('user list').out).toContain('bob'); // by the session bus, which is asked next
  expect(own.ctl('--bus unix:path=/nowhere status')).toMatchObject({
    code: 69,
    err: expect.stringContaining('no daemon answers there'),
  });
});

/** What the bus itself lets through, as it is installed. */
const installed = fileURLToPath(new URL('../../etc/dbus-1/system.d/org.sipwitch.SipWitch1.conf', import.meta.url));

needs(
  'dbus-daemon',
  'dbus-send',
  'setpriv',
)('on a system bus another user reads the status, and no more', async () => {
  if (process.getuid?.() !== 0) return; // only root can be somebody else
  const folder = newFolder('system');
  chmodSync(folder, 0o755);
  const policy = `<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
<allow send_destination="org.freedesktop.DBus"/></policy>
<include>${installed}</include><policy user="root"><allow own="org.sipwitch.SipWitch1"/></policy>`;
  const address = await dbusDaemon('system', folder, policy);
  const own = await house({ DBUS_SYSTEM_BUS_ADDRESS: address });
  await started(own, 'system');
  await expect.poll(() => JSON.parse(own.ctl('status --json').out).buses).toContain('system');
  const send = (...words: readonly string[]) => {
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'dbus-send', `--bus=${address}`, '--print-reply'];
    const ran = spawnSync('setpriv', [...nobody, '--dest=org.sipwitch.SipWitch1', ...words], { encoding: 'utf8' });
    return `${ran.stdout}${ran.stderr}`;
  };
  const root = '/org/sipwitch/SipWitch1';
  const manager = 'org.sipwitch.SipWitch1.Manager';
  expect(send(root, 'org.freedesktop.DBus.Properties.Get', `string:${manager}`, 'string:Domain')).toContain('string "127.0.0.1"');
  expect(send(root, 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')).toMatch(/array \[\s*\]/);
  const denied = 'org.sipwitch.SipWitch1.Error.NotAllowed';
  expect(send(root, `${manager}.Reload`)).toContain(denied);
  expect(send(root, `${manager}.ShowConfiguration`)).toContain(denied);
  expect(send(root, `${manager}.Trace`, 'string:')).toContain(denied);
  expect(send(`${root}/user/alice`, 'org.sipwitch.SipWitch1.User.SetPassword', 'string:mine')).toContain(denied);
  expect(own.ctl('--bus system user add bob').code).toBe(0); // root
});
