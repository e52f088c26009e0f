import type { Clock, Millis, Timer } from '../../runtime/clock.ts';
import { FileError, type Files } from '../../runtime/files.ts';
import type { Log } from '../../runtime/log.ts';
import { NetworkError, type TlsCredentials } from '../../runtime/network.ts';

/** How often the files are looked at: they are read as a whole, so a switched link, a renamed file and an old date are all noticed. */
const LOOK_EVERY: Millis = 60_000;
/** A change is believed when the files have stayed like that for so long: certificate and key are not written in one moment. */
const SETTLE: Millis = 2_000;

/** Where the configuration says that the certificates are. */
export interface TlsSettings {
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsAuthorities: string | undefined;
  readonly tlsClientCertificates: 'no' | 'ask';
}

export interface CertificateFilesParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes them for the connections to come. @throws NetworkError if they are bad; then the old ones stay. */
  renew(credentials: TlsCredentials): void;
}

/** The files of our certificate, its key and the authorities: read, and read again when others have taken their place. */
export class CertificateFiles {
  private readonly parts: CertificateFilesParts;
  private settings: TlsSettings | undefined = undefined;
  /** What was found when it was last decided on, and what was found since. */
  private known = '';
  private settling: string | undefined = undefined;
  private timer: Timer | undefined = undefined;
  /** Why the files that are there now are not in use. */
  private problem: string | undefined = undefined;

  constructor(parts: CertificateFilesParts) {
    this.parts = parts;
  }

  /** A sentence if the files that are there now are not those in use. */
  get problems(): readonly string[] {
    return this.problem === undefined ? [] : [this.problem];
  }

  /**
   * Reads what the settings name; undefined if they name no certificate.
   *
   * @throws NetworkError (`tls`) with a sentence if one cannot be read
   */
  read({ tlsCertificate, tlsKey, tlsAuthorities, tlsClientCertificates }: TlsSettings): TlsCredentials | undefined {
    if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
    return {
      certificate: this.file(tlsCertificate),
      key: this.file(tlsKey),
      authorities: tlsAuthorities === undefined ? undefined : this.file(tlsAuthorities),
      askClients: tlsClientCertificates === 'ask',
    };
  }

  private file(path: string): string {
    try {
      const text = this.parts.files.read(path);
      if (text !== undefined) return text;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new NetworkError('tls', `[daemon]: ${path} cannot be read: ${error.message}`);
    }
    throw new NetworkError('tls', `[daemon]: there is no file ${path}`);
  }

  /** From now on looks after these files; `credentials` were read from them and are in use. */
  follow(settings: TlsSettings, credentials: TlsCredentials | undefined): void {
    this.stop();
    this.problem = undefined;
    this.settling = undefined;
    this.settings = settings;
    if (credentials === undefined) return;
    this.known = textOf(credentials);
    this.arm(LOOK_EVERY);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(wait: Millis): void {
    this.timer = this.parts.clock.start('certificates', wait, this);
  }

  timeout(): void {
    const found = this.look();
    const text = found instanceof NetworkError ? found.message : textOf(found);
    if (text === this.known) this.settling = undefined;
    else if (text !== this.settling) {
      this.settling = text;
      return this.arm(SETTLE);
    } else {
      this.known = text;
      this.settling = undefined;
      this.take(found);
    }
    this.arm(LOOK_EVERY);
  }

  private look(): TlsCredentials | NetworkError {
    try {
      return this.read(this.settings!)!;
    } catch (error) {
      if (error instanceof NetworkError) return error;
      throw error;
    }
  }

  private take(found: TlsCredentials | NetworkError): void {
    try {
      if (found instanceof NetworkError) throw found;
      this.parts.renew(found);
      this.problem = undefined;
      this.parts.log.notice(`the certificate ${this.settings!.tlsCertificate} was read again`);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.problem = `${error.message}; the certificate that was read before stays in use`;
      this.parts.log.warning(this.problem);
    }
  }
}

/** One text that differs where any file does. */
const textOf = ({ certificate, key, authorities }: TlsCredentials): string => `${certificate}\0${key}\0${authorities ?? ''}`;
