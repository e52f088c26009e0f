import { expect, test } from 'vitest';
import type { Answer, Resolver } from '../../src/runtime/resolver.ts';
import { LoggedResolver } from '../../src/runtime/resolver-log.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimLog } from '../support/sim-log.ts';

/** A resolver that answers what it is told to. */
function lab() {
  const clock = new SimClock();
  const log = new SimLog();
  let answer: Answer = { kind: 'none', ttl: 0, nxdomain: true };
  const inner: Resolver = { query: (_name, _type, done) => done(answer as never), flush() {}, close() {}, changed: undefined };
  const resolver = new LoggedResolver(inner, clock, log);
  const ask = (name: string, given: Answer): Answer => {
    answer = given;
    let got: Answer | undefined;
    resolver.query(name, 'A', (one) => {
      got = one;
    });
    return got!;
  };
  return { clock, log, inner, resolver, ask };
}

const NONE: Answer = { kind: 'none', ttl: 0, nxdomain: true };
const failed = (why: string): Answer => ({ kind: 'failed', why });

test('why names cannot be looked up is told once, however many are asked for, and that they can be again after a minute without', () => {
  const { clock, log, ask } = lab();
  expect(ask('a.test', failed('192.0.2.1 says SERVFAIL'))).toEqual(failed('192.0.2.1 says SERVFAIL'));
  ask('b.test', failed('192.0.2.1 says SERVFAIL'));
  ask('c.test', failed('c.test is an alias that leads nowhere'));
  ask('d.test', failed('d.test is an alias that leads nowhere'));
  clock.advance(59_999);
  ask('e.test', NONE);
  const first = [
    'warning: name service: cannot look up a.test: 192.0.2.1 says SERVFAIL',
    'warning: name service: cannot look up c.test: c.test is an alias that leads nowhere',
  ];
  expect(log.lines).toEqual(first);
  clock.advance(1);
  expect(ask('f.test', NONE)).toEqual(NONE);
  ask('g.test', NONE);
  ask('h.test', failed('192.0.2.1 says SERVFAIL'));
  expect(log.lines).toEqual([
    ...first,
    'notice: name service: names are looked up again',
    'warning: name service: cannot look up h.test: 192.0.2.1 says SERVFAIL',
  ]);
});

test('a failure is a problem until a minute has passed without another (house, 8)', () => {
  const { clock, resolver, ask } = lab();
  expect(resolver.problems).toEqual([]);
  ask('a.test', failed('192.0.2.1 says SERVFAIL'));
  clock.advance(30_000);
  ask('b.test', failed('no name server answers'));
  clock.advance(59_999);
  expect(resolver.problems).toEqual(['name service: cannot look up b.test: no name server answers']);
  clock.advance(1);
  expect(resolver.problems).toEqual([]);
});

test('who makes up failures fills no log', () => {
  const { log, ask } = lab();
  for (let i = 0; i < 100; i++) ask('a.test', failed(`failure ${i}`));
  expect(log.lines.length).toBe(16);
});

test('who listens to the resolver hears of other name servers, and who has it forget or end does so', () => {
  const { inner, resolver } = lab();
  const heard: string[] = [];
  Object.assign(inner, { flush: () => heard.push('flush'), close: () => heard.push('close') });
  resolver.changed = () => heard.push('changed');
  inner.changed!();
  resolver.flush();
  resolver.close();
  expect(heard).toEqual(['changed', 'flush', 'close']);
});
