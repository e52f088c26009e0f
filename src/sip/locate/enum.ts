import { type Answer, isNaptr, type NaptrRecord, type Resolver } from '../../runtime/resolver.ts';
import { lower } from '../../text/ascii.ts';
import { readable } from '../../text/parse-error.ts';
import { isSip, parseUri } from '../message/uri.ts';
import { substitute } from './ere.ts';
import { explain } from './explain.ts';
import { domainName } from './name.ts';

/** Addresses that one number may lead to. */
const MOST = 5;
/** A number of the international plan has at most so many digits (E.164 §6.2). */
const LONGEST_NUMBER = 15;

/**
 * Asks what SIP addresses a telephone number has (RFC 6116), within 5 s; at once where the resolver remembers.
 *
 * @param number in international form, with or without its `+`: what was dialed is none until its prefix is replaced
 * @param suffix the domain below which numbers are published, such as `e164.arpa`
 * @param done is given SIP and SIPS URIs, best first, and what was asked and answered, for `route explain`
 */
export function enumUris(
  number: string,
  suffix: string,
  resolver: Pick<Resolver, 'query'>,
  done: (uris: readonly string[], records: readonly string[]) => void,
): void {
  const digits = number.replace(/^\+/, '');
  const apex = domainName(suffix);
  if (!/^[0-9]+$/.test(digits) || digits.length > LONGEST_NUMBER || apex === undefined) return done([], []);
  const question = { name: `${[...digits].reverse().join('.')}.${apex}`, type: 'NAPTR' as const };
  resolver.query(question.name, question.type, (answer: Answer<'NAPTR'>) => {
    const records = answer.kind === 'records' ? answer.records.filter(isNaptr) : [];
    done(urisIn(records, `+${digits}`), [explain(question, answer)]);
  });
}

/** The SIP addresses that the records make of a number, by order, then preference (RFC 6116 §5.2). */
function urisIn(records: readonly NaptrRecord[], number: string): string[] {
  const sorted = [...records].sort((a, b) => a.order - b.order || a.preference - b.preference);
  const uris = sorted.flatMap((record) => {
    // Rules that lead to other rules may be passed over (RFC 6116 §5.2.1), and unknown flags must be (§3.4.2).
    if (lower(record.flags) !== 'u' || !offersSip(record.service)) return [];
    const uri = substitute(record.regexp, number);
    return uri !== undefined && isSipUri(uri) ? [uri] : [];
  });
  return [...new Set(uris)].slice(0, MOST);
}

/** `E2U+sip`, also among others (RFC 3764), and as RFC 2916 wrote it: `sip+E2U`. */
function offersSip(service: string): boolean {
  const [first, ...others] = lower(service).split('+');
  const services = first === 'e2u' ? others : others.at(-1) === 'e2u' ? [first, ...others.slice(0, -1)] : [];
  return services.includes('sip');
}

function isSipUri(text: string): boolean {
  const uri = readable(() => parseUri(text));
  return uri !== undefined && isSip(uri) && uri.headers === '' && uri.password === undefined;
}
