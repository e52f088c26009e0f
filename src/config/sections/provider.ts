import { key, kind, optional, type Settings } from '../schema.ts';
import { host, nextHop, sipUri } from '../values/network.ts';
import { integer, name, oneOf, path, text, yesNo } from '../values/plain.ts';
import { destination, prefix } from '../values/telephone.ts';
import { list } from '../values/value.ts';

/** What a preset says of a company, and a provider without one says itself. */
const company = {
  registrar: optional(sipUri, 'Where to register: its host is asked for by DNS unless proxy says another.'),
  proxy: optional(nextHop, 'Where to send everything to instead.'),
  domain: optional(host, "The domain of our address there, the registrar's if it is not set."),
  realm: optional(text, 'The only realm the password is used for; without it the first one that the registrar names.'),
  transport: optional(
    oneOf('udp', 'tcp', 'tls'),
    'How to reach it, by DNS if it is not set. Calls that come by udp to a bare number, as anybody could send them, make no forward that costs money, and few are let in at a time.',
  ),
  encryption: key(
    oneOf('no', 'allowed', 'required'),
    'allowed',
    'Whether media is encrypted: required refuses calls, out and in, and changes within them, that do not offer SRTP alone, but for calls for help, and goes by TLS unless transport says otherwise; else it is as phones and company agree, and "no" notes that the company never does.',
  ),
  number_format: key(
    oneOf('e164', 'plus', 'international', 'national', 'dialed'),
    'plus',
    'How numbers are written there: 493012345, +493012345, 00493012345, 03012345, or as they were dialed.',
  ),
  expires: key(integer(60, 86400), '600', 'How long a registration is asked to last.', { unit: 'seconds' }),
  register: key(yesNo, 'yes', 'Whether to register at all; without it the company must know our address.'),
  from_user: key(
    oneOf('username', 'number'),
    'username',
    'What stands before the @ in From: the account, or the calling number.',
  ),
  identity: key(
    oneOf('none', 'preferred', 'asserted', 'remote-party'),
    'none',
    'The header that names the calling number: P-Preferred-Identity, P-Asserted-Identity or Remote-Party-ID.',
  ),
};

export const preset = kind('preset', name, 'What a telephone company wants, for [provider NAME] preset.', company);

export const provider = kind('provider', name, 'An account at a telephone company.', {
  preset: optional(
    name,
    'The preset that gives what follows up to identity, such as sipgate: a file of /usr/share/sipwitch/providers, or of etc/providers.',
  ),
  ...company,
  username: optional(text, 'The name of the account.'),
  auth_username: optional(text, 'The name that goes with the password, username if it is not set.'),
  password: optional(text, 'Its password.'),
  password_file: optional(path, 'A file whose first line is the password.'),
  number: optional(prefix, 'The number that a call shows whose caller has none of number_*, such as +493012345.'),
  inbound: optional(destination, 'The user, extension or group that its calls go to.'),
  'number_*': optional(destination, 'The user, extension or group that calls to this number go to, and whose calls show it.'),
  classes: key(list(name), '', 'The classes whose users may call through it; without any, every local user.'),
  calls: optional(integer(1, 1000), 'The most calls out at the same time.'),
  calls_per_hour: optional(integer(0, 100_000), 'The most calls out that may begin within an hour.'),
  minutes_per_day: optional(integer(0, 1_000_000), 'The most minutes that calls out may last within 24 hours.', {
    unit: 'minutes',
  }),
  prefixes_allowed: key(list(prefix), '', 'What the numbers called through it must begin with.'),
});

export type ProviderSettings = Settings<typeof provider.table>;
export type PresetSettings = Settings<typeof preset.table>;
