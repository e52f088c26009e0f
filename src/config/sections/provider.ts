import { key, kind, optional, type Settings } from '../schema.ts';
import { host, nextHop, sipUri } from '../values/network.ts';
import { integer, name, oneOf, path, text } from '../values/plain.ts';
import { destination, prefix } from '../values/telephone.ts';
import { list } from '../values/value.ts';

const later = true;

export const provider = kind('provider', name, 'An account at a telephone company.', {
  preset: optional(name, 'The preset that gives everything below up to expires.', { later }),
  registrar: optional(sipUri, 'Where to register.', { later }),
  proxy: optional(nextHop, 'Where to send everything to instead.', { later }),
  domain: optional(host, 'The domain of our address there.', { later }),
  realm: optional(text, 'The only realm the password is used for.', { later }),
  transport: optional(oneOf('udp', 'tcp', 'tls'), 'How to reach it, by DNS if it is not set.', { later }),
  encryption: key(oneOf('no', 'allowed', 'required'), 'allowed', 'Whether media is encrypted.', { later }),
  number_format: key(oneOf('e164', 'plus', 'international', 'national', 'dialed'), 'plus', 'How numbers are written there.', {
    later,
  }),
  expires: key(integer(60, 86400), '600', 'How long a registration lasts.', { later, unit: 'seconds' }),
  username: optional(text, 'The name of the account.', { later }),
  password: optional(text, 'Its password.', { later }),
  password_file: optional(path, 'A file whose first line is the password.', { later }),
  inbound: optional(destination, 'The user, extension or group that its calls go to.', { later }),
  'number_*': optional(destination, 'The user, extension or group that calls to this number go to.', { later }),
  classes: key(list(name), '', 'The classes whose users may call through it; without any, every local user.', { later }),
  calls: optional(integer(1, 1000), 'The most calls at the same time.', { later }),
  minutes_per_day: optional(integer(0, 1_000_000), 'The most minutes that calls through it may last in a day.', {
    later,
    unit: 'minutes',
  }),
  prefixes_allowed: key(list(prefix), '', 'What the numbers called through it must begin with.', { later }),
});

export type ProviderSettings = Settings<typeof provider.table>;
