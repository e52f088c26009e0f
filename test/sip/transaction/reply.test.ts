import { assert, test } from 'vitest';
import type { Located } from '../../../src/sip/locate/hop.ts';
import type { Wanted } from '../../../src/sip/locate/wanted.ts';
import { parseVia } from '../../../src/sip/message/via.ts';
import { Reply } from '../../../src/sip/transaction/reply.ts';
import type { Flow, Hop } from '../../../src/sip/transport/flow.ts';

test('a sent-by leads to two servers at most, and to none of our own network, whatever its zone says (security S21)', () => {
  const addresses = ['10.0.0.7', '192.0.2.66', '127.0.0.1', '192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const hops = addresses.map((host) => ({ transport: 'tcp', host, port: 25, domain: 'd.test' }) as const);
  const asked: Wanted[] = [];
  const tried: Hop[] = [];
  const locator = {
    locate(wanted: Wanted, done: (located: Located) => void) {
      asked.push(wanted);
      done({ kind: 'hops', hops, records: [] });
      return { cancel() {} };
    },
  };
  const transport = {
    flowTo(hop: Hop) {
      tried.push(hop);
      return { why: 'closed', hop: '' } as const;
    },
  };
  const came = { transport: 'tcp', remote: { host: '192.0.2.66', port: 5060 } } as Flow;
  new Reply({ locator, transport }, parseVia('SIP/2.0/TCP d.test;branch=z9hG4bKx'), came, 'a response').sendFailed();
  assert.deepEqual(
    asked.map(({ host, most }) => [host, most]),
    [['d.test', 2]],
  );
  assert.deepEqual(
    tried.map(({ host }) => host),
    ['192.0.2.1', '192.0.2.2'],
  );
  const lost: typeof locator = {
    locate(_, done) {
      done({ kind: 'failed', status: 404, why: 'd.test is not found', records: [] });
      return { cancel() {} };
    },
  };
  new Reply({ locator: lost, transport }, parseVia('SIP/2.0/TCP d.test;branch=z9hG4bKx'), came, 'a response').sendFailed();
  assert.equal(tried.length, 2);
});
