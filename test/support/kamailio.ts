import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a Kamailio is to do. */
export interface KamailioOptions {
  readonly address: string;
  readonly port?: number;
  readonly domain: string;
  /** Lines before and behind the modules that every one has. */
  readonly settings?: string;
  readonly modules?: string;
  /** What becomes of a request that begins something. In dialogs it follows the Route. */
  readonly route: string;
}

/** Writes the files of a Kamailio by UDP into a folder of its own; the words that it is started with. */
export function kamailio(folder: string, options: KamailioOptions): string[] {
  const { address, port = 5060, domain, settings = '', modules = '', route } = options;
  const config = `#!KAMAILIO
debug=1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
alias="${domain}"
listen=udp:${address}:${port}
${settings}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "db_mode", 0)
${modules}
request_route {
  if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route() || is_method("ACK")) { t_relay(); exit; }
    sl_send_reply("404", "Not here"); exit;
  }
  if (is_method("ACK")) exit;
${route}
}
`;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'kamailio.cfg');
  writeFileSync(path, config);
  return ['-DD', '-E', '-f', path, '-m', '16', '-M', '4', '-Y', folder, '-P', join(folder, 'pid')];
}

/**
 * An ITSP: REGISTER and INVITE of its customer `acct` need digest; what it calls +4930... is the customer, all else its telephone network.
 *
 * @param onward statements that set $du, where the telephone network is
 */
export function itspAt(address: string, onward: string): KamailioOptions {
  return {
    address,
    domain: 'itsp.example',
    modules: 'loadmodule "auth.so"',
    route: `  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("itsp.example", "s3cret", "0")) { auth_challenge("itsp.example", "1"); exit; }
    save("location");
    exit;
  }
  remove_hf("Route");  # phones name us as their outbound proxy
  record_route();
  if ($fd == "itsp.example") {
    if (!pv_proxy_authenticate("itsp.example", "s3cret", "0")) { auth_challenge("itsp.example", "1"); exit; }
    consume_credentials();
  }
  if ($rU =~ "^\\\\+4930") {
    $var(number) = $rU;
    $ru = "sip:acct@itsp.example";
    if (!lookup("location")) { sl_send_reply("480", "Subscriber offline"); exit; }
    $rU = $var(number);
    t_relay();
    exit;
  }
  ${onward}
  t_relay();`,
  };
}
