import { firstConfig } from '../config/sample.ts';
import { name as nameForm } from '../config/values/plain.ts';
import type { Random } from '../runtime/random.ts';
import type { Storage } from '../runtime/storage.ts';
import { randomPassword } from './account/password.ts';
import type { Secrets } from './account/secrets.ts';

/** The account that a first start made (interface, 1). */
export interface FirstAccount {
  readonly user: string;
  readonly extension: string;
  readonly password: string;
}

const EXTENSION = '200';

/** Writes the first configuration of a user's own daemon, with the login user as its first account. Nothing is asked. */
export async function firstStart(
  login: string,
  domain: string,
  config: Storage,
  secrets: Secrets,
  random: Random,
): Promise<FirstAccount> {
  const user = nameForm.accepts(login) ? login : 'me';
  await config.write('sipwitch.conf', firstConfig({ domain, user, extension: EXTENSION }), 0o644);
  const password = randomPassword(random);
  await secrets.set(user, 'passwd', password);
  return { user, extension: EXTENSION, password };
}

/** What a person types into a softphone. `password`: the password, or where it is to be found; `ctl`: how sipwitchctl is run here. */
export function introduction({ user, extension }: FirstAccount, server: string, password: string, ctl: string): string {
  return `
  Type this into a softphone:

      user name   ${user}
      password    ${password}
      domain      ${server}      (it may be called server, registrar or proxy)

  This phone is called by its extension ${extension}, or as ${user}. For a second one:

      ${ctl} user add NAME --extension 201
      ${ctl} passwd NAME --random

`;
}
