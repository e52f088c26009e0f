import { readFileSync } from 'node:fs';
import { assert, test } from 'vitest';
import { defaultsText } from '../../src/config/document.ts';
import { parseIni } from '../../src/config/ini.ts';
import { kinds } from '../../src/config/load.ts';
import { firstConfig } from '../../src/config/sample.ts';
import { loadText } from './memory-files.ts';

const sample = readFileSync('etc/sipwitch.conf', 'utf8');
const uncommented = sample.replace(/^;(?=[a-z[])/gm, '');

test('the sample changes nothing as it is shipped', () => {
  const { config, problems } = loadText(sample);
  assert.deepEqual(problems, []);
  assert.equal(config?.users.size, 0);
});

test('the sample with every setting taken out of its comment is a valid configuration', () => {
  const { problems } = loadText(uncommented);
  assert.deepEqual(
    problems.filter((problem) => problem.severity !== 'note'),
    [],
  );
});

test('the sample shows every key of every kind but the password', () => {
  const { sections } = parseIni('F', uncommented);
  for (const { kind, table } of kinds) {
    const shown = new Set(
      sections
        .filter((one) => one.kind === kind)
        .flatMap((one) => one.entries.map(({ key }) => key.replace(/_\+.*/, '_*').replace(/^state_.*/, 'state_*'))),
    );
    assert.deepEqual(
      Object.keys(table).filter((key) => !shown.has(key)),
      kind === 'provider' ? ['password'] : [],
      kind,
    );
  }
});

test('the first configuration is one account in the domain of the host', () => {
  const text = firstConfig({ domain: 'pc.local', user: 'alice', extension: '200' });
  const { config, problems } = loadText(text);
  assert.deepEqual(problems, []);
  assert.equal(config?.daemon.domain, 'pc.local');
  assert.deepEqual(
    [...(config?.users.values() ?? [])].map(({ name, extension, published }) => [name, extension, published]),
    [['alice', '200', false]],
  );
  assert.include(text, '\n[user alice]\nextension = 200\n');
});

test('the defaults are shown with meaning, form, unit and whether they are in use', () => {
  const text = defaultsText(kinds);
  assert.include(
    text,
    `; A user and the phones that register by this name.
[user NAME]
; The number of this user inside; strangers never reach it. (DIGITS)
extension =
`,
  );
  assert.include(text, '; How long phones ring before forward_noanswer; many stop at 30. (1 to 600 seconds)\nno_answer = 20\n');
  assert.include(text, '\ndigest = MD5\n');
  assert.isBelow(
    Math.max(
      ...text
        .split('\n')
        .filter((line) => line.startsWith(';'))
        .map((line) => line.length),
    ),
    101,
  );
});

test('the defaults are themselves a configuration that sets nothing', () => {
  const { daemon, user } = Object.fromEntries(kinds.map((kind) => [kind.kind, kind]));
  const { config, problems } = loadText(defaultsText([daemon!]) + defaultsText([user!]).replace('NAME', 'alice'));
  assert.deepEqual(
    problems.filter((problem) => problem.severity !== 'note'),
    [],
  );
  const { name: _, origin: __, ...settings } = config!.users.get('alice')!;
  assert.deepEqual(settings, user!.defaults as typeof settings);
  assert.equal(config?.daemon.listen.length, 4);
});
