import { callLoops } from './call-loops.ts';
import { checkDialing } from './check-dialing.ts';
import { checkFiles, type NamedFiles } from './check-files.ts';
import { checkStates } from './check-states.ts';
import { checkTrunks } from './check-trunks.ts';
import { checkUsers } from './check-users.ts';
import { Checking } from './checking.ts';
import { type Config, isWritten, type Origin, placeOfKey, placeOfSection } from './config.ts';
import { countryOf } from './countries.ts';
import { titleOf } from './ini.ts';
import type { Problem } from './problem.ts';
import { covers } from './values/telephone.ts';

/**
 * Checks what one section cannot know of another: names that nobody has, extensions that two have.
 *
 * @param base the folder below which files are named by the rest of their path
 * @param files tells of the files that the configuration names
 * @param changed paths of files that are being tried
 */
export function check(config: Config, base: string, files: NamedFiles, changed: ReadonlySet<string>): Problem[] {
  const checking = new Checking(config, base, changed);
  checkDaemon(checking);
  checkNames(checking);
  checkExtensions(checking);
  checkUsers(checking);
  checkGroups(checking);
  checkCallLoops(checking);
  checkTrunks(checking);
  checkDialing(checking);
  checkClasses(checking);
  checkCodes(checking);
  checkStates(checking);
  checkNetworks(checking);
  checkFiles(checking, files);
  return checking.problems;
}

function checkDaemon(checking: Checking): void {
  const { origin, tlsListen, country, countryCode, areaCode, trunkPrefix } = checking.config.daemon;
  const certificate = isWritten(origin, 'tls_certificate');
  const key = isWritten(origin, 'tls_key');
  if (certificate && !key) checking.complain(placeOfKey(origin, 'tls_certificate'), 'expected tls_key beside it');
  if (key && !certificate) checking.complain(placeOfKey(origin, 'tls_key'), 'expected tls_certificate beside it');
  if (tlsListen.length > 0 && !certificate && !key)
    checking.complain(placeOfKey(origin, 'tls_listen'), 'expected tls_certificate and tls_key beside it');
  const table = country === undefined ? undefined : countryOf(country);
  if (country !== undefined && table === undefined && countryCode === undefined) {
    const message = `${country} is not in the table of countries: expected country_code, trunk_prefix and international_prefix beside it`;
    checking.complain(placeOfKey(origin, 'country'), message, 'warning', country === 'UK' ? 'did you mean GB?' : undefined);
  }
  if (areaCode === undefined) return;
  if (country === undefined && countryCode === undefined)
    checking.complain(placeOfKey(origin, 'area_code'), 'is of no use without country or country_code', 'warning');
  const trunk = (trunkPrefix ?? table?.trunkPrefix ?? ['0']).find((prefix) => areaCode.startsWith(prefix));
  if (trunk !== undefined)
    checking.complain(
      placeOfKey(origin, 'area_code'),
      `expected it without the trunk prefix ${trunk}: ${areaCode.slice(trunk.length)}`,
      'warning',
    );
}

function checkNames(checking: Checking): void {
  for (const { name, origin } of checking.config.groups.values()) {
    const user = checking.config.users.get(name);
    if (user === undefined) continue;
    const [wrong, other] = checking.isTried(user.origin) ? [user.origin, origin] : [origin, user.origin];
    checking.complain(placeOfSection(wrong), `there is ${titleOf(other)} too${checking.at(placeOfSection(other))}`);
  }
}

function checkExtensions(checking: Checking): void {
  const { users, groups } = checking.config;
  const isTried = ({ origin }: { readonly origin: Origin }) => checking.isTried(origin);
  const all = [...users.values(), ...groups.values()];
  const tried = all.filter(isTried);
  // Who was there has the extension.
  for (const one of tried.length === 0 ? all : [...all.filter((one) => !isTried(one)), ...tried])
    checkExtension(one.origin, one.extension, checking);
  for (const { name, origin } of users.values()) {
    const holder = checking.holders.get(name);
    if (holder === undefined || holder === origin) continue;
    const [theirs, own] = [placeOfKey(holder, 'extension'), placeOfSection(origin)];
    if (checking.isTried(holder) && !checking.isTried(origin))
      checking.complain(theirs, `${name} is the name of ${titleOf(origin)}${checking.at(own)}`);
    else checking.complain(own, `${name} is the extension of ${titleOf(holder)}${checking.at(theirs)}`);
  }
}

function checkExtension(origin: Origin, extension: string | undefined, checking: Checking): void {
  if (extension === undefined) return;
  const place = placeOfKey(origin, 'extension');
  checking.only(checking.holders, origin, 'extension', extension, 'the extension');
  const { extensions: ranges, emergency } = checking.config.daemon;
  if (emergency.includes(extension))
    checking.complain(place, `${extension} is an emergency number: whoever dials it is not connected here`);
  if (covers(ranges, extension)) return;
  const allowed = ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ');
  checking.complain(place, `expected an extension in ${allowed}, the extensions of [daemon]`);
}

function checkGroups(checking: Checking): void {
  for (const group of checking.config.groups.values()) {
    if (!isWritten(group.origin, 'members'))
      checking.complain(placeOfKey(group.origin, 'members'), 'expected members: nobody rings');
    for (const member of group.members) checking.callee(group.origin, 'members', member);
    checking.callee(group.origin, 'then', group.then);
  }
}

function checkCallLoops(checking: Checking): void {
  for (const { steps } of callLoops(checking.config, checking.holders)) {
    const { origin, key, word } = steps.at(-1)!;
    const titles = steps.map((step) => titleOf(step.origin));
    // Each of several users decides for one alone, and whoever comes last shall not be the end of the exchange.
    const own = steps.length > 1 && steps.every((step) => step.key === 'forward_all');
    const end = own ? ': the last of them rings' : ' again and again';
    const message = steps.length === 1 ? `leads back to ${titles[0]} itself` : `${titles.join(', ')} lead to one another${end}`;
    const severity = own || steps.some(({ indirect }) => indirect) ? 'warning' : 'error';
    checking.complain(placeOfKey(origin, key, word), message, severity);
  }
}

function checkClasses(checking: Checking): void {
  for (const { origin, may } of checking.config.classes.values()) {
    if (may.length === 0 && !isWritten(origin, 'may'))
      checking.complain(placeOfKey(origin, 'may'), 'its users may call nobody: expected may = internal at least', 'warning');
  }
}

function checkCodes(checking: Checking): void {
  const { origin, name: _name, states, ...codes } = checking.config.codes;
  const keyOf = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const written = [
    ...Object.entries(codes).map(([field, code]) => [keyOf(field), code] as const),
    ...[...states].map(([name, code]) => [`state_${name}`, code] as const),
  ];
  const first = new Map<string, string>();
  for (const [key, code] of written) {
    if (code === undefined) continue;
    const other = first.get(code);
    if (other === undefined) first.set(code, key);
    else checking.complain(placeOfKey(origin, key), `${code} is the code of ${other} already`);
  }
}

function checkNetworks(checking: Checking): void {
  const { access, peers } = checking.config;
  const holders = new Map<string, Origin>();
  for (const { origin, network } of access.values()) {
    if (!isWritten(origin, 'network'))
      checking.complain(placeOfKey(origin, 'network'), 'expected a network: nobody is meant', 'warning');
    for (const { address, prefix } of network)
      checking.only(holders, origin, 'network', `${address.toString()}/${prefix}`, 'a network');
  }
  for (const { origin } of peers.values())
    if (!isWritten(origin, 'via') && !isWritten(origin, 'trust'))
      checking.complain(placeOfSection(origin), 'says nothing: expected via or trust', 'warning');
}
