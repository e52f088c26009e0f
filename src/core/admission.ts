import type { Config } from '../config/config.ts';
import type { Clock, Millis } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Network } from '../runtime/network.ts';
import type { Random } from '../runtime/random.ts';
import { StorageError } from '../runtime/storage.ts';
import { Authenticator } from '../sip/auth/verify.ts';
import type { TransportLayer } from '../sip/transport/layer.ts';
import { AccessControl } from './access/access-control.ts';
import type { Secrets } from './account/secrets.ts';
import type { ProviderTrunks } from './connector.ts';
import type { PeerAddresses } from './proxy/peer-addresses.ts';
import { isEmergency } from './routing/route.ts';
import type { Snapshot } from './routing/snapshot.ts';

const COMPLAIN_EVERY: Millis = 60_000;
/** Different sentences within that time: it may be so of every user. */
const MOST_TOLD = 5;

/** What of an exchange says who is believed and who is answered; what a reload replaces is asked for each time. */
export interface AdmissionParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly realm: string;
  readonly transport: TransportLayer;
  readonly peers: PeerAddresses;
  config(): Config;
  snapshot(): Snapshot;
  providers(): ProviderTrunks | undefined;
}

/** Who proves to be one of our users. */
export function authenticatorOf({ clock, random, log, secrets, realm, config, snapshot }: AdmissionParts): Authenticator {
  const complain = complaints(clock, log);
  secrets.unread = (error) => complain(`${error.message}; what was read of it before counts until it can be read`);
  return new Authenticator({
    ...{ clock, random, log, realm },
    algorithms: () => config().daemon.digest,
    ha1(user, algorithm) {
      try {
        return secrets.ha1(user, algorithm);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        // It proves nobody, which is no fault of whoever asks: it is the operator's to mend.
        complain(`${error.message}; it proves nobody until it can be read`);
        return undefined;
      }
    },
    withExtension(user) {
      const name = snapshot().byExtension(user)?.name;
      return name === user ? undefined : name;
    },
    isOurs: (uri) => snapshot().domains.owns(uri),
  });
}

/** Says the same once a minute: whoever asks again and again makes no longer log of it, nor do several who ask in turns. */
function complaints(clock: Clock, log: Log): (sentence: string) => void {
  const said = new Set<string>();
  let again: Millis = 0;
  return (sentence) => {
    if (clock.now() >= again) {
      said.clear();
      again = clock.now() + COMPLAIN_EVERY;
    }
    if (said.has(sentence) || said.size >= MOST_TOLD) return;
    said.add(sentence);
    log.error(sentence);
  };
}

/** Whom we answer at all. */
export function accessOf({ clock, network, transport, peers, snapshot, providers }: AdmissionParts): AccessControl {
  const access = new AccessControl({
    clock,
    machine: network,
    sources: transport.answered,
    peer: (host) => peers.has(host),
    provider: (host) => providers()?.at(host) !== undefined,
    emergency: (uri) => isEmergency(uri, snapshot()),
    named: (uri) => snapshot().domains.named(uri.host, uri.port),
    shut: (flow) => transport.shut(flow),
  });
  transport.reader.hears = (flow) => access.hears(flow);
  return access;
}
