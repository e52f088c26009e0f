import { version } from '../../src/text/version.ts';
import { configurationPage } from './sipwitch.conf.ts';
import { controlPage } from './sipwitchctl.ts';
import { daemonPage } from './sipwitchd.ts';

/** Every man page by its file name. `date`: what stands at the foot. */
export function pages(date: string): ReadonlyMap<string, string> {
  const source = `sipwitch ${version}`;
  return new Map([
    ['sipwitchd.8', daemonPage(date, source)],
    ['sipwitchctl.1', controlPage(date, source, version)],
    ['sipwitch.conf.5', configurationPage(date, source)],
  ]);
}
