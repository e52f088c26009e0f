import { lower } from '../../text/ascii.ts';
import { isSip, type Transport, type Uri, uriParam } from '../message/uri.ts';
import type { Behalf } from './cache.ts';
import type { LocateStatus } from './hop.ts';

/** What is to be located: the parts of a URI that RFC 3263 §4 looks at, or the sent-by of a Via (§5). */
export interface Wanted {
  /** TARGET: the host, or its maddr; IPv6 without brackets. Wire text. */
  readonly host: string;
  readonly port: number | undefined;
  /** What the URI demands. */
  readonly transport: Transport | undefined;
  /** A sips URI: TLS, or nothing. */
  readonly secure: boolean;
  /** A server of which we are a client: TLS is spoken to it even where nobody could call us by TLS. */
  readonly outward?: boolean;
  /** On whose behalf; a user's if this is absent. */
  readonly behalf?: Behalf;
  /** Whose request it is: anything that tells one caller from another, so that none takes the place of all others. */
  readonly asker?: string;
  /** Hosts whose addresses are asked for at most, where fewer will do than are asked for anyhow. */
  readonly most?: number;
  /** The domain that a certificate must name; the host if this is absent. */
  readonly domain?: string;
  /** Why there is nothing to look for. */
  readonly fault?: { readonly status: LocateStatus; readonly why: string };
}

/** Takes from a URI what it is located by (RFC 3263 §4). What cannot be located says so when it is tried. */
export function wantedOf(uri: Uri): Wanted {
  const asked = lower(uriParam(uri, 'transport') ?? '');
  const maddr = lower(uriParam(uri, 'maddr') ?? '');
  const transport = asked === 'udp' || asked === 'tcp' || asked === 'tls' ? asked : undefined;
  const secure = uri.scheme === 'sips';
  const fault = faultOf(uri, asked, transport);
  return {
    host: maddr === '' ? uri.host : maddr.replace(/^\[|\]$/g, ''),
    port: uri.port === 0 ? undefined : uri.port,
    transport,
    secure,
    domain: uri.host,
    ...(fault === undefined ? {} : { fault }),
  };
}

function faultOf(uri: Uri, asked: string, transport: Transport | undefined): Wanted['fault'] {
  if (!isSip(uri)) return { status: 416, why: `a ${uri.scheme} URI has no host that SIP could be sent to` };
  if (asked !== '' && transport === undefined) return { status: 480, why: `transport=${asked} is not supported` };
  return undefined;
}
