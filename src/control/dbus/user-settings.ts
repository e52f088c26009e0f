import type { UserSettings } from '../../core/feature-codes.ts';
import type { AccountFiles } from './accounts.ts';
import { ControlError } from './errors.ts';

/** What users set by a code from a phone: the same files, checks and sentences as `sipwitchctl user set`. */
export function userSettings(
  accounts: Pick<AccountFiles, 'set'>,
  reload: () => Promise<{ readonly errors: number }>,
): UserSettings {
  return {
    async set(user, key, value) {
      try {
        await accounts.set(user, key, value);
      } catch (error) {
        if (error instanceof ControlError) return forDisplay(error.message);
        throw error;
      }
      return (await reload()).errors === 0
        ? undefined
        : 'it is written down, and comes into use once the configuration is mended';
    },
  };
}

/** A sentence of the command for the display of a phone: one line, and files by their names, without where they lie on this host. */
function forDisplay(message: string): string {
  return message.replace(/:?\n[\s\S]*/, '').replace(/(?<![^ (])\/[^ ]*\//g, '');
}
