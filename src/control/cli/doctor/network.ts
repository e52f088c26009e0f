import { addressClass, literal } from '../../../sip/locate/address-class.ts';
import { isSip, parseUri } from '../../../sip/message/uri.ts';
import { readable } from '../../../text/parse-error.ts';
import type { MessageReport, PhoneReport } from '../../dbus/reports.ts';
import { serversText } from '../dns-verify.ts';
import type { DnsFacts, Facts } from './facts.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** A name that is there wherever DNS is (RFC 2606). */
export const PLAIN = 'example.org';

export function resolver({ dns }: Facts): readonly Finding[] {
  if (dns === undefined) return [];
  const servers = serversText(dns.servers);
  const advice = 'look at /etc/resolv.conf and at the network';
  if (dns.silence === '') return [good('resolver', `${servers} answers`)];
  if (isSilent(dns)) return [bad('resolver', `${PLAIN} cannot be looked up at ${servers}: ${dns.silence}`, advice)];
  return [note('resolver', `${servers} answers for names of ours, and not for those of others: ${dns.silence}`, advice)];
}

/** Whether not even a name of ours can be looked up: inside a network there are servers that know no others. */
function isSilent({ silence, verdicts }: DnsFacts): boolean {
  return silence !== '' && verdicts.every(({ state }) => state === 'unknown');
}

/** Whether other domains find us: of the records that they need, what is missing and what is wrong. */
export function dnsOfDomain({ dns }: Facts): readonly Finding[] {
  if (dns === undefined || isSilent(dns)) return [];
  // That there is no TLS the certificate tells.
  if (dns.verdicts.length === 0) return dns.warnings.filter((one) => !one.includes('TLS')).map((warning) => note('dns', warning));
  const wrong = dns.verdicts.filter(({ state }) => state === 'missing' || state === 'wrong' || state === 'extra');
  const unknown = dns.verdicts.filter(({ state }) => state === 'unknown');
  const advice = '"sipwitchctl dns records" prints what to publish';
  if (nothing(dns))
    return [note('dns', 'nothing is published: other domains and phones on the road do not find it by its name', advice)];
  return [
    ...wrong.map(({ state, type, name, data, hint }) => bad('dns', `${type} ${name} ${data} is ${state}: ${hint}`, advice)),
    ...unknown.map(({ type, name, hint }) => note('dns', `${type} ${name}: ${hint}`)),
    ...(wrong.length + unknown.length === 0 ? [good('dns', 'its domains lead here')] : []),
  ];
}

/** A house that nobody shall find from outside is no broken one. */
function nothing({ verdicts }: DnsFacts): boolean {
  return verdicts.every(({ state, type }) => state === 'missing' || (state === 'optional' && type === 'NAPTR'));
}

/**
 * Whether something on the way changes SIP messages: a router's "SIP ALG". What comes back in the Via of our own requests is compared with
 * what was sent; without requests to others nothing can be measured.
 */
export function alg({ messages }: Facts): readonly Finding[] {
  if (messages === undefined) return [];
  const sent = new Map<string, string>();
  const changed = new Set<string>();
  let compared = 0;
  for (const message of messages) {
    const via = topVia(message);
    if (via === undefined) continue;
    const response = message.text.startsWith('SIP/2.0 ');
    if (message.direction === 'out' && !response) sent.set(via.branch, via.sentBy);
    if (message.direction !== 'in' || !response) continue;
    const own = sent.get(via.branch);
    if (own === undefined) continue;
    compared++;
    if (own !== via.sentBy) changed.add(`${own} came back from ${message.remote} as ${via.sentBy}`);
  }
  if (compared === 0) return [];
  if (changed.size === 0) return [good('alg', `of ${compared} answers none was changed on its way`)];
  const advice = 'switch "SIP ALG" off in the router, or use TLS, or another port than 5060';
  return [...changed].slice(0, 5).map((what) => bad('alg', `a router changes our messages: ${what}`, advice));
}

function topVia({ text }: MessageReport): { readonly sentBy: string; readonly branch: string } | undefined {
  const value = /^(?:via|v)[ \t]*:[ \t]*sip\/2\.0\/[a-z]+[ \t]+([^\r\n,]+)/im.exec(text)?.[1];
  const branch = /;[ \t]*branch=([^;, \t\r\n]+)/i.exec(value ?? '')?.[1];
  return value === undefined || branch === undefined ? undefined : { sentBy: value.split(';')[0]!.trim(), branch };
}

/** Phones that a router stands before: they are reached by the way that they opened, and nobody else knows that way. */
export function routers({ phones = [] }: Facts): readonly Finding[] {
  const advice = 'it rings, and hears nothing without ICE or an address that the caller can reach: there is no relay yet';
  const behind = phones.flatMap(translated);
  const more = behind.length > 3 ? [note('routers', `${behind.length - 3} more phones are behind a router`)] : [];
  return [...behind.slice(0, 3).map((sentence) => note('routers', sentence, advice)), ...more];
}

function translated({ user, contact, source }: PhoneReport): readonly string[] {
  const uri = readable(() => parseUri(contact));
  const own = uri !== undefined && isSip(uri) ? literal(uri.host) : undefined;
  const seen = literal(source.replace(/^\[|\]?:[0-9]+$/g, ''));
  if (own === undefined || seen === undefined || own === seen || addressClass(own) !== 'private') return [];
  if (own.includes(':') !== seen.includes(':')) return []; // of both families, and says the one
  if (addressClass(seen) === 'loopback') return []; // on this machine, and says how others reach it
  return [`a phone of ${user} is behind a router: it says that it is at ${own}, and comes from ${seen}`];
}
