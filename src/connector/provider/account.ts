import type { Section } from '../../config/config.ts';
import type { ProviderSettings } from '../../config/sections/provider.ts';
import { escapeUser, hostPort, hostText, parseServer, parseUri, type Transport, type Uri } from '../../sip/message/uri.ts';
import { utf8ToWire } from '../../text/wire.ts';

/** An account at a provider as SIP needs it: settled, and all text wire text. */
export interface ProviderAccount {
  readonly name: string;
  /** What the REGISTER asks for: the registrar without a user. */
  readonly registrar: Uri;
  /** Where everything is sent: the outbound proxy, else the registrar. */
  readonly server: Uri;
  /** The Route that leads by the outbound proxy; undefined without one. */
  readonly route: string | undefined;
  /** The host of our address, as a URI writes it. */
  readonly domain: string;
  /** Our address there, `sip:1234567@example.com`. */
  readonly aor: string;
  readonly username: string;
  readonly authUsername: string;
  /** Empty for none, where nothing is to be registered. */
  readonly password: string;
  readonly realm: string | undefined;
  /** undefined: as DNS has it. */
  readonly transport: Transport | undefined;
  readonly encryption: 'no' | 'allowed' | 'required';
  readonly registers: boolean;
  /** Seconds. */
  readonly expires: number;
  readonly numberFormat: ProviderSettings['numberFormat'];
  readonly fromUser: ProviderSettings['fromUser'];
  readonly identity: ProviderSettings['identity'];
}

/**
 * Settles what a section and its preset say; a sentence where the account cannot be used. `password`: what password or password_file hold;
 * undefined for none.
 */
export function accountOf(section: Section<ProviderSettings>, password: string | undefined): ProviderAccount | string {
  const { name, registrar: written, proxy, register } = section;
  const needs = (key: string) => `[provider ${name}] has no ${key}`;
  if (written === undefined) return needs('registrar');
  if (register && section.username === undefined) return needs('username');
  if (register && !password) return needs('password');
  const registrar = parseUri(bareUri(parseUri(utf8ToWire(written))));
  const server = proxy === undefined ? registrar : parseServer(proxy);
  const domain = section.domain ?? hostText(registrar.host);
  const username = utf8ToWire(section.username ?? 'anonymous');
  return {
    name,
    registrar,
    server,
    route: proxy === undefined ? undefined : `<${loose(server.text)}>`,
    domain,
    aor: `sip:${escapeUser(username)}@${domain}`,
    username,
    authUsername: section.authUsername === undefined ? username : utf8ToWire(section.authUsername),
    password: utf8ToWire(password ?? ''),
    realm: section.realm === undefined ? undefined : utf8ToWire(section.realm),
    transport: section.transport ?? (section.encryption === 'required' ? 'tls' : undefined),
    encryption: section.encryption,
    registers: register,
    expires: section.expires,
    numberFormat: section.numberFormat,
    fromUser: section.fromUser,
    identity: section.identity,
  };
}

/** A Request-URI of REGISTER names no user and says nothing of transports (RFC 3261 §10.2). */
function bareUri({ scheme, host, port, params }: Uri): string {
  const at = port === undefined ? hostText(host) : hostPort(host, port);
  return `${scheme}:${at}${params}`;
}

function loose(uri: string): string {
  return /;lr(?:[;=]|$)/.test(uri) ? uri : `${uri};lr`;
}
