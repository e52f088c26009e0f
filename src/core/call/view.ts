import { isCorrection, type Millis } from '../../runtime/clock.ts';
import { contactUri } from '../../sip/dialog/dialog.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Response } from '../../sip/message/message.ts';
import { hidePasswords } from '../../text/hide.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import type { Call } from './call.ts';

/** A call as people see it: read from its messages when it is asked for. Texts are Unicode unless it says otherwise. */
export class CallView {
  private readonly call: Call;
  private readonly ahead: Millis | undefined;

  /** `ahead`: how far ahead of the monotonic clock the wall clock is by which it is told; that of now if it is left out. */
  constructor(call: Call, ahead?: Millis) {
    this.call = call;
    this.ahead = ahead;
  }

  /** Eight hexadecimal digits. */
  get id(): string {
    return this.call.id;
  }

  /** The Call-ID of its dialogs, as wire text. */
  get callId(): string {
    return this.call.parts.request.callId;
  }

  get state(): 'calling' | 'ringing' | 'answered' {
    return this.call.state;
  }

  /** When the INVITE came, in milliseconds since 1970. */
  get since(): number {
    const { parts, born, table } = this.call;
    const by = Math.round((this.ahead ?? table.ahead()) - (parts.since - born));
    return isCorrection(by) ? parts.since + by : parts.since;
  }

  /** When it was answered, in milliseconds since 1970. */
  get answered(): number | undefined {
    const { answeredAt, born } = this.call;
    return answeredAt < 0 ? undefined : this.since + Math.round(answeredAt - born);
  }

  /** The local user who calls, or the URI of somebody who is none of ours. */
  get from(): string {
    return this.caller ?? this.uri;
  }

  /** The URI of the From header. */
  get uri(): string {
    const { from, request } = this.call.parts;
    return hidePasswords(wireToUtf8(from?.uri ?? request.from.uriText));
  }

  /** The display name of the caller; empty if there is none. */
  get display(): string {
    const { from, request } = this.call.parts;
    return wireToUtf8(from?.display ?? request.from.display);
  }

  /** What was dialed, or who talks in the place of that. */
  get to(): string {
    const { to, request } = this.call.parts;
    return hidePasswords(wireToUtf8(to?.uri ?? request.uriText));
  }

  /** The local user who vouches for the caller. */
  get caller(): string | undefined {
    const { user } = this.call.parts;
    return user === '' ? undefined : wireToUtf8(user);
  }

  /** The address-of-record that was dialed. */
  get callee(): string {
    return wireToUtf8(this.call.parts.aor);
  }

  /** The address-of-record whose phone answered; undefined where nobody did, or it is none of the house. */
  get answeredBy(): string | undefined {
    const { answeredBy } = this.call;
    return answeredBy === '' ? undefined : wireToUtf8(answeredBy);
  }

  /** `user`, `guest`, `anonymous`, ... */
  get principal(): string {
    return this.call.parts.principal;
  }

  /** The local users who call, who were called and who answered; a guest's address-of-record names its domain. */
  get users(): readonly string[] {
    const local = [this.caller, ...[this.callee, this.answeredBy].filter((aor) => aor?.includes('@') === false)];
    return [...new Set(local.filter((name) => name !== undefined))];
  }

  /** The Contact of the phone that answered. */
  get phone(): string | undefined {
    const { answer } = this;
    const uri = answer && contactUri(answer);
    return uri === undefined ? undefined : hidePasswords(wireToUtf8(uri));
  }

  /** How the phone that answered calls itself. */
  get agent(): string | undefined {
    const { answer } = this;
    const agent = answer?.get(Field.userAgent) ?? answer?.other('server');
    return agent === undefined ? undefined : wireToUtf8(agent);
  }

  private get answer(): Response | undefined {
    return this.call.parts.to === undefined ? this.call.dialogs[0]?.answer : undefined;
  }

  /** Why it went where it went, a sentence each. */
  get trace(): readonly string[] {
    return this.call.parts.trace;
  }
}
