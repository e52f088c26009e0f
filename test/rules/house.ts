import { Desk, type DeskOptions } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';

/** A desk with alice and bob, both registered, and an empty ladder. */
export async function house(
  options: DeskOptions = {},
  bobs: 'udp' | 'tcp' = 'udp',
): Promise<{ desk: Desk; alice: Phone; bob: Phone }> {
  const desk = await Desk.open(options);
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3', 5060, bobs);
  alice.register();
  bob.register();
  desk.ladder();
  return { desk, alice, bob };
}

/** Another phone of bob's, registered too. */
export async function another(desk: Desk, address: string, q = 1): Promise<Phone> {
  const phone = await desk.phone('bob', address);
  phone.register([`Contact: ${phone.contact};q=${q}`, 'Expires: 3600']);
  desk.ladder();
  return phone;
}

/** A caller whom nobody knows: the domain is open to it, and it is asked for nothing. */
export const STRANGER = { from: '<sip:x@away.example>' } as const;

/** A source that is never slowed down, for what is not about how often it asks. */
export const PATIENCE = '[access mallory]\nnetwork = 10.0.0.66\n';

/** Nothing of what happened is left, once the longest timer has run. */
export function nothingLeft(desk: Desk): {
  readonly servers: number;
  readonly clients: number;
  readonly live: number;
  readonly timers: string[];
} {
  desk.run(70_000);
  const standing = new Set(['expire bindings', 'udp-idle', 'sweep calls']);
  return {
    ...desk.remains,
    timers: desk.clock
      .armed()
      .map(({ name }) => name)
      .filter((name) => !standing.has(name)),
  };
}

export const NOTHING = { servers: 0, clients: 0, live: 0, timers: [] };
