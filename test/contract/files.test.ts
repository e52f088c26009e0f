import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, beforeEach, test } from 'vitest';
import { FileError } from '../../src/runtime/files.ts';
import { nodeFiles } from '../../src/runtime/node/files.ts';
import { newFolder } from '../support/new-folder.ts';

let folder = '';
beforeEach(() => {
  folder = newFolder('files');
});

test('a file is read as UTF-8 and a folder listed', () => {
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd', 'a.conf'), 'display = Zoë\n');
  assert.equal(nodeFiles.read(join(folder, 'd', 'a.conf')), 'display = Zoë\n');
  assert.deepEqual(nodeFiles.list(join(folder, 'd')), ['a.conf']);
});

test('what is not there is no error, also below something that is no folder', () => {
  writeFileSync(join(folder, 'file'), '');
  assert.equal(nodeFiles.read(join(folder, 'none')), undefined);
  assert.equal(nodeFiles.read(join(folder, 'file', 'x')), undefined);
  assert.deepEqual(nodeFiles.list(join(folder, 'none')), []);
});

test('what is there and cannot be read is told in the words of the system', () => {
  assert.throws(() => nodeFiles.read(folder), FileError, /^illegal operation on a directory$/);
});

test('what is no plain file is read to its end, and no further than 64 MB', () => {
  assert.equal(nodeFiles.read('/dev/null'), '');
  assert.throws(() => nodeFiles.read('/dev/zero'), FileError, /^it holds more than 64 MB$/);
  const path = join(folder, 'long');
  writeFileSync(path, '');
  truncateSync(path, 64 * 1024 * 1024 + 1);
  assert.throws(() => nodeFiles.read(path), FileError, /^it holds more than 64 MB$/);
});

test('a pipe in the place of a file holds nobody up, but for who wants to wait', () => {
  const path = join(folder, 'fifo');
  spawnSync('mkfifo', [path]);
  assert.throws(() => nodeFiles.read(path), FileError, /^it is a pipe and no file$/);
  spawn('sh', ['-c', 'echo bob > "$0"', path], { stdio: 'ignore' });
  assert.equal(nodeFiles.read(path, true), 'bob\n');
});

test('a link that leads nowhere is there, and so is a file in the place of a folder', () => {
  symlinkSync('/nonexistent/x', join(folder, 'dangling'));
  writeFileSync(join(folder, 'plain'), '');
  assert.throws(() => nodeFiles.read(join(folder, 'dangling')), FileError, /^it is a link to a file that is not there$/);
  assert.throws(() => nodeFiles.list(join(folder, 'dangling')), FileError, /^it is a link to a folder that is not there$/);
  assert.throws(() => nodeFiles.list(join(folder, 'plain')), FileError, /^it is not a folder$/);
  assert.deepEqual(nodeFiles.list(join(folder, 'plain', 'x')), []);
});

test('a file that others may have written is told apart', () => {
  const path = join(folder, 'b.conf');
  writeFileSync(path, '');
  chmodSync(path, 0o664);
  assert.equal(nodeFiles.exposed!(path), undefined);
  symlinkSync(path, join(folder, 'link.conf'));
  assert.equal(nodeFiles.exposed!(join(folder, 'link.conf')), undefined);
  assert.equal(nodeFiles.exposed!(join(folder, 'none.conf')), undefined);
  chmodSync(path, 0o666);
  assert.equal(nodeFiles.exposed!(path), 'everybody may write it');
  assert.equal(nodeFiles.exposed!(join(folder, 'link.conf')), 'everybody may write it');
  if (process.getuid?.() !== 0) return;
  chmodSync(path, 0o644);
  chownSync(path, 65_534, 65_534);
  assert.equal(nodeFiles.exposed!(path), 'it belongs to another user (65534)');
  assert.equal(nodeFiles.exposed!(join(folder, 'link.conf')), 'it belongs to another user (65534)');
});

test('what may not be read is told so', () => {
  writeFileSync(join(folder, 'secret'), '');
  chmodSync(join(folder, 'secret'), 0);
  chmodSync(folder, 0o711);
  // Root may read everything, so for this moment it is nobody.
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    assert.throws(() => nodeFiles.read(join(folder, 'secret')), FileError, /^permission denied$/);
  } finally {
    if (root) process.seteuid?.(0);
  }
});
