import type { ListeningPoint } from '../sip/transport/flow.ts';

/**
 * What is said when every socket is bound: one line of URIs, which programs read, and people where their terminal has the room. Else the
 * addresses below the transports and ports that they have in common: a machine with ten of them has sixty words of the same.
 *
 * @param columns of the terminal; undefined where there is none
 */
export function readyText(points: readonly ListeningPoint[], columns: number | undefined): string {
  const line = `ready: ${points.map(({ transport, sentBy }) => `sip:${sentBy};transport=${transport}`).join(' ')}`;
  if (columns === undefined || line.length <= columns) return `${line}\n`;
  const servicesOf = new Map<string, string>();
  for (const { transport, sentBy } of points) {
    const colon = sentBy.lastIndexOf(':');
    const [host, service] = [sentBy.slice(0, colon), `${transport} ${sentBy.slice(colon + 1)}`];
    const before = servicesOf.get(host);
    servicesOf.set(host, before === undefined ? service : `${before}, ${service}`);
  }
  const hostsWith = new Map<string, string[]>();
  for (const [host, services] of servicesOf) hostsWith.set(services, [...(hostsWith.get(services) ?? []), host]);
  const groups = [...hostsWith].map(([services, hosts]) => `  ${services}\n${wrapped(hosts, '    ', columns)}`);
  return `ready: ${servicesOf.size} ${servicesOf.size === 1 ? 'address' : 'addresses'}\n${groups.join('')}`;
}

/** Words in lines that begin like this and are no longer than that, unless one word is. */
function wrapped(words: readonly string[], indent: string, columns: number): string {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || longer.length > columns) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => `${line}\n`).join('');
}
