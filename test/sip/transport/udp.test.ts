import { assert, test } from 'vitest';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import { collect } from '../../support/collect.ts';
import { Lab, OPTIONS, Told, US, US_6 } from './lab.ts';

const hop = (n: number) => ({ transport: 'udp', host: '10.0.0.2', port: 10_000 + n }) as const;

test('an ICMP error is told to all who sent there within two seconds, once each (RFC 3261 §18.4)', async () => {
  const lab = await Lab.open('udp');
  lab.net.host('10.0.0.2');
  const flow = lab.layer.flowTo(hop(1)) as Flow;
  lab.net.link('*', '*', { loss: 1 });
  const old = new Told();
  flow.send('a', old);
  lab.clock.advance(2_001);
  const fresh = new Told();
  flow.send('b', fresh);
  flow.send('c', fresh);
  lab.net.link('*', '*', {});
  const last = new Told();
  (lab.layer.flowTo(hop(1)) as Flow).send('d', last);
  lab.clock.advance(0);
  assert.deepEqual([old.whys, fresh.whys.length, last.whys.length], [[], 1, 1]);
  assert.match(last.whys[0]!, /^nothing listens at 10\.0\.0\.2 port 10001$/);
  flow.send('e', old);
  lab.clock.advance(0);
  assert.deepEqual([old.whys.length, fresh.whys.length, last.whys.length], [1, 1, 1]);
});

test('beyond 256 next hops the listening socket sends, and nothing is lost but the ICMP errors', async () => {
  const lab = await Lab.open('udp');
  const host = lab.net.host('10.0.0.2');
  const heard: string[] = [];
  const closed = [255, 256];
  const told = closed.map(() => new Told());
  for (let n = 0; n < 300; n++) {
    const port = 10_000 + n;
    if (!closed.includes(n)) await host.udp({ host: '10.0.0.2', port }, (text, from) => heard.push(`${text} from ${from.port}`));
  }
  for (let n = 0; n < 300; n++) (lab.layer.flowTo(hop(n)) as Flow).send(String(n), told[closed.indexOf(n)]);
  lab.clock.advance(0);
  assert.equal(heard.length, 298);
  assert.deepEqual([heard[0], heard[297]], ['0 from 5060', '299 from 5060']);
  assert.deepEqual(
    told.map(({ whys }) => whys.length),
    [1, 0],
  );
});

test('a flow that is known for longer than its next hop does not hold those who sent there', async () => {
  const lab = await Lab.open('udp');
  const flow = lab.layer.flowTo(hop(1)) as Flow;
  const told = new WeakRef(new Told());
  flow.send('one', told.deref());
  lab.clock.advance(60_000);
  await collect();
  assert.notEqual(told.deref(), undefined);
  lab.clock.advance(140_000);
  await collect();
  assert.equal(told.deref(), undefined);
  assert.equal(flow.open, true);
});

test('a next hop that nothing was sent to for a minute is let go of; a flow that was kept still sends', async () => {
  const lab = await Lab.open('udp');
  const heard: string[] = [];
  const peer = await lab.net.host('10.0.0.2').udp({ host: '10.0.0.2', port: 10_001 }, (text) => heard.push(text));
  const flow = lab.layer.flowTo(hop(1)) as Flow;
  flow.send('one');
  assert.deepEqual(
    lab.clock.armed().map(({ name }) => name),
    ['datagram', 'udp-idle'],
  );
  lab.clock.advance(200_000);
  assert.deepEqual(lab.clock.armed(), []);
  flow.send('two');
  lab.clock.advance(0);
  assert.deepEqual(heard, ['one', 'two']);
  peer.send('OPTIONS', US);
});

test('a next hop that was sent to meanwhile keeps its socket, and its ICMP errors, until a later look (RFC 3261 §18.4)', async () => {
  const lab = await Lab.open('udp');
  lab.net.host('10.0.0.2');
  (lab.layer.flowTo(hop(1)) as Flow).send('one');
  lab.clock.advance(60_000);
  const flow = lab.layer.flowTo(hop(2)) as Flow;
  flow.send('two');
  lab.clock.advance(5_000);
  const told = new Told();
  flow.send('three', told);
  lab.clock.advance(0);
  assert.equal(told.whys.length, 1);
  lab.clock.advance(130_000);
  assert.deepEqual(lab.clock.armed(), []);
  flow.send('four', told);
  lab.clock.advance(0);
  assert.equal(told.whys.length, 1);
});

test('a point that is closed closes its sockets to next hops: where its address comes back it is free (RFC 3261 §18.2.1)', async () => {
  const lab = await Lab.open('udp');
  lab.net.host('10.0.0.2');
  const flow = lab.layer.flowTo(hop(1)) as Flow;
  flow.send('one');
  lab.layer.unlisten(lab.layer.points[0]!);
  lab.clock.advance(0);
  assert.deepEqual([flow.open, lab.clock.armed()], [false, []]);
  const again = await lab.layer.listen('udp', US);
  assert.deepEqual(again.address, US);
});

test('datagrams of one address share a flow, as long as it is on the account that is kept of them', async () => {
  const lab = await Lab.open('udp');
  const host = lab.net.host('10.0.0.2', '10.0.1.2');
  const [one, other, elsewhere] = [
    await host.udp({ host: '10.0.0.2', port: 5060 }, () => undefined),
    await host.udp({ host: '10.0.0.2', port: 5316 }, () => undefined),
    await host.udp({ host: '10.0.1.2', port: 5060 }, () => undefined),
  ];
  const heard = (socket: typeof one) => {
    socket.send(OPTIONS, US);
    lab.clock.advance(0);
    return lab.taken.at(-1)!.flow;
  };
  const first = heard(one);
  assert.equal(heard(one), first);
  // Those share its place, and each gets its own.
  const flows = [other, elsewhere, one].map(heard);
  assert.deepEqual(
    flows.map(({ remote }) => `${remote.host} ${remote.port}`),
    ['10.0.0.2 5316', '10.0.1.2 5060', '10.0.0.2 5060'],
  );
  lab.layer.answered.standing = () => 'excepted';
  lab.layer.answered.reconsider();
  assert.notEqual(heard(one), flows[2]);
});

test('a name of UDP is a flow at its local address, at another where we no longer listen there, and none without a socket', async () => {
  const lab = await Lab.open('udp');
  const name = { transport: 'udp', local: US, remote: { host: '10.0.0.2', port: 7 }, connection: '' } as const;
  const flow = lab.layer.flowNamed(name)!;
  assert.deepEqual([flow.remote, flow.local, flow.open], [name.remote, US, true]);
  for (const gone of [
    { host: US.host, port: 5070 },
    { host: '10.0.0.7', port: 5060 },
  ])
    assert.deepEqual(lab.layer.flowNamed({ ...name, local: gone })?.local, US);
  lab.layer.unlisten(lab.layer.points[0]!);
  assert.equal(lab.layer.flowNamed(name), undefined);
  assert.equal(flow.open, false);
});

test('of several sockets a name means the one at its address and port, which alone the NAT of a phone lets in (RFC 5626 §5.3)', async () => {
  const lab = await Lab.open('udp');
  lab.host.addAddress('10.0.0.7');
  const ours = [US, { host: US.host, port: 5070 }, { host: '10.0.0.7', port: 5060 }, { host: '10.0.0.7', port: 5070 }];
  for (const local of ours.slice(1)) await lab.layer.listen('udp', local);
  for (const local of ours) {
    const name = { transport: 'udp', local, remote: { host: '10.0.0.2', port: 7 }, connection: '' } as const;
    assert.deepEqual(lab.layer.flowNamed(name)?.local, local);
  }
});

test('without a socket that reaches it a next hop is an error, at once, and IPv6 is in brackets before a port (RFC 5952 §6)', async () => {
  const lab = await Lab.open('udp');
  assert.deepEqual(lab.layer.flowTo({ transport: 'udp', host: 'fd00::2', port: 5060 }), {
    why: 'no UDP socket of ours reaches fd00::2',
    hop: 'udp:[fd00::2]:5060',
  });
  assert.deepEqual(lab.layer.flowTo({ transport: 'tls', host: '10.0.0.2', port: 5061 }), {
    why: 'no tls listener of ours reaches 10.0.0.2',
    hop: 'tls:10.0.0.2:5061',
  });
});

test('no flow leads to ourselves, to many, or nowhere (sip-correctness rule 9)', async () => {
  const lab = await Lab.open('udp', 'tcp');
  for (const host of [
    '10.0.0.1',
    '255.255.255.255',
    '224.0.1.75',
    '239.255.0.1',
    '240.0.0.1',
    '0.0.0.0',
    '::',
    'ff02::1',
    'FF0e::2',
  ])
    for (const transport of ['udp', 'tcp'] as const)
      assert.deepEqual(lab.layer.flowTo({ transport, host, port: 5060 }), {
        why: `nothing is sent to ${host} port 5060`,
        hop: host.includes(':') ? `${transport}:[${host}]:5060` : `${transport}:${host}:5060`,
      });
  for (const host of ['10.0.0.255', '1.1.1.1', '223.0.0.1', '127.0.0.1'])
    assert.property(lab.layer.flowTo({ transport: 'udp', host, port: 5060 }), 'send', host);
  assert.property(lab.layer.flowTo({ transport: 'udp', host: '10.0.0.1', port: 5062 }), 'send');
  await lab.layer.listen('tcp', { host: '10.0.0.1', port: 5061 });
  assert.notProperty(lab.layer.flowTo({ transport: 'tcp', host: '10.0.0.1', port: 5061 }), 'send');
});

test('where we speak no TCP a request that is too long for UDP has no other flow, and goes by UDP (RFC 3261 §18.1.1)', async () => {
  const lab = await Lab.open('udp');
  assert.equal(lab.layer.large.bigFlow(lab.layer.flowTo(hop(1)) as Flow), undefined);
});

test('STUN that wants what we do not understand gets 420, and attributes that do not end in it silence (RFC 8489 §6.3.1, §14.13)', async () => {
  const lab = await Lab.open('udp');
  const heard: string[] = [];
  const peer = await lab.net.host('10.0.0.2').udp({ host: '10.0.0.2', port: 5060 }, (text) => heard.push(text));
  const key = '\x21\x12\xa4\x42ABCDEFGHIJKL';
  const ask = (attributes: string) => {
    heard.length = 0;
    peer.send(`\0\x01\0${String.fromCharCode(attributes.length)}${key}${attributes}`, US);
    lab.clock.advance(0);
    return heard.slice();
  };
  const refused = '\x01\x11\0\x24';
  assert.deepEqual(ask('\0\x03\0\x04\0\0\0\x06'), [
    `${refused}${key}\0\x09\0\x15\0\0\x04\x14Unknown Attribute\0\0\0\0\x0a\0\x02\0\x03\0\0`,
  ]);
  assert.deepEqual(ask('\0\x03\0\0\0\x03\0\0\x7f\xfe\0\0'), [
    `${refused}${key}\0\x09\0\x15\0\0\x04\x14Unknown Attribute\0\0\0\0\x0a\0\x04\0\x03\x7f\xfe`,
  ]);
  const good = [`\x01\x01\0\x0c${key}\0\x20\0\x08\0\x01\x32\xd6\x2b\x12\xa4\x40`];
  assert.deepEqual(ask('\x80\x28\0\x04abcd'), good); // FINGERPRINT, which nobody needs on this port
  assert.deepEqual(ask('\0\x06\0\x05alice\0\0\0\x80\x22\0\0'), good);
  for (const broken of ['abc', '\0\x06\0\x05alice', '\0\x06\xff\xffabcd', '\x80\x22\0\x04']) assert.deepEqual(ask(broken), []);
});

test('STUN is answered for IPv4 and IPv6; a request of a false length meets silence (RFC 5389 §15.2)', async () => {
  const lab = await Lab.open('udp');
  const heard: string[] = [];
  const peer = await lab.net.host('10.0.0.2').udp({ host: '10.0.0.2', port: 5060 }, (text) => heard.push(text));
  const request = '\0\x01\0\0\x21\x12\xa4\x42ABCDEFGHIJKL';
  peer.send(`${request}x`, US);
  peer.send(request.replace('\0\x01\0\0', '\0\x01\0\x08'), US);
  peer.send(request.slice(0, 19), US);
  peer.send(request.replace('\x01', '\x11'), US); // an indication, which has no answer (RFC 5389 §6)
  peer.send(request.replace('\x21', '\x20'), US);
  lab.clock.advance(0);
  assert.deepEqual(heard, []);
  peer.send(request, US);
  lab.clock.advance(0);
  assert.deepEqual(heard, ['\x01\x01\0\x0c\x21\x12\xa4\x42ABCDEFGHIJKL\0\x20\0\x08\0\x01\x32\xd6\x2b\x12\xa4\x40']);
  await lab.layer.listen('udp', US_6);
  const six = await lab.net.host('fd00::2').udp({ host: 'fd00::2', port: 5060 }, (text) => heard.push(text));
  six.send(request, US_6);
  lab.clock.advance(0);
  assert.equal(heard[1], '\x01\x01\0\x18\x21\x12\xa4\x42ABCDEFGHIJKL\0\x20\0\x14\0\x02\x32\xd6\xdc\x12\xa4\x42ABCDEFGHIJKN');
});

test('a request leaves from the address that the kernel would take now, not from one that was deprecated since (RFC 6724 §5 rule 3)', async () => {
  const lab = await Lab.open();
  await lab.layer.listen('udp', US_6);
  const fresh = { host: 'fd00::2', port: 5060 };
  lab.host.addresses.push(fresh.host);
  await lab.layer.listen('udp', fresh);
  const there = { transport: 'udp', host: 'fd00::9', port: 5060 } as const;
  const from = () => (lab.layer.flowTo(there) as Flow).local.host;
  assert.equal(from(), US_6.host);
  lab.host.sourceFor = () => fresh.host;
  assert.equal(from(), US_6.host);
  lab.clock.advance(10_000);
  assert.equal(from(), fresh.host);
  // What was heard by the old one, and what belongs to it, still leaves from there.
  assert.equal((lab.layer.flowTo(there, US_6) as Flow).local.host, US_6.host);
});

test('where we do not listen at the address that the kernel would take, a request leaves from the one most like it (RFC 8981)', async () => {
  const lab = await Lab.open();
  const ours = ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', '2001:db8:1::10', '2001:db8:2::10', 'fe80::1%eth0', 'fe80::1%eth1'];
  lab.host.addresses.push(...ours.filter((host) => !lab.host.addresses.includes(host)));
  for (const host of ours) await lab.layer.listen('udp', { host, port: 5060 });
  const from = (host: string, source: string | undefined) => {
    lab.host.sourceFor = () => source;
    const flow = lab.layer.flowTo({ transport: 'udp', host, port: 5060 });
    return 'send' in flow ? flow.local.host : flow.why;
  };
  assert.equal(from('2001:db8:9::1', '2001:db8:2:0:c073:14b:b09d:fab4'), '2001:db8:2::10');
  assert.equal(from('2001:db8:9::3', '2001:db8:1:0:c073:14b:b09d:fab4'), '2001:db8:1::10');
  assert.equal(from('fd00::9', 'fd00::c073:14b:b09d:fab4'), 'fd00::1');
  assert.equal(from('fe80::9%eth1', 'fe80::2%eth1'), 'fe80::1%eth1');
  assert.equal(from('192.0.2.9', '10.0.0.2'), '10.0.0.1');
  assert.equal(from('192.0.2.8', '172.16.0.2'), '10.0.0.1');
  assert.equal(from('fe80::9%eth2', 'fe80::2%eth2'), 'no UDP socket of ours reaches fe80::9%eth2');
  assert.equal(from('2001:db8:9::2', undefined), 'no UDP socket of ours reaches 2001:db8:9::2');
});

test('without a network no socket of ours reaches a host elsewhere, and that of loopback reaches this machine (RFC 1122 §3.2.1.3)', async () => {
  for (const own of ['127.0.0.1', '::1']) {
    const lab = await Lab.open();
    lab.host.addresses.push(own);
    await lab.layer.listen('udp', { host: own, port: 5060 });
    const v6 = own.includes(':');
    const [here, there] = v6 ? ['fd00::7', 'fd00::9'] : ['10.0.0.7', '192.0.2.9'];
    const from = (host: string, source: string | undefined) => {
      lab.host.sourceFor = () => source;
      const flow = lab.layer.flowTo({ transport: 'udp', host, port: 5070 });
      return 'send' in flow ? flow.local.host : flow.why;
    };
    for (const source of [undefined, here]) assert.equal(from(there, source), `no UDP socket of ours reaches ${there}`);
    lab.clock.advance(10_000);
    assert.equal(from(here, here), own);
    assert.equal(from(v6 ? '::1' : '127.0.0.2', own), own);
  }
});
