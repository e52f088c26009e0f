import { expect, test } from 'vitest';
import { readyText } from '../../src/core/ready.ts';
import { hostPort } from '../../src/sip/message/uri.ts';

const point = (transport: 'udp' | 'tcp' | 'tls', host: string, port = 5060) => ({
  transport,
  address: { host, port },
  sentBy: hostPort(host, port),
});
const four = ['127.0.0.1', '192.0.2.7', '::1', '2001:db8:1234:5678:9abc:def0:1234:5678'];
const points = [...four.map((host) => point('udp', host)), ...four.map((host) => point('tcp', host))];
points.push(point('tls', '192.0.2.7', 5061));

test('programs read one line of URIs, however long', () => {
  expect(readyText([points[0]!, points[4]!], undefined)).toBe(
    'ready: sip:127.0.0.1:5060;transport=udp sip:127.0.0.1:5060;transport=tcp\n',
  );
  expect(readyText(points, undefined)).toMatch(/^ready: (?:sip:\S+;transport=(?:udp|tcp|tls) ?){9}\n$/);
});

test('a terminal shows the line where it has the room', () => {
  const line = 'ready: sip:127.0.0.1:5060;transport=udp sip:127.0.0.1:5060;transport=tcp\n';
  const two = [points[0]!, points[4]!];
  expect([readyText(two, line.length - 1), readyText(two, line.length - 2)]).toEqual([
    line,
    'ready: 1 address\n  udp 5060, tcp 5060\n    127.0.0.1\n',
  ]);
});

test('elsewhere it shows addresses by what they have in common, in lines that fit', () => {
  expect(readyText(points, 50)).toBe(
    `ready: 4 addresses
  udp 5060, tcp 5060
    127.0.0.1 [::1]
    [2001:db8:1234:5678:9abc:def0:1234:5678]
  udp 5060, tcp 5060, tls 5061
    192.0.2.7
`,
  );
});
