import type { Config } from '../../config/config.ts';
import type { Secrets } from '../../core/account/secrets.ts';
import type { Account } from '../../core/account/users.ts';
import { nearest } from '../../text/nearest.ts';
import { writtenEntries } from './config-text.ts';
import { noSuchUser } from './errors.ts';
import type { UserDetail, UserReport } from './reports.ts';

export function userReport(account: Account, phones: number, secrets: Secrets): UserReport {
  return {
    name: account.name,
    extension: account.extension ?? '',
    display: account.display ?? '',
    published: account.published,
    dnd: account.dnd,
    phones,
    password: secrets.ha1(account.name, 'MD5').length > 0,
  };
}

/** @throws ControlError if there is no such user. */
export function userDetail(config: Config, secrets: Secrets, name: string): UserDetail {
  const section = config.users.get(name);
  if (section === undefined) throw noSuchUser(name, nearest(name, config.users.keys()));
  return { name, settings: writtenEntries(section.origin), passwords: secrets.sources(name) };
}
