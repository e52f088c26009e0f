import { join } from 'node:path';
import { Baresip } from './baresip.ts';
import { kamailio } from './kamailio.ts';
import { Lan, until } from './lan.ts';
import { Linphone } from './linphone.ts';
import { dist, folder, pause, perform, said } from './on-stage.ts';
import { Sipwitch } from './sipwitch.ts';

// A group of a baresip, a linphonec and a number that Kamailio, a telephone company, leads to. Judged by test/interop/groups.test.ts, started as
// stage.ts says.

const FAR = '15550001';
const HOUSE = '203.0.113.10';

const config = (provider: string): string => `[daemon]
domain = home.example
local_accounts = none
listen = udp:${HOUSE}:5060
extensions = 200-699
[user alice]
extension = 201
[user bob]
extension = 202
forward_busy = carol
[user carol]
extension = 203
[group kitchen]
extension = 600
members = bob, carol, 0${FAR}
[provider itsp]
registrar = sip:${provider}
register = no
username = acct
password = s3cret
number_format = dialed
[dial outside]
match = 0.
strip = 1
to = provider itsp
[codes]
dnd = *26
pickup = *8
`;

/** Lets two talk until each has heard the other for a second, which takes longer on a busy machine. */
async function talk(...seconds: readonly (() => number)[]): Promise<void> {
  await pause(1_500);
  await until(() => seconds.every((heard) => heard() >= 1), 10_000, 'second of sound on both sides');
}

/** Why calls ended elsewhere, as a phone was told (RFC 3326). */
const reasons = (phone: Baresip): string[] => phone.wire.match(/^Reason: SIP[^\r\n]*/gm) ?? [];

async function main(): Promise<void> {
  const lan = new Lan(folder);
  const [house, tea, itsp, street] = [lan.host('house', 10), lan.host('tea', 11), lan.host('itsp', 20), lan.host('street', 30)];
  // A telephone company of one customer and one subscriber.
  const route = `  record_route();\n  $du = "sip:${street.address}:5060";\n  t_relay();`;
  itsp.start(
    'kamailio',
    'kamailio',
    kamailio(join(folder, 'kamailio'), { address: itsp.address, domain: 'itsp.example', route }),
  );
  const daemon = new Sipwitch(house, 'sipwitchd', dist);
  daemon.configure(config(itsp.address));
  await daemon.start();
  for (const user of ['alice', 'bob', 'carol']) daemon.passwd(user, 'secret');
  await until(() => /^itsp .* up /m.test(daemon.ctl('provider', 'list')), 15_000, 'provider that is up');
  const account = (name: string, tone: number) => ({ aor: `${name}@home.example`, password: 'secret', server: HOUSE, tone });
  const alice = new Baresip(house, 'alice', account('alice', 440));
  const bob = new Baresip(house, 'bob', { ...account('bob', 600), rings: true }, 4445);
  const carol = new Linphone(tea, 'carol', { ...account('carol', 800), rings: true });
  const far = new Baresip(street, 'far', { aor: `${FAR}@${street.address}`, tone: 1000, rings: true, port: 5060 });
  await Promise.all([alice.ready(), bob.ready(), carol.ready(), far.ready(false)]);

  /** alice calls the group, and everybody rings. */
  const ring = async (): Promise<readonly [number, number, number]> => {
    await pause(1_050); // recordings are named by the second
    const since = [alice.events.length, bob.events.length, far.events.length] as const;
    carol.listen();
    alice.command('dial', 'sip:600@home.example');
    await bob.event('CALL_INCOMING', 8_000, since[1]);
    await far.event('CALL_INCOMING', 8_000, since[2]);
    await carol.says(/Receiving new incoming call/, 8_000);
    return since;
  };

  let [a, b, f] = await ring();
  bob.command('accept');
  await alice.event('CALL_ESTABLISHED', 5_000, a);
  const lost = await far.event('CALL_CLOSED', 5_000, f);
  await talk(
    () => alice.heard(600),
    () => bob.heard(440),
  );
  said['bob answers'] = {
    alice: alice.heard(600),
    bob: bob.heard(440),
    far: lost.param,
    reasons: reasons(far),
    carol: await carol.newestCall(),
  };
  alice.command('hangup');
  await bob.event('CALL_CLOSED', 5_000, b);

  [a, b, f] = await ring();
  far.command('accept');
  await alice.event('CALL_ESTABLISHED', 5_000, a);
  const closed = await bob.event('CALL_CLOSED', 5_000, b);
  await talk(
    () => alice.heard(1000),
    () => far.heard(440),
  );
  said['far answers'] = {
    alice: alice.heard(1000),
    far: far.heard(440),
    bob: closed.param,
    reasons: reasons(bob),
    carol: await carol.newestCall(),
  };
  alice.command('hangup');
  await far.event('CALL_CLOSED', 5_000, f);

  [a, b, f] = await ring();
  alice.command('hangup');
  await bob.event('CALL_CLOSED', 5_000, b);
  await far.event('CALL_CLOSED', 5_000, f);
  await pause(500);
  said['alice gives up'] = { reasons: reasons(bob).length, carol: await carol.newestCall() };

  await pause(1_050);
  [a, b] = [alice.events.length, bob.events.length];
  carol.listen();
  alice.command('dial', 'sip:carol@home.example');
  await carol.says(/Receiving new incoming call/, 8_000);
  bob.command('dial', 'sip:*8203@home.example');
  const picked = (await bob.event('CALL_CLOSED', 5_000, b)).param;
  await bob.event('CALL_INCOMING', 5_000, b);
  bob.command('accept');
  await alice.event('CALL_ESTABLISHED', 5_000, a);
  await talk(
    () => alice.heard(600),
    () => bob.heard(440),
  );
  said['bob picks up'] = { picked, alice: alice.heard(600), bob: bob.heard(440), carol: await carol.newestCall() };
  alice.command('hangup');
  await bob.event('CALL_CLOSED', 5_000, b + 2);

  a = alice.events.length;
  alice.command('dial', 'sip:*26@home.example');
  said.code = (await alice.event('CALL_CLOSED', 5_000, a)).param;
  said.message = await until(() => /^MESSAGE sip:[\s\S]*?Do not disturb is on/m.test(alice.wire), 5_000, 'MESSAGE');
}

perform(main);
