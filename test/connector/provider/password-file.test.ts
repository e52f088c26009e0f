import { expect, test } from 'vitest';
import { joinProviders } from '../../../src/connector/provider/join.ts';
import { FileError } from '../../../src/runtime/files.ts';
import { Desk, HOUSE } from '../../support/desk.ts';

/** What is told of a provider whose password_file is read like that. */
async function problems(read: () => string | undefined) {
  const config = `${HOUSE}[provider acme]\nregistrar = sip:192.0.2.9\nusername = u\npassword_file = /p\n`;
  const desk = await Desk.open({ config });
  const providers = joinProviders(desk.exchange, { read });
  const told = providers.problems;
  providers.stop();
  return told;
}

test('a password is the first line of its file, which has to be text like all of the configuration', async () => {
  const down = 'provider acme is down: [provider acme] password_file:';
  expect(await problems(() => 'pass wörd\r\n\0')).toEqual([]);
  expect(await problems(() => 'a\ufffdb\n')).toEqual([`${down} /p: expected UTF-8 text`]);
  expect(await problems(() => 'a\0b\n')).toEqual([`${down} /p: expected no control characters`]);
  expect(await problems(() => undefined)).toEqual([`${down} there is no file /p`]);
  expect(await problems(() => '\n')).toEqual(['provider acme is down: [provider acme] has no password']);
  const denied = () => {
    throw new FileError('/p', 'permission denied', undefined, true);
  };
  expect(await problems(denied)).toEqual([`${down} /p cannot be read: permission denied`]);
});
