import type { CertificateReport, Host } from '../../src/runtime/host.ts';

/** A machine that tells what the test says. */
export class SimMachine implements Host {
  /** By `udp:10.0.0.1:5060`. */
  readonly holders = new Map<string, string>();
  /** Who has a state directory, by its path. */
  readonly states = new Map<string, string>();
  readonly modes = new Map<string, number>();
  readonly addresses = [{ name: 'eth0', host: '198.51.100.7', family: 4, internal: false, prefix: 24 }] as const;
  report: CertificateReport | string = 'it holds no certificate';
  free: number | undefined = 5_000_000_000;

  holderOf(transport: string, { host, port }: { readonly host: string; readonly port: number }): string | undefined {
    return this.holders.get(`${transport}:${host}:${port}`);
  }

  stateHolder(folder: string): string | undefined {
    return this.states.get(folder);
  }

  freeBytes(): number | undefined {
    return this.free;
  }

  stat(path: string): { readonly mode: number; readonly uid: number } | undefined {
    const mode = this.modes.get(path);
    return mode === undefined ? undefined : { mode, uid: 1000 };
  }

  interfaces() {
    return this.addresses;
  }

  certificate(): CertificateReport | string {
    return this.report;
  }
}
