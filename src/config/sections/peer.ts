import { key, kind, optional, type Settings } from '../schema.ts';
import { host, nextHop } from '../values/network.ts';
import { oneOf } from '../values/plain.ts';
import { list } from '../values/value.ts';

export const peer = kind('peer', host, 'Another domain, reached or trusted in a way of its own.', {
  via: optional(nextHop, 'Where it is, instead of what DNS says; what comes from its addresses is from this domain.'),
  trust: key(
    list(oneOf('identity')),
    '',
    'What of its requests is believed: identity is its P-Asserted-Identity (RFC 3325), which phones are shown then.',
  ),
});

export type PeerSettings = Settings<typeof peer.table>;
