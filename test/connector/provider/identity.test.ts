import { describe, expect, test } from 'vitest';
import type { ProviderAccount } from '../../../src/connector/provider/account.ts';
import { calledIn, inboundOf, numberOfCaller, tokensIn } from '../../../src/connector/provider/called.ts';
import { diversionLine, incomingIdentity, isWithheld, outgoingIdentity } from '../../../src/connector/provider/identity.ts';
import { Realms } from '../../../src/connector/provider/realms.ts';
import { houseUri } from '../../../src/core/routing/domains.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { readConfig } from '../../support/desk.ts';
import { request } from '../../support/written.ts';
import { account, ITSP } from './lab.ts';

const PLAN = { countryCode: '49', areaCode: '30', trunkPrefix: ['0'], internationalPrefix: ['00'] };

const invite = (uri: string, extra: readonly string[] = [], from = '<sip:03099887766@itsp.example>', to = `<${uri}>`): Request =>
  request({ uri, from: `${from};tag=1`, to, extra });

const HOUSE = {
  domain: 'home.example',
  plan: PLAN,
  isOurs: (host: string) => host === 'home.example',
  extensionOf: () => undefined,
};

const with_ = (keys: string): ProviderAccount => account(`${ITSP}${keys}`);

describe('who calls, in the form of the provider', () => {
  const number = '+493012345';

  test('the account alone where nothing else is wanted; the number in From where it is, in every format', () => {
    expect(outgoingIdentity(with_(''), number, false, PLAN)).toEqual({ from: '<sip:1234567@itsp.example>', lines: '' });
    const from = (format: string) =>
      outgoingIdentity(with_(`from_user = number\nnumber_format = ${format}\n`), number, false, PLAN).from;
    expect(['e164', 'plus', 'international', 'national'].map(from)).toEqual([
      '<sip:493012345@itsp.example>',
      '<sip:+493012345@itsp.example>',
      '<sip:00493012345@itsp.example>',
      '<sip:03012345@itsp.example>',
    ]);
    expect(outgoingIdentity(with_('from_user = number\n'), undefined, false, PLAN).from).toBe('<sip:1234567@itsp.example>');
  });

  test('a header of its own where the provider reads one; withheld, From names nobody and Privacy says so (RFC 3325 §9.2, RFC 3323 §4.1.1.3)', () => {
    const lines = (identity: string, withheld = false) =>
      outgoingIdentity(with_(`identity = ${identity}\n`), number, withheld, PLAN);
    expect(lines('preferred')).toEqual({
      from: '<sip:1234567@itsp.example>',
      lines: 'P-Preferred-Identity: <sip:+493012345@itsp.example>\r\n',
    });
    expect(lines('asserted', true)).toEqual({
      from: '"Anonymous" <sip:anonymous@anonymous.invalid>',
      lines: 'P-Asserted-Identity: <sip:+493012345@itsp.example>\r\nPrivacy: id\r\n',
    });
    expect(lines('remote-party', true)).toEqual({
      from: '<sip:1234567@itsp.example>',
      lines: 'Remote-Party-ID: <sip:+493012345@itsp.example>;party=calling;privacy=full;screen=no\r\nPrivacy: id\r\n',
    });
    expect(lines('remote-party').lines).toContain(';privacy=off;');
    expect(lines('none', true)).toEqual({ from: '<sip:1234567@itsp.example>', lines: 'Privacy: id\r\n' });
  });

  test('a caller withholds by Privacy, or by a From that names nobody (RFC 3323 §4.2)', () => {
    expect(isWithheld(invite('sip:1@x', ['Privacy: none']))).toBe(false);
    expect(isWithheld(invite('sip:1@x', ['Privacy: user;id']))).toBe(true);
    expect(isWithheld(invite('sip:1@x', ['Privacy: history', 'privacy: critical ; ID']))).toBe(true);
    expect(isWithheld(invite('sip:1@x', [], '"Anonymous" <sip:anonymous@anonymous.invalid>'))).toBe(true);
    expect(isWithheld(invite('sip:1@x', [], '<sip:x@anonymous.invalid>'))).toBe(true);
    expect(isWithheld(invite('sip:1@x', [], '<sip:anonymous@home.example>'))).toBe(true);
    expect(isWithheld(invite('sip:1@x'))).toBe(false);
  });

  test('who leads a call on hides his number where the caller hides his (RFC 5806 §4)', () => {
    const by = { from: 'sip:bob@home.example', to: 'sip:+33123456789@home.example', reason: 'no-answer', cause: 408 } as const;
    const said = (withheld: boolean) => diversionLine(with_(''), number, [by], withheld, PLAN);
    const diversion = 'Diversion: <sip:+493012345@itsp.example>;reason=no-answer;counter=1';
    expect([said(false), said(true)]).toEqual([`${diversion};privacy=off\r\n`, `${diversion};privacy=full\r\n`]);
  });

  test("the number of number_* that leads to the caller shows, else the provider's number", () => {
    const text = `[daemon]\ncountry = DE\n[user alice]\nextension = 201\n[user bob]\n${ITSP}number = +49305550\nnumber_+49305559 = sip:door@example.net\nnumber_+49305551 = alice\nnumber_0305552 = 201\n`;
    const section = readConfig(text).config!.providers.get('itsp')!;
    const of = (user: string, extension?: string) => numberOfCaller(user, extension, section, with_(''), PLAN);
    expect([of('alice', '201'), of('carol', '201'), of('bob')]).toEqual(['+49305551', '+49305552', '+49305550']);
  });
});

describe('who called us', () => {
  const seen = (from: string, headers: readonly string[] = [], keys = 'number_format = national\n') =>
    incomingIdentity(invite('sip:1@x', headers, from), with_(keys), HOUSE).from;

  test('a number is brought into its one form and stands at home, so that it can be called back', () => {
    expect(seen('<sip:03099887766@itsp.example>')).toBe('<sip:+493099887766@home.example>');
    expect(seen('"Granny \\"G\\"" <sip:0033123456789@10.0.9.1;user=phone>')).toBe(
      '"Granny \\"G\\"" <sip:+33123456789@home.example>',
    );
    expect(seen('<tel:+33123456789>')).toBe('<sip:+33123456789@home.example>');
    expect(seen('<sip:493099887766@itsp.example>', [], 'number_format = e164\n')).toBe('<sip:+493099887766@home.example>');
  });

  test('what the network asserts counts where From is no number; an extension of ours nobody can pretend to be (security S11)', () => {
    const both = '"A, B" <sip:alice@itsp.example>, <tel:+33123456789>';
    for (const lines of [[`P-Asserted-Identity: ${both}`], both.split(/, (?=<)/).map((one) => `P-Asserted-Identity: ${one}`)])
      expect(seen('<sip:alice@itsp.example>', lines)).toBe('<sip:+33123456789@home.example>');
    expect(seen('<sip:trunk7@itsp.example>', ['P-Asserted-Identity: <sip:+33123456789@itsp.example>'])).toBe(
      '<sip:+33123456789@home.example>',
    );
    expect(seen('<sip:201@home.example>')).toBe('<sip:201@itsp.example>');
    expect(seen('<sip:201@10.0.9.1>')).toBe('<sip:201@itsp.example>');
    expect(seen('<sip:bob@sip.example.net>')).toBe('<sip:bob@sip.example.net>');
  });

  test('who withholds the number stays without a name (RFC 3325 §9.3)', () => {
    const request = invite('sip:1@x', ['Privacy: id', 'P-Asserted-Identity: <sip:+33123456789@itsp.example>']);
    expect(incomingIdentity(request, with_(''), HOUSE)).toEqual({
      from: '"Anonymous" <sip:anonymous@anonymous.invalid>',
      lines: 'Privacy: id\r\n',
    });
  });
});

describe('which number was called', () => {
  const text = `[user alice]\n[user bob]\n[group kitchen]\nmembers = alice\n${ITSP}number_+49305551 = alice\nnumber_+49305552 = kitchen\nnumber_0305553 = bob\n`;
  const section = readConfig(text).config!.providers.get('itsp')!;
  const led = (request: Request, inbound?: string) => {
    const to = inboundOf(
      calledIn(request),
      { numbers: section.numbers, inbound: inbound === undefined ? undefined : { kind: 'name', name: inbound } },
      with_('number_format = national\n'),
      PLAN,
    );
    return to === undefined ? undefined : houseUri(to, 'home.example');
  };

  test('the Request-URI counts before To, and To before P-Called-Party-ID (pain 14)', () => {
    const to2 = '<sip:0305552@itsp.example>';
    expect(led(invite('sip:0305551@10.0.0.1:5060;line=token0', [], undefined, to2))).toBe('sip:alice@home.example');
    expect(led(invite('sip:token0@10.0.0.1:5060;line=token0', [], undefined, to2))).toBe('sip:kitchen@home.example');
    const party = ['P-Called-Party-ID: <sip:+49305551@itsp.example>'];
    expect(led(invite('sip:token0@10.0.0.1:5060', party, undefined, '<sip:1234567@itsp.example>'))).toBe(
      'sip:alice@home.example',
    );
  });

  test('a number of number_* may be written as it is dialed here', () => {
    expect(led(invite('sip:+49305553@10.0.0.1:5060'))).toBe('sip:bob@home.example');
  });

  test('a number that nobody has goes to inbound, and nowhere without it', () => {
    expect(led(invite('sip:0305559@10.0.0.1:5060'), 'bob')).toBe('sip:bob@home.example');
    expect(led(invite('sip:0305559@10.0.0.1:5060'))).toBe(undefined);
  });

  test('the token stands before the @, or in line where the number took its place', () => {
    expect(tokensIn(invite('sip:token0@10.0.0.1:5060'))).toEqual(['token0', undefined]);
    expect(tokensIn(invite('sip:0305551@10.0.0.1:5060;line=token0'))).toEqual(['0305551', 'token0']);
    expect(tokensIn(invite('tel:+49305551'))).toEqual(['+49305551', undefined]);
  });
});

test('without a written realm it is that of the domain, or the first that the registrar named, and no other after it (security S9)', () => {
  const realms = new Realms(account('[provider itsp]\nregistrar = sip:sip.itsp.example\nusername = u\npassword = p\n'));
  expect(['sip.itsp.example', 'itsp.example', 'example', 'evil.example'].map((realm) => realms.known(realm))).toEqual([
    ...[true, true, false, false],
  ]);
  expect(realms.known('asterisk')).toBe(false);
  expect([realms.learn('asterisk'), realms.learn('evil.example'), realms.known('asterisk')]).toEqual([true, false, true]);
  const written = new Realms(with_('realm = tel\n'));
  expect([written.learn('itsp.example'), written.known('tel')]).toEqual([false, true]);
});
