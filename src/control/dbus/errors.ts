import { name as nameType } from '../../config/values/plain.ts';
import type { StorageError } from '../../runtime/storage.ts';
import { didYouMean } from '../../text/nearest.ts';

/** Every error that control answers: `org.sipwitch.SipWitch1.Error.NoSuchUser` on the bus. A promise to other programs: add, never rename. */
export const errorNames = [
  'NoSuchUser',
  'NoSuchPhone',
  'NoSuchCall',
  'NoSuchProvider',
  'NoSuchState',
  'ProviderExists',
  'UserExists',
  'InvalidArgument',
  'InvalidConfiguration',
  'ImportRefused',
  'InteractiveAuthorizationRequired',
  'NotAllowed',
  'StorageFailed',
  'AddressTaken',
] as const;

export type ErrorName = (typeof errorNames)[number];

/** An operation was refused; the message is a sentence that says what to do next. */
export class ControlError extends Error {
  override readonly name: ErrorName;

  constructor(name: ErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

export function noSuchProvider(name: string, meant?: string): ControlError {
  const hint = didYouMean(meant) ?? '"sipwitchctl provider list" shows what there is';
  return new ControlError('NoSuchProvider', `there is no provider ${name}; ${hint}`);
}

export function noSuchState(name: string, meant: string | undefined): ControlError {
  const hint = didYouMean(meant) ?? '"sipwitchctl state list" shows what there is';
  return new ControlError('NoSuchState', `there is no state ${name}; ${hint}`);
}

export function noSuchUser(name: string, meant: string | undefined): ControlError {
  const next = nameType.accepts(name) ? `"sipwitchctl user add ${name}" makes it` : '"sipwitchctl user list" shows who there is';
  return new ControlError('NoSuchUser', `there is no user ${name}; ${didYouMean(meant) ?? next}`);
}

/** A file of the state directory that the system refused, and what to do about it. `daemon`: whether the daemon was refused, or whoever asks. */
export function storageFailed({ code, message }: StorageError, daemon: boolean): ControlError {
  const remedy = code === 'EACCES' || code === 'EPERM' ? (daemon ? NOT_ITS_OWN : OTHER_USER) : REMEDIES[code];
  return new ControlError('StorageFailed', remedy === undefined ? message : `${message}; ${remedy}`);
}

const OTHER_USER = 'run this as the user of the daemon, or as root';
const NOT_ITS_OWN = 'the user of the daemon must own it';
const REMEDIES: Readonly<Record<string, string | undefined>> = {
  ...{ ENOSPC: 'make room there', EDQUOT: 'make room there' },
  EROFS: '"dmesg" may say why nothing can be written there',
};
