import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Body, type BusConnection, BusError, type BusService, type MethodCall } from '../../src/runtime/bus.ts';
import { NodeBuses } from '../../src/runtime/node/bus.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

const clock = new NodeClock();
const buses = new NodeBuses(clock);

function closing<T extends BusConnection>(connection: T): T {
  onTestFinished(() => connection.close());
  return connection;
}

/** Answers with what it was asked, and refuses what is called Refuse. */
class Echo implements BusService {
  readonly name = 'org.example.Echo';
  readonly calls: MethodCall[] = [];
  readonly bugs: unknown[] = [];

  async call(call: MethodCall): Promise<Body> {
    this.calls.push(call);
    if (call.member === 'Refuse') throw new BusError('org.example.Error.Never', 'never');
    if (call.member === 'Bug') throw new Error('a bug');
    if (call.member === 'Wrong') return { signature: 'u', values: ['no number'] };
    if (call.member === 'Uid') return { signature: 'i', values: [call.caller.uid ?? -1] };
    return { signature: call.signature, values: call.args };
  }

  bug(error: unknown): void {
    this.bugs.push(error);
  }
}

const to = (member: string) => ({ name: 'org.example.Echo', path: '/org/example', interface: 'org.example.Echo', member });
const nothing: Body = { signature: '', values: [] };

/** Opens a private bus and waits until the service is on it. */
async function opened(socket: string, service: BusService): Promise<{ readonly own: BusConnection; close(): Promise<void> }> {
  let close = async () => {};
  const own = await new Promise<BusConnection>((joined, failed) => {
    buses.open(socket, service, { joined, lost: failed }).then((how) => {
      close = how;
      onTestFinished(how);
    }, failed);
  });
  return { own, close: () => close() };
}

async function served(): Promise<{
  readonly echo: Echo;
  readonly client: BusConnection;
  readonly socket: string;
  readonly own: BusConnection;
  close(): Promise<void>;
}> {
  const socket = join(newFolder('bus'), 'inner', 'bus');
  const echo = new Echo();
  const { own, close } = await opened(socket, echo);
  return { echo, own, close, socket, client: closing(await buses.connect(`unix:path=${socket}`)) };
}

test('a private bus answers as soon as it is open', async () => {
  const socket = join(newFolder('bus'), 'bus');
  let joined = 0;
  onTestFinished(await buses.open(socket, new Echo(), { joined: () => joined++, lost: () => undefined }));
  expect(joined).toBe(1);
  const client = closing(await buses.connect(`unix:path=${socket}`));
  expect(await client.call(to('Say'), { signature: 's', values: ['hello'] }, 1_000)).toEqual(['hello']);
});

test('the socket of a private bus is for its owner alone, and so is its folder', async () => {
  const { socket } = await served();
  expect((statSync(socket).mode & 0o777).toString(8)).toBe('600');
  expect((statSync(join(socket, '..')).mode & 0o777).toString(8)).toBe('700');
});

test('a call arrives with its arguments, and the answer comes back', async () => {
  const { echo, client } = await served();
  const sent = ['Ünï', 7, true, 2n ** 60n, ['a', 'b'], ['s', ['v', '']], [['Key', ['s', 'text']]]];
  const answer = await client.call(to('Anything'), { signature: 'subxas(s(ss))a{sv}', values: sent }, 1000);
  expect(echo.calls[0]?.args).toEqual([...sent.slice(0, -1), { Key: 'text' }]);
  expect(echo.calls[0]).toMatchObject({ path: '/org/example', interface: 'org.example.Echo', signature: 'subxas(s(ss))a{sv}' });
  expect(answer).toEqual(echo.calls[0]?.args);
});

test('a call says whether a person may be asked for a password meanwhile (D-Bus, ALLOW_INTERACTIVE_AUTHORIZATION)', async () => {
  const { echo, client } = await served();
  await client.call(to('Anything'), nothing, 1000);
  await client.call({ ...to('Anything'), interactive: true }, nothing, 1000);
  expect(echo.calls.map(({ interactive }) => interactive)).toEqual([false, true]);
});

test('an answer of another form than it says is a bug', async () => {
  const { echo, client } = await served();
  await expect(client.call(to('Wrong'), nothing, 1000)).rejects.toMatchObject({ name: 'org.freedesktop.DBus.Error.Failed' });
  expect(echo.bugs.length).toBe(1);
});

test('who calls on a private bus counts as the owner', async () => {
  const { client } = await served();
  expect(await client.call(to('Uid'), nothing, 1000)).toEqual([process.getuid?.()]);
});

test('a refusal comes back with its name and its sentence', async () => {
  const { client } = await served();
  await expect(client.call(to('Refuse'), nothing, 1000)).rejects.toMatchObject({
    name: 'org.example.Error.Never',
    message: 'never',
  });
});

test('a bug is told to the service, and the caller hears that there is one', async () => {
  const { echo, client } = await served();
  await expect(client.call(to('Bug'), nothing, 1000)).rejects.toMatchObject({ name: 'org.freedesktop.DBus.Error.Failed' });
  expect(echo.bugs.map(String)).toEqual(['Error: a bug']);
});

test('a call to nobody is refused', async () => {
  const { client } = await served();
  await expect(client.call({ ...to('Any'), name: 'org.example.Nobody' }, nothing, 1000)).rejects.toBeInstanceOf(BusError);
});

test('signals are made only while somebody could hear them', async () => {
  const socket = join(newFolder('bus'), 'bus');
  const { own } = await opened(socket, new Echo());
  expect(own.heard).toBe(false);
  const stranger = createConnection(socket); // connects, and never says who it is
  await once(stranger, 'connect');
  stranger.destroy();
  await once(stranger, 'close');
  const client = await buses.connect(`unix:path=${socket}`);
  expect(own.heard).toBe(true);
  await client.close();
  await expect.poll(() => own.heard).toBe(false);
});

test('the socket of a daemon that was killed is replaced', async () => {
  const socket = join(newFolder('bus'), 'bus');
  // A listener that is taken down without unlinking, as by kill -9.
  const dead = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log(1))`,
  ]);
  await once(dead.stdout, 'data');
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  expect(statSync(socket).isSocket()).toBe(true);
  const { own } = await opened(socket, new Echo());
  expect(own.heard).toBe(false);
});

test('the socket of a daemon that lives is left alone', async () => {
  const { socket, client } = await served();
  await expect(opened(socket, new Echo())).rejects.toMatchObject({
    name: 'org.freedesktop.DBus.Error.AddressInUse',
    message: `another daemon listens on ${socket}`,
  });
  expect(await client.call(to('Any'), { signature: 's', values: ['still there'] }, 1000)).toEqual(['still there']);
});

test('a socket that cannot be made is a sentence', async () => {
  const made = newFolder('bus');
  writeFileSync(join(made, 'file'), '');
  await expect(opened(join(made, 'file', 'bus'), new Echo())).rejects.toMatchObject({
    name: 'org.freedesktop.DBus.Error.Failed',
  });
  await expect(opened(join(made, 'x'.repeat(120)), new Echo())).rejects.toThrow('too long for the path of a socket');
});

test('a bus that is not there is a sentence', async () => {
  await expect(buses.connect('unix:path=/nowhere/bus')).rejects.toMatchObject({
    name: 'org.freedesktop.DBus.Error.NoServer',
    message: 'no bus answers at unix:path=/nowhere/bus: no such file or directory',
  });
  await expect(buses.connect('nonsense')).rejects.toBeInstanceOf(BusError);
});

test('what answers there and speaks no D-Bus is a sentence', async () => {
  const socket = join(newFolder('bus'), 'bus');
  const server = createServer((stream) => stream.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(socket);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  await expect(buses.connect(`unix:path=${socket}`)).rejects.toBeInstanceOf(BusError);
});

test('a bus that never answers is given up, and so is the connection to it', async () => {
  const socket = join(newFolder('bus'), 'bus');
  let gone: Promise<unknown> | undefined;
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    gone = once(stream.resume(), 'error');
    const more = setInterval(() => stream.write('x'), 10);
    stream.once('close', () => clearInterval(more));
  }).listen(socket);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  await expect(buses.connect(`unix:path=${socket}`)).rejects.toMatchObject({ name: 'org.freedesktop.DBus.Error.Timeout' });
  await gone; // it could still send to a connection that is closed in one direction
}, 10_000);

test('a client whose bus goes away hears it, and so do its calls', async () => {
  const { close, client } = await served();
  await close();
  await expect(client.call(to('Any'), nothing, 1000)).rejects.toMatchObject({ name: 'org.freedesktop.DBus.Error.Disconnected' });
});

async function busDaemon(made: string): Promise<ChildProcess> {
  const config = join(made, 'bus.conf');
  writeFileSync(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${made}/socket</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const daemon = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address=1']);
  onTestFinished(() => void daemon.kill('SIGKILL'));
  await once(daemon.stdout, 'data');
  return daemon;
}

needs('dbus-daemon')('a service joins a bus, and comes back when that bus does', async () => {
  const made = newFolder('bus');
  const heard: string[] = [];
  const echo = new Echo();
  const place = `unix:path=${made}/socket`;
  const leave = buses.join(place, echo, { joined: () => heard.push('joined'), lost: () => heard.push('lost') });
  onTestFinished(leave);
  await expect.poll(() => heard).toEqual(['lost']); // there is no bus yet

  const daemon = await busDaemon(made);
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['lost', 'joined']);
  const client = closing(await buses.connect(place));
  expect(await client.call(to('Uid'), nothing, 1000)).toEqual([process.getuid?.()]);

  daemon.kill('SIGKILL');
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['lost', 'joined', 'lost']);
  rmSync(`${made}/socket`, { force: true });
  await busDaemon(made);
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['lost', 'joined', 'lost', 'joined']);
  const again = closing(await buses.connect(place));
  expect(await again.call(to('Any'), { signature: 's', values: ['back'] }, 1000)).toEqual(['back']);
});

needs('dbus-daemon')('a client lets go of a bus that says nothing any more', async () => {
  const made = newFolder('bus');
  const daemon = await busDaemon(made);
  const client = await buses.connect(`unix:path=${made}/socket`);
  daemon.kill('SIGSTOP');
  await client.close();
});

needs('dbus-daemon')('a name that another program has is not taken, and is tried again', async () => {
  const made = newFolder('bus');
  await busDaemon(made);
  const place = `unix:path=${made}/socket`;
  const first: string[] = [];
  const second: string[] = [];
  const leaveFirst = buses.join(place, new Echo(), { joined: () => first.push('joined'), lost: (why) => first.push(why) });
  await expect.poll(() => first).toEqual(['joined']);
  const leaveSecond = buses.join(place, new Echo(), { joined: () => second.push('joined'), lost: (why) => second.push(why) });
  onTestFinished(leaveSecond);
  await expect.poll(() => second).toEqual(['another program has the name org.example.Echo']);
  await leaveFirst();
  await expect.poll(() => second.at(-1), { timeout: 10_000 }).toBe('joined');
});
