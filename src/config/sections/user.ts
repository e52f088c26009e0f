import { key, kind, optional, type Settings } from '../schema.ts';
import { blockedCaller } from '../values/caller.ts';
import { certificateName } from '../values/certificate.ts';
import { integer, name, oneOf, text, yesNo } from '../values/plain.ts';
import { destination, digits } from '../values/telephone.ts';
import { list } from '../values/value.ts';

export const user = kind('user', name, 'A user and the phones that register by this name.', {
  extension: optional(digits, 'The number of this user inside; strangers never reach it.'),
  display: optional(text, 'A name for listings. Who is called sees the one that the phone says.'),
  published: key(yesNo, 'no', 'May be called by name from outside; a name of digits only is a number and is never published.'),
  anonymous: key(yesNo, 'yes', 'May be called by who does not prove who they are, or withholds it; only if published.'),
  blocked: key(list(blockedCaller), '', 'Callers who do not get through: addresses, whole domains and numbers.'),
  class: optional(name, 'The class that says which calls this user may make; without one: internal, peers and paid.'),
  certificate: key(
    list(certificateName),
    '',
    'TLS certificates that prove this user without a password: names that an authority vouches for, or fingerprints.',
  ),
  phones: key(integer(1, 100), '10', 'The most bindings this user may have.'),
  decline: key(oneOf('phone', 'everywhere'), 'phone', 'What Decline on one phone ends: the ringing of that phone, or of all.'),
  dnd: key(yesNo, 'no', 'Do not disturb: no phone rings.'),
  forward_all: optional(
    destination,
    'Where every call goes, but those of whom they go to. A forward that leads nowhere, or that nobody pays for, is as good as none.',
  ),
  forward_busy: optional(destination, 'Where a call goes while the user is busy, or declines it.'),
  forward_noanswer: optional(
    destination,
    'Where a call goes that nobody answers in time; also one to dead phones, where neither forward_unreachable nor forward_offline is set.',
  ),
  no_answer: key(integer(1, 600), '20', 'How long phones ring before forward_noanswer; many stop at 30.', {
    unit: 'seconds',
  }),
  forward_unreachable: optional(
    destination,
    'Where a call goes while phones are registered and none can be reached, or says a word within 8 seconds; forward_offline if it is not set.',
  ),
  forward_offline: optional(destination, 'Where a call goes while no phone is registered.'),
  forward_dnd: optional(destination, 'Where a call goes while dnd is set.'),
  forward_strangers: key(yesNo, 'no', 'The user pays for forwards of calls from peers, guests and anonymous callers too.'),
});

export type UserSettings = Settings<typeof user.table>;
