import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import { report } from '../../src/config/report.ts';
import { accountOf } from '../../src/connector/provider/account.ts';
import { filesOf, setting } from './memory-files.ts';

const ACME = '[preset acme]\nregistrar = sip:acme.example\ntransport = tcp\nexpires = 120\n';
const ACCOUNT = '[provider p]\nusername = u\npassword = s\n';

function loaded(text: string, presets: Readonly<Record<string, string | false>> = { acme: ACME }) {
  const files: Record<string, string | false> = { '/etc/sipwitch/sipwitch.conf': text };
  for (const [name, preset] of Object.entries(presets)) files[`/usr/share/sipwitch/providers/${name}.conf`] = preset;
  return load(filesOf(files), { ...setting, presets: '/usr/share/sipwitch/providers' });
}

const said = (text: string, presets?: Readonly<Record<string, string | false>>) =>
  report(loaded(text, presets).problems)
    .replaceAll('/etc/sipwitch/sipwitch.conf', 'FILE')
    .replaceAll('/usr/share/sipwitch/providers/', '')
    .split('\n')
    .slice(0, -1);

test('what is written counts, then the preset, then the default; an empty key takes the word of the preset back', () => {
  const { config, problems } = loaded('[provider p]\npreset = acme\nusername = u\npassword = s\ntransport =\nexpires = 900\n');
  expect(problems).toEqual([]);
  const p = config?.providers.get('p');
  expect([p?.name, p?.registrar, p?.transport, p?.expires, p?.numberFormat, p?.username]).toEqual([
    ...['p', 'sip:acme.example', undefined, 900, 'plus', 'u'],
  ]);
  expect(p?.origin.parts.length).toBe(1);
});

test('a preset that does not exist is an error with its place and the one that was meant', () => {
  expect(said(`${ACCOUNT}preset = akme\n`)).toEqual([
    'FILE:4:10: error: [provider p] preset',
    '    4 | preset = akme',
    '      |          ^^^^ there is no preset akme; did you mean acme?',
  ]);
});

test('a preset holds its own section and the keys of a preset, and nothing else: what somebody dropped in is refused (security S32)', () => {
  const evil = '[preset acme]\nregistrar = sip:evil.example\npassword = x\ninclude = /etc/passwd\n[user eve]\n[preset other]\n';
  expect(said(`${ACCOUNT}preset = acme\n`, { acme: evil })).toEqual([
    'acme.conf:3:1: error: [preset acme] password',
    '    3 | password = (hidden)',
    '      | ^^^^^^^^ there is no such key in [preset NAME]',
    'acme.conf:4:1: error: [preset acme] include',
    '    4 | include = /etc/passwd',
    '      | ^^^^^^^ there is no such key in [preset NAME]',
    'acme.conf:5:1: error: [user eve]',
    '    5 | [user eve]',
    '      | ^^^^^^^^^^ there is no such kind of section',
    'acme.conf:6:1: error: [preset other]',
    '    6 | [preset other]',
    '      | ^^^^^^^^^^^^^^ expected [preset acme] in this file',
  ]);
  expect(loaded(`${ACCOUNT}preset = acme\n`, { acme: evil }).config).toBe(undefined);
});

test('a preset that somebody else may have written is not used (security S32)', () => {
  const files = filesOf({ '/etc/sipwitch/sipwitch.conf': `${ACCOUNT}preset = acme\n`, '/p/acme.conf': ACME });
  const exposed = (path: string) => (path === '/p/acme.conf' ? 'everybody may write it' : undefined);
  const { config, problems } = load({ ...files, exposed }, { ...setting, presets: '/p' });
  expect(config).toBe(undefined);
  expect(problems.map(({ line, column, where, message }) => [line, column, where, message])).toEqual([
    [4, 10, '[provider p] preset', '/p/acme.conf is not used: everybody may write it'],
  ]);
});

test("a preset for a server of one's own leaves its address to the provider, and says how to write it (house, 8)", () => {
  const own = { own: '[preset own]\nnumber_format = dialed\n' };
  expect(said(`${ACCOUNT}preset = own\n`, own)[2]).toBe(
    '      | ^^^^^^^^^^^^ expected a registrar: the preset own cannot know it; ' +
      'say which server it is: registrar = sip:HOST, or --set registrar=sip:HOST',
  );
  const { config } = loaded('[provider p]\npreset = own\nregistrar = sip:10.0.0.9\n', own);
  expect(config?.providers.get('p')?.numberFormat).toBe('dialed');
});

test('every preset that is shipped can be used, says where its facts are from, and has the name of its file', () => {
  const folder = fileURLToPath(new URL('../../etc/providers/', import.meta.url));
  const names = readdirSync(folder).map((file) => file.replace(/\.conf$/, ''));
  expect(names.length).toBeGreaterThanOrEqual(25);
  for (const name of names) {
    const text = readFileSync(`${folder}${name}.conf`, 'utf8');
    const config = `[provider p]\npreset = ${name}\nusername = u\npassword = s\n${text.includes('\nregistrar') ? '' : 'registrar = sip:10.0.0.9\n'}`;
    const { config: read, problems } = loaded(config, { [name]: text });
    expect(problems, name).toEqual([]);
    expect(accountOf(read!.providers.get('p')!, 'secret'), name).toBeTypeOf('object');
    expect(text, name).toMatch(/^; source: \S/m);
    expect(text, name).toMatch(/https:\/\/\S+\.\S/); // an address that can be looked at
  }
});

test('a name that would leave the folder is no name of a preset, and a preset that nobody uses is not read', () => {
  expect(said('[provider p]\npreset = ../acme\n')).toContainEqual(expect.stringContaining('expected a name of letters'));
  expect(said('[user alice]\n', { broken: 'nonsense' })).toEqual([]);
  expect(said(`${ACCOUNT}preset = secret\n`, { secret: false })[0]).toBe('secret.conf: error: cannot be read: permission denied');
});
