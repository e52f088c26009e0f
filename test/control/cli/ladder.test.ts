import { expect, test } from 'vitest';
import { ladders } from '../../../src/control/cli/ladder.ts';
import type { MessageReport } from '../../../src/control/dbus/reports.ts';

const start = new Date(2026, 10, 3, 9, 14, 2).getTime();

function message(after: number, direction: 'in' | 'out', remote: string, text: string, callId = '1@a'): MessageReport {
  return {
    time: start + after,
    direction,
    transport: 'udp',
    local: '10.0.0.1:5060',
    remote,
    callId,
    text: `${text}\r\nVia: x\r\n\r\n`,
  };
}

test('a call is drawn as RFC 3665 does, with sipwitch between its sides (RFC 3665 §3.2)', () => {
  const text = ladders([
    message(0, 'in', '10.0.0.2:5060', 'INVITE sip:bob@home.example SIP/2.0'),
    message(1, 'out', '10.0.0.2:5060', 'SIP/2.0 100 Trying'),
    message(2, 'out', '10.0.0.3:5060', 'INVITE sip:bob@10.0.0.3 SIP/2.0'),
    message(3, 'out', '10.0.0.4:5060', 'INVITE sip:bob@10.0.0.4 SIP/2.0'),
    message(1250, 'in', '10.0.0.4:5060', 'SIP/2.0 200 OK'),
  ]);
  expect(text).toBe(`Call-ID 1@a
                   10.0.0.2:5060                sipwitch               10.0.0.3:5060             10.0.0.4:5060
                          |        INVITE F1        |                         |                         |
09:14:02.000              |------------------------>|                         |                         |
                          |      100 Trying F2      |                         |                         |
09:14:02.001              |<------------------------|                         |                         |
                          |                         |        INVITE F3        |                         |
09:14:02.002              |                         |------------------------>|                         |
                          |                         |                     INVITE F4                     |
09:14:02.003              |                         |-------------------------------------------------->|
                          |                         |                     200 OK F5                     |
09:14:03.250              |                         |<--------------------------------------------------|
`);
});

test('each Call-ID has a ladder of its own, and what came from elsewhere cannot move the cursor', () => {
  const text = ladders([
    message(0, 'in', '10.0.0.2:5060', 'OPTIONS sip:a SIP/2.0', '1@a'),
    message(1, 'in', '10.0.0.3:5060', 'B\x1b[2JAD sip:a SIP/2.0', '2\x1b@b'),
    message(2, 'out', '10.0.0.2:5060', 'SIP/2.0 200 OK', '1@a'),
  ]);
  expect(text.split('\n').filter((line) => line.startsWith('Call-ID'))).toEqual(['Call-ID 1@a', 'Call-ID 2?@b']);
  expect(text).not.toContain('\x1b');
  expect(text).toContain('B?[2JAD F1');
});

test('where a reason is too long it is cut, and not the number of the message', () => {
  const answers = ['SIP/2.0 407 Proxy Authentication Required', 'SIP/2.0 487 Request Terminated'];
  const text = ladders(Array.from({ length: 12 }, (_, at) => message(at, 'in', '10.0.0.2:5060', answers[at % 2]!)));
  const labels = text.split('\n').flatMap((line) => /\| *(4[^|]*?) *\|/.exec(line)?.[1] ?? []);
  expect([labels[0], labels[1], labels[10], labels[11]]).toEqual([
    '407 Proxy Authenticat… F1',
    '487 Request Terminated F2',
    '407 Proxy Authentica… F11',
    '487 Request Terminat… F12',
  ]);
});

test('the ladder of a call between two phones fits a terminal of 80 columns, with the name over its last post', () => {
  const call = [
    message(0, 'in', '192.168.178.20:5060', 'INVITE sip:bob@home.example SIP/2.0'),
    message(1, 'out', '192.168.178.121:43582', 'INVITE sip:bob@192.168.178.121 SIP/2.0'),
  ];
  const lines = (width?: number) => ladders(call, width).split('\n');
  expect(lines(80)[1]).toBe(`${' '.repeat(16)}192.168.178.20:5060${' '.repeat(13)}sipwitch   192.168.178.121:43582`);
  expect(lines(80).every((line) => line.length <= 80)).toBe(true);
  expect(lines(60)[1]).toMatch(/ sipwitch 192\.168\.178\.121:43582$/);
  expect(lines()[1]).toMatch(/ sipwitch {11}192\.168\.178\.121:43582$/);
  expect(lines(80).slice(2)).toEqual(lines().slice(2));
});

test('the ladder of two phones with long names, as of IPv6, fits a terminal of 80 columns too, each name over its post', () => {
  const [here, there] = ['[2001:db8:1f2e:3d4c:5b6a:7988:1234:5678]:5060', '[2001:db8:1f2e:3d4c:a00:27ff:fe4e:66a1]:43582'];
  const call = [
    message(0, 'in', here, 'INVITE sip:bob@home.example SIP/2.0'),
    message(1, 'out', there, 'INVITE sip:bob@home.example SIP/2.0'),
  ];
  const lines = (width?: number) => ladders(call, width).trimEnd().split('\n');
  expect(lines(80)[1]).toBe(`${' '.repeat(14)}[2001:db…234:5678]:5060${' '.repeat(11)}sipwitch [2001:db…4e:66a1]:43582`);
  expect(Math.max(...lines(80).map((line) => line.length))).toBe(80);
  expect(lines()[1]!.indexOf('sipwitch')).toBe(lines(80)[1]!.indexOf('sipwitch'));
});
