import type { Checking } from './checking.ts';
import { placeOfKey, placeOfSection } from './config.ts';
import { FORWARDS, forwardFields } from './forwards.ts';

/** Named states, and whoever waits for one or switches it. */
export function checkStates(checking: Checking): void {
  const { states, users, groups, dial, codes } = checking.config;
  for (const state of states.values()) {
    const { origin } = state;
    for (const name of state.users) checking.refer(origin, 'users', name, 'user', users);
    for (const name of state.groups) checking.refer(origin, 'groups', name, 'group', groups);
    for (const field of forwardFields) checking.callee(origin, FORWARDS[field], state[field]);
    if (state.groups.length > 0 && state.forwardAll === undefined)
      checking.complain(
        placeOfKey(origin, 'groups'),
        'expected forward_all beside it: nothing becomes of their calls',
        'warning',
      );
    const { name } = state;
    const waited = [...dial.values()].some(({ when }) => when.includes(name));
    if (state.users.length === 0 && state.groups.length === 0 && !waited)
      checking.complain(placeOfSection(origin), 'changes nothing: expected users, groups, or a [dial] with when', 'warning');
  }
  for (const { origin, when } of dial.values()) for (const name of when) checking.refer(origin, 'when', name, 'state', states);
  for (const name of codes.states.keys()) checking.refer(codes.origin, `state_${name}`, name, 'state', states);
}
