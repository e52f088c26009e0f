import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, beforeEach, test } from 'vitest';
import { followTimeZone } from '../../src/runtime/node/time-zone.ts';
import { newFolder } from '../support/new-folder.ts';

let folder = '';
beforeEach(() => {
  folder = newFolder('zone');
});

/** As timedatectl does it. */
function set(zone: string): void {
  symlinkSync(`/usr/share/zoneinfo/${zone}`, join(folder, '.#localtime'));
  renameSync(join(folder, '.#localtime'), join(folder, 'localtime'));
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

test('a time zone that is set while the daemon runs is noticed, and nothing else in its folder is', async () => {
  delete process.env.TZ;
  set('Etc/UTC');
  let noticed = 0;
  const stop = followTimeZone(folder, () => noticed++);
  writeFileSync(join(folder, 'hosts'), '');
  await pause(100);
  assert.equal(noticed, 0);
  set('Asia/Kolkata');
  await pause(100);
  assert.isAbove(noticed, 0);
  stop();
});

test('the time zone of the environment stays', () => {
  process.env.TZ = 'Asia/Tokyo';
  followTimeZone(folder)();
  assert.equal(process.env.TZ, 'Asia/Tokyo');
  assert.equal(new Date(0).getHours(), 9);
});

test('where the folder cannot be watched nothing is lost but that', () => {
  delete process.env.TZ;
  followTimeZone(join(folder, 'nowhere'))();
});
