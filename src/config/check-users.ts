import type { Checking } from './checking.ts';
import { type Origin, placeOfKey, type Section } from './config.ts';
import { FORWARDS, type ForwardField, forwardFields } from './forwards.ts';
import type { UserSettings } from './sections/user.ts';
import { isNumber, wordOf } from './values/telephone.ts';

type User = Section<UserSettings>;
/** Looks at one key that somebody wrote. */
type Check = (user: User) => void;

/** Checks what users say. A user inherits what nobody wrote, and that cannot be wrong: of a hundred thousand users few keys are looked at. */
export function checkUsers(checking: Checking): void {
  const checks = checksOf(checking);
  for (const user of checking.config.users.values())
    for (const field of Object.keys(user)) checks[field as keyof UserSettings]?.(user);
}

function checksOf(checking: Checking): Partial<Record<keyof UserSettings, Check>> {
  const certificates = new Map<string, Origin>();
  const forward =
    (field: ForwardField): Check =>
    (user) => {
      const { [field]: to, origin, name, extension } = user;
      checking.callee(origin, FORWARDS[field], to);
      if (to === undefined || field === 'forwardAll') return; // in a circle: call-loops.ts
      const word = wordOf(to);
      if (word === name || word === extension) checking.complain(placeOfKey(origin, FORWARDS[field]), `leads back to ${name}`);
    };
  return {
    published({ origin, name, published }) {
      if (!published || !isNumber(name)) return;
      const message = `${name} is a number and is never published; give the user a name`;
      checking.complain(placeOfKey(origin, 'published'), message, 'warning');
    },
    class({ origin, class: name }) {
      if (name !== undefined) checking.refer(origin, 'class', name, 'class', checking.config.classes);
    },
    certificate: ({ origin, certificate }) => checkCertificates(origin, certificate, certificates, checking),
    ...Object.fromEntries(forwardFields.map((field) => [field, forward(field)])),
  };
}

function checkCertificates(
  origin: Origin,
  names: readonly string[],
  certificates: Map<string, Origin>,
  checking: Checking,
): void {
  for (const name of names) checking.only(certificates, origin, 'certificate', name, 'a certificate');
  if (names.length > 0 && checking.config.daemon.tlsClientCertificates === 'no') {
    const why = 'nobody is asked for a certificate: expected tls_client_certificates = ask in [daemon]';
    checking.complain(placeOfKey(origin, 'certificate'), why, 'warning');
  }
}
