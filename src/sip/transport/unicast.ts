/**
 * Whether an IP literal is the address of one host: no multicast, no broadcast, no "this network" (RFC 4475 §3.3.10, RFC 1122 §3.2.1.3).
 * The broadcast address of a subnet looks like any other; the kernel refuses to send there.
 */
export function isUnicast(host: string): boolean {
  if (host.includes(':')) return host !== '::' && !/^[Ff]{2}/.test(host);
  const first = Number(host.slice(0, host.indexOf('.')));
  return first > 0 && first < 224;
}
