import { ControlError } from '../dbus/errors.ts';
import type { Context } from './context.ts';
import { Failure } from './control.ts';

/**
 * Runs something for whoever is logged in, because nobody was named. An administrator is seldom a user with phones: where there is no such
 * user, `otherwise` says how to name one, and nobody is told to make it.
 */
export async function forLogin<T>({ surroundings: { user } }: Context, otherwise: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ControlError) || error.name !== 'NoSuchUser') throw error;
    throw new Failure(1, `you are logged in as ${user}, and there is no user ${user}; ${otherwise}`);
  }
}
