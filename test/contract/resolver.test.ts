import { createSocket } from 'node:dgram';
import { readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NodeRandom } from '../../src/runtime/node/random.ts';
import { NodeResolver, type NodeResolverOptions } from '../../src/runtime/node/resolver.ts';
import type { Answer, RecordType, Resolver } from '../../src/runtime/resolver.ts';
import { DnsStub, type Habits, wire } from '../support/dns-stub.ts';
import { newFolder } from '../support/new-folder.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimResolver } from '../support/sim-resolver.ts';
import { until } from '../support/until.ts';
import { Zone } from '../support/zone.ts';

const ask = <T extends RecordType>(resolver: Resolver, name: string, type: T) =>
  new Promise<Answer<T>>((resolve) => resolver.query(name, type, resolve));

async function stubAt(host: string, zone: string, port = 0, habits: Habits = {}) {
  const stub = new DnsStub(host, zone);
  const bound = await stub.listen(port, habits);
  onTestFinished(() => stub.close());
  return { stub, port: bound };
}

/** Its name servers are real, its time is not: no patience ends because the machine is slow. */
function resolverAt(port: number, conf: string, options: NodeResolverOptions & { hostsText?: string } = {}) {
  const place = newFolder('dns');
  const resolvConf = join(place, 'resolv.conf');
  const hosts = join(place, 'hosts');
  writeFileSync(resolvConf, conf);
  writeFileSync(hosts, options.hostsText ?? '127.0.0.1 localhost\n');
  const clock = new SimClock();
  const resolver = new NodeResolver(clock, new NodeRandom(), { resolvConf, hosts, port, ...options });
  onTestFinished(() => {
    resolver.close();
    expect(clock.armed().filter(({ name }) => name !== 'dns')).toEqual([]);
  });
  return { resolver, resolvConf, hosts, clock };
}

/** A resolver before one name server on loopback. */
async function node(
  zone: string,
  habits: Habits = {},
  conf = '',
  options: NodeResolverOptions & { hostsText?: string } = {},
  host = '127.0.0.1',
) {
  const { stub, port } = await stubAt(host, zone, 0, habits);
  return { stub, port, ...resolverAt(port, `nameserver ${host}\n${conf}`, options) };
}

/** The kernel tells that a file was replaced; 50 ms later it is read. */
async function settled(clock: SimClock): Promise<void> {
  await until(() => clock.armed().some(({ name }) => name === 'watch'));
  clock.advance(50);
}

async function sim(zone: string) {
  return { resolver: new SimResolver(new SimClock(), zone) };
}

const WORLD = `
  d.test            30 NAPTR 50 60 s SIPS+D2T "" _sips._tcp.d.test.
  1.e164.test       30 NAPTR 100 10 u E2U+sip !^.*$!sip:Info@D.test! .
  _sip._udp.d.test  40 SRV 10 60 5060 A.d.test.
  _sip._udp.d.test  20 SRV 20 0 5061 b.d.test.
  _sip._tcp.d.test  20 SRV 0 0 0 .
  a.d.test          300 A 192.0.2.1
  a.d.test          200 A 192.0.2.2
  a.d.test          60 AAAA 2001:db8::1
  alias.test        25 CNAME b.test.
  b.test            15 CNAME a.d.test.
  test              60 SOA 5`;

describe.each([
  ['sim', sim],
  ['node', node],
])('%s resolver', (_name, subject) => {
  test('records come as they were published, names in small letters without the last dot, the root as nothing', async () => {
    const { resolver } = await subject(WORLD.replace('A.d.test', 'a.d.test'));
    expect(await ask(resolver, 'a.d.test', 'A')).toEqual({
      kind: 'records',
      records: [{ address: '192.0.2.1' }, { address: '192.0.2.2' }],
      ttl: 200,
    });
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toEqual({ kind: 'records', records: [{ address: '2001:db8::1' }], ttl: 60 });
    expect(await ask(resolver, '_sip._udp.d.test', 'SRV')).toEqual({
      kind: 'records',
      records: [
        { priority: 10, weight: 60, port: 5060, target: 'a.d.test' },
        { priority: 20, weight: 0, port: 5061, target: 'b.d.test' },
      ],
      ttl: 20,
    });
    expect(await ask(resolver, '_sip._tcp.d.test', 'SRV')).toMatchObject({ records: [{ target: '' }] });
    const sips = { order: 50, preference: 60, flags: 's', service: 'SIPS+D2T', regexp: '', replacement: '_sips._tcp.d.test' };
    expect(await ask(resolver, 'd.test', 'NAPTR')).toEqual({ kind: 'records', records: [sips], ttl: 30 });
    expect(await ask(resolver, '1.e164.test', 'NAPTR')).toMatchObject({
      records: [{ flags: 'u', service: 'E2U+sip', regexp: '!^.*$!sip:Info@D.test!', replacement: '' }],
    });
  });

  test('a name without such a record is not a name without any, and the SOA says how long (RFC 2308 §5)', async () => {
    const { resolver } = await subject(WORLD);
    expect(await ask(resolver, 'd.test', 'A')).toEqual({ kind: 'none', ttl: 5, nxdomain: false });
    expect(await ask(resolver, 'nx.test', 'A')).toEqual({ kind: 'none', ttl: 5, nxdomain: true });
    expect(await ask(resolver, 'nx.elsewhere', 'A')).toEqual({ kind: 'none', ttl: 0, nxdomain: true });
  });

  test('D23: aliases are followed, with the least TTL of the way, and a loop of them fails at once', async () => {
    const { resolver } = await subject(`${WORLD}\nloop.test 30 CNAME pool.test\npool.test 30 CNAME loop.test`);
    expect(await ask(resolver, 'alias.test', 'AAAA')).toEqual({
      kind: 'records',
      records: [{ address: '2001:db8::1' }],
      ttl: 15,
    });
    expect(await ask(resolver, 'loop.test', 'A')).toEqual({ kind: 'failed', why: 'loop.test is an alias that leads nowhere' });
  });

  test('a name server that fails is no answer', async () => {
    const { resolver } = await subject('d.test SERVFAIL\ne.test REFUSED');
    expect(await ask(resolver, 'd.test', 'A')).toMatchObject({ kind: 'failed', why: expect.stringMatching(/says SERVFAIL$/) });
    expect(await ask(resolver, 'e.test', 'A')).toMatchObject({ kind: 'failed', why: expect.stringMatching(/says REFUSED$/) });
  });
});

describe('node resolver, on the wire', () => {
  test.each(['127.0.0.1', '::1'])('D22: what does not fit in a datagram is asked for over TCP: of %s', async (host) => {
    const { resolver, stub } = await node(WORLD, { truncates: true }, '', {}, host);
    expect(await ask(resolver, '_sip._udp.d.test', 'SRV')).toMatchObject({
      kind: 'records',
      records: [{ port: 5060 }, { port: 5061 }],
    });
    expect(stub.seen.map(({ tcp }) => tcp)).toEqual([false, true]);
  });

  test('D22: a truncated answer and no TCP is a failure, not half an answer', async () => {
    const { resolver } = await node(WORLD, { truncates: true, withoutTcp: true });
    expect(await ask(resolver, '_sip._udp.d.test', 'SRV')).toEqual({
      kind: 'failed',
      why: '127.0.0.1 cannot be asked: nothing listens there',
    });
  });

  test.each<[string, Habits, string]>([
    ['closes the connection', { hangsUp: true }, '127.0.0.1 closed the connection'],
    ['refuses', { forge: (answer, send) => send({ ...answer, flags: 5, answers: [] }) }, '127.0.0.1 says REFUSED'],
    [
      'says what nobody asked',
      { forge: (answer, send) => send({ ...answer, id: answer.id! ^ 1 }) },
      '127.0.0.1 answers something else',
    ],
  ])('D22: a server that %s over TCP has failed at once, and no socket stays open', async (_, habits, why) => {
    const { resolver, stub, clock } = await node(WORLD, { truncates: true, ...habits });
    const files = () => readdirSync('/proc/self/fd').length;
    const before = files();
    expect(await ask(resolver, '_sip._udp.d.test', 'SRV')).toEqual({ kind: 'failed', why });
    expect(clock.now()).toBe(0);
    stub.habits = { truncates: true };
    expect(await ask(resolver, '_sip._udp.d.test', 'SRV')).toMatchObject({ kind: 'records' });
    await until(() => files() <= before);
  });

  test('each question has another id, another port and other capitals, and offers 1232 bytes (RFC 5452 §9)', async () => {
    const { resolver, stub } = await node(WORLD);
    const long = 'a-name-of-many-letters.d.test';
    for (let i = 0; i < 8; i++) await ask(resolver, long, 'A');
    expect(new Set(stub.seen.map(({ id }) => id)).size).toBeGreaterThan(6);
    expect(new Set(stub.seen.map(({ port }) => port)).size).toBeGreaterThan(4);
    expect(new Set(stub.seen.map(({ name }) => name)).size).toBe(8);
    expect(stub.seen.every(({ edns }) => edns)).toBe(true);
  });

  test('a server that does not keep the capitals is asked over TCP, and one without TCP in small letters', async () => {
    const tcp = await node(WORLD, { lowers: true });
    const long = 'a-name-of-many-letters.d.test'; // of a few all may be small by chance
    expect(await ask(tcp.resolver, long, 'A')).toMatchObject({ kind: 'none' });
    expect(tcp.stub.seen.map(({ tcp }) => tcp)).toEqual([false, true]);
    const udp = await node(WORLD, { lowers: true, withoutTcp: true });
    expect(await ask(udp.resolver, 'a.d.test', 'AAAA')).toMatchObject({ kind: 'records' });
    expect(udp.stub.seen.at(-1)).toMatchObject({ name: 'a.d.test', tcp: false });
  });

  test('a server that does not understand EDNS is asked without (RFC 6891 §7)', async () => {
    const { resolver, stub } = await node(WORLD, { fearsEdns: true });
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ kind: 'records' });
    expect(stub.seen.map(({ edns }) => edns)).toEqual([true, false]);
    stub.zone = new Zone('* FORMERR');
    expect(await ask(resolver, 'a.d.test', 'A')).toEqual({ kind: 'failed', why: '127.0.0.1 does not understand the question' });
    expect(stub.seen.map(({ edns }) => edns)).toEqual([true, false, true, false, true, false]);
  });

  test('S22: an answer with another id, another question or no sense is not heard', async () => {
    const evil = wire(new Zone('a.d.test 30 AAAA 2001:db8::bad').records[0]!);
    const { resolver, stub } = await node(WORLD, {
      forge(answer, send) {
        const [question] = answer.questions!;
        send({ ...answer, id: answer.id! ^ 1, answers: [evil] });
        send({ ...answer, questions: [{ ...question!, name: 'b.d.test' }], answers: [evil] });
        send({ ...answer, questions: [{ ...question!, type: 'A' }], answers: [evil] });
        send({ ...answer, type: 'query', answers: [evil] });
        send({ ...answer, questions: [question!, question!], answers: [evil] });
        send(encode(answer).subarray(0, 20));
        send(Buffer.from([answer.id! >> 8, answer.id! & 255, 0x81, 0x80, 255, 255, 255, 255, 0, 0, 0, 0, 0xc0, 0x0c]));
        setTimeout(() => send(answer), 30);
      },
    });
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ records: [{ address: '2001:db8::1' }] });
    expect(stub.seen.map(({ tcp }) => tcp)).toEqual([false]);
  });

  test('S22: an answer from another address or port is not heard', async () => {
    const liar = createSocket('udp4');
    onTestFinished(() => void liar.close());
    const { resolver, stub } = await node(WORLD, {
      forge(answer, send) {
        const forged = encode({ ...answer, answers: [wire(new Zone('a.d.test 30 AAAA 2001:db8::bad').records[0]!)] });
        liar.send(forged, stub.seen.at(-1)!.port, '127.0.0.1', () => setTimeout(() => send(answer), 20));
      },
    });
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ records: [{ address: '2001:db8::1' }] });
  });

  test('S22: records that nobody asked for are passed over', async () => {
    const lies = new Zone(`
      bank.test 30 AAAA 2001:db8::bad
      a.d.test 30 A 192.0.2.66
      a.d.test 30 AAAA 2001:db8::1
      other.test 30 CNAME bank.test`).records.map(wire);
    const { resolver } = await node(WORLD, {
      forge: (answer, send) => send({ ...answer, flags: 0, answers: lies, authorities: [] }),
    });
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ records: [{ address: '2001:db8::1' }] });
    expect(await ask(resolver, 'c.d.test', 'AAAA')).toEqual({ kind: 'none', ttl: 0, nxdomain: false });
  });

  test('D23: links that come one at a time are asked for one at a time, and no more than 8', async () => {
    const { resolver, stub } = await node(WORLD, { oneLink: true });
    expect(await ask(resolver, 'alias.test', 'AAAA')).toEqual({
      kind: 'records',
      records: [{ address: '2001:db8::1' }],
      ttl: 15,
    });
    expect(stub.asked).toEqual(['AAAA alias.test', 'AAAA b.test', 'AAAA a.d.test']);
    const chain = Array.from({ length: 50 }, (_, i) => `c${i}.test 30 CNAME c${i + 1}.test`).join('\n');
    const loop = await node(`${chain}\nx.test 30 CNAME y.test\ny.test 30 CNAME x.test`, { oneLink: true });
    expect(await ask(loop.resolver, 'x.test', 'A')).toEqual({ kind: 'failed', why: 'x.test is an alias that leads nowhere' });
    loop.stub.asked.length = 0;
    expect(await ask(loop.resolver, 'c0.test', 'A')).toEqual({ kind: 'failed', why: 'c0.test is an alias that leads nowhere' });
    expect(loop.stub.asked.length).toBeLessThan(10);
  });
});

describe('node resolver, several name servers', () => {
  test('D21: a server that refuses makes room for the next at once, one that is silent after 1.125 s', async () => {
    const first = await stubAt('127.0.0.1', '* SERVFAIL');
    const second = await stubAt('127.0.0.2', WORLD, first.port);
    const { resolver, clock } = resolverAt(first.port, 'nameserver 127.0.0.1\nnameserver 127.0.0.2');
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ kind: 'records' });
    expect(clock.now()).toBe(0);
    first.stub.zone = new Zone('* SILENT');
    second.stub.asked.length = 0;
    // The one that answered is asked first from now on.
    expect(await ask(resolver, 'a.d.test', 'A')).toMatchObject({ kind: 'records' });
    expect(first.stub.asked).toEqual(['AAAA a.d.test']);
    resolver.flush();
    const open = ask(resolver, 'a.d.test', 'A');
    await until(() => first.stub.asked.length === 2);
    expect(first.stub.asked).toEqual(['AAAA a.d.test', 'A a.d.test']);
    // Four tries, of two servers twice each, share 4.5 s.
    expect(clock.armed()).toMatchObject([{ name: 'dns-next', due: 1_125 }, { name: 'dns' }]);
    clock.advance(1_125);
    expect(await open).toMatchObject({ kind: 'records' });
    expect(second.stub.asked).toEqual(['A a.d.test', 'A a.d.test']);
  });

  test('D21: an answer that comes late counts, though who was asked after it has refused', async () => {
    const first = await stubAt('127.0.0.1', WORLD);
    const second = await stubAt('127.0.0.2', '* REFUSED', first.port);
    const { resolver, clock } = resolverAt(first.port, 'nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions attempts:1');
    const files = () => readdirSync('/proc/self/fd').length;
    const before = files();
    let late: (() => void) | undefined;
    first.stub.habits.forge = (answer, send) => {
      late ??= () => send(answer);
    };
    const open = ask(resolver, 'a.d.test', 'A');
    await until(() => late !== undefined);
    clock.advance(1_500);
    await until(() => second.stub.asked.length === 1);
    await until(() => files() <= before + 1);
    late!();
    expect(await open).toMatchObject({ kind: 'records' });
  });

  test('D21: nobody listens: the failure comes at once', async () => {
    const { port, stub } = await stubAt('127.0.0.1', WORLD);
    const { resolver, clock } = resolverAt(port, 'nameserver 127.0.0.9');
    expect(await ask(resolver, 'a.d.test', 'A')).toEqual({
      kind: 'failed',
      why: '127.0.0.9 cannot be asked: nothing listens there',
    });
    expect(clock.now()).toBe(0);
    expect(stub.asked).toEqual([]);
  });

  test('D21: a server that hangs is asked three times and given up after 4.5 s, and works again when it recovers', async () => {
    const { resolver, stub, clock } = await node('* SILENT');
    const answers: Answer[] = [];
    resolver.query('a.d.test', 'A', (answer) => answers.push(answer));
    for (const asked of [1, 2, 3]) {
      await until(() => stub.asked.length === asked);
      expect([clock.now(), stub.asked.length, answers]).toEqual([(asked - 1) * 1_500, asked, []]);
      clock.advance(asked === 3 ? 1_499 : 1_500);
    }
    expect(answers).toEqual([]);
    clock.advance(1);
    expect(answers).toEqual([{ kind: 'failed', why: 'no name server answers' }]);
    expect(clock.armed()).toEqual([]);
    expect(stub.asked).toHaveLength(3);
    stub.zone = new Zone(WORLD);
    expect(await ask(resolver, 'a.d.test', 'A')).toMatchObject({ kind: 'records' });
  });

  test('D21: a question that was given up leaves no socket open', async () => {
    const { resolver, stub, clock } = await node('* SILENT');
    const files = () => readdirSync('/proc/self/fd').length;
    const before = files();
    const open = ask(resolver, 'a.d.test', 'A');
    await until(() => stub.asked.length === 1);
    expect(files()).toBe(before + 1);
    clock.advance(4_500);
    expect(await open).toMatchObject({ kind: 'failed' });
    await until(() => files() <= before);
    expect(files()).toBe(before);
  });

  test('D21: a server that comes back answers what is still open, however few attempts resolv.conf names', async () => {
    const { resolver, stub, clock } = await node('* SILENT', {}, 'options edns0 trust-ad timeout:1 attempts:1');
    const open = ask(resolver, 'a.d.test', 'A');
    for (const asked of [1, 2]) {
      await until(() => stub.asked.length === asked);
      expect(stub.asked).toHaveLength(asked);
      if (asked === 2) stub.zone = new Zone(WORLD);
      clock.advance(1_000);
    }
    expect(await open).toMatchObject({ kind: 'records' });
    expect(stub.asked).toHaveLength(3);
  });

  test('D30: resolv.conf is replaced while a question is open: the new server is asked, also for that one', async () => {
    const { stub: old, port } = await stubAt('127.0.0.1', '* SILENT');
    const { stub: fresh } = await stubAt('127.0.0.2', WORLD, port);
    const { resolver, resolvConf, clock } = resolverAt(port, 'nameserver 127.0.0.1');
    let told = 0;
    resolver.changed = () => told++;
    const open = ask(resolver, 'a.d.test', 'A');
    await until(() => old.asked.length === 1);
    writeFileSync(`${resolvConf}.new`, 'nameserver 127.0.0.2');
    renameSync(`${resolvConf}.new`, resolvConf);
    await settled(clock);
    expect(await open).toMatchObject({ kind: 'records' });
    expect(told).toBe(1);
    expect(old.asked).toEqual(['A a.d.test']);
    expect(fresh.asked).toEqual(['A a.d.test']);
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ kind: 'records' });
    expect(old.asked).toHaveLength(1);
  });

  test('D30: resolv.conf that cannot be watched, as one mounted into a container, is read again by whoever asks next', async () => {
    const { stub: old, port } = await stubAt('127.0.0.1', WORLD);
    const { stub: fresh } = await stubAt('127.0.0.2', WORLD, port);
    const { resolver, resolvConf } = resolverAt(port, 'nameserver 127.0.0.1');
    await ask(resolver, 'a.d.test', 'A');
    writeFileSync(resolvConf, 'nameserver 127.0.0.2'); // and the clock stands: nobody hears of it
    expect(await ask(resolver, 'a.d.test', 'A')).toMatchObject({ kind: 'records' });
    expect([old.asked.length, fresh.asked.length]).toEqual([1, 1]);
  });

  test('D30: a network that changed has what is still open asked again at once, of the name servers of now', async () => {
    const { stub: old, port } = await stubAt('127.0.0.1', '* SILENT');
    const { stub: fresh } = await stubAt('127.0.0.2', '* SILENT', port);
    const { resolver, resolvConf, clock } = resolverAt(port, 'nameserver 127.0.0.1');
    const answers: Answer[] = [];
    resolver.query('a.d.test', 'A', (answer) => answers.push(answer));
    await until(() => old.asked.length === 1);
    writeFileSync(resolvConf, 'nameserver 127.0.0.2');
    resolver.flush();
    await until(() => fresh.asked.length > 0);
    fresh.zone = new Zone(WORLD);
    resolver.flush();
    await until(() => answers.length > 0);
    expect(answers).toMatchObject([{ kind: 'records' }]);
    expect([old.asked.length, clock.now()]).toEqual([1, 0]);
  });

  test('D30: resolv.conf that the system will not look at, as a link that leads to itself, is as good as none, and no bug', async () => {
    const { port } = await stubAt('127.0.0.1', WORLD);
    const loop = join(newFolder('dns'), 'resolv.conf');
    symlinkSync('resolv.conf', loop);
    const { resolver } = resolverAt(port, '', { resolvConf: loop });
    expect(await ask(resolver, 'a.d.test', 'A')).toMatchObject({ kind: 'records' });
  });

  test('D30: resolv.conf that is a link is picked up when what it leads to is replaced', async () => {
    const { stub: old, port } = await stubAt('127.0.0.1', WORLD);
    const { stub: fresh } = await stubAt('127.0.0.2', WORLD, port);
    const [run, etc] = [newFolder('dns'), newFolder('dns')];
    writeFileSync(join(run, 'stub.conf'), 'nameserver 127.0.0.1');
    symlinkSync(join(run, 'stub.conf'), join(etc, 'resolv.conf'));
    const { resolver, clock } = resolverAt(port, '', { resolvConf: join(etc, 'resolv.conf') });
    await ask(resolver, 'a.d.test', 'A');
    let told = 0;
    resolver.changed = () => told++;
    writeFileSync(join(run, 'next.conf'), 'nameserver 127.0.0.2');
    renameSync(join(run, 'next.conf'), join(run, 'stub.conf'));
    await settled(clock);
    expect(told).toBe(1);
    await ask(resolver, 'a.d.test', 'A');
    expect([old.asked.length, fresh.asked.length]).toEqual([1, 1]);
  });
});

describe('node resolver, what this machine knows', () => {
  test('the hosts file comes before the name servers, and is read again when it changes', async () => {
    const { resolver, stub, hosts } = await node(WORLD, {}, '', { hostsText: ' \t192.0.2.77 Phone.test pbx # desk\n' });
    expect(await ask(resolver, 'phone.test', 'A')).toEqual({ kind: 'records', records: [{ address: '192.0.2.77' }], ttl: 60 });
    expect(await ask(resolver, 'phone.test', 'AAAA')).toEqual({ kind: 'none', ttl: 60, nxdomain: false });
    expect(await ask(resolver, 'pbx', 'A')).toMatchObject({ records: [{ address: '192.0.2.77' }] });
    expect(stub.asked).toEqual([]);
    writeFileSync(hosts, '192.0.2.78 phone.test\n');
    expect(await ask(resolver, 'phone.test', 'A')).toMatchObject({ records: [{ address: '192.0.2.78' }] });
  });

  test('localhost is this machine, and what is nobody is not asked for (RFC 6761 §6)', async () => {
    const { resolver, stub } = await node('* SERVFAIL');
    expect(await ask(resolver, 'a.localhost', 'AAAA')).toMatchObject({ records: [{ address: '::1' }] });
    expect(await ask(resolver, 'localhost', 'A')).toMatchObject({ records: [{ address: '127.0.0.1' }] });
    expect(await ask(resolver, '_sip._udp.localhost', 'SRV')).toMatchObject({ kind: 'none', nxdomain: true });
    expect(await ask(resolver, 'x.invalid', 'A')).toMatchObject({ kind: 'none', nxdomain: true });
    expect(stub.asked).toEqual([]);
  });

  test('names of the local network are asked of the system, once for both families (RFC 6762 §3)', async () => {
    const system: string[] = [];
    const { resolver, stub } = await node(WORLD, {}, 'search d.test', {
      system: (name, done) => {
        system.push(name);
        setTimeout(() => done(name === 'phone.local' ? ['192.0.2.5', '2001:db8::5'] : undefined), 10);
      },
    });
    const [four, six, none, srv] = await Promise.all([
      ask(resolver, 'phone.local', 'A'),
      ask(resolver, 'phone.local', 'AAAA'),
      ask(resolver, 'gone.local', 'A'),
      ask(resolver, '_sip._udp.phone.local', 'SRV'),
    ]);
    expect([four, six]).toMatchObject([{ records: [{ address: '192.0.2.5' }] }, { records: [{ address: '2001:db8::5' }] }]);
    expect([none, srv]).toMatchObject([
      { kind: 'none', nxdomain: true },
      { kind: 'none', nxdomain: false },
    ]);
    expect(system).toEqual(['phone.local', 'gone.local']);
    expect(stub.asked).toEqual([]);
  });

  test('a local network that answers late, or after close, is heard no more', async () => {
    const late: (() => void)[] = [];
    const { resolver, clock } = await node(WORLD, {}, '', { system: (_, done) => late.push(() => done(['192.0.2.5'])) });
    const answers: Answer[] = [];
    resolver.query('phone.local', 'A', (answer) => answers.push(answer));
    clock.advance(4_500);
    resolver.query('desk.local', 'A', (answer) => answers.push(answer));
    late[0]!();
    expect(answers).toEqual([{ kind: 'failed', why: 'the local network does not answer' }]);
    resolver.close();
    late[1]!();
    expect([answers.length, clock.armed()]).toEqual([1, []]);
  });

  test('a network whose own domain is in .local, and says so, has a name server for it', async () => {
    const { resolver, stub } = await node('pbx.corp.local 30 A 192.0.2.8', {}, 'search corp.local');
    expect(await ask(resolver, 'pbx.corp.local', 'A')).toMatchObject({ records: [{ address: '192.0.2.8' }] });
    expect(stub.asked).toEqual(['A pbx.corp.local']);
  });

  test('a short name is looked for in the domains of the search list, a service never', async () => {
    const { resolver, stub } = await node(WORLD, {}, 'search nx.test d.test\noptions attempts:1');
    expect(await ask(resolver, 'a', 'AAAA')).toMatchObject({ records: [{ address: '2001:db8::1' }] });
    expect(stub.asked).toEqual(['AAAA a.nx.test', 'AAAA a.d.test']);
    stub.asked.length = 0;
    expect(await ask(resolver, 'a', 'SRV')).toMatchObject({ kind: 'none' });
    expect(await ask(resolver, 'b.elsewhere', 'A')).toMatchObject({ kind: 'none' });
    expect(stub.asked).toEqual(['SRV a', 'A b.elsewhere']);
  });

  test('after close nobody is told, nobody is asked, and nothing stays open', async () => {
    const { resolver, stub, clock } = await node('* SILENT');
    let told = false;
    const query = () =>
      resolver.query('a.d.test', 'A', () => {
        told = true;
      });
    query();
    await until(() => stub.asked.length === 1);
    resolver.close();
    query();
    await sleep(20);
    expect([told, stub.asked.length, clock.armed()]).toEqual([false, 1, []]);
  });

  test('more questions at once than sockets are allowed fail, and the others are answered', async () => {
    const { resolver } = await node(WORLD);
    const answers = await Promise.all(Array.from({ length: 210 }, (_, i) => ask(resolver, `h${i}.test`, 'A')));
    expect(answers.filter(({ kind }) => kind === 'failed')).toEqual(
      Array.from({ length: 10 }, () => ({ kind: 'failed', why: 'more than 200 questions at once' })),
    );
    expect(await ask(resolver, 'a.d.test', 'AAAA')).toMatchObject({ kind: 'records' }); // those that are answered count no more
  });
});
