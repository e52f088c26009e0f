import { own } from '../sip/message/grammar.ts';
import type { Request } from '../sip/message/message.ts';
import { parseUri } from '../sip/message/uri.ts';
import { claimed } from './proxy/principal.ts';
import type { Principal } from './routing/decision.ts';
import type { LastCaller } from './routing/snapshot.ts';
import { isTrusted } from './routing/way.ts';

/** Users of whom it is remembered who called them, at most. */
const MOST = 100_000;

/** Who called whom last, since the daemon began. */
export class LastCallers {
  /** URIs as text of their own: a parsed one would keep the whole packet. */
  private readonly callers = new Map<string, { readonly user: string } | { readonly uri: string; readonly trusted: boolean }>();

  /** A call is sent to a phone of `aor`. Who withholds his name is nobody to call back. */
  note(aor: string, request: Request, caller: Principal): void {
    const uri = claimed(request);
    if (uri?.user === undefined || uri.host.endsWith('.invalid') || uri.user === 'anonymous') return;
    if (this.callers.size >= MOST && !this.callers.has(aor)) return;
    // A user may show any number in From, and it is called unseen (security S1).
    const user = caller.kind === 'user' ? caller.name : undefined;
    this.callers.set(aor, user === undefined ? { uri: own(uri.text), trusted: isTrusted(caller) } : { user });
  }

  of(user: string): LastCaller | undefined {
    const last = this.callers.get(user);
    return last === undefined || 'user' in last ? last : { uri: parseUri(last.uri), trusted: last.trusted };
  }
}
