import type { Answer } from '../../sip/auth/client.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Response } from '../../sip/message/message.ts';
import { parseSeconds, retryAfter } from '../../sip/message/seconds.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import type { ProviderAccount } from './account.ts';
import { grantedSeconds, type OurContact } from './granted.ts';

/** What a final response to a REGISTER, or to the OPTIONS in its place, means for the registration. */
export interface Verdict {
  readonly event: 'granted' | 'challenged' | 'brief' | 'failed' | 'refused';
  /** What happened, for the journal; and what a person can do about it, empty where nothing is wrong. */
  readonly what: string;
  readonly advice: string;
  /** Seconds that were granted, or those of a Retry-After or Min-Expires. */
  readonly seconds?: number | undefined;
}

/** Judges a response that is no challenge (RFC 3261 §10.2.7 and §10.2.8). `asked`: the seconds that the REGISTER asked for, 0 to leave. */
export function verdictOf(response: Response, { name, registers }: ProviderAccount, ours: OurContact, asked: number): Verdict {
  const { status } = response;
  const said = `${status} ${wireToUtf8(response.reason)}`;
  const seconds = retryAfter(response);
  if (status === 408 || (status >= 500 && status < 600))
    return { event: 'failed', what: said, advice: 'the provider has a fault, or is overloaded; it is tried again', seconds };
  if (!registers) return { event: 'granted', what: said, advice: '' };
  if (status >= 200 && status < 300) {
    const granted = grantedSeconds(response, ours, asked);
    if (granted > 0 || asked === 0) return { event: 'granted', what: said, advice: '', seconds: granted };
    const advice = 'ask the provider whether the account is active; it is tried again';
    return { event: 'failed', what: `${said}: it grants no time`, advice };
  }
  if (status === 423) {
    const least = parseSeconds(response.get(Field.minExpires));
    if (least !== undefined && least > asked && least <= 86_400)
      return { event: 'brief', what: `${said}: it wants ${least} s at least`, advice: '', seconds: least };
    return { event: 'refused', what: said, advice: `set another expires in [provider ${name}]` };
  }
  if (status >= 300 && status < 400)
    return {
      event: 'refused',
      what: `${said}: it has moved`,
      advice: `ask the provider for its registrar and set it in [provider ${name}]`,
    };
  return { event: 'refused', what: said, advice: adviceOn(status, name) };
}

/** Judges what a challenge led to (security S9). */
export function verdictOnChallenge(response: Response, answer: Answer, { name }: ProviderAccount): Verdict {
  const said = `${response.status} ${wireToUtf8(response.reason)}`;
  switch (answer.kind) {
    case 'again':
      return { event: 'challenged', what: `${said}: realm ${text(answer.realm)}, ${answer.algorithm}`, advice: '' };
    case 'wrong':
      return {
        event: 'refused',
        what: `${said}: the user name or the password is wrong for realm ${text(answer.realm)}`,
        advice: `check username, auth_username and password in [provider ${name}]: many companies have a SIP password beside that of their web pages`,
      };
    case 'foreign':
      return {
        event: 'refused',
        what: `${said}: asks for the password for realm ${text(answer.realm)}, which it is not for`,
        advice: `if that is the provider's realm, set realm = ${wireToUtf8(answer.realm)} in [provider ${name}]`,
      };
    case 'unanswerable':
      return {
        event: 'refused',
        what: `${said}: ${answer.why}`,
        advice: 'the provider wants another way to prove who we are, which sipwitch does not know',
      };
    default:
      return answer satisfies never;
  }
}

function adviceOn(status: number, name: string): string {
  if (status === 403)
    return `check username and password in [provider ${name}], and whether the account is active and may be used from this line`;
  if (status === 404 || status === 604) return `check username and domain in [provider ${name}]: it knows no such account`;
  return `check what the provider says about its registrar, domain and transport against [provider ${name}]`;
}

const text = (wire: string): string => JSON.stringify(wireToUtf8(wire));
