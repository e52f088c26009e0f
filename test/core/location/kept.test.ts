import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import { kept } from '../../../src/core/location/kept.ts';

const binding: Binding = {
  aor: 'alice',
  contact: '<sip:alice@192.0.2.7:5062>',
  uri: 'sip:alice@192.0.2.7:5062',
  q: 0.25,
  expires: 1_793_612_400_000,
  callId: 'a84b4c76e66710',
  cseq: 7,
  path: ['<sip:p1.example;lr>'],
  instance: '<urn:uuid:00000000-0000-1000-8000-000A95A0E128>',
  regId: 2,
  agent: 'Phone',
  since: 1_793_608_800_000,
  flow: {
    transport: 'tcp',
    local: { host: '192.0.2.1', port: 5060 },
    remote: { host: '192.0.2.7', port: 5062 },
    connection: 'c1',
  },
  routeToSource: true,
};

test.each([
  ['usual', {}],
  ['whose contact is a bare URI', { contact: 'sip:a@b;q=0.1', uri: 'sip:a@b' }],
  ['whose display name looks like a contact', { contact: '"<sip:x@y>" <sip:a@b>', uri: 'sip:a@b' }],
  ['whose contact has parameters', { contact: '<sip:a@b;lr>;q=0.1', uri: 'sip:a@b;lr' }],
  ['of a device that has been there for years', { since: 1_500_000_000_000 }],
  ['of a datagram', { flow: { ...binding.flow, transport: 'udp' as const, connection: '' } }],
])('a binding %s is kept with all it said', (_, more) => {
  const said: Binding = { ...binding, ...more };
  const one = kept(said);
  for (const key of Object.keys(said) as (keyof Binding)[]) assert.deepEqual(one[key], said[key], key);
});
