import { assert, test } from 'vitest';
import { snapshotOfFiles } from '../../src/control/cli/snapshot.ts';
import { explain } from '../../src/control/dbus/explain.ts';
import { Desk, HOUSE } from '../support/desk.ts';

test('the operator hears of an emergency call, and of no other (security S30)', async () => {
  const config = HOUSE.replace('extensions =', 'emergency = 112\nextensions =');
  const desk = await Desk.open({
    config: `${config}[modem gsm0]\nport = /dev/ttyUSB0\n[class none]\nmay =\n[user dora]\nclass = none\n`,
  });
  const dora = await desk.phone('dora', '10.0.0.2');
  dora.call('INVITE', 'sip:201@home.example');
  dora.call('INVITE', 'sip:112@home.example');
  dora.call('INVITE', 'urn:service:sos');
  assert.deepEqual(desk.log.of('notice'), ['emergency: dora calls 112', 'emergency: dora calls 112']);
});

test('nobody is told that a modem would take a call while there are none, for help or not, by the daemon or the files (house 5)', async () => {
  const config = `${HOUSE.replace('extensions =', 'emergency = 112\nextensions =')}[modem gsm0]\nport = /dev/ttyUSB0\n[dial out]\nmatch = 0X!\nto = modem gsm0\n`;
  const desk = await Desk.open({ config });
  const files = snapshotOfFiles(desk.exchange.config, { hostName: 'desk', interfaces: [] }, new Map(), 0);
  for (const snapshot of [desk.exchange.snapshot, files]) {
    const ask = (target: string) => explain({ target, from: 'alice', method: 'INVITE', source: '' }, snapshot);
    const dialed = await ask('030123456');
    assert.equal(dialed.summary, 'reject: 503 Service Unavailable (modem gsm0 is down: modems are not in use yet)');
    assert.deepEqual(
      (await ask('112')).targets.map(({ name, why }) => [name, why]),
      [['112 by modem gsm0', 'it is down: modems are not in use yet']],
    );
  }
});
