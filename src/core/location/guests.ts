import type { FlowName } from '../../sip/transport/flow.ts';
import { isGuest } from './aor.ts';
import type { LocationService } from './service.ts';

/** Which guest a flow belongs to: a guest of an open domain proves who it is by the flow of its live binding (house, "Who is calling"). */
export class GuestFlows {
  private readonly location: LocationService;
  private readonly byFlow = new Map<string, string>();
  private readonly byGuest = new Map<string, readonly string[]>();

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
    for (const flow of this.byGuest.get(aor) ?? []) this.byFlow.delete(flow);
    const flows = this.location.bindings(aor).map(({ flow }) => flowKey(flow));
    for (const flow of flows) this.byFlow.set(flow, aor);
    if (flows.length === 0) this.byGuest.delete(aor);
    else this.byGuest.set(aor, flows);
  }

  /** Guests with a binding. */
  get count(): number {
    return this.byGuest.size;
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

function flowKey({ transport, local, remote, connection }: FlowName): string {
  return connection === '' ? `${transport} ${local.host} ${local.port} ${remote.host} ${remote.port}` : connection;
}
