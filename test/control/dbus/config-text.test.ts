import { expect, test } from 'vitest';
import { kinds } from '../../../src/config/load.ts';
import { report } from '../../../src/config/report.ts';
import { configText } from '../../../src/control/dbus/config-text.ts';
import { loadText } from '../../config/memory-files.ts';

/** What a section cannot be without. */
const NEEDED: Readonly<Record<string, string>> = {
  group: 'members = bob\n',
  provider: 'registrar = sip:sip.example.com\nusername = u\npassword = s3cret\n',
  modem: 'port = /dev/ttyUSB2\n',
  dial: 'match = 0X!\nto = alice\n',
  speed: 'to = sip:bob@example.org\n',
  access: 'network = 192.168.0.0/16\n',
  peer: 'trust = identity\n',
};

/** A section of every kind that the schema knows, so that a new one is asked for here without a word. */
const sections = kinds.map(({ kind, name }) => {
  const names: Readonly<Record<string, string>> = { user: 'alice', domain: 'open.example', peer: 'example.net', speed: '77' };
  return { title: name === undefined ? `[${kind}]` : `[${kind} ${names[kind] ?? kind}]`, text: NEEDED[kind] ?? '' };
});

test('a section of every kind of the schema is shown', () => {
  const written = sections.map(({ title, text }) => `${title}\n${text}`).join('\n');
  const { config, problems } = loadText(`${written}[user bob]\n`);
  expect(config, report(problems)).toBeDefined();
  const shown = configText(config!).match(/^\[.*\]$/gm);
  expect(shown).toEqual(sections.flatMap(({ title }) => (title === '[user alice]' ? [title, '[user bob]'] : [title])));
});

test('a state is shown with its keys, and no password is', () => {
  const state = '[state night]\nhours = mon-fri 18:00-08:00\nusers = bob\n';
  const provider = '[provider a]\nregistrar = sip:a.example\nusername = u\npassword = s3cret\n';
  const { config, problems } = loadText(`${state}${provider}[user bob]\n`);
  expect(config, report(problems)).toBeDefined();
  expect(configText(config!).split('\n\n')).toEqual(['[user bob]', provider.replace('s3cret', '(hidden)').trimEnd(), `${state}`]);
});
