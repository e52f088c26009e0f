import { expect, test } from 'vitest';
import { pastColumns } from '../../../src/control/cli/commands/call.ts';
import { table } from '../../../src/control/cli/table.ts';
import type { PastCallReport } from '../../../src/control/dbus/reports.ts';

const since = new Date(2026, 10, 3, 9, 14, 2).getTime();
const busy: PastCallReport = {
  ...{ id: 'c1', callId: '1@a', from: 'alice', to: 'bob', answeredBy: '', since, answered: 0, ended: since + 9_000, talked: 0 },
  ...{ status: 486, reason: 'carol does not want to be disturbed', trace: [] },
};

test('a call that ended without an answer, because the daemon stopped, shows no status', () => {
  const stopped = { ...busy, id: 'c2', status: 0, reason: 'the daemon stopped' };
  expect(table(pastColumns, [busy, stopped])).toBe(
    [
      'BEGUN                ID  FROM   TO   ANSWERED BY  TALKED  STATUS  WHY',
      '2026-11-03 09:14:02  c1  alice  bob  -            -       486     carol does not want to be disturbed',
      '2026-11-03 09:14:02  c2  alice  bob  -            -       -       the daemon stopped',
      '',
    ].join('\n'),
  );
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
