import { readFileSync } from 'node:fs';
import { assert, test } from 'vitest';
import { defaultsText } from '../../src/config/document.ts';
import { parseIni } from '../../src/config/ini.ts';
import { kinds } from '../../src/config/load.ts';
import { firstConfig } from '../../src/config/sample.ts';
import { route } from '../../src/core/routing/route.ts';
import { parseUri } from '../../src/sip/message/uri.ts';
import { configOf, snapshotOf, word } from '../support/routing.ts';
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

/** Every setting of the sample: what kind of section it is in, its key as the tables have it, its value. */
const shown = parseIni('F', uncommented).sections.flatMap(({ kind, entries }) =>
  entries.map(({ key, value }) => ({ kind, key: key.replace(/_\+.*/, '_*').replace(/^state_.*/, 'state_*'), value })),
);

test('the sample shows every key of every kind; the password stands in the prose beside password_file', () => {
  for (const { kind, table } of kinds) {
    const keys = new Set(shown.filter((one) => one.kind === kind).map(({ key }) => key));
    assert.deepEqual(
      Object.keys(table).filter((key) => !keys.has(key)),
      kind === 'provider' ? ['password'] : [],
      kind,
    );
  }
  assert.match(sample, /^; .*\bpassword = SECRET\n;password_file = /m);
});

test('where a key takes one of a few words, the sample names them all beside it or at the head of its section', () => {
  const paragraphs = sample.split('\n\n');
  const missing = kinds.flatMap(({ kind, table }) => {
    const text = paragraphs.filter((one) => new RegExp(`^;?\\[${kind}[ \\]]`, 'm').test(one)).join('\n');
    return Object.entries(table).flatMap(([written, { type }]) => {
      const words = type.form.match(/^[a-z0-9-]+(?: \| [a-z0-9-]+)+/)?.[0].split(' | ') ?? [];
      const absent = words.filter((word) => !new RegExp(`\\b${word}\\b`).test(text));
      return type.form.startsWith('yes | no') || absent.length === 0 ? [] : [`[${kind}] ${written}: ${absent.join(', ')}`];
    });
  });
  assert.deepEqual(missing, []);
});

test('what is not in use yet says so in the sample, and nothing else does', () => {
  const told = [...sample.matchAll(/^; Not in use yet: .*\n;(\S+)/gm)].map(([, first]) => first!.replace('[', ''));
  const later = kinds.flatMap(({ kind, later: all, table }) =>
    all ? [kind] : Object.entries(table).flatMap(([written, key]) => (key.later ? [written] : [])),
  );
  assert.deepEqual(told, later);
});

test('the sample shows the default of what has one, but where its prose says what that is or what is set instead', () => {
  const others = shown.filter(({ kind, key, value }) => {
    const { written } = kinds.find((one) => one.kind === kind)!.table[key]!;
    return written !== '' && written !== value;
  });
  assert.deepEqual(
    others.map(({ kind, key, value }) => `[${kind}] ${key} = ${value}`),
    [
      '[daemon] tls_client_certificates = ask',
      '[daemon] emergency = 112, 110',
      '[domain] inbound = anonymous',
      '[domain] inbound = anonymous',
      '[domain] register = anonymous',
      '[domain] outbound = off',
      '[user] published = yes',
      '[dial] strip = 1',
    ],
  );
});

test.each([
  ['0301234567', '(acme +49301234567 failed unreachable silent offline flowFailed gsm0 +49301234567)'],
  ['0033142345678', 'acme +33142345678'],
  ['0900123456', '403: such calls are not made from here'],
  ['801', 'unconditional>sip:voicemail@example.org'],
  ['500', 'sip:voicemail@example.org'],
])(
  '%s is dialed by the rules of the sample as its prose says, and none of them stands behind one that takes all it is for',
  (dialed, goes) => {
    const text = uncommented.replace(/^enum = .*/m, '');
    const { states } = configOf(text);
    const facts = {
      method: 'INVITE',
      uri: parseUri(`sip:${dialed}@home.example`),
      principal: { kind: 'user', name: 'alice' },
    } as const;
    const decision = route(facts, snapshotOf(text, { active: () => [...states.values()] }));
    assert.equal(decision.kind === 'reject' ? `${decision.status}: ${decision.trace.at(-1)}` : word(decision), goes);
  },
);

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
