import type { Config, Origin } from '../config/config.ts';
import { type Loaded, lackIn, load, type Setting } from '../config/load.ts';
import { errorsIn, type Problem } from '../config/problem.ts';
import { report } from '../config/report.ts';
import type { Clock, Millis } from '../runtime/clock.ts';
import type { Files } from '../runtime/files.ts';
import type { Log } from '../runtime/log.ts';
import { NetworkError } from '../runtime/network.ts';
import type { CertificateFiles } from '../sip/transport/certificate-files.ts';
import { BindFailure } from '../sip/transport/listeners.ts';
import type { Exchange } from './exchange.ts';

export interface ReloadingParts {
  readonly files: Files;
  readonly setting: Setting;
  readonly exchange: Exchange;
  readonly certificates: CertificateFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** Says why an address is not to be had, and what to do about it. */
  unbound(failure: BindFailure): string;
}

export interface Reloaded {
  /** How many; none means that what was read is in use now. */
  readonly errors: number;
  /** As `config check` prints it. */
  readonly report: string;
  /** Whether nothing is wrong but that another program has an address. */
  readonly taken?: boolean;
}

/** The files of a running exchange, read anew when somebody says so. What is wrong with them leaves all as it was. */
export class Reloading {
  private readonly parts: ReloadingParts;
  private read: Loaded;
  /** Empty, or a sentence if what is in use is no more than the defaults and what programs wrote. */
  lack = '';
  /** Why what was read without an error is not in use. */
  private refusal: string | undefined = undefined;
  /** Wall time of the configuration in use, and its files. */
  private since: Millis;
  /** The end of the one that is under way: one at a time. */
  private last: Promise<unknown> = Promise.resolve();
  private files: readonly string[];

  /** @param loaded what the exchange was made of */
  constructor(parts: ReloadingParts, loaded: Loaded) {
    this.parts = parts;
    this.read = loaded;
    this.since = parts.clock.wall();
    this.files = loaded.files;
  }

  /** What was found in the files when they were read last, whether they are in use or not. */
  get problems(): readonly Problem[] {
    return this.read.problems;
  }

  /** A sentence if the files were without an error when they were read last, and could not be taken all the same. */
  get refusals(): readonly string[] {
    return this.refusal === undefined ? [] : [this.refusal];
  }

  /** Reads them, after whatever reload is under way. */
  reload(): Promise<Reloaded> {
    const reloaded = this.last.then(() => this.once());
    this.last = reloaded.catch(() => undefined);
    return reloaded;
  }

  private async once(): Promise<Reloaded> {
    const { files, setting, exchange, certificates, clock, log } = this.parts;
    const before = this.files;
    const kept = `The running daemon keeps the configuration it loaded at ${new Date(this.since).toTimeString().slice(0, 8)}.`;
    this.read = load(files, setting);
    this.refusal = undefined;
    const { config, problems } = this.read;
    if (config === undefined) return { errors: errorsIn(problems).length, report: report(problems, kept) };
    const still = leftBehind(exchange.config, config, setting);
    try {
      const credentials = certificates.read(config.daemon);
      await exchange.stack.prepare(config.daemon, credentials);
      exchange.reload(config, credentials);
      certificates.follow(config.daemon, credentials);
    } catch (error) {
      if (!(error instanceof NetworkError) && !(error instanceof BindFailure)) throw error;
      const why = error instanceof BindFailure ? this.parts.unbound(error) : error.message;
      this.refusal = `the configuration was read and is not in use: ${why}`;
      return { errors: 1, report: `${why}\n${kept}`, taken: error.kind === 'in-use' };
    }
    this.since = clock.wall();
    this.files = this.read.files;
    this.lack = lackIn(this.read, setting, before);
    log.notice('the configuration was read again');
    for (const sentence of still) log.warning(sentence);
    const tail = [...still.map((sentence) => `${sentence}.`), this.lack, 'The configuration is in use now.'];
    return { errors: 0, report: report(problems, tail.filter((sentence) => sentence !== '').join(' ')) };
  }
}

/** Names that are told of one reload. */
const MOST_TOLD = 5;

/**
 * Users who were taken out of the operator's files and stand in what a program wrote of them, as by a feature code, a sentence each: they register
 * and call as before, without the class that they had.
 */
function leftBehind(before: Config, { users }: Config, { state }: Setting): readonly string[] {
  const isWritten = ({ parts }: Origin) => parts.every(({ source }) => source.path.startsWith(`${state}/`));
  return [...users.values()]
    .filter(({ name, origin }) => isWritten(origin) && isWritten(before.users.get(name)?.origin ?? origin) === false)
    .slice(0, MOST_TOLD)
    .map(({ name, origin }) => {
      const { path } = origin.parts.at(-1)!.source;
      return `${name} stands in ${path} alone and is a user still: "sipwitchctl user remove ${name}" ends that`;
    });
}
