import { assert, test } from 'vitest';
import { ledBefore } from '../../../src/core/proxy/diversions.ts';
import { request } from '../../support/written.ts';

const led = (...extra: readonly string[]): readonly string[] => ledBefore(request({ extra }));

test('a counter tells how often one led on, and no stranger makes us count further than to 16 (RFC 5806 §4)', () => {
  assert.deepEqual(led('Diversion: <sip:x@a.example>;counter=3, <sip:y@a.example>'), [
    'sip:x@a.example',
    'sip:x@a.example',
    'sip:x@a.example',
    'sip:y@a.example',
  ]);
  assert.equal(led('Diversion: <sip:x@a.example>;counter=99999').length, 16);
});

test('of Diversion and History-Info the one is believed that knows of more (RFC 5806, RFC 7044)', () => {
  const once = 'History-Info: <sip:x@a.example>;index=1, <sip:y@a.example;cause=302>;index=1.1;mp=1';
  assert.deepEqual(led(once), ['sip:x@a.example']);
  assert.deepEqual(led(once, 'Diversion: <sip:z@a.example>;counter=2'), ['sip:z@a.example', 'sip:z@a.example']);
});
