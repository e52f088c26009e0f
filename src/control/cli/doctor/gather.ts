import { type Config, isWritten, placeOfKey } from '../../../config/config.ts';
import { load } from '../../../config/load.ts';
import { FileError, namesIn } from '../../../runtime/files.ts';
import { StorageError } from '../../../runtime/storage.ts';
import { unzoned } from '../../../sip/transport/flow.ts';
import { isWildcard, type ListenAddress } from '../../../sip/transport/listen.ts';
import type { ToPublish } from '../../dbus/dns-records.ts';
import { ControlError } from '../../dbus/errors.ts';
import type { Context } from '../context.ts';
import { type Control, Failure } from '../control.ts';
import { ask, verify } from '../dns-verify.ts';
import { isService, SERVICE_USER } from '../folders.ts';
import { wantedOf } from '../snapshot.ts';
import type { CertificateFacts, DnsFacts, Facts, HostFacts, Unreachable } from './facts.ts';
import { PLAIN } from './network.ts';

const TIMESYNC = '/run/systemd/timesync';
const POLICIES = ['/usr/share/dbus-1/system.d', '/etc/dbus-1/system.d'];
const POLICY = 'org.sipwitch.SipWitch1.conf';
const PAM = ['/usr/lib/security', '/lib/security', '/usr/lib/x86_64-linux-gnu/security', '/usr/lib/aarch64-linux-gnu/security'];

const ANSWERS: Unreachable = { why: '', advice: '' };

/** Gathers what the checks look at, of the daemon, of its files and of this machine. Changes nothing; DNS is asked, and nobody else. */
export async function gather(control: Control, context: Context): Promise<Facts> {
  const { clock, files, surroundings } = context;
  control.interactive = false; // a password for each question, for what is not known to others either
  const { status, unreachable } = await daemonOf(control);
  const { config: folder, state, service } = context.folders();
  const folders =
    status === undefined
      ? { config: folder, state, service }
      : { config: status.config, state: status.state, service: isService(status) };
  const loaded = load(files, { ...folders, hostName: surroundings.hostName, presets: surroundings.presets });
  const { config, problems } = loaded;
  const isFirst = status === undefined && loaded.files.length === 0 && !folders.service;
  const asked = <T>(ask: () => Promise<T>) => (status === undefined ? undefined : orUndefined(ask));
  const toPublish = config === undefined ? undefined : await orUndefined(() => control.dnsRecords(''));
  return {
    ...{ now: clock.wall(), status, unreachable, folders, config, problems, isFirst },
    asService: surroundings.user === SERVICE_USER,
    check: await asked(() => control.check()),
    stateHolder: status === undefined ? context.host.stateHolder(folders.state) : undefined,
    users: await orUndefined(() => control.users()),
    phones: await asked(() => control.phones('')),
    providers: await asked(() => control.providers()),
    messages: await asked(() => control.trace('')),
    held: status === undefined ? heldPorts(config, context) : [],
    absent: status === undefined ? absentAddresses(config, context) : [],
    dns: toPublish === undefined ? undefined : await dnsFacts(toPublish, context),
    certificate: config && certificateFacts(config, context),
    host: hostFacts(folders, config, context),
  };
}

async function daemonOf(control: Control): Promise<Pick<Facts, 'status' | 'unreachable'>> {
  try {
    return { status: await control.status(), unreachable: ANSWERS };
  } catch (error) {
    if (error instanceof Failure && error.code === 69) return { status: undefined, unreachable: error };
    if (error instanceof ControlError)
      return { status: undefined, unreachable: { why: error.message, advice: 'its log may say more' } };
    throw error;
  }
}

/** What this user may not ask, or cannot be read, is not known: other checks go on. */
async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ControlError || error instanceof Failure || error instanceof StorageError) return undefined;
    throw error;
  }
}

/** Who sits on the ports that a daemon would want, if it ran. */
function heldPorts(config: Config | undefined, { host }: Context): Facts['held'] {
  const found = new Map<string, string>();
  for (const { transport, host: address, port } of listening(config)) {
    const wanted = isWildcard(address) ? host.interfaces().map((one) => unzoned(one.host)) : [address];
    const same = wanted.filter((one) => one.includes(':') === address.includes(':'));
    const holder = same.map((one) => host.holderOf(transport, { host: one, port })).find((one) => one !== undefined);
    if (holder !== undefined) found.set(`${transport}:${port}`, holder);
  }
  return [...found].map(([where, holder]) => ({ where, holder }));
}

/** Of 127.0.0.0/8 every machine has all. */
function absentAddresses(config: Config | undefined, { host }: Context): Facts['absent'] {
  const own = new Set(host.interfaces().map((one) => unzoned(one.host)));
  const wanted = new Set(listening(config).map((one) => one.host));
  return [...wanted].filter((one) => !isWildcard(one) && !one.startsWith('127.') && !own.has(unzoned(one)));
}

function listening(config: Config | undefined): readonly ListenAddress[] {
  return config === undefined ? [] : wantedOf(config);
}

async function dnsFacts({ records, warnings }: ToPublish, context: Context): Promise<DnsFacts> {
  const resolver = context.openResolver();
  try {
    const [answer, verdicts] = await Promise.all([ask(resolver, PLAIN, 'A'), verify(records, resolver)]);
    return { verdicts, warnings, servers: context.nameServers(), silence: answer.kind === 'failed' ? answer.why : '' };
  } finally {
    resolver.close();
  }
}

function certificateFacts({ daemon }: Config, { files, host }: Context): CertificateFacts | undefined {
  const { tlsCertificate: path, tlsKey: keyPath } = daemon;
  if (path === undefined || keyPath === undefined) return undefined;
  const keyMode = host.modeOf(keyPath);
  const told = { path, keyPath, keyMode };
  const bad = (fault: string) => ({ ...told, fault, report: undefined });
  try {
    // That they are there was checked with the configuration.
    const report = host.certificate(files.read(path) ?? '', files.read(keyPath) ?? '');
    return typeof report === 'string' ? bad(`${path}: ${report}`) : { ...told, fault: '', report };
  } catch (error) {
    if (error instanceof FileError) return bad(`${error.path} cannot be read: ${error.message}`);
    throw error;
  }
}

function hostFacts(
  { config: folder, state }: { readonly config: string; readonly state: string },
  config: Config | undefined,
  { files, host }: Context,
): HostFacts {
  const listed = (path: string) => namesIn(files, path);
  const mode = (path: string, secret?: HostFacts['modes'][number]['secret']) => {
    const found = host.modeOf(path);
    return found === undefined ? [] : [{ path, mode: found, ...(secret !== undefined && { secret }) }];
  };
  /** Whether others get as far as a file: one folder above it that they may not enter is enough. */
  const isReached = (path: string): boolean => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    return folder === '' || (((host.modeOf(folder) ?? 1) & 1) !== 0 && isReached(folder));
  };
  const passwords = [...(config?.providers.values() ?? [])].flatMap(({ origin, passwordFile }) => [
    ...(passwordFile === undefined ? [] : [passwordFile]),
    ...(isWritten(origin, 'password') ? [placeOfKey(origin, 'password')!.source.path] : []),
  ]);
  return {
    synchronized: listed('/run/systemd').includes('timesync') ? listed(TIMESYNC).includes('synchronized') : undefined,
    free: host.freeBytes(state),
    modes: once([
      ...mode(folder),
      ...mode(`${folder}/sipwitch.conf`),
      ...listed(`${folder}/sipwitch.conf.d`).flatMap((name) => mode(`${folder}/sipwitch.conf.d/${name}`)),
      ...mode(state),
      ...mode(`${state}/route-key`, { holds: 'what our routes are signed with', bits: 0o077 }),
      ...listed(`${state}/digests`).flatMap((name) =>
        mode(`${state}/digests/${name}`, { holds: 'hashes of passwords', bits: 0o077 }),
      ),
      // Its group may be that of the service, as in /etc/sipwitch.
      ...passwords.filter(isReached).flatMap((path) => mode(path, { holds: 'the password of a provider', bits: 0o007 })),
    ]),
    pam: PAM.some((path) => host.modeOf(`${path}/pam_sipwitch.so`) !== undefined),
    busPolicy: POLICIES.some((path) => host.modeOf(`${path}/${POLICY}`) !== undefined),
  };
}

/** Each file for the last thing that is known of it. */
function once(modes: HostFacts['modes']): HostFacts['modes'] {
  return [...new Map(modes.map((one) => [one.path, one])).values()];
}
