import { expect, test } from 'vitest';
import { timerColumns } from '../../../src/control/cli/commands/debug.ts';
import { table } from '../../../src/control/cli/table.ts';

test('a timer that should have fired while the question was answered is due now', () => {
  const timers = [-6, 706.4, 22_000].map((due) => ({ due, name: 'J' }));
  expect(table(timerColumns, timers)).toBe('DUE        NAME\nnow        J\nin 706 ms  J\nin 22 s    J\n');
});
