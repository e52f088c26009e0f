import type { Uri } from '../../sip/message/uri.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import { sourceNetwork } from '../../sip/transport/source-network.ts';
import { aorKey, isGuest } from './aor.ts';
import type { LocationService } from './service.ts';

/** Which guest a flow belongs to: a guest of an open domain proves who it is by the flow of its live binding (house, "Who is calling"). */
export class GuestFlows {
  private readonly location: LocationService;
  /** A phone may have two names, and a proxy many phones. */
  private readonly byFlow = new Map<string, Set<string>>();
  private readonly byGuest = new Map<string, readonly FlowName[]>();
  /** How many guests have a binding from each network. */
  private readonly fromNetwork = new Map<string, number>();

  constructor(location: LocationService) {
    this.location = location;
    location.watch((aor) => this.note(aor));
  }

  /** Notes what was restored before anybody was told of changes. */
  noteAll(): void {
    for (const aor of this.location.aors) this.note(aor);
  }

  private note(aor: string): void {
    if (!isGuest(aor)) return;
    const before = this.byGuest.get(aor) ?? [];
    const flows = this.location.bindings(aor).map(({ flow }) => flow);
    const keys = new Set(flows.map(flowKey));
    for (const flow of before) if (!keys.has(flowKey(flow))) this.leave(flowKey(flow), aor);
    for (const key of keys) this.join(key, aor);
    this.countNetworks(before, -1);
    this.countNetworks(flows, 1);
    if (flows.length === 0) this.byGuest.delete(aor);
    else this.byGuest.set(aor, flows);
  }

  private join(key: string, aor: string): void {
    const guests = this.byFlow.get(key);
    if (guests === undefined) this.byFlow.set(key, new Set([aor]));
    else guests.add(aor);
  }

  private leave(key: string, aor: string): void {
    const guests = this.byFlow.get(key);
    if (guests?.delete(aor) && guests.size === 0) this.byFlow.delete(key);
  }

  private countNetworks(flows: readonly FlowName[], one: 1 | -1): void {
    for (const network of new Set(flows.map(networkOf))) {
      const guests = (this.fromNetwork.get(network) ?? 0) + one;
      if (guests > 0) this.fromNetwork.set(network, guests);
      else this.fromNetwork.delete(network);
    }
  }

  /** Guests with a binding. */
  get count(): number {
    return this.byGuest.size;
  }

  /** Guests with a binding from where a flow comes: an address of IPv4, a /64 of IPv6. */
  countFrom(flow: FlowName): number {
    return this.fromNetwork.get(networkOf(flow)) ?? 0;
  }

  /** The guest whose live binding was made over this flow; of several the one that From names. */
  at(flow: FlowName, from?: Uri): string | undefined {
    if (this.byFlow.size === 0) return undefined;
    const key = flowKey(flow);
    const guests = this.byFlow.get(key);
    if (guests === undefined) return undefined;
    const isHere = (aor: string) => this.location.bindings(aor).some((binding) => flowKey(binding.flow) === key);
    const named = guests.size === 1 || from?.user === undefined ? '' : aorKey(from.user, from.host);
    if (guests.has(named) && isHere(named)) return named;
    for (const aor of guests) if (isHere(aor)) return aor;
    return undefined;
  }
}

const networkOf = ({ remote }: FlowName): string => sourceNetwork(remote.host);

function flowKey({ transport, local, remote, connection }: FlowName): string {
  return connection === '' ? `${transport} ${local.host} ${local.port} ${remote.host} ${remote.port}` : connection;
}
