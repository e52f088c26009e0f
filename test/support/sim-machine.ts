import type { CertificateReport, Host } from '../../src/runtime/host.ts';

/** A machine that tells what the test says. */
export class SimMachine implements Host {
  /** By `udp:10.0.0.1:5060`. */
  readonly holders = new Map<string, string>();
  /** Who has a state directory, by its path. */
  readonly states = new Map<string, string>();
  readonly modes = new Map<string, number>();
  readonly addresses = [{ host: '198.51.100.7', family: 4, prefix: 24 }] as const;
  report: CertificateReport | string = 'it holds no certificate';
  free: number | 'read-only' | undefined = 5_000_000_000;

  holderOf(transport: string, { host, port }: { readonly host: string; readonly port: number }): string | undefined {
    return this.holders.get(`${transport}:${host}:${port}`);
  }

  stateHolder(folder: string): string | undefined {
    return this.states.get(folder);
  }

  freeBytes(): number | 'read-only' | undefined {
    return this.free;
  }

  modeOf(path: string): number | undefined {
    return this.modes.get(path);
  }

  interfaces() {
    return this.addresses;
  }

  certificate(): CertificateReport | string {
    return this.report;
  }
}
