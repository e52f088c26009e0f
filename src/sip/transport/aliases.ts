import { certifies } from '../../runtime/certificate.ts';
import type { Request } from '../message/message.ts';
import { ParamCursor } from '../message/params.ts';
import { DEFAULT_PORT } from '../message/uri.ts';
import type { StreamFlow } from './stream-flow.ts';

/**
 * The TLS connections whose other side is known by a verified certificate, by the address that they lead to: those that we opened by their
 * next hop, those that came in by the address that their other side advertises (RFC 5923 §5). Each stands here once, so there are never
 * more of them than connections.
 */
export class Aliases {
  private readonly rows = new Map<string, Set<StreamFlow>>();
  private readonly keys = new Map<StreamFlow, string>();

  add(host: string, port: number, flow: StreamFlow): void {
    const key = rowOf(host, port);
    if (this.keys.get(flow) === key) return;
    this.remove(flow);
    const row = this.rows.get(key) ?? new Set();
    this.rows.set(key, row.add(flow));
    this.keys.set(flow, key);
  }

  /** A connection to this address whose certificate names the domain; one for another domain is never it (RFC 5923 §9.3). */
  find(host: string, port: number, domain: string): StreamFlow | undefined {
    for (const flow of this.rows.get(rowOf(host, port)) ?? [])
      if (flow.peer !== undefined && certifies(flow.peer, domain)) return flow;
    return undefined;
  }

  remove(flow: StreamFlow): void {
    const key = this.keys.get(flow);
    if (key === undefined) return;
    this.keys.delete(flow);
    const row = this.rows.get(key)!;
    row.delete(flow);
    if (row.size === 0) this.rows.delete(key);
  }

  /** Takes a connection that came in for one that leads back, if a request on it says so and its other side proved a name (RFC 5923 §8.2). */
  offered({ via }: Request, flow: StreamFlow): boolean {
    if (flow.ours || flow.peer?.verified !== true || !hasAlias(via.text)) return false;
    this.add(flow.remote.host, via.port ?? DEFAULT_PORT.tls, flow); // RFC 5923 §8.2
    return true;
  }
}

const rowOf = (host: string, port: number): string => `${host} ${port}`;

const params = new ParamCursor();

/** Whether a via-parm that could be parsed has the parameter `alias` (RFC 5923 §7). */
function hasAlias(via: string): boolean {
  const first = via.indexOf(';');
  if (first < 0) return false;
  params.open('Via', via, first, via.length);
  while (params.next()) if (params.is('alias')) return true;
  return false;
}
