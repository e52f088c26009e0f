import type { Config } from '../../../config/config.ts';
import type { Problem } from '../../../config/problem.ts';
import type { CertificateReport } from '../../../runtime/host.ts';
import type { CheckReport, MessageReport, PhoneReport, ProviderReport, StatusReport, UserReport } from '../../dbus/reports.ts';
import type { Verdict } from '../dns-verify.ts';

/** All that the checks look at: gathered once, so that each check is a function of it. What could not be had is undefined. */
export interface Facts {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The running daemon. */
  readonly status: StatusReport | undefined;
  /** Why it is not known, and what to do. */
  readonly unreachable: Unreachable;
  /** The daemon that has the state directory, where it cannot be asked: `sipwitchd (pid 1234)`. */
  readonly stateHolder: string | undefined;
  readonly folders: { readonly config: string; readonly state: string; readonly service: boolean };
  /** Whether the files are read as the user of the service reads them: by that user, or for root. */
  readonly asService: boolean;
  readonly config: Config | undefined;
  /** Whether the next start of a daemon is the first, which writes a configuration and makes a user. */
  readonly isFirst: boolean;
  readonly problems: readonly Problem[];
  /** What the daemon says of the same files: it reads them as another user. */
  readonly check: CheckReport | undefined;
  readonly users: readonly UserReport[] | undefined;
  readonly phones: readonly PhoneReport[] | undefined;
  readonly providers: readonly ProviderReport[] | undefined;
  /** The last messages of the daemon. */
  readonly messages: readonly MessageReport[] | undefined;
  /** Ports that we want and others hold: `udp:0.0.0.0:5060`. */
  readonly held: readonly { readonly where: string; readonly holder: string }[];
  /** Addresses that we want to listen on and this machine has not. */
  readonly absent: readonly string[];
  readonly dns: DnsFacts | undefined;
  readonly certificate: CertificateFacts | undefined;
  readonly host: HostFacts;
}

export interface Unreachable {
  readonly why: string;
  readonly advice: string;
}

export interface DnsFacts {
  readonly verdicts: readonly Verdict[];
  readonly warnings: readonly string[];
  /** Name servers of resolv.conf. */
  readonly servers: readonly string[];
  /** What the name service says to a plain question: empty if it answers. */
  readonly silence: string;
}

export interface CertificateFacts {
  readonly path: string;
  readonly keyPath: string;
  /** A sentence where a file cannot be read or understood. */
  readonly fault: string;
  readonly report: CertificateReport | undefined;
  readonly keyMode: number | undefined;
}

export interface HostFacts {
  /** undefined: nobody here says whether the clock is right. */
  readonly synchronized: boolean | undefined;
  /** Bytes left where the state is. */
  readonly free: number | 'read-only' | undefined;
  /** Files and folders of ours with their modes. */
  readonly modes: readonly {
    readonly path: string;
    readonly mode: number;
    /** What is in it, and the bits of the mode by which somebody reads it who should not. */
    readonly secret?: { readonly holds: string; readonly bits: number };
  }[];
  readonly pam: boolean;
  /** Whether the policy that lets the service have its name on the system bus is there. */
  readonly busPolicy: boolean;
}
