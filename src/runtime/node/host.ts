import { createPrivateKey, X509Certificate } from 'node:crypto';
import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import type { CertificateReport, Host } from '../host.ts';
import type { InterfaceAddress } from '../network.ts';
import { codeOf } from './errno.ts';
import { holderOf } from './holder.ts';
import { stateHolder } from './state-lock.ts';
import { alternativeNames, tlsFault } from './tls.ts';
import { tried } from './tried.ts';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** This machine. */
export function nodeHost(interfaces: () => readonly InterfaceAddress[]): Host {
  return {
    holderOf,
    stateHolder,
    interfaces,
    freeBytes(folder) {
      const found = tried(() => statfsSync(folder), undefined);
      return found && (isReadOnly(folder) ? 'read-only' : found.bavail * found.bsize);
    },
    modeOf: (path) => tried(() => statSync(path).mode & 0o7777, undefined),
    certificate: certificateReport,
  };
}

/** As after an error of a disk, which has the system write there no more. */
function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return codeOf(error) === 'EROFS';
  }
}

function certificateReport(pem: string, key: string | undefined): CertificateReport | string {
  const found = pem.match(PEM) ?? [];
  try {
    const chain = found.map((text) => new X509Certificate(text));
    const [own] = chain;
    if (own === undefined) return 'it holds no certificate';
    return {
      names: alternativeNames(own.subjectAltName),
      commonName: /(?:^|\n)CN=([^\n]*)/.exec(own.subject)?.[1],
      from: Date.parse(own.validFrom),
      until: Date.parse(own.validTo),
      selfSigned: own.checkIssued(own),
      chain: chain.length,
      inOrder: chain.every((one, at) => chain[at + 1] === undefined || one.checkIssued(chain[at + 1]!)),
      keyFits: key === undefined ? undefined : own.checkPrivateKey(createPrivateKey(key)),
    };
  } catch {
    const fault = tlsFault({ certificate: pem, key });
    return fault === undefined ? 'it cannot be read' : `its ${fault.part} ${fault.why}`;
  }
}
