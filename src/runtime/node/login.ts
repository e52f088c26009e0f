import { execFile } from 'node:child_process';

/** The login name of a uid, from wherever this machine keeps its accounts; undefined if there is none. */
export function loginName(uid: number): Promise<string | undefined> {
  return new Promise((done) => {
    execFile('getent', ['passwd', String(uid)], { timeout: 5_000 }, (error, found) => {
      const name = error === null ? found.split(':', 1)[0] : undefined;
      done(name === '' ? undefined : name);
    });
  });
}
