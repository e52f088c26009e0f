import type { Clock } from '../../runtime/clock.ts';
import type { Files } from '../../runtime/files.ts';
import type { Host } from '../../runtime/host.ts';
import type { Random } from '../../runtime/random.ts';
import type { Resolver } from '../../runtime/resolver.ts';
import type { Surroundings, Terminal } from '../../runtime/terminal.ts';
import type { Control } from './control.ts';
import type { Folders } from './folders.ts';

/** What commands have of the machine. */
export interface Tools {
  readonly terminal: Terminal;
  readonly surroundings: Surroundings;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: Host;
  /** The name service of this machine; to be closed. */
  openResolver(): Resolver;
}

/** What every command is given. */
export interface Context extends Tools {
  /** Where configuration and state of the daemon are that is meant. */
  folders(): Folders;
  /** The name servers of this machine, as resolv.conf names them. */
  nameServers(): readonly string[];
  /** Whether a program reads what is printed. */
  json(): boolean;
  /** Runs something with whoever answers, and lets go of it afterwards. */
  with<T>(run: (control: Control) => Promise<T>): Promise<T>;
}
