import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { endianness } from 'node:os';
import { basename } from 'node:path';
import { parseIp } from '../../text/ip.ts';
import type { Address } from '../network.ts';
import { tried } from './tried.ts';

/** A line of /proc/net/udp and its kin, as far as we read it. */
interface Row {
  readonly address: string;
  readonly port: number;
  readonly state: string;
  readonly uid: string;
  readonly inode: string;
}

const LISTEN = '0A';

/** Who holds a port that we wanted: `kamailio (pid 1234)`, or its user where /proc tells us no more; undefined: unknown. */
export function holderOf(transport: 'udp' | 'tcp' | 'tls', address: Address): string | undefined {
  const table = transport === 'udp' ? 'udp' : 'tcp';
  const v6 = address.host.includes(':');
  const rows = [...(v6 ? [] : rowsOf(table)), ...rowsOf(`${table}6`)];
  const wanted = new Set([hex(address.host), '0'.repeat(8), '0'.repeat(32)]);
  const own = String(process.pid);
  const held = rows.filter(
    (row) => row.port === address.port && wanted.has(row.address) && (table === 'udp' || row.state === LISTEN),
  );
  for (const row of held) {
    const pid = processOf(row.inode);
    if (pid !== undefined) return pid === own ? 'this process itself' : `${programOf(pid)} (pid ${pid})`;
  }
  return held[0] && `a process of user ${userOf(held[0].uid)}`;
}

/** Who has a file open to write or holds its lock, other than this process: `sipwitchd (pid 1234)`; undefined: nobody whom /proc shows us. */
export function holderOfFile(path: string): string | undefined {
  const file = statOf(path);
  if (file === undefined) return undefined;
  const own = `/proc/${process.pid}/`;
  const pid = processWith((fd) => {
    if (fd.startsWith(own)) return false;
    const open = statOf(fd);
    if (open?.ino !== file.ino || open.dev !== file.dev) return false;
    return /^flags:\t[0-7]*[12]$|^lock:.* FLOCK /m.test(readText(fd.replace('/fd/', '/fdinfo/')));
  });
  return pid === undefined ? undefined : `${programOf(pid)} (pid ${pid})`;
}

function rowsOf(table: string): readonly Row[] {
  const lines = readText(`/proc/net/${table}`).split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (local === undefined || state === undefined || uid === undefined || inode === undefined) return [];
    const [address = '', port = ''] = local.split(':');
    return [{ address, port: Number.parseInt(port, 16), state, uid, inode }];
  });
}

/** An address as these tables write it: words of 32 bits in the order of the machine's bytes. */
function hex(host: string): string {
  const bytes = parseIp(host)?.toByteArray() ?? [];
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    if (endianness() === 'LE') word.reverse();
    for (const byte of word) text += byte.toString(16).padStart(2, '0').toUpperCase();
  }
  return text;
}

function processOf(inode: string): string | undefined {
  const wanted = `socket:[${inode}]`;
  return processWith((fd) => link(fd) === wanted);
}

/** The first process of which this is so for one of its `/proc/PID/fd/N`. */
function processWith(isIt: (fd: string) => boolean): string | undefined {
  const pids = names('/proc').filter((name) => /^\d+$/.test(name));
  return pids.find((pid) => names(`/proc/${pid}/fd`).some((fd) => isIt(`/proc/${pid}/fd/${fd}`)));
}

/** What a person would call a process, empty if there is none: for node, what it runs. Newer ones give their first thread a name of its own, so `comm` does not say node. */
export function programOf(pid: string): string {
  const [path = '', script = ''] = readText(`/proc/${pid}/cmdline`).split('\0');
  const program = basename(path);
  if (!/^node/.test(program)) return readText(`/proc/${pid}/comm`).trim();
  return script === '' || script.startsWith('-') ? program : basename(script, '.js');
}

function userOf(uid: string): string {
  const line = readText('/etc/passwd')
    .split('\n')
    .find((entry) => entry.split(':')[2] === uid);
  return line?.split(':')[0] ?? uid;
}

// A process may end, or be another user's, while we look: then it tells nothing.

const names = (folder: string) => tried(() => readdirSync(folder), []);
const link = (path: string) => tried(() => readlinkSync(path), '');
const statOf = (path: string) => tried(() => statSync(path), undefined);
const readText = (path: string) => tried(() => readFileSync(path, 'utf8'), '');
