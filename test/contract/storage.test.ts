import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, describe, expect, onTestFinished, test, vi } from 'vitest';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { NodeStorage } from '../../src/runtime/node/storage.ts';
import { syncFolder } from '../../src/runtime/node/temporary.ts';
import type { Storage } from '../../src/runtime/storage.ts';
import { newFolder } from '../support/new-folder.ts';
import { SimStorage } from '../support/sim-storage.ts';

/** On a state directory that is not there yet. */
function node() {
  const root = join(newFolder('storage'), 'state');
  return { root, storage: new NodeStorage(root, new NodeClock()) };
}

describe.each<[string, () => Storage]>([
  ['sim', () => new SimStorage()],
  ['node', () => node().storage],
])('%s storage', (_name, make) => {
  test('a file is what was written last, in any language, and folders list their names', async () => {
    const storage = make();
    assert.equal(storage.read('secrets/alice'), undefined);
    assert.deepEqual(storage.list('secrets'), []);
    await storage.write('secrets/bob', 'b');
    await storage.write('secrets/alice', 'čaj');
    await Promise.all([1, 2, 3, 4].map((n) => storage.write('secrets/alice', `version ${n}`)));
    assert.equal(storage.read('secrets/alice'), 'version 4');
    assert.deepEqual(storage.list('secrets'), ['alice', 'bob']);
    await storage.remove('secrets/bob');
    await storage.remove('secrets/bob');
    assert.deepEqual(storage.list('secrets'), ['alice']);
    assert.equal(storage.read('secrets/bob'), undefined);
  });

  test('the end of a file can be read without the rest', async () => {
    const storage = make();
    assert.equal(storage.read('log', 5), undefined);
    await storage.write('log', 'one\nčaj\n');
    assert.equal(storage.read('log', 4), 'aj\n'.padStart(4, '\ufffd'));
    assert.equal(storage.read('log', 5), 'čaj\n');
    assert.equal(storage.read('log', 500), 'one\nčaj\n');
    expect(() => storage.read('../log', 5)).toThrow(/outside the state directory/);
  });

  test.each([1_000_000, 1_048_576, 5_000_001])('a text of %d characters of two bytes is read to its end', async (length) => {
    const storage = make();
    const text = `${'č'.repeat(length - 1)}!`;
    await storage.write('large', text);
    assert.isTrue(storage.read('large') === text);
  });

  test('no path leads out of the directory', async () => {
    const storage = make();
    for (const path of ['../x', 'a/../../x', '/etc/passwd', '..']) {
      expect(() => storage.read(path)).toThrow(/outside the state directory/);
      await expect(storage.write(path, '')).rejects.toMatchObject({ code: 'EACCES' });
      await expect(storage.remove(path)).rejects.toMatchObject({ code: 'EACCES' });
      await expect(storage.makeFolder(path)).rejects.toMatchObject({ code: 'EACCES' });
      expect(() => storage.list(path)).toThrow(/outside/);
    }
    await storage.write('a..b', 'names may have dots');
    assert.equal(storage.read('a..b'), 'names may have dots');
  });

  test('what is appended to a journal is in the file that is there, whoever took the former one away', async () => {
    const storage = make();
    const journal = storage.journal('history');
    await journal.append('one\n');
    await storage.remove('history');
    await journal.append('two\n');
    assert.deepEqual([storage.read('history'), journal.size], ['two\n', 4]);
    await storage.write('history', 'from a backup\n');
    await journal.append('three\n');
    assert.deepEqual([storage.read('history'), journal.size], ['from a backup\nthree\n', 20]);
    await journal.close();
  });

  test('a journal grows by appending in order, is replaced whole, and is refused after closing', async () => {
    const storage = make();
    const journal = storage.journal('bindings');
    assert.equal(journal.size, 0);
    await Promise.all(['one\n', 'zwölf\n', 'three\n'].map((line) => journal.append(line)));
    assert.equal(storage.read('bindings'), 'one\nzwölf\nthree\n');
    assert.equal(journal.size, 17);
    await journal.replace('one\n');
    await journal.append('four\n');
    assert.equal(storage.read('bindings'), 'one\nfour\n');
    assert.equal(journal.size, 9);
    await journal.close();
    await expect(journal.append('late')).rejects.toMatchObject({ code: 'EBADF' });
    const again = storage.journal('bindings');
    assert.equal(again.size, 9);
    await again.append('five\n');
    assert.equal(storage.read('bindings'), 'one\nfour\nfive\n');
    await again.close();
  });

  test('each change in a watched folder is told, one elsewhere or after stopping is not', async () => {
    const storage = make();
    let told = 0;
    const stop = storage.watch('users', () => told++);
    await storage.write('other/x', '1');
    await sleep(150);
    assert.equal(told, 0);
    await storage.write('users/x', '1');
    for (let tries = 0; told === 0 && tries < 100; tries++) await sleep(10);
    assert.isAbove(told, 0);
    await sleep(150);
    const once = told;
    await storage.write('users/x', '2');
    for (let tries = 0; told === once && tries < 100; tries++) await sleep(10);
    assert.isAbove(told, once);
    await sleep(150);
    stop();
    const before = told;
    await storage.write('users/x', '3');
    await sleep(150);
    assert.equal(told, before);
  });
});

test('a folder is made for its owner only, what is there stays as it is, and what is no folder is told', async () => {
  const { root, storage } = node();
  await storage.makeFolder('a/b');
  assert.equal(statSync(join(root, 'a/b')).mode & 0o777, 0o700);
  await storage.write('a/b/c', 'stays');
  await storage.makeFolder('a/b');
  assert.equal(storage.read('a/b/c'), 'stays');
  await expect(storage.makeFolder('a/b/c')).rejects.toMatchObject({ name: 'Error', code: 'EEXIST' });
});

test('files are for their owner only, and no temporary file is left or listed', async () => {
  const { root, storage } = node();
  await storage.write('secrets/alice', 'x');
  await storage.write('shared', 'x', 0o664);
  await storage.journal('journal').close();
  const mode = (path: string) => (statSync(join(root, path)).mode & 0o777).toString(8);
  assert.deepEqual(['secrets/alice', 'secrets', 'shared', 'journal'].map(mode), ['600', '700', '664', '600']);
  assert.deepEqual(readdirSync(join(root, 'secrets')), ['alice']);
});

test('what processes that were killed had begun to write is removed, and nothing that is being written or is not ours', async () => {
  const { root, storage } = node();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const hours = (name: string, old: number) => {
    writeFileSync(join(root, name), 'x');
    const then = Date.now() / 1_000 - 3_600 * old;
    utimesSync(join(root, name), then, then);
  };
  mkdirSync(join(root, 'secrets'), { recursive: true });
  hours(`secrets/.alice.${dead}-0123456789ab.new`, 0);
  hours(`.journal.${dead}-0123456789ab.new`, 0);
  // It may get the number of its predecessor, in a container above all.
  hours(`.journal.${process.pid}-0123456789ab.new`, 0);
  hours(`.journal.${process.ppid}-0123456789ab.new`, 2);
  hours('.journal.0123456789ab.new', 2);
  const stay = [
    `.journal.${process.ppid}-ba9876543210.new`,
    '.journal.ba9876543210.new',
    `.journal.${dead}-0123456789ab.old`,
    '.journal.new',
    'journal.0123456789ab.new',
  ];
  for (const name of stay) hours(name, name.includes('ba98') ? 0 : 2);
  const other = new NodeStorage(root, new NodeClock());
  const writing = storage.write('large', 'x'.repeat(5_000_000));
  while (!readdirSync(root).some((name) => name.startsWith('.large.'))) await sleep(0);
  await other.journal('journal').close();
  await writing;
  await storage.write('secrets/bob', 'x');
  assert.deepEqual(readdirSync(root).sort(), [...stay, 'journal', 'large', 'secrets'].sort());
  assert.deepEqual(readdirSync(join(root, 'secrets')), ['bob']);
});

test('a write that fails leaves the old file and no temporary one', async () => {
  const { root, storage } = node();
  await storage.write('folder/kept', 'x');
  const message = `cannot write ${join(root, 'folder')}: illegal operation on a directory`;
  await expect(storage.write('folder', 'y')).rejects.toMatchObject({ code: 'EISDIR', message });
  await expect(storage.write('folder/kept/below', 'y')).rejects.toMatchObject({ code: 'EEXIST' });
  assert.deepEqual([readdirSync(root), storage.read('folder/kept')], [['folder'], 'x']);
});

test('what is replaced is on the disk before it has its name, and what a folder lists after it, but for a disk that refuses', async () => {
  const { root, storage } = node();
  await storage.write('kept', 'old');
  const handle = await open(root);
  const files: { sync(): Promise<void> } = Object.getPrototypeOf(handle);
  await handle.close();
  const seen: string[] = [];
  let refused = '';
  vi.spyOn(files, 'sync').mockImplementation(async () => {
    seen.push(
      readdirSync(root)
        .map((name) => `${name.slice(0, 5)}=${readFileSync(join(root, name), 'utf8')}`)
        .join(),
    );
    if (refused !== '' && seen.length === 2) throw Object.assign(new Error(refused), { code: refused });
  });
  onTestFinished(() => void vi.restoreAllMocks());
  const synced = async (change: Promise<void>) => [await change.then(() => 'done', String), ...seen.splice(0)];
  assert.deepEqual(await synced(storage.write('kept', 'new')), ['done', '.kept=new,kept=old', 'kept=new']);
  refused = 'EINVAL';
  assert.deepEqual(await synced(storage.write('kept', 'newer')), ['done', '.kept=newer,kept=new', 'kept=newer']);
  refused = 'EIO';
  const why = `Error: cannot write ${join(root, 'kept')}: EIO`;
  assert.deepEqual(await synced(storage.write('kept', 'newest')), [why, '.kept=newest,kept=newer', 'kept=newest']);
  assert.deepEqual(await synced(storage.remove('kept')), ['done', '']);
});

test('what cannot be removed is told', async () => {
  const { root, storage } = node();
  await storage.write('folder/kept', 'x');
  const message = expect.stringMatching(`^cannot remove ${join(root, 'folder')}: `);
  await expect(storage.remove('folder')).rejects.toMatchObject({ code: expect.stringMatching('EISDIR|EPERM'), message });
});

test('a folder that cannot be written through, as that of some file systems and /proc, is no fault; one that is gone is', async () => {
  await syncFolder('/proc');
  await expect(syncFolder('/proc/nothing')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a pipe in the place of a file holds nobody up, whether it is read or appended to', () => {
  const { root, storage } = node();
  mkdirSync(root);
  spawnSync('mkfifo', [join(root, 'pipe')]);
  expect(() => storage.read('pipe')).toThrow('it is a pipe and no file');
  assert.equal(storage.read('pipe', 100), '');
  expect(() => storage.journal('pipe')).toThrow('no such device or address');
});

test('a journal that was emptied where it is knows how much is in it', async () => {
  const { root, storage } = node();
  const journal = storage.journal('history');
  await journal.append('one\n');
  writeFileSync(join(root, 'history'), '');
  await journal.append('two\n');
  assert.deepEqual([storage.read('history'), journal.size], ['two\n', 4]);
  await journal.close();
});

const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path));

test.skipIf(prlimit === undefined)(
  'an append that the disk takes half of is cut off again, and the next one may succeed',
  async () => {
    const limit = (bytes: string) => execFileSync(prlimit!, ['--pid', String(process.pid), `--fsize=${bytes}:`]);
    const { storage } = node();
    const journal = storage.journal('journal');
    await journal.append('a'.repeat(3000));
    const ignored = () => undefined;
    process.on('SIGXFSZ', ignored);
    limit('4096');
    try {
      await expect(journal.append('b'.repeat(3000))).rejects.toMatchObject({ code: 'EFBIG' });
      await expect(storage.write('big', 'b'.repeat(5000))).rejects.toMatchObject({ code: 'EFBIG' });
    } finally {
      limit('unlimited');
      process.off('SIGXFSZ', ignored);
    }
    assert.equal(journal.size, 3000);
    await journal.append('c');
    assert.equal(storage.read('journal'), `${'a'.repeat(3000)}c`);
    assert.deepEqual([storage.read('big'), storage.list('.')], [undefined, ['journal']]);
    await journal.close();
  },
);
