import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../lan.ts';
import { type Behaviour, Sink, takes } from '../sink.ts';
import { registered } from './failover.ts';
import { type Case, request, response, type Scene } from './scene.ts';

// What must not be reached: D25, D27, D29 of dns-cases.csv.

const PRIVATE = ['127.0.0.1', '10.0.0.99', '169.254.169.254', '::1'];

/** A name of a stranger's that leads to addresses which only we can reach, and what listens there. */
async function rebound(scene: Scene, name: string): Promise<void> {
  const addresses = [...PRIVATE, '::ffff:127.0.0.1'];
  addresses.forEach((address, i) => {
    for (const srv of ['_sip._udp', '_sip._tcp']) scene.publish(`${srv}.${name} 60 SRV ${i} 0 5060 s${i}.${name}`);
    const type = address.includes(':') ? 'AAAA' : 'A';
    scene.publish(`s${i}.${name} 60 ${type} ${address}\n${name} 60 ${type} ${address}`);
  });
}

/**
 * The ways in which somebody outside can have us look up a name of his: dialing it, answering a user's call with it, giving it as the Contact
 * or Via of a connection that he closes. And a user who dials it: that may be a neighbour, but no loopback address and no cloud's secrets.
 */
const D25: Case = async (scene) => {
  const sinks: Sink[] = [];
  for (const address of PRIVATE) sinks.push(await (await new Sink().udp(address)).tcp(address));
  const name = 'd25.test';
  await rebound(scene, name);
  const all = () => sinks.flatMap(({ got }) => got);
  const stranger = await scene.phone('eve', '192.0.2.250');
  stranger.request('INVITE', `sip:u@${name}`, { from: '<sip:eve@far.test>' });
  await response(stranger, 403);

  scene.publish('d25-moved.test 60 A 192.0.2.240');
  const moves: Behaviour = ({ method }, reply) => {
    if (method !== 'ACK') reply(302, `Contact: <sip:u@${name}>`);
  };
  await new Sink(moves).udp('192.0.2.240');
  const { status: moved } = await scene.call('INVITE', 'sip:u@d25-moved.test');
  const asked = scene.asked(name).length;

  const carol = await registered(scene, 'carol');
  const from = '<sip:eve@far.test>';
  // Her answer finds its way by the Via, her BYE by the Contact.
  const first = await scene.phone('eve', '192.0.2.251', 'tcp');
  first.request('INVITE', 'sip:carol@home.example', { from, via: `SIP/2.0/TCP ${name};branch=z9hG4bKd25` });
  const declined = await request(carol, 'INVITE');
  carol.answer(declined, 180);
  await response(first, 180);
  first.close();
  await pause(200);
  carol.answer(declined, 486, 'Busy Here');
  await request(carol, 'ACK');

  const second = await scene.phone('eve', '192.0.2.252', 'tcp');
  const headers = [`Contact: <sip:eve@${name};transport=tcp>`];
  second.request('INVITE', 'sip:carol@home.example', { from, headers });
  const invite = await request(carol, 'INVITE');
  carol.answer(invite, 200);
  await response(second, 200);
  second.close();
  await pause(200);
  carol.back(invite, 'carol-answers', 'BYE');
  await until(() => carol.inbox.some((message) => message.kind === 'response'), 8_000, 'answer to BYE');
  await pause(300);
  const strangers = all();

  const user = await scene.call('INVITE', `sip:u@${name}`);
  return { moved, asked, strangers, bye: carol.waiting, user: user.status, neighbour: all() };
};

/** TLS to a host of another name: its certificate is asked for the domain. */
const D27: Case = async (scene) => {
  const outcome: Record<string, unknown> = {};
  for (const [name, host, names] of [
    ['d27-host.test', '192.0.2.27', 'DNS:host.other.test'],
    ['d27-domain.test', '192.0.2.127', 'DNS:d27-domain.test'],
  ] as const) {
    scene.publish(`_sips._tcp.${name} 60 SRV 1 1 5061 host-${name}.other.test\nhost-${name}.other.test 60 A ${host}`);
    const sink = await (await new Sink(takes).tls(host, scene.authority.issue({ names }))).udp(host);
    const { status, warning } = await scene.call('INVITE', `sip:u@${name}`);
    outcome[name] = { status, got: sink.got, warning };
  }
  return outcome;
};

const D29: Case = async (scene) => {
  scene.publish('_sip._udp.d29.test 60 SRV 1 1 5060 host.d29.test\nhost.d29.test 60 A 192.0.2.29\nd29.test 60 A 192.0.2.29');
  const sink = await (await new Sink().udp('192.0.2.29')).tcp('192.0.2.29');
  await sink.udp('192.0.2.29', 5061);
  const { status } = await scene.call('INVITE', 'sips:u@d29.test');
  return { status, got: sink.got };
};

export const refusals: Readonly<Record<string, Case>> = { D25, D27, D29 };
