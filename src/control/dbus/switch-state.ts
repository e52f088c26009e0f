import type { NamedStates } from '../../core/named-states.ts';
import { nearest } from '../../text/nearest.ts';
import { ControlError, noSuchState } from './errors.ts';

/** A state that there is, switched or left to the clock again. @throws ControlError, or StorageError where that cannot be written down */
export async function switchState(states: Pick<NamedStates, 'list' | 'set'>, name: string, to: string): Promise<void> {
  const names = states.list().map((state) => state.name);
  if (!names.includes(name)) throw noSuchState(name, nearest(name, names));
  if (to !== 'on' && to !== 'off' && to !== 'auto')
    throw new ControlError('InvalidArgument', `"${to}" is nothing that a state can be: expected on, off or auto`);
  await states.set(name, to);
}
