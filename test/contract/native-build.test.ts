import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { newFolder } from '../support/new-folder.ts';

test('a build that cannot make the library says why, and leaves neither an older one nor what a killed build had begun', async () => {
  const folder = newFolder('native');
  for (const name of ['udp.node', 'udp.node.4711', 'other.js']) writeFileSync(join(folder, name), 'no library');
  const { buildNative } = await import('../../etc/native.mjs' as string);
  vi.stubEnv('npm_config_nodedir', folder);
  vi.stubEnv('CC', '/nowhere/cc');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(buildNative(folder)).toMatch(/^there is no \/nowhere\/cc$|^the headers of Node \(node_api\.h\) are not installed$/);
  expect(readdirSync(folder)).toEqual(['other.js']);
});
