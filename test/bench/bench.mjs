import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inviteTo180 } from './latency.mjs';
import { MEASURES, percentiles } from './measures.mjs';
import { kamailio, sipwitch, UAC, UAS } from './peers.mjs';
import { rows, table } from './report.mjs';

const USAGE = `Our daemon beside Kamailio's one UDP worker, in turn (A B A B): npm run bench -- [OPTION]...

  --rounds N      how often, 3 if not said; medians are printed
  --only A,B      of these alone: ${Object.keys(MEASURES).join(' ')}
  --against DIR   another built checkout of ours instead of Kamailio; exit
                  status 1 if a median CPU row lost more than 10 %
  --alone         only ours
  --scale 0.1     a tenth of the load: to try the harness, not to measure
  --json FILE     every sample
  --micro         parse, print and route by themselves, without sockets

Loopback only. CPU is user and system time of the whole process tree.`;
const OPTIONS = {
  rounds: { type: 'string', default: '3' },
  only: { type: 'string', default: Object.keys(MEASURES).join(',') },
  against: { type: 'string' },
  alone: { type: 'boolean', default: false },
  scale: { type: 'string', default: '1' },
  json: { type: 'string' },
  micro: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};
const given = options();

/** What the command line says; what it cannot say ends the program. */
function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!values.help) return values;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(64);
  }
}

const LOSS = 1.1; // a later part of the program may cost a tenth
const project = resolve(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'sipwitch-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const fail = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

async function main() {
  if (given.micro) {
    const { micro } = await import('./micro.mjs');
    return micro(work, [project, ...(given.against === undefined ? [] : [resolve(given.against)])]);
  }
  if (spawnSync('sipp', ['-v']).error) fail('sipp is not installed: apt-get install sip-tester');
  const names = given.only.split(',');
  for (const name of names) if (!(name in MEASURES)) fail(`there is no measure ${name}: ${Object.keys(MEASURES).join(' ')}`);
  const peers = [sipwitch('ours', project, work)];
  if (given.against !== undefined) peers.push(sipwitch('against', resolve(given.against), work));
  else if (!given.alone)
    peers.push(kamailio(work) ?? fail('kamailio is not installed: apt-get install kamailio, or give --alone'));

  const samples = [];
  const take = (peer, measured) => {
    for (const [what, unit, value, trouble] of measured) {
      samples.push({ peer, what, unit, value, trouble });
      console.log(`${peer.padEnd(8)} ${what}: ${value.toFixed(1)} ${unit}${trouble === undefined ? '' : `  (${trouble})`}`);
    }
  };
  let broken = 0;
  for (let round = 1; round <= Number(given.rounds); round++) {
    for (const name of names) {
      for (const peer of peers) {
        try {
          take(peer.name, await MEASURES[name](peer, { work, scale: Number(given.scale) }));
        } catch (error) {
          broken += 1;
          console.error(`${peer.name} ${name}: ${error.message}`);
        }
      }
    }
  }
  const order = peers.map((peer) => peer.name);
  console.log(`\nmedians of ${given.rounds} rounds (least-most)\n${table(samples, order)}`);
  if (names.includes('latency')) {
    const floor = await inviteTo180({ server: undefined, uac: UAC, uas: UAS, rate: 100, calls: 500 });
    const [p50, p99] = percentiles('', floor).map(([, , value]) => value.toFixed(0));
    console.log(`INVITE to 180 without any server, the floor of this harness: p50 ${p50} us, p99 ${p99} us`);
  }
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(samples, null, 1)}\n`);
  const lost =
    given.against === undefined ? [] : rows(samples, order).filter((row) => row.what.endsWith('CPU') && row.ratios[0] > LOSS);
  for (const { what, ratios } of lost) console.log(`lost more than 10 %: ${what}, ${ratios[0].toFixed(2)}`);
  process.exit(broken + lost.length > 0 ? 1 : 0);
}

await main().catch((error) => fail(error.message));
