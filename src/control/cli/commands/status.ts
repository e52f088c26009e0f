import type { Command } from 'commander';
import type { CallKind } from '../../../core/routing/call-kind.ts';
import type { ProviderReport, StatusReport } from '../../dbus/reports.ts';
import type { Context } from '../context.ts';
import { json, printable } from '../table.ts';
import { dateTime, duration } from '../time.ts';

export function statusCommand(program: Command, context: Context): void {
  const { terminal, clock } = context;
  program
    .command('status')
    .summary('how the exchange is')
    .description('Shows how the exchange is.')
    .action(() =>
      context.with(async (control) => {
        const [status, providers] = [await control.status(), await control.providers()];
        const text = () => statusText(status, providers, clock.wall());
        terminal.out(context.json() ? json({ ...status, providers }) : text());
      }),
    );
}

/** `udp 192.0.2.7:5060, [::1]:5060`: a machine may have dozens of addresses. */
function byTransport(listeners: readonly string[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const listener of listeners) {
    const colon = listener.indexOf(':');
    const transport = listener.slice(0, colon);
    places.set(transport, [...(places.get(transport) ?? []), listener.slice(colon + 1)]);
  }
  return [...places].map(([transport, where]) => `${transport} ${where.join(', ')}`);
}

/** `12 right, 3 wrong, 40 not looked at after too many wrong ones` */
function passwords({ auth }: StatusReport): string {
  const more = auth.delayed === 0 ? '' : `, ${auth.delayed} not looked at after too many wrong ones`;
  return `${auth.proved} right, ${auth.wrong} wrong${more}`;
}

const KINDS: Readonly<Record<CallKind, string>> = {
  ...{ internal: 'inside', peerIn: 'from other domains', peerOut: 'to other domains', providerIn: 'from providers' },
  ...{ providerOut: 'to providers', modemIn: 'from modems', modemOut: 'to modems', guest: 'of guests' },
  ...{ anonymous: 'of strangers', emergency: 'for help', refused: 'refused' },
};

/** Today's, and all where there were others before. */
function trafficLines({ traffic, trafficToday }: StatusReport): readonly string[] {
  const all = trafficText(traffic, 'since the start');
  return JSON.stringify(traffic) === JSON.stringify(trafficToday) ? [all] : [trafficText(trafficToday, 'today'), all];
}

/** `12 today: 8 inside, 4 refused`; a daemon of an older version counts none. */
function trafficText(counts: StatusReport['traffic'], when: string): string {
  const kinds = Object.entries(KINDS).flatMap(([kind, words]) => {
    const count = counts[kind as CallKind] ?? 0;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return kinds.length === 0 ? `none ${when}` : `${all} ${when}: ${kinds.join(', ')}`;
}

/** `acme up for 2 h, by udp:192.0.2.1:5060` */
function providerText({ name, state, since, server, why }: ProviderReport, now: number): string {
  const long = since === 0 ? '' : ` for ${duration(now - since)}`;
  if (state === 'up') return `${name} up${long}, by ${server}`;
  return `${name} ${state}${long}${why === '' ? '' : `: ${why}`}`;
}

/** The status for a person. `now`: milliseconds since 1970. */
export function statusText(status: StatusReport, providers: readonly ProviderReport[], now: number): string {
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const lines: readonly (readonly [title: string, values: readonly string[]])[] = [
    ['running', [`${duration(now - status.since)}, since ${dateTime(status.since)} (process ${status.pid})`]],
    ['domain', [status.domain]],
    ['listening', status.listeners.length === 0 ? ['nowhere'] : byTransport(status.listeners)],
    ['now', [`${count(status.phones, 'phone')} of ${count(status.users, 'user')}, ${count(status.calls, 'call')}`]],
    ['calls', trafficLines(status)],
    ['providers', providers.length === 0 ? ['none'] : providers.map((one) => providerText(one, now))],
    ['passwords', [passwords(status)]],
    ['control', [status.buses.length === 0 ? 'no bus' : `${status.buses.join(' and ')} bus`]],
    ['files', [status.config, status.state]],
    ['problems', status.problems.length === 0 ? ['none'] : status.problems],
  ];
  const body = lines.flatMap(([title, values]) =>
    values.map((value, at) => `  ${(at === 0 ? title : '').padEnd(11)}${printable(value)}`),
  );
  return `sipwitch ${status.version}\n${body.join('\n')}\n`;
}
