import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { NodeJournal } from '../../src/runtime/node/journal.ts';
import { StorageError } from '../../src/runtime/storage.ts';
import { newFolder } from '../support/new-folder.ts';

/** Whether the folder cannot be opened any more once the new file has its name. */
let out = false;
vi.mock('../../src/runtime/node/temporary.ts', async (original) => {
  const real = await original<typeof import('../../src/runtime/node/temporary.ts')>();
  const replaceFile: typeof real.replaceFile = async (...args) => {
    await real.replaceFile(...args);
    if (out) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  };
  return { ...real, replaceFile };
});

test('what is appended after a replacement that failed half way is in the file that is there, not in the one that is gone', async () => {
  const file = join(newFolder('journal'), 'journal');
  const journal = new NodeJournal(file, (cause) => new StorageError('EMFILE', String(cause), cause));
  await journal.append('old\n');
  out = true;
  await expect(journal.replace('new\n')).rejects.toThrow(StorageError);
  out = false;
  await journal.append('more\n');
  expect([readFileSync(file, 'utf8'), journal.size]).toEqual(['new\nmore\n', 9]);
  await journal.close();
});
