import type { Config } from '../config/config.ts';
import { firstConfig } from '../config/sample.ts';
import { name as nameForm } from '../config/values/plain.ts';
import type { Random } from '../runtime/random.ts';
import type { Storage } from '../runtime/storage.ts';
import type { ListeningPoint } from '../sip/transport/flow.ts';
import { randomPassword } from './account/password.ts';
import type { Secrets } from './account/secrets.ts';
import { pointToName } from './point-to-name.ts';

/** The account that a first start made (interface, 1). */
export interface FirstAccount {
  readonly user: string;
  /** Undefined where somebody took it out of the configuration since. */
  readonly extension: string | undefined;
  readonly password: string;
}

const EXTENSION = '200';

/** Below the state directory: the name of the account that a first start made and nobody was told of yet. */
const UNTOLD = 'first-start';

/**
 * Writes the first configuration of a user's own daemon, with the login user as its first account. Nothing is asked. The password comes
 * with `introduceFirst`, be it at a later start.
 */
export async function firstStart(login: string, domain: string, config: Storage, state: Storage): Promise<void> {
  const user = nameForm.accepts(login) ? login : 'me';
  await state.write(UNTOLD, `${user}\n`);
  await config.makeFolder('sipwitch.conf.d'); // where README.md and sipwitchctl say to write
  await config.write('sipwitch.conf', firstConfig({ domain, user, extension: EXTENSION }), 0o644);
}

/**
 * Makes the password of the first account and tells it, unless that was done or a password was set otherwise. The account is told before
 * the password counts: whoever is killed in between is told of another one at the next start.
 */
export async function introduceFirst(
  { users }: Pick<Config, 'users'>,
  { state, secrets, random }: { readonly state: Storage; readonly secrets: Secrets; readonly random: Random },
  tell: (account: FirstAccount) => Promise<void>,
): Promise<void> {
  const user = state.read(UNTOLD)?.trim();
  if (user === undefined) return;
  const account = users.get(user);
  if (account !== undefined && secrets.sources(user).length === 0) {
    const password = randomPassword(random);
    await tell({ user, extension: account.extension, password });
    await secrets.set(user, 'passwd', password);
  }
  await state.remove(UNTOLD);
}

/** What a softphone on this or another machine can reach, with the port if it is not 5060. */
export function serverAddress(points: readonly ListeningPoint[]): string {
  return pointToName(points)!.sentBy.replace(/:5060$/, '');
}

/** What a person types into a softphone. `password`: the password, or where it is to be found; `ctl`: how sipwitchctl is run here. */
export function introduction({ user, extension }: FirstAccount, server: string, password: string, ctl: string): string {
  return `
  Type this into a softphone:

      user name   ${user}
      password    ${password}
      domain      ${server}      (it may be called server, registrar or proxy)

  This phone is called ${extension === undefined ? '' : `by its extension ${extension}, or `}as ${user}. For a second one:

      ${ctl} user add NAME --extension 201
      ${ctl} passwd NAME --random

`;
}
