// What is measured, one function each: it starts the peer, loads it, stops it and returns rows [what, unit, value].
import { setTimeout as sleep } from 'node:timers/promises';
import { inviteTo180 } from './latency.mjs';
import { COMPANY, PORT, run, UAC, UAS } from './peers.mjs';
import { cpu, memory } from './processes.mjs';
import { answer, load, registerCallee, users } from './sipp.mjs';

const MB = 1024;
const callers = users(2, 1001).map((row) => row.replace(/;.*/, ';u1'));

/** Runs with a started peer and stops it whatever happens. */
async function using(peer, work, count, use) {
  const server = await run(peer, work, count);
  try {
    await sleep(500); // what a start leaves to do is not measured
    const measured = await use(server);
    if (!server.runs()) throw new Error(`${peer.name} ended while it was measured`);
    return measured;
  } finally {
    await server.stop();
  }
}

/** CPU microseconds of the server for each successful operation, after a warm-up for the JIT and the tables. */
async function cpuPerOperation(server, what, work, scenario, options, warm) {
  const go = (calls, round) => load(work, scenario, { ...options, calls, extra: options.extra?.(round * 10) });
  await go(warm, 1);
  const before = cpu(server.pid);
  const { ok, failed, retransmissions } = await go(options.calls, 2);
  const used = cpu(server.pid) - before;
  if (ok === 0) throw new Error(`${what}: nothing succeeded, ${failed} failed`);
  const trouble = failed > 0 || retransmissions > 0 ? `${failed} failed, ${retransmissions} retransmitted` : undefined;
  return [[`${what}, CPU`, 'us', (used * 1000) / ok, trouble]];
}

function proxied(what, kind, scenario, rate) {
  return async (peer, { work, scale }) =>
    using(peer, work, undefined, async (server) => {
      await registerCallee(work);
      const stopCallee = await answer(work, `${kind}-uas`);
      try {
        const calls = Math.ceil(scenario.calls * scale);
        return await cpuPerOperation(
          server,
          what,
          work,
          `${kind}-uac`,
          { calls, rate, rows: callers },
          Math.ceil(scenario.warm * scale),
        );
      } finally {
        await stopCallee();
      }
    });
}

/** Calls of a user to a phone of the house and, by the bridge, to a telephone company, both of which take them at once. */
async function trunk(peer, { work, scale }) {
  if (peer.withCompany === undefined) return []; // Kamailio has no bridge
  const stopCompany = await answer(work, 'call-uas', COMPANY);
  try {
    return await using(peer.withCompany(), work, undefined, async (server) => {
      await registerCallee(work);
      const stopCallee = await answer(work, 'call-uas');
      try {
        const go = (what, dialed) => {
          const rows = users(2, 1001).map((row) => row.replace(';', `;${dialed};`));
          const options = { calls: Math.ceil(8000 * scale), rows };
          return cpuPerOperation(server, what, work, 'user-call-uac', options, Math.ceil(2700 * scale));
        };
        const [home] = await go('call of a user', 'u1');
        const [outside] = await go('call to a provider', '9555');
        return [home, outside, ['call to a provider / of a user', 'x', outside[2] / home[2]]];
      } finally {
        await stopCallee();
      }
    });
  } finally {
    await stopCompany();
  }
}

async function register(peer, { work, scale }) {
  const calls = Math.ceil(20_000 * scale);
  const extra = (sequence) => ['-cid_str', 'reg-%u@127.0.0.1', '-base_cseq', sequence];
  return using(peer, work, undefined, (server) =>
    cpuPerOperation(
      server,
      'REGISTER with digest',
      work,
      'register',
      { calls, rows: users(1, 10_000), extra },
      Math.ceil(10_000 * scale),
    ),
  );
}

async function options(peer, { work, scale }) {
  const calls = Math.ceil(30_000 * scale);
  return using(peer, work, undefined, (server) =>
    cpuPerOperation(server, 'OPTIONS', work, 'options', { calls }, Math.ceil(calls / 3)),
  );
}

async function latency(peer, { work, scale }) {
  return using(peer, work, undefined, async () => {
    await registerCallee(work);
    const offer = (calls) => inviteTo180({ server: PORT, uac: UAC, uas: UAS, rate: 100, calls });
    await offer(Math.ceil(400 * scale));
    const calls = Math.ceil(1000 * scale);
    const took = await offer(calls);
    const lost = took.length === calls ? undefined : `${calls - took.length} of ${calls} without 180`;
    return percentiles('INVITE to 180', took, lost);
  });
}

/** Median and 99th percentile of sorted microseconds. */
export function percentiles(what, took, trouble) {
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return [
    [`${what}, p50`, 'us', at(0.5), trouble],
    [`${what}, p99`, 'us', at(0.99)],
  ];
}

async function startUp(peer, { work }) {
  const server = await run(peer, work);
  await server.stop();
  return [['start to first answer', 'ms', server.milliseconds]];
}

async function idle(peer, { work, scale }) {
  return using(peer, work, undefined, async ({ pid }) => {
    await sleep(2000);
    const before = cpu(pid);
    await sleep(30_000 * scale);
    return [
      ['idle for 30 s, busy', 'ms', (cpu(pid) - before) / scale],
      ['idle, resident', 'MB', memory(pid).rss / MB],
    ];
  });
}

async function bindings(peer, { work, scale }) {
  const most = Math.ceil(100_000 * scale);
  return using(peer, work, most, async ({ pid }) => {
    const rows = [['0 bindings, resident', 'MB', memory(pid).rss / MB]];
    for (const share of [0.1, 1]) {
      const calls = Math.ceil(most * share);
      const extra = ['-cid_str', 'reg-%u@127.0.0.1', '-base_cseq', share === 1 ? 10 : 1];
      const { failed } = await load(work, 'register', { calls, rows: users(1, most), extra });
      await sleep(1000);
      rows.push([`${calls} bindings, resident`, 'MB', memory(pid).rss / MB, failed > 0 ? `${failed} failed` : undefined]);
    }
    return rows;
  });
}

async function held(peer, { work, scale }) {
  return using(peer, work, undefined, async ({ pid }) => {
    await registerCallee(work);
    const stopCallee = await answer(work, 'call-uas');
    try {
      const calls = Math.ceil(10_000 * scale);
      const rate = 500;
      const rising = (calls / rate) * 1000;
      const before = memory(pid).pss;
      const load10k = load(work, 'call-uac', { calls, rate, rows: callers, hold: Math.round(rising * 1.1) + 10_000 });
      await sleep(rising * 1.1 + 5000);
      const more = memory(pid).pss - before;
      const { failed } = await load10k;
      return [['a held call', 'KiB', more / calls, failed > 0 ? `${failed} failed` : undefined]];
    } finally {
      await stopCallee();
    }
  });
}

export const MEASURES = {
  options,
  register,
  message: proxied('MESSAGE', 'message', { calls: 20_000, warm: 7000 }),
  call: proxied('call', 'call', { calls: 8000, warm: 2700 }),
  'call-rate': proxied('call at 800/s', 'call', { calls: 8000, warm: 6400 }, 800),
  trunk,
  latency,
  startup: startUp,
  idle,
  bindings,
  held,
};
