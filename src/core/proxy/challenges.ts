import { Field } from '../../sip/message/fields.ts';
import { type Response, STRIDE } from '../../sip/message/message.ts';

const fields = [
  [Field.wwwAuthenticate, 'WWW-Authenticate'],
  [Field.proxyAuthenticate, 'Proxy-Authenticate'],
] as const;

/** The challenges of all other branches, as lines: they go into the one 401 or 407 (RFC 3261 §16.7 step 7). */
export function challengesBeside(
  chosen: Response,
  branches: readonly ({ readonly last: Response | undefined } | undefined)[],
): string {
  let lines = '';
  for (const branch of branches) {
    const response = branch?.last;
    if (response === undefined || response === chosen || (response.status !== 401 && response.status !== 407)) continue;
    for (const [id, name] of fields)
      for (let i = response.find(id); i >= 0; i = response.find(id, i + STRIDE)) lines += `${name}: ${response.valueAt(i)}\r\n`;
  }
  return lines;
}
