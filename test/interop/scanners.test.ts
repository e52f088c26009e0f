import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

// What scans the internet for telephones, against the daemon as it is shipped. All in a network namespace whose one interface has the
// server's address, a scanner's and a phone's: none of them is a loopback address, so nobody is known.

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** `from ADDRESS` is where the programs that follow send from, `ctl` is sipwitchctl. What is printed is the answer. */
const STAGE = `
ip link set lo up
for address in 198.51.100.1 192.0.2.66 203.0.113.7; do ip address add $address/32 dev lo; done
from() { ip route change table local local 198.51.100.1 dev lo src "$1"; }
ctl() { "$NODE" "$DIST/sipwitchctl.js" --config "$HOME/config" --state "$HOME/state" "$@"; }
"$NODE" "$DIST/sipwitchd.js" --config "$HOME/config" --state "$HOME/state" --bus session 2>"$HOME/log" &
daemon=$!
trap 'kill $daemon; wait $daemon' EXIT
for try in $(seq 100); do ctl status >"$HOME/status" 2>&1 && break; sleep 0.1; done
echo secret | ctl passwd alice --stdin 2>>"$HOME/log"
from 192.0.2.66
`;

function stage(strangers: 'answer' | 'silent', script: string, guesses = 0): string {
  const folder = newFolder('scanners');
  for (const name of ['config', 'state', 'run']) mkdirSync(join(folder, name));
  const users = '[user alice]\nextension = 201\n[user bob]\nextension = 202\npublished = yes\n';
  const daemon = `[daemon]\ndomain = home.example\nlisten = udp:198.51.100.1:5060\nstrangers = ${strangers}\n`;
  const domain = '[domain home.example]\ninbound = anonymous\n';
  writeFileSync(join(folder, 'config/sipwitch.conf'), `${daemon}${domain}${users}`);
  writeFileSync(join(folder, 'guesses'), Array.from({ length: guesses }, (_, n) => `guess${n}\n`).join(''));
  const env = {
    PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    DIST: dist,
    NODE: process.execPath,
  };
  const words = ['--net', '--pid', '--fork', '--kill-child', 'bash', '-c', `${STAGE}${script}`];
  const ran = spawnSync('unshare', words, { env, encoding: 'utf8', timeout: 100_000 });
  return ran.stdout + ran.stderr;
}

/** The row of a count in \`debug counts\`. */
const count = (text: string, what: string) => Number(new RegExp(`^(\\d+) +${what}$`, 'm').exec(text)?.[1]);

needs('netns', 'ip', 'svmap')(
  'svmap sees a SIP server without name or version, or with strangers = silent none at all (security S4)',
  () => {
    const scan =
      'timeout 30 svmap -x 192.0.2.66 -m OPTIONS 198.51.100.1 2>&1; timeout 30 svmap -x 192.0.2.66 -m INVITE 198.51.100.1 2>&1; ctl debug counts';
    const seen = stage('answer', scan);
    expect(seen.match(/198\.51\.100\.1:5060 +\| +unknown /g)).toHaveLength(2);
    expect(seen).not.toMatch(/sipwitch/i);
    const unseen = stage('silent', scan);
    expect(unseen).not.toMatch(/198\.51\.100\.1:5060/);
    expect(count(unseen, 'requests of strangers left unanswered')).toBeGreaterThanOrEqual(2);
  },
  200_000,
);

needs('netns', 'ip', 'svwar')(
  'svwar gets one answer for every number and name, by REGISTER, INVITE and OPTIONS (security S5)',
  () => {
    const scan = `for method in REGISTER INVITE OPTIONS; do
      scans=
      for name in 201 299 bob; do
        echo $name >"$HOME/$name"
        timeout 20 svwar --force --debug -x 192.0.2.66 -m $method -d "$HOME/$name" --maximumtime=2 198.51.100.1 >"$HOME/$name.said" 2>&1 &
        scans="$scans $!"
      done
      wait $scans
      for name in 201 299 bob; do echo "scan $method $name"; cat "$HOME/$name.said"; done
    done`;
    const scans = stage('answer', scan)
      .split(/^scan /m)
      .slice(1);
    const answers = scans.map((said) => {
      const statuses = new Set([...said.matchAll(/SIP\/2\.0 (\d{3}) /g)].map(([, status]) => status));
      return `${said.slice(0, said.indexOf('\n'))}: ${[...statuses].join(' ')} ${/found nothing/.test(said) ? 'found nothing' : said}`;
    });
    expect(answers).toEqual([
      'REGISTER 201: 401 found nothing',
      'REGISTER 299: 401 found nothing',
      'REGISTER bob: 401 found nothing',
      'INVITE 201: 407 found nothing',
      'INVITE 299: 407 found nothing',
      'INVITE bob: 407 found nothing',
      'OPTIONS 201: 407 found nothing',
      'OPTIONS 299: 407 found nothing',
      'OPTIONS bob: 407 found nothing',
    ]);
  },
  200_000,
);

needs(
  'netns',
  'ip',
  'svcrack',
  'sipsak',
)(
  'of ten thousand guesses of svcrack fewer than fifty are looked at, and the phone still registers (security S6)',
  () => {
    // `from` would move svcrack too, which is bound to no address: a rule for its port keeps it where it is.
    const apart = `ip rule add pref 10 lookup local; ip rule add pref 5 ipproto udp sport 5099 lookup 100; ip rule del pref 0
      ip route add table 100 local 198.51.100.1 dev lo src 192.0.2.66`;
    const crack = 'timeout 25 svcrack -P 5099 -x 192.0.2.66 -u alice -d "$HOME/guesses" --maximumtime=20 198.51.100.1 2>&1';
    const register =
      'from 203.0.113.7; sleep 1; timeout 10 sipsak -U -s sip:alice@198.51.100.1 -a secret -x 60 >"$HOME/sipsak" 2>&1; echo "sipsak ended with $?"';
    const script = `${apart}\n(${crack}) & crack=$!; sleep 14; ${register}; wait $crack; ctl debug counts; cat "$HOME/log"`;
    const said = stage('answer', script, 10_000);
    expect(new Set(said.match(/"alice" from [0-9.]+/g))).toEqual(new Set(['"alice" from 192.0.2.66']));
    expect(said).toMatch(/sipsak ended with 0/);
    expect(count(said, 'bindings')).toBe(1);
    expect(count(said, 'messages received')).toBeGreaterThan(300); // in 20 s, also of a machine that is busy
    expect(count(said, 'credentials evaluated')).toBeLessThan(50);
    expect(count(said, 'credentials proved')).toBe(1);
  },
  120_000,
);
