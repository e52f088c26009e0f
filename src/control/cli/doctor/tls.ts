import { certifiedDomains, certifies } from '../../../runtime/certificate.ts';
import { duration } from '../time.ts';
import type { Facts } from './facts.ts';
import { bad, type Finding, good, note } from './finding.ts';

const SOON = 14 * 86_400_000;

const RENEW = 'renew it; the daemon reads the new one by itself';
const UNREAD = 'the user of the daemon must be able to read the certificate and its key';
const SWAPPED = 'tls_certificate is the file with "BEGIN CERTIFICATE", tls_key the one with "PRIVATE KEY"';

/** Whether others can believe our certificate: readable, in time, for our domain, with its chain (RFC 5922 §7). */
export function certificate({ certificate: facts, config, now }: Facts): readonly Finding[] {
  if (config === undefined) return [];
  if (facts === undefined)
    return [note('certificate', 'there is none: nobody calls by TLS', 'set tls_certificate and tls_key in [daemon]')];
  const { path, keyPath, fault, report, keyMode } = facts;
  if (report === undefined) return [bad('certificate', fault, remedy(fault, keyPath))];
  const findings: Finding[] = [];
  const say = (sentence: string, advice: string) => findings.push(bad('certificate', sentence, advice));
  if (report.keyFits === false) say(`the key ${keyPath} does not belong to ${path}`, 'give both of the same order');
  if (keyMode !== undefined && (keyMode & 0o007) !== 0) say(`everybody may read the key ${keyPath}`, `"chmod o= ${keyPath}"`);
  if (report.from > now) say(`${path} is valid only from ${new Date(report.from).toISOString()}`, 'look at the clock');
  if (report.until <= now) say(`${path} has expired ${duration(now - report.until)} ago`, RENEW);
  else if (report.until - now < SOON) say(`${path} expires in ${duration(report.until - now)}`, RENEW);
  const peer = { verified: true, names: report.names, commonName: report.commonName, fingerprint: undefined };
  const missing = [...config.domains.keys()].filter((domain) => !certifies(peer, domain));
  if (missing.length > 0) {
    const named = certifiedDomains(peer).join(', ') || 'nobody';
    say(
      `${path} names ${named}, and not ${missing.join(', ')}: others refuse it`,
      'get one that names every domain, without wildcards (RFC 5922 §7.2)',
    );
  }
  if (!report.inOrder)
    say(`the certificates in ${path} are not each issued by the next`, 'put your own first, then its issuer, and so on');
  if (report.selfSigned)
    findings.push(note('certificate', `${path} is signed by itself: only who was told trusts it`, 'get one of an authority'));
  else if (report.chain === 1)
    findings.push(note('certificate', `${path} holds one certificate alone: most authorities want that of the issuer behind it`));
  return findings.length > 0 ? findings : [good('certificate', `${path} is good for ${duration(report.until - now)}`)];
}

function remedy(fault: string, keyPath: string): string {
  if (/is encrypted/.test(fault)) return `"openssl pkey -in ${keyPath} -out FILE" writes it without one`;
  return /holds no certificate|is not PEM/.test(fault) ? SWAPPED : UNREAD;
}
