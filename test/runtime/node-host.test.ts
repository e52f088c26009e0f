import { createPrivateKey } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { nodeHost } from '../../src/runtime/node/host.ts';
import { Authority } from '../support/certificates.ts';

const authority = new Authority();
afterAll(() => authority.close());
const host = nodeHost(() => []);

test('a certificate tells its names, its time, its chain and whether a key is its own', () => {
  const one = authority.issue({ names: 'DNS:a.test, URI:sip:a.test', days: 10 });
  const two = authority.issue({ names: 'DNS:b.test' });
  const report = host.certificate(one.certificate, one.key);
  if (typeof report === 'string') throw new Error(report);
  expect(report).toMatchObject({
    names: ['DNS:a.test', 'URI:sip:a.test'],
    chain: 1,
    selfSigned: false,
    keyFits: true,
    inOrder: true,
  });
  expect(Math.round((report.until - report.from) / 86_400_000)).toBe(10);
  expect(host.certificate(one.certificate, two.key)).toMatchObject({ keyFits: false });
  expect(host.certificate(`${one.certificate}\n${authority.certificate}`, undefined)).toMatchObject({
    chain: 2,
    inOrder: true,
    keyFits: undefined,
  });
  expect(host.certificate(`${one.certificate}\n${two.certificate}`, undefined)).toMatchObject({ chain: 2, inOrder: false });
  expect(host.certificate(authority.certificate, undefined)).toMatchObject({ selfSigned: true });
  expect(host.certificate('', undefined)).toBe('it holds no certificate');
  expect(host.certificate(one.certificate, 'no key')).toBe('its key cannot be read: it is not PEM, or damaged');
  const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  expect(host.certificate(damaged, one.key)).toBe('its certificate cannot be read: it is not PEM, or damaged');
  const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  const encrypted = createPrivateKey(one.key).export(cipher).toString();
  expect(host.certificate(one.certificate, encrypted)).toBe('its key is encrypted: there is nobody to ask for its password');
});

test('a name with a comma in it is one name, and cannot smuggle a second one', () => {
  const { certificate } = authority.issue({
    names: '@all\n[all]\nURI.1=sip:a.test, DNS:victim.test, DNS:b.test\nDNS.1=c.test\n',
  });
  expect(host.certificate(certificate, undefined)).toMatchObject({
    names: ['URI:"sip:a.test\\u002c DNS:victim.test\\u002c DNS:b.test"', 'DNS:c.test'],
  });
});

test('room and modes are told where there is something, and nothing where there is not', () => {
  expect(host.freeBytes('/')).toBeGreaterThan(0);
  expect(host.modeOf('/')).toBe(0o755);
  expect([host.freeBytes('/nowhere/at/all'), host.modeOf('/nowhere/at/all')]).toEqual([undefined, undefined]);
});
