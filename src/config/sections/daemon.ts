import { key, kind, optional, type Settings } from '../schema.ts';
import { host, ip, listen } from '../values/network.ts';
import { country, group, oneOf, path } from '../values/plain.ts';
import { digits, extensionRange } from '../values/telephone.ts';
import { fullList, list } from '../values/value.ts';

export const daemon = kind('daemon', undefined, 'The daemon itself.', {
  domain: optional(host, 'The domain of every user, the host name if it is not set.'),
  listen: key(
    fullList(listen('udp', 'tcp')),
    'udp:0.0.0.0:5060, tcp:0.0.0.0:5060, udp:[::]:5060, tcp:[::]:5060',
    'Where SIP is heard: a wildcard is one socket for each local address, kept in step with the interfaces.',
  ),
  tls_listen: key(
    list(listen('tls')),
    '',
    'Where SIP over TLS is heard: tls:0.0.0.0:5061 and tls:[::]:5061 if it is not set and there is a certificate.',
  ),
  tls_certificate: optional(path, 'The certificate with its chain, PEM.'),
  tls_key: optional(path, 'The key of the certificate, PEM.'),
  tls_authorities: optional(path, "The authorities that are trusted, a PEM bundle; the system's if it is not set.", {
    later: true,
  }),
  public_address: optional(ip, 'The address by which this host is reached from the internet, learned if it is not set.', {
    later: true,
  }),
  digest: key(
    fullList(oneOf('MD5', 'SHA-256'), 'MD5 | SHA-256, MD5 | SHA-256'),
    'MD5',
    'The challenges sent, one header each, in this order, the same for known and unknown users.',
  ),
  extensions: key(fullList(extensionRange), '200-699', 'The ranges in which the extensions of users and groups lie.'),
  local_accounts: optional(
    group,
    'The UNIX group whose members are users without any file; sipusers as a service and none otherwise if it is not set.',
    { later: true },
  ),
  country: optional(country, 'The country this host stands in, ISO 3166.', { later: true }),
  country_code: optional(digits, 'Its country calling code, without any prefix.', { later: true }),
  area_code: optional(digits, 'The area code of local numbers, without the trunk prefix.', { later: true }),
  trunk_prefix: key(list(digits), '0', 'What is dialed before an area code.', { later: true }),
  international_prefix: key(list(digits), '00', 'What is dialed before a country code.', { later: true }),
  emergency: key(list(digits), '112, 911', 'The numbers that no limit, class or forward ever holds up.', { later: true }),
  enum: key(list(host, 'SUFFIX, ...'), '', 'The DNS suffixes below which numbers are looked up (RFC 6116), such as e164.arpa.', {
    later: true,
  }),
  strangers: key(
    oneOf('answer', 'silent'),
    'answer',
    'What an unknown source gets on a bare address, or a name that is not ours: one uniform answer, or none. Known are this host, private addresses of networks that it is directly connected to, networks with policy = allow, guests, providers, peers, and for an hour wherever a user proved it; phones elsewhere use the name of the domain.',
  ),
});

export type DaemonSettings = Settings<typeof daemon.table>;
