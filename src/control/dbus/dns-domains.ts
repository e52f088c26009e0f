import type { Config } from '../../config/config.ts';
import { canonicalHost } from '../../config/values/network.ts';
import type { InterfaceAddress } from '../../runtime/network.ts';
import { didYouMean, nearest } from '../../text/nearest.ts';
import { type Published, recordsToPublish, type ToPublish } from './dns-records.ts';
import { ControlError } from './errors.ts';

/** Where a configuration is served. */
export interface Served extends Pick<Published, 'points' | 'hostName'> {
  readonly config: Config;
  readonly interfaces: readonly InterfaceAddress[];
}

/**
 * The records to publish for one domain of a configuration, or for all of them. No address that leaves soon is in them: who asks DNS keeps
 * what it said.
 *
 * @throws ControlError for a domain that is not ours
 */
export function dnsRecords(domain: string, { config, points: open, hostName, interfaces }: Served): ToPublish {
  const { publicAddress } = config.daemon;
  const passing = new Set(interfaces.filter((one) => one.passing).map(({ host }) => host));
  const points = open.filter(({ host }) => !passing.has(host));
  const all = [...config.domains.keys()];
  const asked = canonicalHost(domain);
  if (domain === '') return recordsToPublish({ domains: all, hostName, points, publicAddress });
  if (asked !== undefined && all.includes(asked)) return recordsToPublish({ domains: [asked], hostName, points, publicAddress });
  const meant = didYouMean(nearest(domain, all)) ?? `ours are ${all.join(', ')}`;
  throw new ControlError('InvalidArgument', `${domain} is no domain of ours; ${meant}`);
}
