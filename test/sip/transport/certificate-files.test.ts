import { assert, test } from 'vitest';
import { FileError } from '../../../src/runtime/files.ts';
import { NetworkError, type TlsCredentials } from '../../../src/runtime/network.ts';
import { CertificateFiles, type TlsSettings } from '../../../src/sip/transport/certificate-files.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';

const SETTINGS: TlsSettings = {
  tlsCertificate: '/live/fullchain.pem',
  tlsKey: '/live/privkey.pem',
  tlsAuthorities: undefined,
  tlsClientCertificates: 'ask',
};
const FIRST = { '/live/fullchain.pem': 'certificate 1', '/live/privkey.pem': 'key 1' };
const SECOND = { '/live/fullchain.pem': 'certificate 2', '/live/privkey.pem': 'key 2' };

/** Files that tests write; a certificate and a key belong together if they end in the same digit. */
function setup(settings = SETTINGS) {
  const clock = new SimClock();
  const log = new SimLog();
  const texts: Record<string, string | false> = { ...FIRST };
  const taken: string[] = [];
  const read = (path: string) => {
    const text = texts[path];
    if (text === false) throw new FileError(path, 'permission denied', undefined, true);
    return text;
  };
  const renew = ({ certificate, key, authorities }: TlsCredentials) => {
    if (certificate.at(-1) !== key.at(-1)) throw new NetworkError('tls', 'the key does not belong to the certificate');
    taken.push([certificate, key, authorities ?? 'of the system'].join(', '));
  };
  const files = new CertificateFiles({ files: { read, list: () => [] }, clock, log, renew });
  files.follow(settings, files.read(settings));
  return { clock, log, texts, taken, files };
}

test('the files of the configuration are read, and who is missing is named', () => {
  const { files, texts } = setup();
  const credentials = { certificate: 'certificate 1', key: 'key 1', authorities: undefined, askClients: true };
  assert.deepEqual(files.read(SETTINGS), credentials);
  assert.deepEqual(files.read({ ...SETTINGS, tlsClientCertificates: 'no' })?.askClients, false);
  assert.equal(files.read({ ...SETTINGS, tlsCertificate: undefined, tlsKey: undefined }), undefined);
  assert.throws(() => files.read({ ...SETTINGS, tlsAuthorities: '/ca.pem' }), NetworkError, '[daemon]: there is no file /ca.pem');
  texts['/live/privkey.pem'] = false;
  assert.throws(() => files.read(SETTINGS), NetworkError, '[daemon]: /live/privkey.pem cannot be read: permission denied');
});

test('a renewed certificate is in use within 62 seconds, and who is idle wakes once a minute', () => {
  const { clock, texts, taken, log, files } = setup();
  clock.advance(59_999);
  assert.deepEqual(
    clock.armed().map(({ name, due }) => [name, due]),
    [['certificates', 60_000]],
  );
  clock.advance(1);
  assert.deepEqual(
    clock.armed().map(({ due }) => due),
    [120_000],
  );
  Object.assign(texts, SECOND);
  clock.advance(62_000);
  assert.deepEqual(taken, ['certificate 2, key 2, of the system']);
  assert.deepEqual(log.lines, ['notice: the certificate /live/fullchain.pem was read again']);
  clock.advance(600_000);
  assert.equal(taken.length, 1);
  files.stop();
  assert.deepEqual(clock.armed(), []);
});

test('a certificate whose key is not written yet is waited for', () => {
  const { clock, texts, taken, log } = setup();
  texts['/live/fullchain.pem'] = 'certificate 2';
  clock.advance(60_500);
  texts['/live/privkey.pem'] = 'key 2';
  clock.advance(4_000);
  assert.deepEqual(taken, ['certificate 2, key 2, of the system']);
  assert.deepEqual(log.of('warning'), []);
});

test('bad files leave the old certificate in use, which is said once and shown until it is mended', () => {
  const { clock, texts, taken, log, files } = setup();
  texts['/live/fullchain.pem'] = 'certificate 2';
  clock.advance(300_000);
  const problem = 'the key does not belong to the certificate; the certificate that was read before stays in use';
  assert.deepEqual([taken, log.of('warning'), files.problems], [[], [problem], [problem]]);
  texts['/live/fullchain.pem'] = false;
  clock.advance(62_000);
  assert.match(files.problems[0]!, /^\[daemon\]: \/live\/fullchain.pem cannot be read: permission denied; the certificate that/);
  Object.assign(texts, FIRST);
  clock.advance(62_000);
  assert.deepEqual([taken, files.problems], [['certificate 1, key 1, of the system'], []]);
});

test('other authorities are taken too, and after a reload other files are looked after', () => {
  const settings = { ...SETTINGS, tlsAuthorities: '/ca.pem' };
  const { clock, texts, taken, files } = setup();
  texts['/ca.pem'] = 'authority 1';
  files.follow(settings, files.read(settings));
  texts['/ca.pem'] = 'authority 2';
  clock.advance(62_000);
  assert.deepEqual(taken, ['certificate 1, key 1, authority 2']);
  files.follow({ ...SETTINGS, tlsCertificate: undefined, tlsKey: undefined }, undefined);
  assert.deepEqual(clock.armed(), []);
});
