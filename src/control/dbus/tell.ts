import type { Config } from '../../config/config.ts';
import type { Secrets } from '../../core/account/secrets.ts';
import type { Account } from '../../core/account/users.ts';
import type { Leg } from '../../core/bridge/leg.ts';
import type { PastCall } from '../../core/call/record.ts';
import type { CallView } from '../../core/call/view.ts';
import type { Binding } from '../../core/location/binding.ts';
import type { Address } from '../../runtime/network.ts';
import { md5Hex } from '../../sip/auth/hash.ts';
import { explain } from '../../sip/locate/explain.ts';
import type { Locator } from '../../sip/locate/locator.ts';
import { read } from '../../sip/message/read.ts';
import { hostPort } from '../../sip/message/uri.ts';
import type { Traced } from '../../sip/transport/trace.ts';
import { nearest } from '../../text/nearest.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import { writtenEntries } from './config-text.ts';
import { noSuchUser } from './errors.ts';
import { redact } from './redact.ts';
import type {
  BindingReport,
  CallReport,
  DialogReport,
  DnsReport,
  MessageReport,
  PastCallReport,
  PhoneReport,
  TransactionReport,
  UserDetail,
  UserReport,
} from './reports.ts';

const addressText = ({ host, port }: Address) => hostPort(host, port);

export function userReport(account: Account, phones: number, secrets: Secrets): UserReport {
  return {
    name: account.name,
    extension: account.extension ?? '',
    display: account.display ?? '',
    published: account.published,
    dnd: account.dnd,
    phones,
    password: secrets.has(account.name),
  };
}

/** @throws ControlError if there is no such user. */
export function userDetail(config: Config, secrets: Secrets, name: string): UserDetail {
  const section = config.users.get(name);
  if (section === undefined) throw noSuchUser(name, nearest(name, config.users.keys()));
  return { name, settings: writtenEntries(section.origin), passwords: secrets.sources(name) };
}

/** The id of a phone in a path. `phone`: see `phoneOf`. */
export function phoneId(aor: string, phone: string): string {
  return md5Hex(`${aor}\n${phone}`).slice(0, 16);
}

/**
 * @param phone see `phoneOf`
 * @param ahead see `LocationService.ahead`
 */
export function phoneReport(binding: Binding, phone: string, ahead: number): PhoneReport {
  return {
    id: phoneId(binding.aor, phone),
    user: wireToUtf8(binding.aor),
    contact: wireToUtf8(binding.uri),
    transport: binding.flow.transport,
    agent: wireToUtf8(binding.agent ?? ''),
    source: addressText(binding.flow.remote),
    since: binding.since + ahead,
    expires: binding.expires + ahead,
  };
}

/** @param ahead see `LocationService.ahead` */
export function bindingReport(binding: Binding, ahead: number): BindingReport {
  const { flow } = binding;
  return {
    aor: wireToUtf8(binding.aor),
    contact: wireToUtf8(binding.contact),
    q: binding.q,
    since: binding.since + ahead,
    expires: binding.expires + ahead,
    callId: wireToUtf8(binding.callId),
    cseq: binding.cseq,
    path: binding.path.map(wireToUtf8),
    instance: wireToUtf8(binding.instance ?? ''),
    regId: binding.regId ?? 0,
    flow: `${flow.transport} ${addressText(flow.local)} from ${addressText(flow.remote)}`,
    agent: wireToUtf8(binding.agent ?? ''),
  };
}

export function callReport(call: CallView): CallReport {
  return { ...anyCall(call), state: call.state };
}

export function pastCallReport(call: PastCall): PastCallReport {
  const { ended, talked, status, reason, trace } = call;
  return { ...anyCall(call), ended, talked, status, reason, trace };
}

function anyCall({ id, callId, from, to, answeredBy = '', since, answered = 0 }: CallView | PastCall) {
  return { id, callId: wireToUtf8(callId), from, to, answeredBy, since, answered };
}

export function transactionReport(live: TransactionReport): TransactionReport {
  return { ...live, branch: wireToUtf8(live.branch) };
}

/** What of a leg is shown. */
type Shown = Pick<Leg, 'role' | 'state' | 'provider' | 'name'> & {
  readonly dialog: Pick<Leg['dialog'], 'callId' | 'localTag' | 'remoteTag' | 'target'>;
};

export function dialogReport({ role, state, provider, name, dialog }: Shown): DialogReport {
  const { callId, localTag, remoteTag, target } = dialog;
  const side = provider === undefined ? 'house' : `provider ${provider}`;
  const texts = { name: wireToUtf8(name), target: wireToUtf8(target), callId: wireToUtf8(callId) };
  return { role, state, side, ...texts, localTag: wireToUtf8(localTag), remoteTag: wireToUtf8(remoteTag) };
}

/** What is remembered of DNS: answers by what was asked, then the servers that failed lately. */
export function dnsReports({ answers, grey }: ReturnType<Locator['remembered']>): readonly DnsReport[] {
  return [
    ...answers.map((line) => ({ kind: 'answer', what: explain(line, line.answer), seconds: line.seconds })),
    ...grey.map(({ hop, seconds }) => ({ kind: 'grey', what: hop, seconds })),
  ];
}

/** One traced message without its secrets. */
export function messageReport({ time, direction, text, flow }: Traced): MessageReport {
  return {
    time,
    direction,
    transport: flow.transport,
    local: addressText(flow.local),
    remote: addressText(flow.remote),
    callId: wireToUtf8(callIdOf(text)),
    text: wireToUtf8(redact(text)),
  };
}

/** The Call-ID of a message as wire text; empty where none can be read. */
export function callIdOf(text: string): string {
  const message = read(text);
  return message === undefined || message.kind === 'malformed' ? '' : message.callId;
}
