import type { Checking } from './checking.ts';
import { type CodeAction, codesOf, codeText } from './codes.ts';
import { isWritten, type Origin, type Place, placeOfKey, placeOfSection, type Section } from './config.ts';
import { dialLoops } from './dial-loops.ts';
import { titleOf } from './ini.ts';
import type { DialSettings } from './sections/dial.ts';
import { type Destination, type DialPattern, examplesOf, isTrunk } from './values/telephone.ts';

/** Checks dial rules and speed dials, and whether they come to an end. */
export function checkDialing(checking: Checking): void {
  const { dial, speeds, codes } = checking.config;
  const code = codesOf(codes);
  for (const rule of dial.values()) {
    checkRule(rule, checking);
    checkBehindCode(placeOfKey(rule.origin, 'match'), rule.match && coded(rule.match, code), checking);
  }
  for (const speed of speeds.values()) {
    checkSpeed(speed, checking);
    const dialed = speed.name.slice(speed.name.indexOf('/') + 1);
    checkBehindCode(placeOfSection(speed.origin), { dialed, action: code(dialed) }, checking);
  }
  for (const { dialed, origins } of dialLoops(checking.config, (text) => checking.isTaken(text))) {
    const names = [...new Set(origins)].map(titleOf).join(', ');
    // What is one user's own loops for him alone.
    const severity = origins.some(({ kind, name }) => kind === 'speed' && name.includes('/')) ? 'warning' : 'error';
    checking.complain(keyOfLoop(origins.at(-1)!), `dialing ${dialed} never ends: ${names} rewrites it again and again`, severity);
  }
}

/** What is a code when it is dialed comes here by a forward or a rule at most. */
function checkBehindCode(place: Place | undefined, what: Coded | undefined, checking: Checking): void {
  if (what?.action !== undefined)
    checking.complain(place, `is never dialed: ${what.dialed} is a feature code: ${codeText(what.action)}`, 'warning');
}

interface Coded {
  readonly dialed: string;
  readonly action: CodeAction | undefined;
}

/** The code that comes before a rule whatever is dialed by it: its pattern is one text, or begins with a code that takes more behind it. */
function coded(pattern: DialPattern, code: (dialed: string) => CodeAction | undefined): Coded | undefined {
  const [first = '', ...others] = examplesOf(pattern);
  if (first === '' || others.some((dialed) => code(dialed) === undefined)) return undefined;
  const literal = /^[0-9*#+]*/.exec(pattern.written)![0];
  const takes = code(literal)?.do;
  if (literal !== pattern.written && takes !== 'pickup' && takes !== 'forward') return undefined;
  return { dialed: first, action: code(first) };
}

function checkRule(rule: Section<DialSettings>, checking: Checking): void {
  const { origin, match, strip, prepend, replace, refuse } = rule;
  if (!isWritten(origin, 'match')) checking.complain(placeOfSection(origin), 'expected a match');
  if (!['to', 'refuse', 'replace', 'strip', 'prepend'].some((key) => isWritten(origin, key)))
    checking.complain(placeOfSection(origin), 'expected to = provider NAME or modem NAME, or refuse, or another number to dial');
  if (refuse !== undefined && (rule.to.length > 0 || replace !== undefined || strip > 0 || prepend !== undefined))
    checking.complain(placeOfKey(origin, 'refuse'), 'expected nothing beside it but match and classes: the call goes nowhere');
  if (replace !== undefined && strip > 0) checking.complain(placeOfKey(origin, 'strip'), 'expected either strip or replace');
  if (match !== undefined && replace !== undefined) checkParts(origin, match.expression, replace, checking);
  checkTargets(rule, checking);
  checking.classes(origin, rule.classes);
}

/** `$2` is nothing where there are no two parentheses. */
function checkParts(origin: Origin, expression: RegExp, replace: string, checking: Checking): void {
  // With an empty alternative it fits anything, and says how many parts it has.
  const parts = new RegExp(`${expression.source}|`).exec('')!.length - 1;
  const missing = replace.match(/\$[1-9]/g)?.find((part) => Number(part[1]) > parts);
  if (missing === undefined) return;
  const message = `${missing} stands for nothing: expected a match between slashes with as many parentheses, such as /8([0-9]{2})/`;
  checking.complain(placeOfKey(origin, 'replace'), message);
}

function checkTargets({ origin, to }: Section<DialSettings>, checking: Checking): void {
  const { providers, modems } = checking.config;
  for (const target of to) {
    if (isTrunk(target)) checking.refer(origin, 'to', target.name, target.kind, target.kind === 'provider' ? providers : modems);
    else if (target.kind !== 'name' || checking.isTaken(target.name)) checking.callee(origin, 'to', target);
    else {
      const { name } = target;
      const kind = providers.has(name) ? 'provider' : modems.has(name) ? 'modem' : undefined;
      if (kind === undefined) checking.callee(origin, 'to', target);
      else {
        const hint = `did you mean ${kind} ${name}?`;
        checking.complain(placeOfKey(origin, 'to', name), `there is no user or group ${name}`, 'error', hint);
      }
    }
  }
}

function checkSpeed(
  { name, origin, to }: { readonly name: string; readonly origin: Origin; readonly to: Destination | undefined },
  checking: Checking,
): void {
  const { users, daemon } = checking.config;
  if (!isWritten(origin, 'to')) checking.complain(placeOfSection(origin), 'expected to = a user, a group, a number or a URI');
  checking.callee(origin, 'to', to);
  const slash = name.indexOf('/');
  const owner = name.slice(0, Math.max(0, slash));
  if (slash > 0 && !users.has(owner))
    checking.complain(placeOfSection(origin), `there is no [user ${owner}]`, 'error', checking.meant(owner, users));
  const dialed = name.slice(slash + 1);
  const never = (what: string) => checking.complain(placeOfSection(origin), `is never used: ${dialed} is ${what}`, 'warning');
  if (daemon.emergency.includes(dialed)) never('an emergency number');
  else if (users.has(dialed)) never(`[user ${dialed}]`);
  else {
    const holder = checking.holders.get(dialed);
    if (holder !== undefined) never(`the extension of ${titleOf(holder)}${checking.at(placeOfKey(holder, 'extension'))}`);
  }
}

/** The key that makes the number which leads on. */
function keyOfLoop(origin: Origin): Place | undefined {
  const written = ['to', 'replace', 'prepend', 'strip'].find((key) => isWritten(origin, key));
  return placeOfKey(origin, written ?? 'match');
}
