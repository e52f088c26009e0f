// What is measured: our daemon, another build of it, Kamailio. Each listens on 127.0.0.1:PORT and knows users uN with password pwN.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, stop } from './processes.mjs';

/** Binds a port for a moment, as nobody who shares it could. */
function isFree(port) {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

async function freePorts() {
  for (let server = 25060; server < 26060; server += 100) {
    const ports = { PORT: server, UAC: server + 1, UAS: server + 10, COMPANY: server + 20 };
    if ((await Promise.all(Object.values(ports).map(isFree))).every((free) => free)) return ports;
  }
  throw new Error('no ports are free from 25060 on');
}

/** Where the server, the calling and the answering side and a telephone company are: free when this program started. */
export const { PORT, UAC, UAS, COMPANY } = await freePorts();

const configuration = (outbound) => `[daemon]
domain = 127.0.0.1
listen = udp:127.0.0.1:${PORT}
local_accounts = none

[domain 127.0.0.1]
inbound = anonymous
register = authenticated
outbound = ${outbound}
`;

/** What is dialed with a 9 leaves by a telephone company that knows our address. */
const WITH_COMPANY = `${configuration('authenticated')}
[provider company]
registrar = sip:127.0.0.1:${COMPANY}
transport = udp
register = no
username = account
password = secret
number_format = dialed

[dial outside]
match = 9.
strip = 1
to = provider company
`;

/** A build of sipwitch in `project`: users are imported once per number of users. */
export function sipwitch(name, project, work, text = configuration('off')) {
  const daemon = join(project, 'dist/sipwitchd.js');
  if (!existsSync(daemon)) throw new Error(`${daemon} is missing: run npm run build in ${project}`);
  return {
    name,
    withCompany: () => sipwitch(name, project, join(work, 'company'), WITH_COMPANY),
    command(users) {
      const home = join(work, `${name}-${users}`);
      const where = ['--config', join(home, 'config'), '--state', join(home, 'state'), '--bus', 'none'];
      if (!existsSync(home)) {
        mkdirSync(join(home, 'config'), { recursive: true });
        mkdirSync(join(home, 'state'));
        writeFileSync(join(home, 'config/sipwitch.conf'), text);
        const list = Array.from({ length: users }, (_, i) => `u${i + 1},pw${i + 1}\n`).join('');
        writeFileSync(join(home, 'users.csv'), list);
        const control = [
          join(project, 'dist/sipwitchctl.js'),
          ...where,
          'user',
          'import',
          join(home, 'users.csv'),
          '--set',
          'published=yes',
        ];
        execFileSync(process.execPath, control, { stdio: ['ignore', 'ignore', 'pipe'] });
      }
      for (const kept of ['bindings.journal', 'spending']) rmSync(join(home, 'state', kept), { force: true });
      return [process.execPath, daemon, ...where];
    },
  };
}

/** Kamailio with one UDP worker, or undefined where it is not installed. */
export function kamailio(work) {
  const modules = readdirSync('/usr/lib')
    .map((folder) => `/usr/lib/${folder}/kamailio/modules/`)
    .find(existsSync);
  if (modules === undefined) return undefined;
  const configuration = join(import.meta.dirname, 'kamailio.cfg');
  return {
    name: 'kamailio',
    command: (users) => [
      ...['/usr/sbin/kamailio', '-DD', '-E', '-f', configuration, '-L', modules, '-A', `NUSERS=${users}`, '-A', `PORT=${PORT}`],
      ...['-m', 512, '-M', 16, '-x', 'fm', '-X', 'fm', '-Y', work, '-P', join(work, 'kamailio.pid')],
    ],
  };
}

/** Starts a peer and waits for its first answer to OPTIONS: `{ pid, milliseconds, runs, stop }`. */
export async function run(peer, work, users = 10_000) {
  const command = peer.command(users);
  if (!(await isFree(PORT))) throw new Error(`port ${PORT} is taken: another server would be measured`);
  const log = join(work, `${peer.name}.log`);
  const began = performance.now();
  const child = start(command, openSync(log, 'w'));
  const milliseconds = await Promise.race([answered(began), child.over.then(() => undefined)]);
  if (milliseconds === undefined) {
    await stop(child);
    throw new Error(`${peer.name} does not answer OPTIONS:\n${readFileSync(log, 'utf8').slice(-800)}`);
  }
  return {
    pid: child.pid,
    milliseconds,
    runs: () => child.exitCode === null && child.signalCode === null,
    stop: () => stop(child),
  };
}

/** Milliseconds since `began` until something answers OPTIONS on PORT; undefined after a minute. */
async function answered(began) {
  const socket = createSocket('udp4');
  let answer;
  socket.on('message', () => {
    answer ??= performance.now() - began;
  });
  socket.on('error', () => undefined); // refused until the peer listens
  await new Promise((resolve) => socket.bind(UAC, '127.0.0.1', resolve));
  for (let i = 1; answer === undefined && performance.now() - began < 60_000; i++) {
    socket.send(
      `OPTIONS sip:127.0.0.1:${PORT} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${UAC};branch=z9hG4bKready${process.pid}.${i};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:ready@127.0.0.1>;tag=r${i}\r\nTo: <sip:127.0.0.1:${PORT}>\r\n` +
        `Call-ID: ready${process.pid}.${i}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
      PORT,
      '127.0.0.1',
    );
    await sleep(2);
  }
  await new Promise((resolve) => socket.close(resolve));
  return answer;
}
