import { expect, test } from 'vitest';
import { load, type Setting } from '../../src/config/load.ts';
import { Reloading } from '../../src/core/reloading.ts';
import { CertificateFiles } from '../../src/sip/transport/certificate-files.ts';
import { Desk, HOUSE } from '../support/desk.ts';

const setting: Setting = { config: '/config', state: '/state', hostName: 'desk', service: false };
const TLS = HOUSE.replace('[domain', 'tls_listen = tls:10.0.0.1:5061\ntls_certificate = /c.pem\ntls_key = /k.pem\n[domain');

/** A running exchange whose files are those of `disk`. */
async function running(config = HOUSE, certificate = '') {
  const disk = new Map([['/config/sipwitch.conf', config]]).set('/c.pem', certificate).set('/k.pem', '');
  const files = {
    read: (path: string) => disk.get(path),
    list: (folder: string) =>
      [...disk.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
  };
  const credentials = { certificate, key: '', authorities: undefined };
  const { exchange, host, clock, log } = await Desk.open({ config, ...(certificate !== '' && { credentials }) });
  const certificates = new CertificateFiles({ files, clock, log, renew: (renewed) => exchange.renew(renewed) });
  const unbound = ({ message }: Error) => `${message}!`;
  const reloading = new Reloading({ files, setting, exchange, certificates, clock, log, unbound }, load(files, setting));
  /** Writes a configuration and reads it; the hour of what is in use is left out, it depends on the time zone of who runs this. */
  const say = async (text: string) => {
    disk.set('/config/sipwitch.conf', text);
    const { errors, report } = await reloading.reload();
    return {
      errors,
      last: report
        .split('\n')
        .at(-1)!
        .replace(/at \d\d:/, 'at HH:'),
    };
  };
  return { disk, exchange, host, clock, log, reloading, say };
}

const extension = (exchange: Desk['exchange'], name: string) => exchange.snapshot.byName(name)?.extension;

test('a configuration without errors is in use at once', async () => {
  const { exchange, say } = await running();
  const last = 'No problems. The configuration is in use now.';
  expect(await say(`${HOUSE}[user dave]\nextension = 204\n`)).toEqual({ errors: 0, last });
  expect(extension(exchange, 'dave')).toBe('204');
});

test('whoever took sipwitch.conf away is told so', async () => {
  const { disk, exchange, reloading, say } = await running();
  disk.delete('/config/sipwitch.conf');
  const lack = 'There is no sipwitch.conf in /config.';
  expect(await reloading.reload()).toEqual({ errors: 0, report: `No problems. ${lack} The configuration is in use now.` });
  expect([extension(exchange, 'alice'), reloading.lack]).toEqual([undefined, lack]);
  expect((await say(HOUSE)).last).toBe('No problems. The configuration is in use now.');
  expect(reloading.lack).toBe('');
  // A drop-in that stays stands in for it only where it did before.
  const fresh = await running();
  for (const one of [{ disk, reloading }, fresh]) {
    one.disk.delete('/config/sipwitch.conf');
    one.disk.set('/config/sipwitch.conf.d/50.conf', '[user dave]\n');
    expect([await one.reloading.reload(), await one.reloading.reload()].map(({ report }) => report)).toEqual([
      `No problems. ${lack} The configuration is in use now.`,
      'No problems. The configuration is in use now.',
    ]);
  }
});

test('who was taken out of sipwitch.conf and is a user still, by what a program wrote of him, is told once', async () => {
  const { disk, exchange, log, say } = await running();
  disk.set('/state/conf.d/user-dave.conf', '[user dave]\ndnd = yes\n');
  disk.set('/state/conf.d/user-eve.conf', '[user eve]\n');
  const inUse = 'No problems. The configuration is in use now.';
  expect((await say(`${HOUSE}[user dave]\nextension = 204\n`)).last).toBe(inUse);
  const still = 'dave stands in /state/conf.d/user-dave.conf alone and is a user still: "sipwitchctl user remove dave" ends that';
  expect((await say(HOUSE)).last).toBe(`No problems. ${still}. The configuration is in use now.`);
  expect([exchange.config.users.has('dave'), log.of('warning')]).toEqual([true, [still]]);
  expect((await say(HOUSE)).last).toBe(inUse);
  disk.delete('/state/conf.d/user-dave.conf');
  expect([(await say(HOUSE)).last, exchange.config.users.has('dave')]).toEqual([inUse, false]);
});

test('one with errors leaves what was, which is said with the time it was loaded at', async () => {
  const { clock, exchange, reloading, say } = await running();
  const wrong = `${HOUSE}[user dave]\nextension = 201\nfoo = 1\n`;
  const kept = (time: string) => `2 errors. The running daemon keeps the configuration it loaded at HH:${time}.`;
  clock.advance(61_000);
  expect(await say(wrong)).toEqual({ errors: 2, last: kept('00:00') });
  expect(reloading.problems.map(({ severity }) => severity)).toEqual(['error', 'error']);
  expect(extension(exchange, 'dave')).toBeUndefined();
  await say(HOUSE);
  expect(reloading.problems).toEqual([]);
  expect(await say(wrong)).toEqual({ errors: 2, last: kept('01:01') });
});

test('the first certificate of a house is looked at before anything else is changed', async () => {
  const { disk, exchange, reloading, say } = await running();
  disk.set('/c.pem', 'garbage');
  const { config } = exchange;
  expect(await say(TLS)).toEqual({ errors: 1, last: 'The running daemon keeps the configuration it loaded at HH:00:00.' });
  expect(exchange.config).toBe(config);
  const why = 'the configuration was read and is not in use: the certificate cannot be read: garbage';
  expect([reloading.problems, reloading.refusals]).toEqual([[], [why]]);
  disk.set('/c.pem', 'DNS:home.example');
  expect((await say(TLS)).errors).toBe(0);
  expect(reloading.refusals).toEqual([]);
});

test('a certificate that a reload took is looked after: when it is renewed that is noticed without another reload', async () => {
  const { clock, disk, log, say } = await running();
  disk.set('/c.pem', 'DNS:home.example');
  await say(TLS);
  disk.set('/c.pem', 'DNS:home.example, DNS:other.example');
  clock.advance(62_000);
  expect(log.of('notice').at(-1)).toBe('the certificate /c.pem was read again');
});

test('one whose certificate is not there, or is none, leaves what was', async () => {
  const { disk, exchange, say } = await running(TLS, 'DNS:home.example');
  const wanted = `${TLS}[user dave]\nextension = 204\n`;
  const kept = 'The running daemon keeps the configuration it loaded at HH:00:00.';
  disk.delete('/c.pem');
  expect(await say(wanted)).toEqual({ errors: 1, last: `1 error. ${kept}` });
  disk.set('/c.pem', 'garbage');
  expect(await say(wanted)).toEqual({ errors: 1, last: kept });
  expect(extension(exchange, 'dave')).toBeUndefined();
  disk.set('/c.pem', 'DNS:home.example, DNS:other.example');
  expect((await say(wanted)).errors).toBe(0);
  expect(extension(exchange, 'dave')).toBe('204');
});

test('one whose address is taken, or is none of this machine, leaves what was, and closes what it had opened', async () => {
  const { exchange, host, log, reloading, say } = await running();
  const points = () => exchange.transport.points.map(({ transport, sentBy }) => `${transport}:${sentBy}`);
  const other = host.bind({ host: '10.0.0.1', port: 5070 }, () => undefined);
  const wanted = `${HOUSE.replace('udp:10.0.0.1:5060, tcp:10.0.0.1:5060', 'tcp:10.0.0.1:5070, udp:10.0.0.1:5070')}[user dave]\nextension = 204\n`;
  const kept = { errors: 1, last: 'The running daemon keeps the configuration it loaded at HH:00:00.' };
  expect(await say(wanted)).toEqual(kept);
  expect(await say(wanted.replaceAll('10.0.0.1:', '10.9.9.9:'))).toEqual(kept);
  const why = 'cannot listen on tcp:10.9.9.9:5070: 10.9.9.9 is no address of this machine!';
  expect(reloading.refusals).toEqual([`the configuration was read and is not in use: ${why}`]);
  expect([points(), extension(exchange, 'dave')]).toEqual([['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060'], undefined]);
  expect(exchange.problems).toEqual([]);
  expect(log.of('notice')).toEqual([]);
  other.close();
  expect((await say(wanted)).errors).toBe(0);
  expect([points(), extension(exchange, 'dave')]).toEqual([['udp:10.0.0.1:5070', 'tcp:10.0.0.1:5070'], '204']);
});

test('of two at once the second is read when the first is done', async () => {
  const { disk, exchange, log, reloading } = await running();
  const write = (port: number) =>
    disk.set('/config/sipwitch.conf', HOUSE.replace(/listen = .*/, `listen = udp:10.0.0.1:${port}`));
  write(5070);
  const first = reloading.reload();
  await Promise.resolve();
  write(5080);
  const second = reloading.reload();
  expect([await first, await second].map(({ errors }) => errors)).toEqual([0, 0]);
  expect(exchange.transport.points.map(({ sentBy }) => sentBy)).toEqual(['10.0.0.1:5080']);
  const told = log.of('notice').filter((line) => line.includes('now also'));
  expect(told).toEqual([5070, 5080].map((port) => `now also listening on udp:10.0.0.1:${port}`));
});
