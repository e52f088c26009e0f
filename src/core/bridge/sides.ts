import type { Random } from '../../runtime/random.ts';
import { type Dialog, tidy } from '../../sip/dialog/dialog.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import type { Uri } from '../../sip/message/uri.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import { type Flow, transportParam } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import type { Caller, IncomingLeg, Originate } from '../connector.ts';
import { connectionNow, flowOrNew, nextToTry } from '../location/reopen.ts';
import type { LocationService } from '../location/service.ts';
import type { OneSide } from './answering.ts';
import type { LegHome } from './leg.ts';
import { flowTowards, listens, portTowards } from './next-hop.ts';
import { FlowWire, HouseWire, type Wire } from './wire.ts';

/** What the user part of every Contact of ours in the house begins with. */
const CONTACT = 'b-';
const OURS = /^b-[0-9a-f]{16}$/;

/** `word`: one that nobody can guess. */
export const ourContact = (word: string, where: string): string => `<sip:${CONTACT}${word}@${where}>`;

/** No name of a person, `b-ob`, has so many digits. */
export const isOurContact = (uri: Uri): boolean => uri.user !== undefined && OURS.test(uri.user);

export interface SidesParts {
  readonly random: Random;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly location: LocationService;
  house(): Originate;
}

/** The two sides that an INVITE comes from, and how what we say within its dialog gets back there. */
export class Sides {
  private readonly parts: SidesParts;
  private readonly home: LegHome;

  constructor(parts: SidesParts, home: LegHome) {
    this.parts = parts;
    this.home = home;
  }

  /** A Contact that nobody can guess. */
  contact(where: string): string {
    return ourContact(this.parts.random.hex(8), where);
  }

  tag(): string {
    return this.parts.random.hex(8);
  }

  /** What answers an INVITE of the house, by `send`. */
  phone(request: Request, caller: Caller, send: OneSide['send']): OneSide {
    const { home } = this;
    const { flow, principal } = caller;
    const { sentBy, transport } = flow.point;
    const contact = this.contact(sentBy + transportParam(transport));
    const name = untagged(request.get(Field.from) ?? '');
    return {
      home,
      request,
      flow,
      wire: (dialog) => this.phoneWire(dialog, caller),
      contact,
      trunk: undefined,
      provider: undefined,
      principal,
      name,
      tag: () => this.tag(),
      send,
    };
  }

  /** What answers an INVITE of a provider. */
  provider(tx: ServerTransaction, leg: IncomingLeg): OneSide {
    const { home } = this;
    const { request, flow } = tx;
    const { principal } = leg;
    return {
      home,
      request,
      flow,
      wire: (dialog) => this.providerWire(dialog, flow),
      contact: leg.contact(flow),
      trunk: leg,
      provider: principal.name,
      principal,
      name: leg.from,
      tag: () => this.tag(),
      send: (status, text) => tx.relay(status, text),
    };
  }

  private phoneWire(dialog: Dialog, { flow, principal }: Caller): Wire {
    const { transport, transactions, location } = this.parts;
    const house = this.parts.house();
    if (house.made(flow)) return new HouseWire(house, { kind: 'anonymous' });
    const user = principal?.kind === 'user' ? principal.name : undefined;
    const again = (last: Flow) => flowOrNew(transport, last, nextToTry(dialog, user !== undefined));
    const grows = (last: Flow) => listens(dialog, last);
    if (user === undefined) return new FlowWire(transactions, flow, again, grows);
    const now = (last: Flow) => connectionNow(last, user, dialog.target, location, transport);
    return new FlowWire(transactions, flow, (last) => portTowards(dialog, last, transport) ?? again(now(last)), grows, true);
  }

  private providerWire(dialog: Dialog, flow: Flow): Wire {
    const { transport, transactions } = this.parts;
    return new FlowWire(
      transactions,
      flow,
      (last) => flowTowards(dialog, last, transport, () => flowOrNew(transport, last, nextToTry(dialog, false))),
      (last) => listens(dialog, last),
    );
  }
}

/** A name-addr or addr-spec without its tag. */
const untagged = (value: string): string => tidy(value).replace(/;[ \t]*tag=[^;]*/i, '');
