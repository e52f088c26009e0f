import type { Facts } from './facts.ts';
import { type Finding, note } from './finding.ts';

/** Phones of which the last messages show that their password, or their user name, is not taken. Anybody may send such: they are notes. */
export function passwords({ messages, users, status }: Facts): readonly Finding[] {
  if (messages === undefined) return [];
  const asked = new Map<string, Refused>();
  const refused = new Map<string, Refused>();
  for (const { direction, remote, callId, text } of messages) {
    const key = `${callId} ${/^cseq[ \t]*:[ \t]*([0-9]+)/im.exec(text)?.[1]}`;
    const sent =
      direction === 'in' ? /^(?:proxy-)?authorization[ \t]*:[^\r\n]*[ \t,]username="([^"\r\n]*)"/im.exec(text)?.[1] : undefined;
    if (sent !== undefined) asked.set(key, { name: sent, from: remote.replace(/:[0-9]+$/, '') });
    const code = direction === 'out' ? /^SIP\/2\.0 ([2-6][0-9][0-9])/.exec(text)?.[1] : undefined;
    const answered = asked.get(key);
    if (code === undefined || answered === undefined) continue;
    const phone = `${answered.name} ${answered.from}`;
    if (code !== '401' && code !== '407') refused.delete(phone);
    else if (!/stale[ \t]*=[ \t]*"?true/i.test(text)) refused.set(phone, answered);
  }
  const findings = [...refused.values()].slice(-MOST).map((one) => told(one, users));
  const wrong = status?.auth.wrong ?? 0;
  if (findings.length > 0 || wrong === 0) return findings;
  return [
    note(
      'passwords',
      `${wrong} wrong ${wrong === 1 ? 'one was' : 'ones were'} sent since the start`,
      'the log says for whom, and from where',
    ),
  ];
}

function told({ name, from }: Refused, users: Facts['users']): Finding {
  const phone = `a phone at ${from}`;
  if (users === undefined || users.some((one) => one.name === name)) {
    const again = `type it into the phone again; "sipwitchctl passwd ${name}" sets another one`;
    return note('passwords', `${phone} has a wrong password for ${name}`, again);
  }
  const owner = users.find(({ extension }) => extension === name)?.name;
  if (owner !== undefined)
    return note('passwords', `${phone} calls itself ${name}, the extension of ${owner}`, `type ${owner} as its user name`);
  const who = '"sipwitchctl user list" shows those there are';
  return note('passwords', `${phone} calls itself ${name}, and there is no such user`, who);
}

interface Refused {
  readonly name: string;
  /** Without its port, which changes. */
  readonly from: string;
}

/** Findings at most: whoever guesses passwords from outside fills no screen. */
const MOST = 5;
