import { ahead, type Clock, type Millis } from '../../runtime/clock.ts';
import { sameDigest } from '../../sip/auth/digest.ts';
import { Field } from '../../sip/message/fields.ts';
import { own } from '../../sip/message/grammar.ts';
import { LINE, NEXT, type Request, STRIDE } from '../../sip/message/message.ts';
import { type Flow, type FlowName, transportParam } from '../../sip/transport/flow.ts';
import { hexNumber } from '../../text/hex.ts';

/** What a Record-Route token of ours says (house, "A dialog proves itself"). */
export interface DialogRoute {
  readonly caller: FlowName;
  readonly callee: FlowName;
  /** `u.alice`; of strangers and guests `a` and `g`, which get the hour of their token behind a dot. */
  readonly principal: string;
  /** `u.bob`, whose phone was called; `x`, who is none of the house: in another domain, or a guest. Tokens of former versions may say neither. */
  readonly called?: string | undefined;
  /** Of the name of ours by which he was called, where that is not his own: `mark` of it. */
  readonly dialed?: string | undefined;
  /** Where the caller subscribed: `mark` of the event. */
  readonly asked?: string | undefined;
}

export interface RouteTokenParts {
  /** A keyed hash of wire text, hexadecimal, at least 20 characters. */
  mac(text: string): string;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
}

const MAC_LENGTH = 20;
/** A callee who is none of the house. */
export const OUTSIDE = 'x';
const MARK_LENGTH = 8;
const HOUR: Millis = 3_600_000;
/**
 * For so long a token of somebody who is no user of the house is good: who once made a phone ring shall not send to it for ever. Those of
 * users have no end, for subscriptions have none; nor has a BYE, which only ends what is there.
 */
const STRANGERS_HOURS = 24;
/** Tokens remembered as ours at most; a power of two. */
const REMEMBERED = 8_192;
/** Characters of a Call-ID and tag that are remembered: what is longer is hashed again, for sixteen thousand of them would stay for each call. */
const LONGEST = 512;

/** What a token of ours was made for, without hashing it again: Call-ID and From tag, and the route with its live flows. */
interface Issued {
  readonly token: string;
  readonly callId: string;
  readonly tag: string;
  readonly route: DialogRoute;
}

/**
 * The user part of our Record-Route: the flow of each side, who called and who was called, and a keyed hash over them, Call-ID and From tag.
 * Whoever sends a request through us with a To tag must bear one; without it any invented To tag would make us an open relay.
 */
export class RouteTokens {
  private readonly parts: RouteTokenParts;
  /**
   * What we issued ourselves a short while ago need not be hashed again. Each token has one place, by its hash, and gives way to the next that
   * comes there; in a Map what is added and deleted all the time would outlive it (`CallTable`).
   */
  private readonly issued = new Array<Issued | undefined>(REMEMBERED).fill(undefined);
  /** The last hour that was looked at, and how far the wall clock was ahead in it. */
  private last = 0;
  private ahead: Millis;
  /** When the wall clock last jumped on, in a sleep or because it was set: tokens of that hour and before look older by so many hours. */
  private jumped = { after: 0, by: 0 };

  constructor(parts: RouteTokenParts) {
    this.parts = parts;
    this.ahead = ahead(parts.clock);
  }

  issue(callId: string, fromTag: string, dialog: DialogRoute): string {
    const route = dialog.principal.includes('.') ? dialog : { ...dialog, principal: `${dialog.principal}.${this.lookAtHour()}` };
    const { called, dialed, asked } = route;
    let said = `${flowText(route.caller)}~${flowText(route.callee)}~${route.principal}`;
    if (called !== undefined) said += `~${called}`;
    if (dialed !== undefined || asked !== undefined) said += `~${dialed ?? ''}`;
    if (asked !== undefined) said += `~${asked}`;
    const bound = `${callId}\n${fromTag}`;
    const token = `${said}~${this.mac(said, bound)}`;
    this.remember(token, callId, fromTag, route);
    return token;
  }

  /**
   * Whether the token is ours and belongs to this dialog; if so, which side the request goes to. The request is the caller's if its From
   * tag is the one that the token was made for, the callee's if its To tag is. `ends`: it is a BYE.
   */
  open(
    token: string,
    callId: string,
    fromTag: string,
    toTag: string,
    ends = false,
  ): { readonly route: DialogRoute; readonly towards: 'caller' | 'callee' } | undefined {
    const known = this.issued[placeOf(token)];
    if (known?.token === token) {
      if (known.callId !== callId || !(ends || this.isGood(known.route))) return undefined;
      if (known.tag === fromTag) return { route: known.route, towards: 'callee' };
      return known.tag === toTag ? { route: known.route, towards: 'caller' } : undefined;
    }
    const end = token.lastIndexOf('~');
    if (end < 0) return undefined;
    for (const towards of ['callee', 'caller'] as const) {
      const bound = `${callId}\n${towards === 'callee' ? fromTag : toTag}`;
      if (!sameDigest(this.mac(token.slice(0, end), bound), token.slice(end + 1))) continue;
      const route = readRoute(token.slice(0, end));
      if (route === undefined || !(ends || this.isGood(route))) return undefined;
      this.remember(own(token), callId, towards === 'callee' ? fromTag : toTag, route);
      return { route, towards };
    }
    return undefined;
  }

  /** The user whose phone was called, by the tokens of ours in the route set of a dialog; undefined for who is none of the house. */
  userCalled(routes: readonly string[], callId: string, fromTag: string): string | undefined {
    const opened = routes.map((route) => this.open(/^<sips?:([^@>]*)@/.exec(route)?.[1] ?? '', callId, fromTag, ''));
    const called = new Set(opened.flatMap((one) => (one?.towards === 'callee' ? [one.route.called] : [])));
    return called.size === 1 ? userOf([...called][0]) : undefined;
  }

  /** Stands for a name or an event in a token: short, however long that is. */
  mark(name: string): string {
    return this.parts.mac(`mark\n${name}`).slice(0, MARK_LENGTH);
  }

  /** The dialog is over: what still comes of it is hashed again. */
  forget(token: string): void {
    const place = placeOf(token);
    if (this.issued[place]?.token === token) this.issued[place] = undefined;
  }

  /** The hour of now, by the wall clock; it notes where that has jumped. */
  private lookAtHour(): number {
    const { clock } = this.parts;
    const by = Math.round((ahead(clock) - this.ahead) / HOUR);
    if (by > 0) this.jumped = { after: this.last, by };
    this.ahead += by * HOUR;
    this.last = Math.floor(clock.wall() / HOUR);
    return this.last;
  }

  private isGood({ principal }: DialogRoute): boolean {
    return principal.startsWith('u.') || this.age(Number(principal.slice(principal.indexOf('.') + 1))) <= STRANGERS_HOURS;
  }

  /** Hours that went by since then, as far as this life of the daemon can tell. */
  private age(hour: number): number {
    const age = this.lookAtHour() - hour;
    return hour <= this.jumped.after ? age - this.jumped.by : age;
  }

  private mac(said: string, bound: string): string {
    return this.parts.mac(`${said}\n${bound}`).slice(0, MAC_LENGTH);
  }

  private remember(token: string, callId: string, tag: string, route: DialogRoute): void {
    if (callId.length + tag.length > LONGEST) return;
    this.issued[placeOf(token)] = { token, callId: own(callId), tag: own(tag), route };
  }
}

/** By the last digits of its hash. */
function placeOf(token: string): number {
  return hexNumber(token, token.length - 4) & (REMEMBERED - 1);
}

/** Only characters that every stack leaves alone in the user part of a URI. */
function flowText(flow: FlowName): string {
  const { transport, local, remote } = flow;
  const ends = `${addressText(local)}*${addressText(remote)}`;
  return transport === 'udp' ? `u*${ends}` : `${transport === 'tcp' ? 't' : 's'}*${ends}*${flow.connection}`;
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? host.replace(/:/g, '_').replace('%', '!') : host}-${port}`;
}

function readRoute(text: string): DialogRoute | undefined {
  const [caller, callee, principal, called, dialed, asked] = text.split('~');
  const from = readFlow(caller ?? '');
  const to = readFlow(callee ?? '');
  if (from === undefined || to === undefined) return undefined;
  const more = { ...(called && { called }), ...(dialed && { dialed }), ...(asked && { asked }) };
  return { caller: from, callee: to, principal: principal ?? '', ...more };
}

/** The user that a token names. */
export function userOf(principal: string | undefined): string | undefined {
  return principal?.startsWith('u.') === true ? principal.slice(2) : undefined;
}

function readFlow(text: string): FlowName | undefined {
  const [letter, local, remote, connection = ''] = text.split('*');
  const transport = letter === 'u' ? 'udp' : letter === 't' ? 'tcp' : letter === 's' ? 'tls' : undefined;
  if (transport === undefined || local === undefined || remote === undefined) return undefined;
  return { transport, local: readAddress(local), remote: readAddress(remote), connection };
}

function readAddress(text: string): { host: string; port: number } {
  const dash = text.lastIndexOf('-');
  // The name of an interface, which a zone is, may hold what stands for a colon before it.
  const host = text.slice(0, dash).replace(/!.*|_/g, (part) => (part === '_' ? ':' : `%${part.slice(1)}`));
  return { host, port: Number(text.slice(dash + 1)) };
}

/**
 * The URI that we record on one side of a dialog; a sips one for a sips request (RFC 3261 §16.6 step 4).
 *
 * Deviation: it says transport=tls where a sip request went over TLS (RFC 5630 §5.3 wants no such parameter). Linphone and baresip would
 * send the next request by UDP without it.
 */
export function recordRouteUri(token: string, flow: Flow, secure: boolean): string {
  if (secure) return `<sips:${token}@${flow.point.sentBy};lr>`;
  return `<sip:${token}@${flow.point.sentBy}${transportParam(flow.transport)};lr>`;
}

/**
 * What a response of ours says that opens a dialog: where we are, and the route set of the request (RFC 3261 §12.1.1). What comes of that dialog
 * belongs to none of ours, and is told so.
 */
export function dialogLines(request: Request, came: Flow): string {
  const secure = request.uri.scheme === 'sips';
  let lines = `Contact: <${secure ? 'sips' : 'sip'}:${came.point.sentBy}${secure ? '' : transportParam(came.transport)}>\r\n`;
  for (let i = request.find(Field.recordRoute); i >= 0; i = request.find(Field.recordRoute, i + STRIDE))
    lines += request.text.slice(request.index[i + LINE], request.index[i + NEXT]);
  return lines;
}
