import { key, kind, type Settings } from '../schema.ts';
import { host } from '../values/network.ts';
import { oneOf } from '../values/plain.ts';

const openness = oneOf('authenticated', 'anonymous', 'off');

export const domain = kind(
  'domain',
  host,
  "A virtual host, chosen by the Request-URI's host; virtual hosts differ in openness.",
  {
    inbound: key(
      openness,
      'authenticated',
      'Who may call its published users, beside users of ours: domains that prove to be who they are, anybody, or nobody.',
    ),
    register: key(openness, 'authenticated', 'Who may bind a name in it.'),
    outbound: key(oneOf('authenticated', 'off'), 'authenticated', 'Whether its users may leave the domain.'),
  },
);

export type DomainSettings = Settings<typeof domain.table>;
