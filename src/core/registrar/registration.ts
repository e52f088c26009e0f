import { addressClass } from '../../sip/locate/address-class.ts';
import type { Request } from '../../sip/message/message.ts';
import { isSip, type Uri } from '../../sip/message/uri.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { ParseError } from '../../text/parse-error.ts';
import { aorKey } from '../location/aor.ts';
import type { Principal } from '../routing/decision.ts';
import { dialedBy, shownOf } from '../routing/numbers.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { Registrar } from './registrar.ts';

export interface RegistrationParts {
  readonly registrar: Registrar;
  /** The lines of a challenge. */
  challenge(request: Request, flow: Flow, stale: boolean): string;
  /** Guests that have a phone now. */
  guests(): number;
  /** Those of them from where a flow comes; 0 where the configuration lifts what bounds strangers. */
  guestsFrom(flow: Flow): number;
  /** Whether a server of one of our providers is at an address. */
  isProvider(host: string): boolean;
}

/** The most bindings of a guest. */
const GUEST_PHONES = 5;
/** Characters of a guest's name at most. */
const GUEST_NAME = 128;
/** Guests at most, in all open domains together: their names are anybody's to invent. */
const MOST_GUESTS = 10_000;
/** Guests beyond those who come by a connection: whoever forges the source addresses of datagrams takes none of these (security S12, S14). */
const MORE_CONNECTED = 1_000;
/** Guests from one source at most: who invents names has one address, and a whole company may be behind one. */
const MOST_GUESTS_OF_ONE = 200;
const LONG_NAME = `Forbidden (a guest's name has ${GUEST_NAME} characters at most)`;
const FORGED = 'Forbidden (a provider is at that address)';

/** Which address-of-record a REGISTER is for, and whether its sender may bind it (RFC 3261 §10.3 steps 1 to 5). */
export class Registration {
  private readonly parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.parts = parts;
  }

  register(request: Request, principal: Principal, tx: ServerTransaction, snapshot: Snapshot): void {
    const to = addressOfRecord(request);
    if (to?.user === undefined) return tx.respondStateless(400, 'Bad Request (To: an address such as sip:name@domain is needed)');
    const asked = snapshot.domains.of(request.uri.host, request.uri.port);
    if (asked === undefined) return tx.respondStateless(403, 'Forbidden (that is no domain of this server)');
    const domain = snapshot.domains.of(to.host, to.port);
    if (domain === undefined) return tx.respondStateless(404, 'Not Found (To is no address of this server)');
    const name = aorKey(to.user);
    const account = snapshot.byName(name) ?? snapshot.byExtension(name);
    if (domain.register === 'anonymous' && account === undefined && mayBeGuest(to, snapshot)) {
      if (name.length > GUEST_NAME) return tx.respondStateless(403, LONG_NAME);
      const aor = aorKey(to.user, domain.name);
      if (this.isForged(tx.flow)) return tx.respondStateless(403, FORGED);
      if (snapshot.bindings(aor).length === 0 && this.isFull(tx.flow))
        return tx.respondStateless(503, 'Service Unavailable (there is no room for more guests)', 'Retry-After: 300\r\n');
      return this.parts.registrar.register(request, { aor, guest: true, limit: GUEST_PHONES }, tx);
    }
    // One answer for an unknown user and a wrong password: whoever has not proved to be that user is asked to.
    if (principal.kind !== 'user')
      return tx.respondStateless(
        401,
        'Unauthorized',
        this.parts.challenge(request, tx.flow, principal.kind === 'unproved' && principal.stale),
      );
    if (domain.register === 'off') return tx.respond(403, 'Forbidden (nobody registers in this domain)');
    if (account === undefined || account.name !== principal.name)
      return tx.respond(403, 'Forbidden (To is not the user that the password belongs to)');
    // A box at home may be both.
    if (this.isForged(tx.flow) && addressClass(tx.flow.remote.host) === 'public') return tx.respond(403, FORGED);
    this.parts.registrar.register(request, { aor: aorKey(account.name), guest: false, limit: account.phones }, tx);
  }

  /**
   * Nobody's phone is where a telephone company is: whoever forges its address would have calls sent there that it may take for calls of its
   * customer, with no Payer (security S1, S2).
   */
  private isForged({ transport, remote }: Flow): boolean {
    return transport === 'udp' && this.parts.isProvider(remote.host);
  }

  private isFull(flow: Flow): boolean {
    const most = flow.reliable ? MOST_GUESTS + MORE_CONNECTED : MOST_GUESTS;
    return this.parts.guests() >= most || this.parts.guestsFrom(flow) >= MOST_GUESTS_OF_ONE;
  }
}

/** A number is no name for a guest, and which ones are users' is nobody's business; nor is what people read as a name of the house. */
function mayBeGuest(to: Uri, snapshot: Snapshot): boolean {
  const name = shownOf(dialedBy(to).text);
  return !/^[-0-9*#+().]+$/.test(name) && snapshot.shownAs(name) === undefined;
}

/** The URI of To; undefined if it cannot be read, or is none of SIP. */
function addressOfRecord(request: Request): Uri | undefined {
  try {
    const { uri } = request.to;
    return isSip(uri) ? uri : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
