import type { HangupOutcome } from '../../core/call/end.ts';
import { StorageError } from '../../runtime/storage.ts';
import { utf8ToWire } from '../../text/wire.ts';
import * as check from './arguments.ts';
import { ControlError, noSuchProvider } from './errors.ts';
import { farewell } from './farewell.ts';
import { call, phone, provider, state, user } from './interfaces.ts';
import { type MethodsOf, method, type Need, putIntoUse } from './method.ts';
import type { Standing } from './objects.ts';
import { parsePath } from './paths.ts';
import { type Operation, operationOfKey } from './permission.ts';
import type { ProviderTest } from './reports.ts';
import { switchState } from './switch-state.ts';
import { userDetail } from './tell.ts';

const its =
  (operation: Operation) =>
  (_: unknown, { subjects }: Standing): Need => ({ operation, subjects });

/** The name or id that an object stands for: only objects that exist get this far. */
const idOf = ({ path }: Standing): string => parsePath(path)!.id;

/** The methods of an account. */
export const userMethods: MethodsOf<typeof user> = {
  Show: method(user.methods.Show, [], its('seeAccount'), (_, { exchange, secrets }, target) => {
    const { settings, passwords } = userDetail(exchange.config, secrets, idOf(target));
    return [settings, passwords];
  }),
  Set: method(
    user.methods.Set,
    [check.line(64), check.value],
    ([key], { subjects }) => ({ operation: operationOfKey(key), subjects }),
    async ([key, value], parts, target) => {
      const remarks = await parts.accounts.set(idOf(target), key, value);
      await putIntoUse(parts);
      return [remarks];
    },
  ),
  SetPassword: method(
    user.methods.SetPassword,
    [check.text(1024)],
    its('setPassword'),
    async ([password], { accounts }, target) => {
      await accounts.setPassword(idOf(target), password);
      return [];
    },
  ),
  RemovePhone: method(user.methods.RemovePhone, [check.line(2048)], its('removePhone'), ([contact], { exchange }, target) => {
    const name = idOf(target);
    if (exchange.location.remove(utf8ToWire(name), utf8ToWire(contact))) return [];
    const next = `"sipwitchctl phone list ${name}" shows what there is`;
    throw new ControlError('NoSuchPhone', `${name} has no phone at ${contact}; ${next}`);
  }),
  Remove: method(user.methods.Remove, [], its('manage'), async (_, parts, target) => {
    await parts.accounts.remove(idOf(target));
    await putIntoUse(parts);
    return [];
  }),
};

/** The methods of a phone. */
export const phoneMethods: MethodsOf<typeof phone> = {
  Remove: method(phone.methods.Remove, [], its('removePhone'), (_, { exchange, tree }, target) => {
    const binding = tree.binding(idOf(target));
    if (binding === undefined) return [];
    // Another device may have the same contact: two behind two routers, with flows (RFC 5626 §6).
    const others = exchange.location.bindings(binding.aor).filter((one) => one !== binding);
    exchange.location.commit(binding.aor, others);
    return [];
  }),
};

/** The methods of a provider. */
export const providerMethods: MethodsOf<typeof provider> = {
  Test: method(provider.methods.Test, [], its('manage'), async (_, { providers }, target) => {
    const name = idOf(target);
    const { up, steps, advice } = await new Promise<ProviderTest>((done, fail) => {
      if (!providers.test(name, done)) fail(noSuchProvider(name));
    });
    return [up, steps, advice];
  }),
  Remove: method(provider.methods.Remove, [], its('manage'), async (_, parts, target) => {
    await parts.providerFiles.remove(idOf(target));
    await putIntoUse(parts);
    return [];
  }),
};

/** The methods of a named state. */
export const stateMethods: MethodsOf<typeof state> = {
  Set: method(state.methods.Set, [check.line(8)], its('manage'), async ([to], { exchange }, target) => {
    const name = idOf(target);
    try {
      await switchState(exchange.features.states, name, to);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      throw new ControlError('StorageFailed', `${error.message}; ${name} is switched until the daemon stops`);
    }
    return [];
  }),
};

/** The methods of a call. */
export const callMethods: MethodsOf<typeof call> = {
  HangUp: method(call.methods.HangUp, [], its('hangUp'), async (_, { exchange }, target) => {
    const outcome = await new Promise<HangupOutcome>((told) => {
      if (!exchange.calls.hangup(idOf(target), told)) told({ kind: 'over' });
    });
    return [farewell(outcome)];
  }),
};
