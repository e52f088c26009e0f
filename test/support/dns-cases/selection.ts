import { Sink } from '../sink.ts';
import type { Case, Scene } from './scene.ts';

// Which server, by which transport: D01 to D12, D26, D28 of dns-cases.csv.

/** alice calls once; what came where, what was asked, what she was told. */
async function once(scene: Scene, uri: string, sink: Sink, name: string) {
  const { status } = await scene.call('INVITE', uri);
  return { status, got: sink.got, asked: [...new Set(scene.asked(name))].sort() };
}

const D01: Case = async (scene) => {
  const sink = await (await new Sink().udp('192.0.2.1')).tcp('192.0.2.1');
  const before = scene.stub.asked.length;
  const { status } = await scene.call('INVITE', 'sip:u@192.0.2.1');
  return { status, got: sink.got, asked: scene.stub.asked.slice(before) };
};

const D02: Case = async (scene) => {
  const sink = await (await new Sink().udp('192.0.2.2')).tcp('192.0.2.2');
  await sink.udp('192.0.2.2', 5061);
  await sink.tls('192.0.2.2', scene.authority.issue({ names: 'IP:192.0.2.2' }));
  const before = scene.stub.asked.length;
  const { status } = await scene.call('INVITE', 'sips:u@192.0.2.2');
  return { status, got: sink.got, asked: scene.stub.asked.slice(before) };
};

const D03: Case = async (scene) => {
  scene.publish('d03.test 60 A 192.0.2.3\n_sip._udp.d03.test 60 SRV 1 1 5060 d03.test');
  const sink = await (await new Sink().udp('192.0.2.3', 5080)).udp('192.0.2.3');
  return once(scene, 'sip:u@d03.test:5080', sink, 'd03.test');
};

const D04: Case = async (scene) => {
  scene.publish('_sip._tcp.d04.test 60 SRV 1 1 5070 host.d04.test\nhost.d04.test 60 A 192.0.2.4');
  scene.publish('d04.test 60 NAPTR 1 1 s SIP+D2U "" _sip._udp.d04.test');
  const sink = await (await new Sink().tcp('192.0.2.4', 5070)).udp('192.0.2.4');
  return once(scene, 'sip:u@d04.test;transport=tcp', sink, 'd04.test');
};

/** One domain for each order of its services, all at one server. */
const D05: Case = async (scene) => {
  const services = { tls: 'SIPS+D2T _sips._tcp', tcp: 'SIP+D2T _sip._tcp', udp: 'SIP+D2U _sip._udp' };
  const orders = [
    ['tls', 'tcp', 'udp'],
    ['tcp', 'udp', 'tls'],
    ['udp', 'tls', 'tcp'],
  ] as const;
  const sink = await (await new Sink().udp('192.0.2.5')).tcp('192.0.2.5');
  await sink.tls('192.0.2.5', scene.authority.issue({ names: orders.map((_, i) => `DNS:d05-${i}.test`).join(',') }));
  for (const [i, order] of orders.entries()) {
    const name = `d05-${i}.test`;
    order.forEach((transport, at) => {
      const [service, srv] = services[transport].split(' ');
      scene.publish(`${name} 60 NAPTR ${[50, 90, 100][at]} 50 s ${service} "" ${srv}.${name}`);
      scene.publish(`${srv}.${name} 60 SRV 1 1 ${transport === 'tls' ? 5061 : 5060} host.${name}`);
    });
    scene.publish(`host.${name} 60 A 192.0.2.5`);
    await scene.call('INVITE', `sip:u@${name}`);
  }
  return sink.got;
};

const D06: Case = async (scene) => {
  scene.publish('d06.test 60 NAPTR 1 1 s SIP+D2S "" _sip._sctp.d06.test\n_sip._udp.d06.test 60 SRV 1 1 5066 host.d06.test');
  scene.publish('host.d06.test 60 A 192.0.2.6');
  return once(scene, 'sip:u@d06.test', await new Sink().udp('192.0.2.6', 5066), 'd06.test');
};

const D07: Case = async (scene) => {
  for (const [srv, port] of Object.entries({ '_sip._udp': 5071, '_sip._tcp': 5072, '_sips._tcp': 5073 }))
    scene.publish(`${srv}.d07.test 60 SRV 1 1 ${port} host.d07.test`);
  scene.publish('host.d07.test 60 A 192.0.2.7');
  const sink = await (await new Sink().udp('192.0.2.7', 5071)).tcp('192.0.2.7', 5072);
  await sink.tls('192.0.2.7', scene.authority.issue({ names: 'DNS:d07.test' }), 5073);
  return once(scene, 'sip:u@d07.test', sink, 'd07.test');
};

const D08: Case = async (scene) => {
  scene.publish('d08.test 60 A 192.0.2.8');
  return once(scene, 'sip:u@d08.test', await new Sink().udp('192.0.2.8'), 'd08.test');
};

const D09: Case = async (scene) => {
  scene.publish('d09.test 60 AAAA 2001:db8::9');
  const sink = await new Sink().udp('2001:db8::9');
  const { status } = await scene.call('INVITE', 'sip:u@d09.test');
  return { status, got: sink.got, via: /^Via: (\S+ \S+?);/m.exec(sink.arrivals[0]?.text ?? '')?.[1] };
};

/** How many of so many requests came to each of the servers of a domain. */
async function spread(scene: Scene, name: string, sinks: readonly Sink[], requests: number): Promise<number[]> {
  for (const { arrivals } of sinks) arrivals.length = 0;
  const lanes = Array.from({ length: 4 }, async () => {
    const phone = await scene.phone();
    for (let i = 0; i < requests / 4; i++) await scene.call('MESSAGE', `sip:u@${name}`, phone);
    phone.close();
  });
  await Promise.all(lanes);
  return sinks.map(({ arrivals }) => arrivals.length);
}

/** A domain with these servers: priority, weight. */
function weighted(scene: Scene, name: string, servers: Readonly<Record<string, readonly [number, number]>>): void {
  Object.entries(servers).forEach(([address, [priority, weight]], i) => {
    scene.publish(`_sip._udp.${name} 60 SRV ${priority} ${weight} 5060 s${i}.${name}\ns${i}.${name} 60 A ${address}`);
  });
}

/** Of a thousand throws of 0.6. */
const within99 = (count: number): boolean => count >= 560 && count <= 640;
const open = (...servers: string[]): Promise<Sink[]> => Promise.all(servers.map((server) => new Sink().udp(server)));

const D10: Case = async (scene) => {
  weighted(scene, 'd10.test', { '192.0.2.10': [10, 60], '192.0.2.110': [10, 40], '192.0.2.210': [20, 1] });
  const sinks = await open('192.0.2.10', '192.0.2.110', '192.0.2.210');
  const counts = await spread(scene, 'd10.test', sinks, 1000);
  // One thousand of a hundred is out of the interval by chance.
  return within99(counts[0]!) ? counts : spread(scene, 'd10.test', sinks, 1000);
};

const D11: Case = async (scene) => {
  weighted(scene, 'd11.test', { '192.0.2.11': [10, 0], '192.0.2.111': [10, 1] });
  weighted(scene, 'd11-99.test', { '192.0.2.12': [10, 0], '192.0.2.112': [10, 99] });
  return {
    'beside 1': await spread(scene, 'd11.test', await open('192.0.2.11', '192.0.2.111'), 200),
    'beside 99': await spread(scene, 'd11-99.test', await open('192.0.2.12', '192.0.2.112'), 200),
  };
};

const D12: Case = async (scene) => {
  scene.publish('_sip._udp.d12.test 60 SRV 0 0 0 .\n_sip._tcp.d12.test 60 SRV 1 1 5060 host.d12.test');
  scene.publish('host.d12.test 60 A 192.0.2.13\n_sip._udp.d12-none.test 60 SRV 0 0 0 .\nd12-none.test 60 A 192.0.2.13');
  const sink = await (await new Sink().udp('192.0.2.13')).tcp('192.0.2.13');
  const next = await scene.call('INVITE', 'sip:u@d12.test');
  const none = await scene.call('INVITE', 'sip:u@d12-none.test');
  const root = scene.stub.asked.filter((question) => /^\S+ \.?$/.test(question));
  return { next: next.status, none: none.status, got: sink.got, root };
};

const D26: Case = async (scene) => {
  scene.publish('_sip._udp.d26.test 60 SRV 1 1 5060 host.d26.test\nhost.d26.test 60 A 192.0.2.26');
  return once(scene, 'sip:u@D26.Test.', await new Sink().udp('192.0.2.26'), 'd26.test');
};

const D28: Case = async (scene) => {
  scene.publish('_sip._udp.xn--bcher-kva.test 60 SRV 1 1 5060 host.xn--bcher-kva.test\nhost.xn--bcher-kva.test 60 A 192.0.2.28');
  const name = Buffer.from('bücher.test').toString('latin1');
  const sink = await new Sink().udp('192.0.2.28');
  return once(scene, `sip:u@${name}`, sink, 'xn--bcher-kva.test');
};

export const selection: Readonly<Record<'alone' | 'together', Readonly<Record<string, Case>>>> = {
  alone: { D01, D02, D10, D11 },
  together: { D03, D04, D05, D06, D07, D08, D09, D12, D26, D28 },
};
