import { errorsIn } from '../../../config/problem.ts';
import { problemLine } from '../../../config/report.ts';
import { deniedRemedy } from '../folders.ts';
import { duration } from '../time.ts';
import type { Facts } from './facts.ts';
import { bad, type Finding, good, note } from './finding.ts';

const ASK = 'ask that one with its own --config, --state and --bus; with "--bus none" nobody can';

export function daemonRuns({ status, unreachable, now }: Facts): readonly Finding[] {
  if (status === undefined) return [bad('daemon', unreachable.why, unreachable.advice)];
  const since = duration(now - status.since);
  return [good('daemon', `sipwitch ${status.version} runs for ${since} (process ${status.pid})`)];
}

/** Whether everything that the configuration wants to be heard on is bound, and who is in the way. */
export function listeners({ status, config, held, absent, stateHolder }: Facts): readonly Finding[] {
  // The daemon of these files may have its ports, whether or not it can be asked.
  const others = held.filter(({ holder }) => holder !== stateHolder);
  const findings = others.map(({ where, holder }) =>
    bad(
      'listeners',
      `${where} is taken by ${holder}`,
      // One that is asked nothing on this bus.
      /^sipwitchd\b/.test(holder) && status === undefined ? ASK : 'stop that program, or set another "listen" in [daemon]',
    ),
  );
  if (status === undefined) return [...findings, ...absent.map(noSuchAddress)];
  const { listeners: open } = status;
  if (open.length === 0) return [...findings, bad('listeners', 'it listens nowhere', 'look at "listen" in [daemon]')];
  const { tlsCertificate, tlsListen = [], listen = [] } = config?.daemon ?? {};
  const everywhere = listen.some(({ host }) => host === '0.0.0.0' || host === '::');
  if (tlsCertificate !== undefined && tlsListen.length > 0 && !open.some((one) => one.startsWith('tls:')))
    findings.push(
      bad('listeners', 'there is a certificate, and nothing listens for TLS', '"sipwitchctl reload", then look at its log'),
    );
  const outside = open.filter((one) => !/:(?:127\.|\[::1\])/.test(one));
  if (outside.length === 0)
    return [
      ...findings,
      note(
        'listeners',
        'it listens on this machine alone: no phone of another can reach it',
        everywhere ? 'is there a network?' : 'see "listen" in [daemon]',
      ),
    ];
  return findings.length > 0
    ? findings
    : [good('listeners', `${open.length === 1 ? '1 socket is' : `${open.length} sockets are`} open`)];
}

function noSuchAddress(address: string): Finding {
  return bad('listeners', `this machine has no address ${address}: no daemon starts`, 'look at "listen" in [daemon]');
}

/** What the daemon itself says is wrong, but for what other checks tell better. */
export function complaints({ status, folders, dns }: Facts): readonly Finding[] {
  const told = (status?.problems ?? []).filter(
    (one) =>
      !(one.startsWith('name service: ') && (dns?.silence ?? '') !== '') &&
      !/^provider [^ ]+ is down|^[^ ]+:[0-9]+: |^[^ ]+: cannot be read/.test(one) &&
      !(folders.service && one.startsWith('not on the system bus')),
  );
  const log = folders.service ? 'its log says more: "journalctl -u sipwitch"' : 'its log says more';
  const remedy = (sentence: string) => {
    if (/not in use/.test(sentence)) return 'mend that, then "sipwitchctl reload"';
    if (sentence.includes('cannot look up ')) return 'is that name right? If it is, look at the name service and at the network';
    if (sentence.includes(' has used up the limit of '))
      return 'see "sipwitchctl call history": are all those calls meant to be?';
    if (sentence.startsWith('not on the ')) return 'does that bus run? sipwitchctl works without it';
    return /(?:until it can be (?:read|written)|stays in use)$/.test(sentence) ? 'mend that: it is tried again by itself' : log;
  };
  return told.map((sentence) => bad('daemon', sentence, remedy(sentence)));
}

const CHECK = '"sipwitchctl config check" shows all of it';

export function configuration({ config, problems, check, folders, asService, isFirst }: Facts): readonly Finding[] {
  const errors = errorsIn(problems);
  // The files of a service are no business of its users.
  if (folders.service && !asService && config === undefined && errors.every(({ denied }) => denied))
    return [note('configuration', `${folders.config} cannot be read by you`, 'root is told what is wrong there')];
  if (config === undefined)
    return errors
      .slice(0, 5)
      .map((problem) => bad('configuration', problemLine(problem), problem.denied ? deniedRemedy(asService) : CHECK));
  const refused = check?.report.split('\n').find((line) => line.includes(': error: '));
  if (refused !== undefined) return [bad('configuration', `the daemon cannot use it: ${refused}`, CHECK)];
  if (isFirst) {
    const advice = 'the first start of "sipwitchd" writes a configuration, makes a user and says how to reach it by a phone';
    return [note('configuration', `there is nothing in ${folders.config} yet`, advice)];
  }
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  return [
    ...warnings.map((problem) => note('configuration', problemLine(problem))),
    ...(warnings.length === 0 ? [good('configuration', `${folders.config} has no errors`)] : []),
  ];
}

/** Where it can be asked: on the system bus a service is for everybody. */
export function bus({ status, folders, host }: Facts): readonly Finding[] {
  if (status === undefined) return [];
  const { buses } = status;
  if (!folders.service) return buses.length > 0 ? [good('bus', `it answers on the ${buses.join(' and ')} bus`)] : [];
  if (buses.includes('system')) return [good('bus', 'it answers on the system bus')];
  const advice = host.busPolicy
    ? 'reload the bus: "systemctl reload dbus"'
    : 'put etc/dbus-1/system.d/org.sipwitch.SipWitch1.conf into /usr/share/dbus-1/system.d';
  return [bad('bus', 'it is not on the system bus: users of this machine cannot ask it', advice)];
}
