import { key, kind, type Settings } from '../schema.ts';
import { network } from '../values/network.ts';
import { name, oneOf } from '../values/plain.ts';
import { list } from '../values/value.ts';

export const access = kind('access', name, 'What requests from a network may do; decided by the address they come from alone.', {
  network: key(list(network), '', 'The networks; of those that hold an address the smallest counts.'),
  policy: key(
    oneOf('allow', 'restrict', 'decline', 'reject'),
    'allow',
    'Whether they are served and never slowed down, held to users who prove it, or answered 603 or 503.',
  ),
});

export type AccessSettings = Settings<typeof access.table>;
