import { assert, test } from 'vitest';
import type { BranchAnswers } from '../../../src/core/connector.ts';
import type { BranchEvent } from '../../../src/core/proxy/fork-event.ts';
import type { CallProgress } from '../../../src/core/proxy/observer.ts';
import { TrunkBranch } from '../../../src/core/proxy/trunk-branch.ts';
import { response } from '../../support/written.ts';

const said = (status: number) => response(status, { to: '<sip:bob@home.example>;tag=b' });

function branch() {
  const log: string[] = [];
  const progress: CallProgress = {
    cancelled: () => undefined,
    ringing: () => undefined,
    answered: () => undefined,
    failed: () => undefined,
    over: (callee, by) => log.push(`over by ${by}${callee === trunk ? '' : ' of another'}`),
  };
  const event = (told: BranchEvent) =>
    void log.push(told.type === 'answer' ? `${told.status}` : `gone ${told.status} ${told.outcome}`);
  const trunk: TrunkBranch = new TrunkBranch({ progress, event }, 3, { number: '+4930123456', payer: { name: 'alice' } });
  const gateway = {
    counted: true,
    cancel: (reason: string) => void log.push(`cancel ${reason}`),
    hangUp: (reason: string) => void log.push(`hang up ${reason}`),
  };
  return { log, trunk, gateway };
}

test('the answers of a gateway are those of a branch, a 2xx as often as it is retransmitted (RFC 3261 §13.3.1.4)', () => {
  const { log, trunk, gateway } = branch();
  trunk.begin(() => gateway);
  for (const status of [180, 200, 200]) trunk.response(said(status));
  assert.deepEqual(log, ['180', '200', '200']);
});

test('a gateway may refuse before its call returns', () => {
  const { log, trunk, gateway } = branch();
  trunk.begin((answers: BranchAnswers) => {
    answers.response(said(503));
    return gateway;
  });
  assert.deepEqual(log, ['503']);
});

test('a 408 of what never rang is that nobody was reached, and else that nobody answered (RFC 3261 §8.1.3.1)', () => {
  const [silent, ringing] = [branch(), branch()];
  silent.trunk.response(said(408));
  for (const status of [180, 408]) ringing.trunk.response(said(status));
  assert.deepEqual([silent.log, ringing.log], [['gone 408 silent'], ['180', '408']]);
});

test('CANCEL reaches the gateway with its reason, and so does the end that an operator wants', () => {
  const { log, trunk, gateway } = branch();
  trunk.begin(() => gateway);
  trunk.cancel('Q.850;cause=16');
  trunk.response(said(487));
  trunk.callee.hangUp('Q.850;cause=31');
  assert.deepEqual(log, ['cancel Q.850;cause=16', '487', 'hang up Q.850;cause=31']);
});

test('the table of calls hears from the gateway that the call is over', () => {
  const { log, trunk, gateway } = branch();
  trunk.begin(() => gateway);
  trunk.response(said(200));
  trunk.ended('callee');
  assert.deepEqual(log, ['200', 'over by callee']);
});
