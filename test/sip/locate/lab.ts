import type { Located, NextHop } from '../../../src/sip/locate/hop.ts';
import { Locator, type LocatorParts } from '../../../src/sip/locate/locator.ts';
import { wantedOf } from '../../../src/sip/locate/wanted.ts';
import { parseUri, type Transport } from '../../../src/sip/message/uri.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimRandom } from '../../support/sim-random.ts';
import { SimResolver } from '../../support/sim-resolver.ts';

export const hop = (text: string, domain = 'd.test'): NextHop => {
  const [, transport = '', host = '', port] = /^(\w+) (?:\[?)(.*?)(?:\]?):(\d+)$/.exec(text)!;
  return { transport: transport as Transport, host, port: Number(port), domain };
};

/** `tls [2001:db8::1]:5061`, as a person writes it. */
const written = ({ transport, host, port }: NextHop) => `${transport} ${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A Locator on a zone and virtual time. */
export function lab(zone: string, parts: Partial<LocatorParts> = {}) {
  const clock = new SimClock();
  const dns = new SimResolver(clock, zone);
  const transports = () => ['udp', 'tcp', 'tls'] as const;
  const sourceFor = (host: string) => host;
  const locator = new Locator({ clock, random: new SimRandom(), resolver: dns, transports, sourceFor, ...parts });
  const start = (uri: string) => {
    const outcome: { located: Located | undefined; at: number } = { located: undefined, at: -1 };
    const asked = locator.locate(wantedOf(parseUri(uri)), (located) => {
      if (outcome.located !== undefined) throw new Error('told twice');
      Object.assign(outcome, { located, at: clock.now() });
    });
    return { outcome, cancel: () => asked.cancel() };
  };
  /** What a URI leads to by the answers that come at once, in short: hops, or the status and why. */
  const locate = (uri: string): readonly string[] => shown(start(uri).outcome.located);
  const shown = (located: Located | undefined): readonly string[] => {
    if (located === undefined) return ['(nothing yet)'];
    return located.kind === 'hops' ? located.hops.map(written) : [`${located.status} ${located.why}`];
  };
  return { clock, dns, locator, start, locate, shown };
}
