import type { Diversion } from '../../core/routing/decision.ts';
import { dialedBy, formatNumber, isE164, type NumberPlan, numberOfProvider } from '../../core/routing/numbers.ts';
import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { quote } from '../../sip/message/params.ts';
import { line } from '../../sip/message/print.ts';
import { namesNobody, privacy } from '../../sip/message/privacy.ts';
import { escapeUser, isSip, type Uri } from '../../sip/message/uri.ts';
import { looksLikeIp } from '../../text/ip.ts';
import { readable } from '../../text/parse-error.ts';
import type { ProviderAccount } from './account.ts';
import type { House } from './locating.ts';

/** What one side is told of a caller: the value of From without a tag, and whole lines for the INVITE. */
export interface Identity {
  readonly from: string;
  readonly lines: string;
}

const NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** A number of ours as the provider knows it; without one, the account. */
function ownUri({ domain, aor, numberFormat }: ProviderAccount, number: string | undefined, plan: NumberPlan): string {
  return number === undefined ? aor : `sip:${formatNumber(number, numberFormat, plan)}@${domain}`;
}

/**
 * That the call was led on by who pays for it, whose number this is: a Diversion line, or nothing (RFC 5806). By its counter a telephone
 * network ends what goes round.
 */
export function diversionLine(
  account: ProviderAccount,
  number: string | undefined,
  diversions: readonly Diversion[],
  withheld: boolean,
  plan: NumberPlan,
): string {
  const last = diversions.at(-1);
  if (last === undefined) return '';
  const privacy = withheld ? 'full' : 'off';
  return line(
    'Diversion',
    `<${ownUri(account, number, plan)}>;reason=${last.reason};counter=${diversions.length};privacy=${privacy}`,
  );
}

/** Who calls, in the provider's own form. `number`: the number that shows, undefined for none; `withheld`: the caller wants none shown. */
export function outgoingIdentity(
  account: ProviderAccount,
  number: string | undefined,
  withheld: boolean,
  plan: NumberPlan,
): Identity {
  const { aor, fromUser, identity } = account;
  const uri = ownUri(account, number, plan);
  const privacy = withheld ? 'Privacy: id\r\n' : '';
  const own = `<${fromUser === 'number' ? uri : aor}>`;
  switch (identity) {
    case 'none': // who tells its customers by From alone could not tell us from others without it
      return { from: own, lines: privacy };
    case 'preferred':
    case 'asserted': {
      const name = identity === 'preferred' ? 'P-Preferred-Identity' : 'P-Asserted-Identity';
      return { from: withheld ? NOBODY : own, lines: line(name, `<${uri}>`) + privacy }; // RFC 3325 §9.2, RFC 3323 §4.1.1.3
    }
    case 'remote-party':
      return {
        from: own,
        lines: line('Remote-Party-ID', `<${uri}>;party=calling;privacy=${withheld ? 'full' : 'off'};screen=no`) + privacy,
      };
    default:
      return identity satisfies never;
  }
}

/** Whether who sends a request wants to be nameless (RFC 3323 §4.2, RFC 3325 §9.3). */
export function isWithheld(request: Request): boolean {
  const values = privacy(request);
  if (['id', 'user', 'header'].some((value) => values.includes(value))) return true;
  const uri = readable(() => request.from.uri);
  return uri !== undefined && namesNobody(uri);
}

/** The caller of a call that came from a provider, as a phone of ours shall see it: a number in its one form, if it is one. */
export function incomingIdentity(request: Request, account: ProviderAccount, { domain, plan, isOurs }: House): Identity {
  if (isWithheld(request)) return { from: NOBODY, lines: 'Privacy: id\r\n' };
  const from = readable(() => request.from.uri);
  const number = [from, ...assertedBy(request)].map((uri) => numberIn(uri, account, plan)).find((one) => one !== undefined);
  const display = displayOf(request);
  const name = display === '' ? '' : `${quote(display)} `;
  // At home, so that it can be called back from there; what is no number of the world stays the provider's, or it would look like one of ours.
  if (number !== undefined) return { from: `${name}<sip:${number}@${domain}>`, lines: '' };
  const user = from?.user === undefined ? 'unknown' : escapeUser(dialedBy(from).text);
  const told = from !== undefined && isSip(from) && !looksLikeIp(from.host) && !isOurs(from.host);
  const host = told ? from.host : account.domain;
  return { from: `${name}<sip:${user}@${host}>`, lines: '' };
}

function numberIn(uri: Uri | undefined, account: ProviderAccount, plan: NumberPlan): string | undefined {
  if (uri?.user === undefined) return undefined;
  const number = numberOfProvider(dialedBy(uri).text, account.numberFormat, plan);
  return isE164(number) ? number : undefined;
}

/** Whom the network says it is, where From says something else: a name and a number may stand side by side (RFC 3325 §9.1). */
function assertedBy(request: Request): readonly (Uri | undefined)[] {
  const values = request.list(Field.assertedIdentity).slice(0, 2);
  return values.map((value) => readable(() => parseAddress('P-Asserted-Identity', value).uri));
}

function displayOf(request: Request): string {
  const display = readable(() => request.from.display) ?? '';
  return /[\x00-\x1f\x7f]/.test(display) ? '' : display;
}
