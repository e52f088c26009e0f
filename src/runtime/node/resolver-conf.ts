import { isIP } from 'node:net';
import { lower } from '../../text/ascii.ts';

/** What resolv.conf(5) says, in its own bounds. */
export interface ResolvConf {
  /** IP literals, in the order to be asked. */
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
  /** Seconds that one server is waited for. */
  readonly timeout: number;
  readonly attempts: number;
}

const MOST_SERVERS = 3;
const MOST_SEARCH = 6;
const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Reads resolv.conf; without a name server in it, or without the file, it is the one of this machine. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let search: readonly string[] = [];
  const options = { ndots: 1, timeout: 5, attempts: 2 };
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.replace(/[#;].*/, '').split(/[ \t\r]+/);
    if (keyword === 'nameserver' && words[0] !== undefined && isIP(words[0]) !== 0) servers.push(words[0]);
    // The last of the two counts.
    if (keyword === 'search' || keyword === 'domain') search = words.map(plain).filter((name) => NAME.test(name));
    if (keyword === 'options') {
      for (const word of words) {
        const [, option, digits] = /^(ndots|timeout|attempts):([0-9]{1,4})$/.exec(word) ?? [];
        if (option !== undefined) options[option as keyof typeof options] = Number(digits);
      }
    }
  }
  return {
    servers: servers.length > 0 ? servers.slice(0, MOST_SERVERS) : ['127.0.0.1'],
    search: search.slice(0, MOST_SEARCH),
    ndots: Math.min(options.ndots, 15),
    timeout: Math.min(Math.max(options.timeout, 1), 30),
    attempts: Math.min(Math.max(options.attempts, 1), 5),
  };
}

/** Reads hosts(5): the addresses of each name. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/^[ \t]+|#.*/g, '').split(/[ \t\r]+/);
    if (isIP(address) === 0) continue;
    for (const name of names.map(plain)) {
      if (name === '') continue;
      const known = hosts.get(name);
      if (known === undefined) hosts.set(name, [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return hosts;
}

const plain = (name: string): string => lower(name.replace(/\.$/, ''));
