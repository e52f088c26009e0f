import { expect, test } from 'vitest';
import { pastColumns } from '../../../src/control/cli/commands/call.ts';
import { table } from '../../../src/control/cli/table.ts';
import type { PastCallReport } from '../../../src/control/dbus/reports.ts';

const since = new Date(2026, 10, 3, 9, 14, 2).getTime();
const busy: PastCallReport = {
  ...{
    id: '7969c0c1',
    callId: '1@a',
    from: 'alice',
    to: 'bob',
    answeredBy: '',
    since,
    answered: 0,
    ended: since + 9_000,
    talked: 0,
  },
  ...{ status: 486, reason: 'carol does not want to be disturbed', trace: [] },
};

test('what became of a call is read at a glance, on a terminal of 80 columns too', () => {
  const stopped = { ...busy, id: '8f1722c2', status: 0, reason: 'the daemon stopped' };
  const to = 'sip:200@home.example';
  const answered = { ...busy, to, answered: since + 4_000, talked: 65_000, status: 200, reason: 'the caller hung up' };
  const rows = [busy, stopped, { ...answered, answeredBy: 'bob' }, answered];
  expect(table(pastColumns, rows, 80)).toBe(
    [
      'BEGUN             ID        FROM   TO                OUTCOME',
      '2026-11-03 09:14  7969c0c1  alice  bob               carol does not want to be …',
      '2026-11-03 09:14  8f1722c2  alice  bob               the daemon stopped',
      '2026-11-03 09:14  7969c0c1  alice  200@home.example  1:05 with bob, the caller …',
      '2026-11-03 09:14  7969c0c1  alice  200@home.example  1:05, the caller hung up',
      '',
    ].join('\n'),
  );
  expect(table(pastColumns, [busy])).toMatch(/ carol does not want to be disturbed \(486\)\n$/);
  expect(table(pastColumns, [{ ...busy, status: 440, reason: 'nobody took it (440)' }])).toMatch(/ nobody took it \(440\)\n$/);
});

test('a party is shown as it is dialed: 80 columns have no room for what a phone writes beside that', () => {
  const parties = (from: string, to: string) => table(pastColumns.slice(2, 4), [{ ...busy, from, to }]).split('\n')[1];
  expect(parties('alice', 'sip:201@192.0.2.7;transport=udp')).toBe('alice  201@192.0.2.7');
  expect(parties('sip:kim@[2001:db8::7]:5070', 'sip:a;b@home.example?Subject=x')).toBe(
    'kim@[2001:db8::7]:5070  a;b@home.example',
  );
  expect(parties('sip:home.example;lr', 'tel:201;phone-context=home.example')).toBe(
    'home.example  tel:201;phone-context=home.example',
  );
  expect(parties('sips:kim@example.net', 'sips:bob@home.example')).toBe('sips:kim@example.net  sips:bob@home.example');
});
