import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assert, expect, test } from 'vitest';
import type { Address, UdpSocket } from '../../src/runtime/network.ts';
import { nativeSockets } from '../../src/runtime/node/udp-native.ts';
import { landing as ours } from '../../src/sip/message/bytes.ts';
import { LIBRARY, native } from '../support/native.ts';
import { needs } from '../support/program.ts';

// What network.test.ts asks of every network is asked of these sockets there.
const built = needs('udp.node');
const here = { host: '127.0.0.1', port: 0 };
const nothing = () => undefined;

/** Sends `go`, and what is read with it: what is said to the first waits for the second. */
function sendFollowed(by: UdpSocket, to: Address): void {
  for (const text of ['go', 'and more']) by.send(text, to);
}

/** What a program says that has the library itself as `udp`, and how it ended. */
function run(program: string) {
  const script = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(LIBRARY)}); const udp = m.exports;
    const open = (received = () => {}, failed = () => {}) => udp.open('127.0.0.1', 0, '', 0, 65536, received, failed);
    ${program}`;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 20_000 });
  return { end: signal ?? status, said: stdout.trim(), error: stderr };
}

test('where there is no library, or it is none, the daemon does without', () => {
  assert.equal(nativeSockets('/nowhere/udp.node', ours), undefined);
  assert.equal(nativeSockets(fileURLToPath(import.meta.url), ours), undefined);
});

built('every length of a datagram arrives whole, from 0 bytes to the largest', async () => {
  const got: string[] = [];
  const a = native!.bind(here, (text) => got.push(text));
  const lengths = [0, 1, 2, 1_300, 4_095, 4_096, 4_097, 16_384, 65_506, 65_507];
  const texts = lengths.map((length) => Array.from({ length }, (_, at) => String.fromCharCode(at % 256)).join(''));
  for (const [at, text] of texts.entries()) {
    a.send(text, a.local);
    for (let tries = 0; got.length <= at && tries < 200; tries++) await sleep(5);
  }
  assert.isTrue(got.every((text, at) => text === texts[at]));
  assert.equal(got.length, texts.length);
  a.close();
});

built('the bytes of each datagram have landed when its text is handed on, also of those that were read together', async () => {
  const bytes = new Uint8Array(65_536);
  let landed = '';
  const sockets = nativeSockets(LIBRARY, { bytes, landed: (text) => (landed = text) })!;
  const got: string[] = [];
  const wrong: string[] = [];
  const take = (text: string) => {
    got.push(text);
    if (landed !== text || Buffer.from(bytes.subarray(0, text.length)).toString('latin1') !== text) wrong.push(text);
  };
  const a = sockets.bind(here, take);
  const b = sockets.connect(here, a.local, take, nothing);
  const texts = ['x'.repeat(65_507), '', '\0\xff\r\n', ...Array.from({ length: 40 }, (_, at) => `number ${at}`)];
  for (const text of texts) b.send(text);
  for (let tries = 0; got.length < texts.length && tries < 200; tries++) await sleep(5);
  assert.deepEqual(got, texts);
  assert.deepEqual(wrong, []);
  a.close();
  b.close();
});

built('the library is not taken where what lands might not fit', () => {
  for (const bytes of [new Uint8Array(65_535), new Uint16Array(65_536), undefined])
    assert.equal(nativeSockets(LIBRARY, { bytes: bytes as Uint8Array, landed: nothing }), undefined);
});

built('addresses and ports that are none are told, and nothing is thrown', async () => {
  const told: string[] = [];
  const a = native!.bind(here, nothing);
  const bad = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.1', port: 70_000 },
    { host: '127.0.0.1', port: -1 },
    { host: '127.0.0.1', port: 2 ** 32 + 5060 },
    { host: '127.0.0.1', port: 5060.5 },
    { host: '127.0.0.1\0', port: 5060 },
    { host: '\u013127.0.0.1', port: 5060 },
    { host: 'name.example', port: 5060 },
    { host: '::g', port: 5060 },
    { host: '1'.repeat(1_000), port: 5060 },
  ];
  for (const to of bad) {
    a.send('x', to, (error) => told.push(error.kind));
    expect(() => native!.connect(a.local, to, nothing, nothing)).toThrow(/there is no route to it|that is not an address/);
  }
  await sleep(0);
  assert.deepEqual(told, Array(bad.length).fill('no-address'));
  a.close();
});

built('a socket may be closed while it is told of a datagram, and hears no more', async () => {
  const got: string[] = [];
  const a = native!.bind(here, (text) => {
    got.push(text);
    a.close();
  });
  const b = native!.bind(here, nothing);
  for (const text of ['one', 'two', 'three']) b.send(text, a.local);
  await sleep(50);
  assert.deepEqual(got, ['one']);
  b.close();
});

built('a socket that is closed does nothing more by another that has its number by then', async () => {
  const got: string[] = [];
  const a = native!.bind(here, nothing);
  const b = native!.bind(here, (text) => got.push(text));
  const bound = native!.bind(here, nothing);
  bound.close();
  const first = native!.connect(a.local, b.local, nothing, nothing);
  bound.close();
  first.send('first');
  first.close();
  const second = native!.connect(a.local, b.local, nothing, nothing);
  first.close();
  first.send('of nobody');
  second.send('second');
  await expect.poll(() => got).toContain('second');
  assert.deepEqual(got, ['first', 'second']);
  for (const socket of [a, b, second]) socket.close();
});

built('a refusal that sending meets before receiving does is told (RFC 3261 §18.4)', async () => {
  const told: string[] = [];
  const [a, vacant] = [native!.bind(here, nothing), native!.bind(here, nothing)];
  vacant.close();
  const connected = native!.connect(a.local, vacant.local, nothing, ({ kind }) => told.push(kind));
  connected.send('one'); // its ICMP error is there before the next
  connected.send('two');
  await expect.poll(() => told).toEqual(['refused']);
  connected.close();
  a.close();
});

built(
  'what is said to datagrams that were read together leaves once all are handled, and what is said to one that comes alone at once',
  async () => {
    const has = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    const unread = ({ port }: Address) => {
      const line = readFileSync('/proc/net/udp', 'utf8')
        .split('\n')
        .find((line) => line.slice(0, 22).includes(has(port)));
      return !/ 00000000:00000000 /.test(line!);
    };
    const [got, left]: [string[], boolean[]] = [[], []];
    const b = native!.bind(here, (text) => got.push(text));
    const a = native!.bind(here, (text) => {
      a.send(text, b.local);
      left.push(unread(b.local));
    });
    for (const text of ['one', 'two', 'three']) b.send(text, a.local);
    await expect.poll(() => got).toEqual(['one', 'two', 'three']);
    b.send('alone', a.local);
    await expect.poll(() => got).toContain('alone');
    assert.deepEqual(left, [false, false, false, true]);
    a.close();
    b.close();
  },
);

built('however much is said to a datagram arrives, in its order', async () => {
  const got: string[] = [];
  const said = Array.from({ length: 150 }, (_, at) => String(at).padEnd(at >= 40 && at < 43 ? 65_507 : 1));
  const b = native!.bind(here, (text) => got.push(text));
  const a = native!.bind(here, (text) => {
    if (text !== 'go') return;
    for (const [at, text] of said.entries()) a.send(text, b.local, at % 50 === 49 ? nothing : undefined);
  });
  sendFollowed(b, a.local);
  await expect.poll(() => got.length).toBe(said.length);
  assert.isTrue(got.every((text, at) => text === said[at]));
  for (const socket of [a, b]) socket.close();
});

built('what a socket says before it is closed still leaves, and so does what others say to the same datagram', async () => {
  const got: string[] = [];
  const b = native!.bind(here, (text) => got.push(text));
  const c = native!.bind(here, nothing);
  const a = native!.bind(here, () => {
    a.send('farewell', b.local);
    a.close();
    c.send('it is gone', b.local);
  });
  sendFollowed(b, a.local);
  await expect.poll(() => got).toEqual(['farewell', 'it is gone']);
  b.close();
  c.close();
});

built('a refusal of what waited for other datagrams is told later, and not for each of them (RFC 3261 §18.4)', async () => {
  const told: string[] = [];
  const [b, first, second] = [native!.bind(here, nothing), native!.bind(here, nothing), native!.bind(here, nothing)];
  const connected = Object.entries({ first, second }).map(([which, vacant]) => {
    vacant.close();
    return native!.connect(b.local, vacant.local, nothing, ({ kind }) => told.push(`${which} ${kind}`));
  });
  let turn = 0;
  const a = native!.bind(here, (text) => {
    if (text !== 'go') return;
    for (let at = 0; at < 100; at++) connected[turn]!.send('x'); // more than can wait
    turn++;
    told.push('sent');
  });
  for (const which of ['first', 'second']) {
    told.length = 0;
    sendFollowed(b, a.local);
    // By sending, and what becomes of the last one by receiving.
    await expect.poll(() => told.join(', ')).toMatch(new RegExp(`^sent(, ${which} refused){1,2}$`));
    await sleep(20);
    assert.isAtMost(told.length, 3);
  }
  for (const socket of [a, b, ...connected]) socket.close();
});

built('however many come at once are all heard, in their order, and what comes after them', async () => {
  const got: string[] = [];
  const [a, b] = [native!.bind(here, (text) => got.push(text)), native!.bind(here, nothing)];
  for (let many = 1; many <= 50; many++) {
    const texts = Array.from({ length: many }, (_, at) => `${many}.${at}`);
    got.length = 0;
    for (const text of texts) b.send(text, a.local);
    await expect.poll(() => got.length, { interval: 1 }).toBe(many);
    assert.deepEqual(got, texts);
  }
  for (const socket of [a, b]) socket.close();
});

built('what is refused keeps nothing back that waits behind it', async () => {
  const got: string[] = [];
  const [b, other] = [native!.bind(here, (text) => got.push(text)), native!.bind(here, (text) => got.push(text))];
  const a = native!.bind(here, (text) => {
    if (text !== 'go') return;
    a.send('1', b.local);
    a.send('2', { host: '127.0.0.1', port: 0 }); // refused before it waits
    a.send('3', { host: '255.255.255.255', port: b.local.port }); // refused by the kernel, as nobody asked for broadcasts
    a.send('4', b.local);
    other.send('5', b.local);
    a.send('x'.repeat(65_507), b.local);
    a.send('6', b.local);
  });
  sendFollowed(b, a.local);
  await expect.poll(() => got.map((text) => text.slice(0, 1)).join('')).toBe('145x6');
  for (const socket of [a, b, other]) socket.close();
});

built('what is closed is given back to the system: 3,000 sockets after each other leave no file open', async () => {
  const files = () => readdirSync('/proc/self/fd').length;
  const before = files();
  for (let round = 0; round < 30; round++) {
    const sockets = Array.from({ length: 100 }, () => native!.bind(here, nothing));
    for (const socket of sockets) socket.close();
    await sleep(0);
  }
  assert.isAtMost(files(), before);
});

built('what a receiver throws ends the program as any other mistake, with its stack', () => {
  const { end, error } = run(`
    const a = open(() => { throw new Error('a mistake') });
    udp.send(a, 'x', '127.0.0.1', udp.port(a));`);
  assert.equal(end, 1);
  assert.match(error, /Error: a mistake\n {4}at /);
});

built('a program ends with sockets open: by itself, and in a thread that is ended', () => {
  assert.deepEqual(run(`open(); open(); console.log('end'); process.exit(3)`), { end: 3, said: 'end', error: '' });
  const threads = run(`
    const { Worker } = require('node:worker_threads');
    const inner = "const m = { exports: {} }; process.dlopen(m, " + JSON.stringify(${JSON.stringify(LIBRARY)}) + ");" +
      "for (let i = 0; i < 20; i++) m.exports.open('127.0.0.1', 0, '', 0, 65536, () => {}, () => {});" +
      "require('node:worker_threads').parentPort.postMessage(m.exports.port(0))";
    const worker = new Worker(inner, { eval: true });
    worker.on('message', (port) => worker.terminate().then(() => console.log(port > 0)));`);
  assert.deepEqual(threads, { end: 0, said: 'true', error: '' });
});

built('values of other kinds, and sockets that are none, are errors and no more', () => {
  const { end, said } = run(`
    const junk = [undefined, null, {}, [], 'x', -1, 1.5, 4e9, NaN, 1n, Symbol('s'), () => {}];
    const bound = open();
    let errors = 0;
    for (const a of junk) for (const b of junk) {
      for (const call of [
        () => udp.open(a, b, a, b, a, b, a), () => udp.open('127.0.0.1', 0, a, b, 1, () => {}, () => {}),
        () => udp.open('127.0.0.1', 0, '', 0, 1, a, b),
        () => udp.send(a, b), () => udp.send(bound, 'x', a, b), () => udp.send(bound, a), () => udp.post(a, b), () => udp.port(a), () => udp.close(a),
        () => udp.wait(a), () => udp.open(), () => udp.send(), () => udp.port(), () => udp.close(), () => udp.post(),
      ]) try { const r = call(); if (typeof r === 'number' && r < 0) errors++; else if (r >= 0 && r !== bound) udp.close(r); } catch { errors++ }
    }
    console.log(errors > 500);
    process.exit(0)`);
  assert.deepEqual([end, said], [0, 'true']);
});

needs(
  'udp.node',
  'netns',
  'ip',
  'tc',
)('what the kernel has no room for is lost and not told, and what comes later goes', () => {
  // A line of 100 Mbit/s, and a socket whose kernel buffer holds a few datagrams.
  const link = `ip link add v0 type veth peer name v1 && ip addr add 10.9.0.1/24 dev v0 && ip link set v0 up && ip link set v1 up &&
    ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:01 dev v0 && tc qdisc add dev v0 root tbf rate 100mbit burst 30000 limit 30000000`;
  const program = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(LIBRARY)}); const udp = m.exports;
    const socket = udp.open('10.9.0.1', 0, '', 0, 20000, () => {}, () => {});
    const send = () => udp.send(socket, 'x'.repeat(1000), '10.9.0.2', 9);
    const results = new Set(Array.from({ length: 3000 }, send));
    const packets = () => Number(/v0:(?: +[0-9]+){9} +([0-9]+)/.exec(require('fs').readFileSync('/proc/net/dev', 'utf8'))[1]);
    setTimeout(() => {
      const before = packets();
      send();
      setTimeout(() => console.log(JSON.stringify([[...results], before > 10 && before < 3000, packets() > before])), 100);
      setTimeout(() => udp.close(socket), 200);
    }, 400);`;
  const script = `${link} && exec ${process.execPath} -e "$PROGRAM"`;
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, PROGRAM: program };
  const { stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', script], { env, encoding: 'utf8', timeout: 20_000 });
  assert.deepEqual([stdout.trim(), stderr], ['[[0],true,true]', '']);
});

/** What a program says that has the library as `udp`, on a machine that has another one, at 10.9.0.2, for which `there` is run first. */
function runBesideAnother(there: string, program: string) {
  const link = `unshare --net sleep 15 & other=$!; trap "kill $other" EXIT
    while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    ip link add v0 type veth peer name v1 netns $other && ip addr add 10.9.0.1/24 dev v0 && ip link set v0 up && ip link set lo up &&
    nsenter -t $other -n sh -c 'ip addr add 10.9.0.2/24 dev v1 && ip link set v1 up'`;
  const script = `${link} && ${there} && ${process.execPath} -e "$PROGRAM"`;
  const library = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(LIBRARY)}); const udp = m.exports;`;
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, PROGRAM: library + program };
  const { stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', script], { env, encoding: 'utf8', timeout: 20_000 });
  return [stdout.trim(), stderr];
}

const besideAnother = needs('udp.node', 'netns', 'ip', 'nsenter');

besideAnother(
  'of many requests that wait together for a hop that refuses them at least one is told of, though it says so to a few only (RFC 3261 §18.4)',
  () => {
    // Linux answers six datagrams at once with ICMP, and then one a second.
    const said = runBesideAnother(
      'true',
      `let told = 0;
      const hop = udp.open('10.9.0.1', 0, '10.9.0.2', 9, 65536, () => {}, () => told++);
      const say = (text) => { if (text === 'go') for (let at = 0; at < 20; at++) udp.post(hop, 'x'); };
      const [a, b] = [udp.open('127.0.0.1', 0, '', 0, 65536, say, () => {}), udp.open('127.0.0.1', 0, '', 0, 65536, () => {}, () => {})];
      for (const text of ['go', 'and more']) udp.send(b, text, '127.0.0.1', udp.port(a));
      const { user, system } = process.cpuUsage();
      setTimeout(() => {
        const used = process.cpuUsage({ user, system });
        console.log(told > 0, used.user + used.system < 200_000);
        process.exit();
      }, 1_000);`,
    );
    assert.deepEqual(said, ['true true', '']);
  },
);

for (const [family, own, absent] of [
  ['ipv4', '10.9.0.1', '10.9.0.77'],
  ['ipv6', 'fd00:9::1', 'fd00:9::77'],
])
  besideAnother(
    `a hop that nobody on the link answers for is told of, and costs nothing afterwards: ${family} (RFC 3261 §18.4)`,
    () => {
      const said = runBesideAnother(
        `ip addr add fd00:9::1/64 dev v0 nodad && echo 1 > /proc/sys/net/${family}/neigh/v0/mcast_solicit`,
        `const { errno } = require('node:os').constants;
      const before = process.cpuUsage();
      const hop = udp.open('${own}', 0, '${absent}', 9, 65536, () => {}, (error) => {
        console.log(error === -errno.EHOSTUNREACH);
        setTimeout(() => {
          const { user, system } = process.cpuUsage(before);
          console.log(user + system < 200_000);
          process.exit();
        }, 500);
      });
      udp.send(hop, 'x');
      setTimeout(process.exit, 5_000);`,
      );
      assert.deepEqual(said, ['true\ntrue', '']);
    },
  );

besideAnother('what a router lets die, or has no room for, is no refusal, and what is sent next goes (RFC 3261 §18.4)', () => {
  const beyond = `ip link add v2 type veth peer name v3 && ip link set v2 mtu 600 && ip addr add 10.10.0.1/24 dev v2 && ip link set v2 up &&
    ip link set v3 up && ip neigh add 10.10.0.9 lladdr 02:00:00:00:00:01 dev v2 && echo 1 > /proc/sys/net/ipv4/ip_forward`;
  const said = runBesideAnother(
    `nsenter -t $other -n sh -c '${beyond}' && ip route add 10.10.0.0/24 via 10.9.0.2`,
    `const { readFileSync, writeFileSync } = require('node:fs');
    const ttl = (hops) => writeFileSync('/proc/sys/net/ipv4/ip_default_ttl', String(hops));
    const came = () => readFileSync('/proc/net/snmp', 'utf8').match(/^IcmpMsg: [0-9].*/m)?.[0];
    const results = [];
    const hop = udp.open('10.9.0.1', 0, '10.10.0.9', 9, 65536, () => {}, (error) => results.push('told ' + error));
    const send = (length) => { results.push(udp.send(hop, 'x'.repeat(length))); };
    const after = (ms) => new Promise((go) => setTimeout(go, ms));
    (async () => {
      ttl(1);
      send(10); send(10); // what came back of the first is there before the second
      await after(200);
      ttl(64);
      send(1_000); send(1_000);
      await after(200);
      console.log(JSON.stringify(results), came());
      process.exit();
    })();`,
  );
  assert.deepEqual(said, ['[0,0,0,0] IcmpMsg: 1 2', '']);
});
