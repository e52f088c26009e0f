import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../lan.ts';
import { type Behaviour, Sink, silent } from '../sink.ts';
import { type Case, request, response, type Scene } from './scene.ts';

// What happens when a server is not there: D13 to D18, D24 of dns-cases.csv.

/** A domain with two servers, the first to be tried first. */
function two(scene: Scene, name: string, first: string, second: string, srv = '_sip._udp'): void {
  scene.publish(`${srv}.${name} 60 SRV 10 0 5060 a.${name}\n${srv}.${name} 60 SRV 20 0 5060 b.${name}`);
  scene.publish(`a.${name} 60 A ${first}\nb.${name} 60 A ${second}`);
}

const D13: Case = async (scene) => {
  two(scene, 'd13.test', '192.0.2.30', '192.0.2.130');
  two(scene, 'd13-tcp.test', '192.0.2.30', '192.0.2.130', '_sip._tcp');
  const sink = await (await new Sink().udp('192.0.2.130')).tcp('192.0.2.130');
  const icmp = await scene.call('INVITE', 'sip:u@d13.test');
  const rst = await scene.call('INVITE', 'sip:u@d13-tcp.test;transport=tcp');
  return { icmp: [icmp.status, icmp.ms], rst: [rst.status, rst.ms], got: sink.got };
};

const D14: Case = async (scene) => {
  two(scene, 'd14.test', '192.0.2.31', '192.0.2.131');
  const [hole, alive] = [await new Sink(silent).udp('192.0.2.31'), await new Sink().udp('192.0.2.131')];
  const { status, ms } = await scene.call('INVITE', 'sip:u@d14.test');
  const second = await scene.call('INVITE', 'sip:u@d14.test');
  const branches = new Set([...hole.arrivals, ...alive.arrivals.slice(0, 1)].map(({ branch }) => branch));
  const invites = hole.arrivals.filter(({ what }) => what.startsWith('INVITE')).length;
  return { status, ms, second: [second.status, second.ms], branches: branches.size, got: alive.got, 'to the hole': invites };
};

const D15: Case = async (scene) => {
  two(scene, 'd15.test', '192.0.2.32', '192.0.2.132');
  const busy: Behaviour = ({ method }, reply) => {
    if (method !== 'ACK') reply(503, 'Retry-After: 60');
  };
  const [first, second] = [await new Sink(busy).udp('192.0.2.32'), await new Sink().udp('192.0.2.132')];
  const phone = await scene.phone();
  const answers = [await scene.call('INVITE', 'sip:u@d15.test', phone), await scene.call('INVITE', 'sip:u@d15.test', phone)];
  const told = answers.map(({ status }) => status);
  return { told, first: first.got, second: second.got };
};

const D16: Case = async (scene) => {
  two(scene, 'd16.test', '192.0.2.33', '192.0.2.133');
  const busy: Behaviour = ({ method }, reply) => {
    if (method !== 'ACK') reply(503);
  };
  const [first, second] = [await new Sink(busy).udp('192.0.2.33'), await new Sink(busy).udp('192.0.2.133')];
  const { status } = await scene.call('INVITE', 'sip:u@d16.test');
  return { status, got: [...first.got, ...second.got] };
};

/** A server calls bob by TCP, goes away, and bob answers: the answer finds the other server of the domain in the Via. */
const D17: Case = async (scene) => {
  two(scene, 'd17.test', '192.0.2.34', '192.0.2.134', '_sip._tcp');
  const second = await new Sink().tcp('192.0.2.134');
  const bob = await registered(scene, 'bob');
  const caller = await scene.phone('u', '192.0.2.34', 'tcp');
  const from = '<sip:u@d17.test>';
  caller.request('INVITE', 'sip:bob@home.example', { from, via: 'SIP/2.0/TCP d17.test;branch=z9hG4bKd17' });
  const invite = await request(bob, 'INVITE');
  bob.answer(invite, 180);
  await response(caller, 180);
  caller.close();
  await pause(300);
  bob.answer(invite, 486, 'Busy Here');
  await until(() => second.arrivals.length > 0, 5_000, 'response at the second server');
  return { got: second.got.slice(0, 1), branch: second.arrivals[0]!.branch };
};

/** A phone that can be called. */
export async function registered(scene: Scene, user: string) {
  const phone = await scene.phone(user);
  const aor = `<sip:${user}@home.example>`;
  const register = phone.request('REGISTER', 'sip:home.example', { to: aor, from: aor });
  const challenge = await response(phone, 401, 'REGISTER');
  phone.authenticated(register, challenge);
  await response(phone, 200, 'REGISTER');
  return phone;
}

/** Any of four servers may be chosen; what belongs to the INVITE goes where that went. */
const D18: Case = async (scene) => {
  const servers = ['192.0.2.35', '192.0.2.36', '192.0.2.37', '192.0.2.38'];
  const sinks: Sink[] = [];
  for (const [i, address] of servers.entries()) {
    scene.publish(`_sip._udp.d18.test 60 SRV 10 10 5060 s${i}.d18.test\ns${i}.d18.test 60 A ${address}`);
    let invite: Parameters<Behaviour> | undefined;
    const rings: Behaviour = (request, reply) => {
      if (request.method === 'INVITE') {
        invite = [request, reply];
        reply(180);
      } else if (request.method === 'CANCEL') {
        reply(200);
        invite?.[1](487);
      }
    };
    sinks.push(await new Sink(rings).udp(address));
  }
  const phone = await scene.phone();
  const asked = phone.request('INVITE', 'sip:u@d18.test');
  const challenge = await response(phone, 407);
  phone.ack(asked, challenge);
  const sent = phone.authenticated(asked, challenge);
  await response(phone, 180);
  phone.cancel(sent);
  phone.ack(sent, await response(phone, 487));
  await pause(300);
  const went = sinks.filter(({ arrivals }) => arrivals.length > 0).map(({ arrivals }) => arrivals);
  const methods = went.map((arrivals) => arrivals.map(({ what }) => what.split(' ')[0]));
  return { methods, branches: new Set(went.flat().map(({ branch }) => branch)).size };
};

/** One of two families is dead. */
const D24: Case = async (scene) => {
  scene.publish('d24-four.test 60 A 192.0.2.24\nd24-four.test 60 AAAA 2001:db8::24');
  scene.publish('d24-six.test 60 A 192.0.2.25\nd24-six.test 60 AAAA 2001:db8::25');
  await new Sink(silent).udp('192.0.2.24');
  const six = await new Sink().udp('2001:db8::24');
  const four = await new Sink().udp('192.0.2.25');
  await new Sink(silent).udp('2001:db8::25');
  const calls = await Promise.all(['d24-four.test', 'd24-six.test'].map((name) => scene.call('INVITE', `sip:u@${name}`)));
  return { calls: calls.map(({ status, ms }) => [status, ms]), got: [...six.got, ...four.got] };
};

export const failover: Readonly<Record<'together' | 'timed', Readonly<Record<string, Case>>>> = {
  together: { D15, D16, D17, D18 },
  timed: { D13, D14, D24 },
};
