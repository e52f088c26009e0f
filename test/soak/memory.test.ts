import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assert, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import { Secrets } from '../../src/core/account/secrets.ts';
import { Accounts } from '../../src/core/account/users.ts';
import { filesOf, setting } from '../config/memory-files.ts';
import { setup } from '../core/registrar/desk.ts';
import { udp } from '../support/routing.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimStorage } from '../support/sim-storage.ts';

const MANY = 50_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

/** Lines as if they were read from a disk: one piece of text. */
function linesOf(line: (i: number) => string): string {
  return Array.from({ length: MANY }, (_, i) => line(i)).join('');
}

test('a user of an import takes 210 bytes beside its lines, its account included', () => {
  const path = `${setting.state}/conf.d/import-x.conf`;
  const files = filesOf({ [path]: linesOf((i) => `\n[user u${100_000 + i}]\npublished = yes\n`) });
  const before = heap();
  let config = load(files, setting).config;
  const accounts = new Accounts(config!);
  config = undefined;
  const each = (heap() - before) / MANY;
  assert.equal([...accounts.all()].length, MANY);
  assert.isTrue(accounts.byName('u100000')?.published);
  assert.isBelow(each, 210);
});

test('the passwords of a user of an import take 30 bytes beside its line, before and after they were asked for', () => {
  const storage = new SimStorage();
  const text = linesOf((i) => `u${100_000 + i} v1 realm MD5:${'0'.repeat(32)} SHA-256:${'0'.repeat(64)}\n`);
  storage.put('digests/import-x.txt', text, 0o600);
  const secrets = new Secrets(storage, new SimClock(), 'realm');
  const before = heap();
  for (let i = 0; i < MANY; i++) assert.equal(secrets.ha1(`u${100_000 + i}`, 'MD5').length, 1);
  assert.isBelow((heap() - before) / MANY, 30);
  secrets.close();
});

test('a binding takes 440 bytes with its place in the location service, and no more after its refreshes', () => {
  const { location, log, register } = setup();
  log.wants = () => false;
  const { transport, local, connection } = udp;
  const bindAll = (cseq: number) => {
    for (let i = 0; i < MANY; i++) {
      const remote = { host: ['192', '0', i >> 8, i & 255].join('.'), port: 5062 };
      const said = { contact: `<sip:u${100_000 + i}@192.0.2.7:5062>`, cseq, callId: `reg-${100_000 + i}@192.0.2.7` };
      register(said, { aor: `u${100_000 + i}` }, { transport, local, remote, connection });
    }
  };
  const before = heap();
  bindAll(1);
  assert.equal(location.count, MANY);
  assert.isBelow((heap() - before) / MANY, 440);
  for (let cseq = 2; cseq < 8; cseq++) bindAll(cseq);
  assert.isBelow((heap() - before) / MANY, 440);
});
