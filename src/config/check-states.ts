import type { Checking } from './checking.ts';
import { placeOfKey, placeOfSection } from './config.ts';

/** Named states, and whoever waits for one or switches it. */
export function checkStates(checking: Checking): void {
  const { states, users, groups, dial, codes } = checking.config;
  for (const state of states.values()) {
    const { origin } = state;
    for (const name of state.users) checking.refer(origin, 'users', name, 'user', users);
    for (const name of state.groups) checking.refer(origin, 'groups', name, 'group', groups);
    checking.callee(origin, 'forward_all', state.forwardAll);
    checking.callee(origin, 'forward_busy', state.forwardBusy);
    checking.callee(origin, 'forward_noanswer', state.forwardNoanswer);
    checking.callee(origin, 'forward_unreachable', state.forwardUnreachable);
    checking.callee(origin, 'forward_offline', state.forwardOffline);
    checking.callee(origin, 'forward_dnd', state.forwardDnd);
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
  const first = new Map<string, string>();
  for (const [name, code] of codes.states) {
    const key = `state_${name}`;
    checking.refer(codes.origin, key, name, 'state', states);
    if (code === undefined) continue;
    const other = first.get(code) ?? sameCode(code, codes);
    if (other === undefined) first.set(code, key);
    else checking.complain(placeOfKey(codes.origin, key), `${code} is the code of ${other} already`);
  }
}

function sameCode(code: string, codes: Checking['config']['codes']): string | undefined {
  const others = {
    ...{ forward_all: codes.forwardAll, forward_busy: codes.forwardBusy, forward_noanswer: codes.forwardNoanswer },
    ...{ forward_unreachable: codes.forwardUnreachable, forward_offline: codes.forwardOffline, dnd: codes.dnd },
    ...{ pickup: codes.pickup, last_caller: codes.lastCaller },
  };
  return Object.entries(others).find(([, other]) => other === code)?.[0];
}
