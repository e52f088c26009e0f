import { name as nameType } from '../../config/values/plain.ts';
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
