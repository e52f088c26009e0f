import type { Terminal } from '../../runtime/terminal.ts';
import { Failure } from './control.ts';

/**
 * Asks for a password, which is not shown.
 *
 * @throws Failure where nothing is typed, or the person gives up.
 */
export async function askedPassword(terminal: Terminal, question: string): Promise<string> {
  const typed = await terminal.askHidden(question);
  if (typed === undefined) throw new Failure(1, 'nothing is changed');
  if (typed === '') throw new Failure(1, 'nothing was typed, and nothing is changed');
  return typed;
}
