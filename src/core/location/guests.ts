import type { FlowName } from '../../sip/transport/flow.ts';
import { sourceNetwork } from '../../sip/transport/source-network.ts';
import { isGuest } from './aor.ts';
import type { LocationService } from './service.ts';

/** Which guest a flow belongs to: a guest of an open domain proves who it is by the flow of its live binding (house, "Who is calling"). */
export class GuestFlows {
  private readonly location: LocationService;
  private readonly byFlow = new Map<string, string>();
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
    for (const flow of before) this.byFlow.delete(flowKey(flow));
    const flows = this.location.bindings(aor).map(({ flow }) => flow);
    for (const flow of flows) this.byFlow.set(flowKey(flow), aor);
    this.countNetworks(before, -1);
    this.countNetworks(flows, 1);
    if (flows.length === 0) this.byGuest.delete(aor);
    else this.byGuest.set(aor, flows);
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

  /** The guest whose live binding was made over this flow. */
  at(flow: FlowName): string | undefined {
    if (this.byFlow.size === 0) return undefined;
    const aor = this.byFlow.get(flowKey(flow));
    return aor !== undefined && this.location.bindings(aor).some((binding) => flowKey(binding.flow) === flowKey(flow))
      ? aor
      : undefined;
  }
}

const networkOf = ({ remote }: FlowName): string => sourceNetwork(remote.host);

function flowKey({ transport, local, remote, connection }: FlowName): string {
  return connection === '' ? `${transport} ${local.host} ${local.port} ${remote.host} ${remote.port}` : connection;
}
