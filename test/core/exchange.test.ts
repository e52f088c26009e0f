import { assert, test } from 'vitest';
import { Desk, HOUSE, readConfig } from '../support/desk.ts';

const TLS = `${HOUSE}`.replace('[domain', 'tls_listen = tls:10.0.0.1:5061\ntls_certificate = /c.pem\ntls_key = /k.pem\n[domain');
const credentials = { certificate: 'DNS:home.example', key: '', authorities: undefined };

test('a reload with bad certificates changes nothing: neither users, nor settings, nor what TLS shows', async () => {
  const desk = await Desk.open({ config: TLS, credentials });
  const { exchange } = desk;
  const { config, snapshot } = exchange;
  const read = readConfig(`${TLS}[user dave]\nextension = 204\n`);
  assert.throws(() => exchange.reload(read.config!, { ...credentials, certificate: 'garbage' }), 'cannot be read');
  assert.equal(exchange.config, config);
  assert.equal(exchange.snapshot, snapshot);
  exchange.reload(read.config!, credentials);
  assert.equal(exchange.snapshot.byName('dave')?.extension, '204');
});

test('behind a NAT who dials its address means us, by the ports that we listen on', async () => {
  const { exchange } = await Desk.open({ config: HOUSE.replace('[daemon]', '[daemon]\npublic_address = 198.51.100.7') });
  const of = (port?: number) => exchange.snapshot.domains.of('198.51.100.7', port)?.name;
  assert.deepEqual([of(), of(5060), of(5080)], ['home.example', 'home.example', undefined]);
});
