/**
 * The network that a source is counted as: an IPv4 address, the /64 of an IPv6 address, for all of one interface's link-local addresses
 * each its own.
 */
export function sourceNetwork(host: string): string {
  if (!host.includes(':')) return host;
  if (host.startsWith('::ffff:') && host.includes('.')) return host.slice('::ffff:'.length);
  if (host.startsWith('fe80:')) return host;
  const [left = '', right] = host.split('::');
  const groups = left === '' ? [] : left.split(':');
  if (right !== undefined) {
    const tail = right === '' ? [] : right.split(':');
    while (groups.length + tail.length < 8) groups.push('0');
    groups.push(...tail);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
