import { expect, test } from 'vitest';
import { farewell } from '../../../src/control/dbus/farewell.ts';

test('of a call that was hung up it is said who was told, and who did not agree (RFC 3261 §15)', () => {
  expect(farewell({ kind: 'cancelled', status: 487 })).toBe('nobody had answered; the caller was told 487');
  expect(farewell({ kind: 'over' })).toBe('it had ended already');
  const callee = (status: number) => ({ side: 'callee', hop: 'udp:10.0.0.3:5060', status }) as const;
  const caller = (status: number) => ({ side: 'caller', hop: 'tcp:10.0.0.2:40000', status }) as const;
  const told = (confirmed: boolean, ...farewells: (ReturnType<typeof callee> | ReturnType<typeof caller>)[]) =>
    farewell({ kind: 'bye', confirmed, farewells });
  expect(told(true, callee(200), caller(481))).toBe('both sides were told, and agreed');
  expect(told(false, callee(408), caller(481))).toBe('not both sides confirmed it: the callee at udp:10.0.0.3:5060 408');
  expect(told(false, callee(300), caller(503), callee(299))).toBe(
    'not both sides confirmed it: the callee at udp:10.0.0.3:5060 300, the caller at tcp:10.0.0.2:40000 503',
  );
});
