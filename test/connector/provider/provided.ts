import { Field } from '../../../src/sip/message/fields.ts';
import { Desk, HOUSE } from '../../support/desk.ts';
import type { Phone } from '../../support/phone.ts';

export const PROVIDED = `${HOUSE}[provider itsp]
registrar = sip:itsp.example
username = 1234567
password = secret
number = +49305550
number_+49305551 = alice
inbound = bob
from_user = number
[dial outside]
match = 0.
strip = 1
to = provider itsp
`;

export const ZONE = `
_sip._udp.itsp.example 30 SRV 10 1 5060 a.itsp.example
_sip._udp.itsp.example 30 SRV 20 1 5060 b.itsp.example
a.itsp.example 30 A 10.9.0.1
b.itsp.example 30 A 10.9.0.2
`;

export const CHALLENGE = 'Digest realm="itsp.example", nonce="n1", qop="auth", algorithm=MD5';

interface Provided {
  readonly desk: Desk;
  readonly itsp: Phone;
  readonly alice: Phone;
  readonly bob: Phone;
  /** The Contact that we registered there. */
  readonly contact: string;
}

/** The house of a configuration like PROVIDED, in Germany: its provider has not answered yet. */
export function housed(config = PROVIDED): Promise<Desk> {
  return Desk.open({ config: config.replace('extensions =', 'country = DE\nextensions ='), zone: ZONE, providers: true });
}

export async function provided(config = PROVIDED): Promise<Provided> {
  const desk = await housed(config);
  const itsp = await desk.phone('itsp', '10.9.0.1');
  desk.run(500);
  const first = itsp.take('REGISTER');
  itsp.answer(first, 401, 'Unauthorized', [`WWW-Authenticate: ${CHALLENGE}`]);
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 600']);
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  alice.register();
  bob.register();
  return { desk, itsp, alice, bob, contact: /<([^>]*)>/.exec(first.list(Field.contact)[0]!)![1]! };
}

/** Bob's calls go on to his mobile, which costs money. */
export const MOBILE = PROVIDED.replace('[user bob]', '[user bob]\nforward_all = +4917012345');
