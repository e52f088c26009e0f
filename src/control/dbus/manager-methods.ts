import type { Calls } from '../../core/calls.ts';
import type { Exchange } from '../../core/exchange.ts';
import { exchangeCounts } from '../../core/exchange-counts.ts';
import type { Binding } from '../../core/location/binding.ts';
import { lower } from '../../text/ascii.ts';
import { nearest } from '../../text/nearest.ts';
import { utf8ToWire } from '../../text/wire.ts';
import * as check from './arguments.ts';
import { configText } from './config-text.ts';
import { dnsRecords } from './dns-domains.ts';
import { ControlError, noSuchUser } from './errors.ts';
import { explain } from './explain.ts';
import { IMPORT_MOST, MOST_ROWS, manager } from './interfaces.ts';
import { type MethodsOf, method, type Need, putIntoUse } from './method.ts';
import type { Standing } from './objects.ts';
import {
  bindingFields,
  countFields,
  type Dict,
  dialogFields,
  dnsFields,
  dnsRecordFields,
  explanationFields,
  messageFields,
  pastCallFields,
  targetFields,
  timerFields,
  toDict,
  transactionFields,
} from './record.ts';
import { bindingReport, callIdOf, dialogReport, dnsReports, messageReport, pastCallReport, transactionReport } from './tell.ts';

const { methods } = manager;

const everything = (): Need => ({ operation: 'seeEverything', subjects: [] });
/** A part of a long table. */
const partOf = ([first]: readonly [number, number]): Need => ({ ...everything(), first });
const status = (): Need => ({ operation: 'status', subjects: [] });
const manage = (): Need => ({ operation: 'manage', subjects: [] });
/** Of one user, or of all where none is named. */
const of = (operation: Need['operation'], user: string): Need => ({ operation, subjects: user === '' ? [] : [user] });

/** The methods of the exchange itself. */
export const managerMethods: MethodsOf<typeof manager> = {
  ListUsers: method(
    methods.ListUsers,
    [check.first, check.most],
    ([first]) => ({ ...of('seeAccount', ''), first }),
    ([first, most], { exchange, tree }) => [part(exchange.accounts.all(), first, most, (one) => tree.user(one).properties())],
  ),
  ListPhones: method(
    methods.ListPhones,
    [check.line(255), check.first, check.most],
    ([user, first]) => ({ ...of('seePhones', user), first }),
    ([user, first, most], { exchange, tree }) => {
      const bindings = user === '' ? exchange.location.all() : bindingsOf(user, exchange);
      return [part(bindings, first, most, (one) => tree.phone(one).properties())];
    },
  ),
  ListCalls: method(
    methods.ListCalls,
    [check.line(255)],
    ([user]) => of('seeCalls', user),
    ([user], { exchange, tree }) => {
      if (user !== '') bindingsOf(user, exchange); // who can have no phones has no calls
      return [rowsOf(tree.of('call', user === '' ? undefined : user))];
    },
  ),
  ListProviders: method(methods.ListProviders, [], status, (_, { tree }) => [rowsOf(tree.of('provider'))]),
  ListStates: method(methods.ListStates, [], status, (_, { tree }) => [rowsOf(tree.of('state'))]),
  AddProvider: method(methods.AddProvider, [check.line(64), check.settings], manage, async ([name, settings], parts) => {
    const remarks = await parts.providerFiles.add(name, settings);
    await putIntoUse(parts);
    return [remarks];
  }),
  AddUser: method(methods.AddUser, [check.line(64), check.settings], manage, async ([name, settings], parts) => {
    const remarks = await parts.accounts.add(name, settings);
    await putIntoUse(parts);
    return [remarks];
  }),
  RemoveUser: method(methods.RemoveUser, [check.line(64)], manage, async ([name], parts) => {
    const remarks = await parts.accounts.remove(name);
    await putIntoUse(parts);
    return [remarks];
  }),
  ImportUsers: method(methods.ImportUsers, [check.text(IMPORT_MOST), check.settings], manage, async ([csv, settings], parts) => {
    const count = await parts.accounts.importUsers(csv, settings);
    await putIntoUse(parts);
    return [count];
  }),
  History: method(methods.History, [check.time, check.most], everything, ([since, most], { exchange }) => [
    exchange.calls.history(since, most).map((call) => toDict(pastCallReport(call), pastCallFields)),
  ]),
  Explain: method(
    methods.Explain,
    [check.line(1024), check.line(64), check.method, check.line(64)],
    everything,
    async ([target, from, name, source], { exchange, providers }) => {
      const query = { target, from, method: name, source };
      const explained = await explain(query, exchange.snapshot, { exchange, providers });
      return [toDict(explained, explanationFields), explained.targets.map((one) => toDict(one, targetFields))];
    },
  ),
  DnsRecords: method(methods.DnsRecords, [check.line(255)], status, ([domain], { exchange }) => {
    const { transport, config, parts } = exchange;
    const points = transport.points.map((point) => ({ transport: point.transport, ...point.address }));
    const served = { config, points, hostName: parts.hostNames[1] ?? '', interfaces: parts.network.interfaces() };
    const { records, warnings } = dnsRecords(domain, served);
    return [records.map((one) => toDict(one, dnsRecordFields)), warnings];
  }),
  CheckConfiguration: method(methods.CheckConfiguration, [], everything, (_, { accounts }) => {
    const { errors, report } = accounts.check();
    return [errors, report];
  }),
  ShowConfiguration: method(methods.ShowConfiguration, [], everything, (_, { exchange }) => [configText(exchange.config)]),
  Reload: method(methods.Reload, [], manage, async (_, { reload }) => {
    const { errors, report, taken } = await reload();
    if (taken) throw new ControlError('AddressTaken', report);
    return [errors, report];
  }),
  ListBindings: method(methods.ListBindings, [check.first, check.most], partOf, ([first, most], { exchange }) => [
    part(exchange.location.all(), first, most, (binding) =>
      toDict(bindingReport(binding, exchange.location.ahead), bindingFields),
    ),
  ]),
  ListTransactions: method(methods.ListTransactions, [check.first, check.most], partOf, ([first, most], { exchange }) => [
    part(exchange.transactions.all(), first, most, (one) => toDict(transactionReport(one), transactionFields)),
  ]),
  ListDialogs: method(methods.ListDialogs, [check.first, check.most], partOf, ([first, most], { exchange }) => [
    part(exchange.bridge.dialogs(), first, most, (one) => toDict(dialogReport(one), dialogFields)),
  ]),
  ListTimers: method(methods.ListTimers, [check.first, check.most], partOf, ([first, most], { exchange }) => {
    const { clock } = exchange.parts;
    const now = clock.now();
    return [part(clock.armed(), first, most, ({ name, due }) => toDict({ name, due: due - now }, timerFields))];
  }),
  ListDns: method(methods.ListDns, [check.first, check.most], partOf, ([first, most], { exchange }) => [
    part(dnsReports(exchange.locator.remembered()), first, most, (one) => toDict(one, dnsFields)),
  ]),
  Counts: method(methods.Counts, [], everything, (_, { exchange }) => [
    Object.entries(exchangeCounts(exchange)).map(([name, count]) => toDict({ name, count }, countFields)),
  ]),
  Trace: method(methods.Trace, [check.line(1024)], everything, ([call], { exchange, trace }) => {
    const callId = call === '' ? '' : callIdFor(call, exchange.calls);
    const messages = [...trace.messages()].filter(({ text }) => call === '' || callIdOf(text) === callId);
    return [messages.map((one) => toDict(messageReport(one), messageFields))];
  }),
};

/**
 * The phones of a user, or of a guest (`name@domain`): of a guest of an open domain nothing is known but its phones.
 *
 * @throws ControlError if nobody can have phones by that name.
 */
function bindingsOf(name: string, { location, snapshot, config }: Exchange): readonly Binding[] {
  const wire = utf8ToWire(name);
  const bindings = location.bindings(wire);
  const at = wire.lastIndexOf('@');
  const isGuest = at > 0 && snapshot.domains.of(lower(wire.slice(at + 1)))?.register === 'anonymous';
  if (bindings.length > 0 || isGuest || config.users.has(name)) return bindings;
  throw noSuchUser(name, snapshot.byExtension(wire)?.name ?? nearest(name, config.users.keys()));
}

const rowsOf = (standings: Iterable<Standing>): readonly Dict[] => [...standings].map((one) => one.properties());

/** Rows `first` to `first + most` of a table, as they are sent. */
function part<Row>(rows: Iterable<Row>, first: number, most: number, print: (row: Row) => Dict): readonly Dict[] {
  const printed: Dict[] = [];
  let at = 0;
  for (const row of rows) {
    if (at >= first + most) break;
    if (at++ >= first) printed.push(print(row));
  }
  return printed;
}

/** The Call-ID, as wire text, that the id of a call stands for: of one that runs, or of one of the last. What is none is a Call-ID itself. */
function callIdFor(call: string, calls: Calls): string {
  const known = calls.list().find(({ id }) => id === call) ?? calls.history(0, MOST_ROWS).find(({ id }) => id === call);
  return known?.callId ?? utf8ToWire(call);
}
