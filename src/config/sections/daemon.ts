import { key, kind, optional, type Settings } from '../schema.ts';
import { host, ip, listen, suffix } from '../values/network.ts';
import { country, group, oneOf, path } from '../values/plain.ts';
import { countryCode, digits, extensionRange, premiumPrefix } from '../values/telephone.ts';
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
  tls_authorities: optional(path, "The authorities that are trusted, a PEM bundle; the system's if it is not set."),
  tls_client_certificates: key(
    oneOf('no', 'ask'),
    'no',
    'Whether who connects by TLS is asked for a certificate, which peers and users may prove themselves by; Linphone asks its user for a password then.',
  ),
  public_address: optional(
    ip,
    'The address by which the internet reaches this host where it has none of its own: who dials it means us, and "dns records" publishes it.',
  ),
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
  country: optional(
    country,
    'The country this host stands in, ISO 3166; it gives country_code, trunk_prefix and international_prefix where they are not set.',
  ),
  country_code: optional(countryCode, 'Its country calling code, without any prefix.'),
  area_code: optional(digits, 'The area code of local numbers, without the trunk prefix.'),
  trunk_prefix: optional(list(digits), "What is dialed before an area code, the country's or 0 if it is not set."),
  international_prefix: optional(list(digits), "What is dialed before a country code, the country's or 00 if it is not set."),
  premium_prefixes: optional(
    list(premiumPrefix),
    'What costs extra: +49900, or digits for short numbers; a table of countries if it is not set.',
  ),
  emergency: key(list(digits), '112, 911', 'The numbers that no limit, class or forward ever holds up; country adds none.'),
  enum: key(list(suffix), '', 'The DNS suffixes below which numbers are looked up (RFC 6116), such as e164.arpa.'),
  strangers: key(
    oneOf('answer', 'silent'),
    'answer',
    'What an unknown source gets on a bare address, or a name that is not ours: one uniform answer, or none. Neighbours in a private network are known.',
  ),
});

export type DaemonSettings = Settings<typeof daemon.table>;
