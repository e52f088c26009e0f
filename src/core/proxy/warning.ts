import { line } from '../../sip/message/print.ts';

/**
 * The Warning line of an answer that we make in a callee's place: 399, for people to read (RFC 3261 §20.43). Both are wire text.
 *
 * `agent`: the domain that speaks. `why`: one sentence; what no line can hold is left out.
 */
export function warning(agent: string, why: string): string {
  const said = why.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(/["\\]/g, '\\$&');
  return line('Warning', `399 ${agent} "${said.slice(0, LONGEST)}"`);
}

const LONGEST = 300;
