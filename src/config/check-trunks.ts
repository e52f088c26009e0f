import type { Checking } from './checking.ts';
import { isWritten, type Origin, placeOfKey, placeOfSection, type Section } from './config.ts';
import { titleOf } from './ini.ts';
import type { ProviderSettings } from './sections/provider.ts';

/** Checks the accounts at telephone companies, and the modems. */
export function checkTrunks(checking: Checking): void {
  const { providers, modems } = checking.config;
  const accounts = new Map<string, Origin>();
  for (const provider of providers.values()) {
    checkAccount(provider, checking);
    checkSecurity(provider, checking);
    checkNumbers(provider, checking);
    checkTwin(provider, accounts, checking);
    checking.callee(provider.origin, 'inbound', provider.inbound);
    checking.classes(provider.origin, provider.classes);
  }
  for (const modem of modems.values()) {
    if (modem.port === undefined && !isWritten(modem.origin, 'port'))
      checking.complain(placeOfSection(modem.origin), 'expected a port');
    checking.callee(modem.origin, 'inbound', modem.inbound);
    checking.classes(modem.origin, modem.classes);
  }
}

function checkAccount(provider: Section<ProviderSettings>, checking: Checking): void {
  const { origin, register } = provider;
  if (!isWritten(origin, 'preset') && !isWritten(origin, 'registrar'))
    return checking.complain(placeOfSection(origin), 'expected a preset or a registrar');
  if (provider.password !== undefined && provider.passwordFile !== undefined)
    checking.complain(placeOfKey(origin, 'password_file'), 'expected either password or password_file');
  if (!register) return;
  const missing = [
    ...(isWritten(origin, 'username') ? [] : ['a username']),
    ...(isWritten(origin, 'password') || isWritten(origin, 'password_file') ? [] : ['a password or password_file']),
  ];
  // The exchange works without them, and with each of its other providers.
  if (missing.length > 0)
    checking.complain(placeOfSection(origin), `expected ${missing.join(' and ')}: it cannot register`, 'warning');
}

function checkSecurity({ origin, transport, encryption, registrar }: Section<ProviderSettings>, checking: Checking): void {
  if (transport === undefined || transport === 'tls') return;
  const place = placeOfKey(origin, isWritten(origin, 'transport') ? 'transport' : 'encryption');
  if (encryption === 'required')
    checking.complain(place, `expected transport = tls: the key of the voice goes by ${transport}, for all to read`, 'warning');
  else if (registrar?.startsWith('sips:') === true)
    checking.complain(placeOfKey(origin, 'transport'), 'expected transport = tls with a sips: registrar');
}

function checkNumbers(provider: Section<ProviderSettings>, checking: Checking): void {
  const { origin, numberFormat } = provider;
  const { daemon } = checking.config;
  const placed = daemon.country !== undefined || daemon.countryCode !== undefined;
  for (const [number, callee] of provider.numbers) {
    checking.callee(origin, `number_${number}`, callee);
    if (!placed && number.startsWith('0') && numberFormat !== 'national' && numberFormat !== 'dialed')
      checking.complain(
        placeOfKey(origin, `number_${number}`),
        'expected number_+COUNTRY..., or country in [daemon]: nothing says which country this number is in',
        'warning',
      );
  }
}

/** Two registrations of one account take the calls from each other. */
function checkTwin(
  { origin, username, registrar, register }: Section<ProviderSettings>,
  accounts: Map<string, Origin>,
  checking: Checking,
): void {
  if (!register || username === undefined || registrar === undefined) return;
  const account = `${username} ${registrar}`;
  const first = accounts.get(account);
  if (first === undefined) accounts.set(account, origin);
  else {
    const at = checking.at(placeOfSection(first));
    checking.complain(placeOfKey(origin, 'username'), `is the account of ${titleOf(first)} already${at}`, 'warning');
  }
}
