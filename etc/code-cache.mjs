// What V8 compiles of the programs in a start is kept for the next start (src/runtime/node/start.ts): the daemon runs until it has answered a
// request and `sipwitchctl status`, in folders that are thrown away. Without a cache a start takes some 20 ms longer, so what fails here is
// told, and no more.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs the programs of this folder, and has each leave its cache there. */
export async function writeCodeCaches(folder) {
  const home = mkdtempSync(join(tmpdir(), 'sipwitch-build-'));
  const where = ['--config', join(home, 'config'), '--state', join(home, 'state')];
  const run = (program, ...words) => {
    const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home, SIPWITCH_CODE_CACHE: 'write' };
    const options = { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000, killSignal: 'SIGKILL' };
    return spawn(process.execPath, [join(folder, program), ...where, ...words], options);
  };
  const phone = createSocket('udp4').bind(0, '127.0.0.1');
  try {
    await once(phone, 'listening');
    const port = await freePort();
    mkdirSync(join(home, 'config'));
    writeFileSync(join(home, 'config/sipwitch.conf'), `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${port}\n`);
    const daemon = run('sipwitchd.js', '--bus', 'session');
    await ready(daemon);
    phone.send(options(phone.address().port, port), port, '127.0.0.1');
    await once(phone, 'message', { signal: AbortSignal.timeout(5000) });
    await once(run('sipwitchctl.js', 'status'), 'close');
    daemon.kill();
    await once(daemon, 'close');
  } catch (error) {
    console.error(`no code cache: ${error.message}`);
  } finally {
    phone.close();
    rmSync(home, { recursive: true, force: true });
  }
}

function ready(daemon) {
  let said = '';
  return new Promise((resolve, reject) => {
    daemon.stderr.on('data', (text) => {
      said += text;
      if (/^ready: /m.test(said)) resolve();
    });
    daemon.on('close', () => reject(new Error(`sipwitchd ended and said: ${said}`)));
  });
}

async function freePort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

function options(from, to) {
  return [
    `OPTIONS sip:127.0.0.1:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${from};branch=z9hG4bKbuild;rport`,
    ...['Max-Forwards: 70', 'From: <sip:build@127.0.0.1>;tag=1', `To: <sip:127.0.0.1:${to}>`],
    ...['Call-ID: build', 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', ''],
  ].join('\r\n');
}
