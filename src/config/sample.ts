import { printSection } from './edit.ts';

/** What the first start of a user's own daemon writes as `sipwitch.conf`: enough to call, and where to go on. */
export interface FirstStart {
  readonly domain: string;
  /** The login user, who becomes the first account. */
  readonly user: string;
  readonly extension: string;
}

/** Renders the first configuration. The password is not in it: `passwd` sets it. */
export function firstConfig({ domain, user, extension }: FirstStart): string {
  return `; sipwitch was started here without a configuration and wrote this one. Everything in it may be changed;
; "sipwitchctl config check" says whether it can be read, "sipwitchctl reload" makes the daemon read it.
; Every key with its meaning and default: sipwitchctl config show --defaults

[daemon]
; users are NAME@DOMAIN; every address of this computer is the same domain
domain = ${domain}
; where SIP is heard; a wildcard is every address of this computer
listen = udp:0.0.0.0:5060, tcp:0.0.0.0:5060, udp:[::]:5060, tcp:[::]:5060
; the extensions that users may have
extensions = 200-699

; This account was made from your login. A new password: sipwitchctl passwd
; More accounts: sipwitchctl user add NAME
${printSection('user', user, [['extension', extension]])}
; Uncomment this and people elsewhere may call those users by name who have "published = yes".
; [domain ${domain}]
; inbound = anonymous
`;
}
