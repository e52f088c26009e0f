import * as v from 'valibot';
import type { Providers } from '../../connector/provider/providers.ts';
import type { Secrets } from '../../core/account/secrets.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Reloaded } from '../../core/reloading.ts';
import type { TraceRing } from '../../sip/transport/trace.ts';
import type { AccountFiles } from './accounts.ts';
import { checkArguments } from './arguments.ts';
import { ControlError } from './errors.ts';
import type { MethodShape } from './interfaces.ts';
import type { ObjectTree, Standing } from './objects.ts';
import type { Operation } from './permission.ts';
import type { ProviderFiles } from './provider-files.ts';

/** What the methods work on. */
export interface MethodParts {
  readonly exchange: Exchange;
  readonly accounts: AccountFiles;
  readonly providers: Providers;
  readonly providerFiles: ProviderFiles;
  readonly secrets: Secrets;
  readonly tree: ObjectTree;
  readonly trace: TraceRing;
  /** Reads the configuration again, and takes it if it has no errors. */
  reload(): Promise<Reloaded>;
}

/** Takes what was just written into use. @throws ControlError where the daemon cannot: it stays written. */
export async function putIntoUse({ reload }: Pick<MethodParts, 'reload'>): Promise<void> {
  const { errors, report, taken } = await reload();
  if (errors === 0) return;
  throw new ControlError(taken ? 'AddressTaken' : 'InvalidConfiguration', `the change is written, and not in use:\n${report}`);
}

/** What a call needs: an operation, and the users whom it is about (none: everybody). */
export interface Need {
  readonly operation: Operation;
  readonly subjects: readonly string[];
  /** The row that a part of a long table begins with: who was let see the first part sees the others. */
  readonly first?: number;
}

/** A method of an object, with its arguments checked. */
export interface ReadyCall {
  readonly need: Need;
  run(): Promise<readonly unknown[]>;
}

export interface Method {
  /** Checks the arguments. @throws ControlError */
  prepare(args: readonly unknown[], target: Standing, parts: MethodParts): ReadyCall;
}

/** The methods of one interface, all of them. */
export type MethodsOf<Shape extends { readonly methods: Readonly<Record<string, MethodShape>> }> = {
  readonly [M in keyof Shape['methods']]: Method;
};

type Items = readonly v.GenericSchema[];
type Outputs<I extends Items> = { readonly [N in keyof I]: v.InferOutput<I[N]> };

/** Joins a schema for the arguments, what the call needs, and what it does; values go back in the order of the shape. */
export function method<const I extends Items>(
  shape: MethodShape,
  items: I,
  need: (args: Outputs<I>, target: Standing) => Need,
  run: (args: Outputs<I>, parts: MethodParts, target: Standing) => Promise<readonly unknown[]> | readonly unknown[],
): Method {
  const schema = v.strictTuple([...items]);
  const names = Object.keys(shape.in);
  return {
    prepare(args, target, parts) {
      const checked = checkArguments(schema, names, args) as unknown as Outputs<I>;
      return { need: need(checked, target), run: async () => run(checked, parts, target) };
    },
  };
}
