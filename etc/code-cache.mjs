// What V8 compiles of the programs in a start is kept for the next start (src/runtime/node/start.ts): the daemon runs until it has answered a
// request and `sipwitchctl status`, in folders that are thrown away. Without a cache a start takes some 20 ms longer, so what fails here is
// told, and no more.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE = 10_000; // milliseconds for each program

/** Runs the programs of this folder, and has each leave its cache there. Those of other bundles, of another Node, or half written, go. */
export async function writeCodeCaches(folder) {
  for (const name of readdirSync(folder)) if (/\.cache(?:\.\d+)?$/.test(name)) rmSync(join(folder, name), { recursive: true });
  const phone = createSocket('udp4');
  let home;
  let daemon;
  try {
    home = mkdtempSync(join(tmpdir(), 'sipwitch-build-'));
    const run = (name, ...words) => new Program(join(folder, name), home, words);
    phone.bind(0, '127.0.0.1');
    await once(phone, 'listening');
    const port = await freePort();
    for (const name of ['config', 'state']) mkdirSync(join(home, name));
    writeFileSync(join(home, 'config/sipwitch.conf'), `[daemon]\ndomain = 127.0.0.1\nlisten = udp:127.0.0.1:${port}\n`);
    daemon = run('sipwitchd.js', '--bus', 'session');
    await daemon.says(/^ready: /m);
    phone.send(options(phone.address().port, port), port, '127.0.0.1');
    await once(phone, 'message', { signal: AbortSignal.timeout(PATIENCE) });
    await run('sipwitchctl.js', 'status').over; // before the bus is there it says so, and leaves its code all the same
    daemon.child.kill();
    await daemon.ended();
  } catch (error) {
    console.error(`no code cache: ${error.message}`);
  } finally {
    phone.close();
    daemon?.child.kill('SIGKILL');
    await daemon?.over;
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  }
}

/** A program that runs, in the folders of this home and with no other bus than the one that it has there. */
class Program {
  said = '';

  constructor(path, home, words) {
    const none = `unix:path=${join(home, 'none')}`;
    const buses = { XDG_RUNTIME_DIR: home, DBUS_SESSION_BUS_ADDRESS: none, DBUS_SYSTEM_BUS_ADDRESS: none };
    const env = { PATH: process.env.PATH, HOME: home, ...buses, SIPWITCH_CODE_CACHE: 'write' };
    const where = ['--config', join(home, 'config'), '--state', join(home, 'state')];
    const stdio = ['ignore', 'ignore', 'pipe'];
    this.child = spawn(process.execPath, [path, ...where, ...words], { env, stdio, timeout: PATIENCE, killSignal: 'SIGKILL' });
    this.child.stderr.on('data', (text) => {
      this.said += text;
    });
    /** How it ended, in words; undefined where all is well. */
    this.over = new Promise((resolve) => {
      this.child.on('error', (error) => resolve(error.message));
      this.child.on('close', (code, signal) =>
        resolve(code === 0 ? undefined : `${path} ended with ${code ?? signal}: ${this.said}`),
      );
    });
  }

  async says(what) {
    const heard = new Promise((resolve) => {
      this.child.stderr.on('data', () => what.test(this.said) && resolve());
    });
    await Promise.race([heard, this.ended().then(() => Promise.reject(new Error(`it ended and said: ${this.said}`)))]);
  }

  async ended() {
    const why = await this.over;
    if (why !== undefined) throw new Error(why);
  }
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
