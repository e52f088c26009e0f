import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as interfaces from '../../../src/control/dbus/interfaces.ts';
import { NAME } from '../../../src/control/dbus/paths.ts';

test('the policy of the system bus lets everyone call each interface that there is, and no other', () => {
  const text = readFileSync(new URL(`../../../etc/dbus-1/system.d/${NAME}.conf`, import.meta.url), 'utf8');
  const allowed = [...text.matchAll(/send_interface="([^"]*)"/g)].map(([, name]) => name!);
  const shapes = Object.values(interfaces).flatMap((one) => (typeof one === 'object' ? [one.name] : []));
  const standard = ['Introspectable', 'ObjectManager', 'Peer', 'Properties'].map((name) => `org.freedesktop.DBus.${name}`);
  expect(allowed.sort()).toEqual([...standard, ...shapes].sort());
});
