import { own } from '../sip/message/grammar.ts';
import type { Request } from '../sip/message/message.ts';
import { namesNobody } from '../sip/message/privacy.ts';
import { parseUri, type Uri } from '../sip/message/uri.ts';
import { claimed } from './proxy/principal.ts';
import type { Principal } from './routing/decision.ts';
import type { LastCaller } from './routing/snapshot.ts';
import { isTrusted } from './routing/way.ts';

/** Users of whom it is remembered who called them, at most. */
const MOST = 100_000;

/** Who called whom last, since the daemon began. */
export class LastCallers {
  /** URIs as text of their own: a parsed one would keep the whole packet. */
  private readonly callers = new Map<string, Noted>();

  /** A call is sent to a phone of `aor`. Who withholds his name is nobody to call back, and nor is whoever called before him. */
  note(aor: string, request: Request, caller: Principal): void {
    if (this.callers.size >= MOST && !this.callers.has(aor)) return;
    this.callers.set(aor, noted(claimed(request), caller, aor));
  }

  forget(isGone: (aor: string) => boolean): void {
    for (const aor of this.callers.keys()) if (isGone(aor)) this.callers.delete(aor);
  }

  of(user: string): LastCaller | undefined {
    const last = this.callers.get(user);
    return last === undefined || !('uri' in last) ? last : { uri: parseUri(last.uri), trusted: last.trusted };
  }
}

function noted(uri: Uri | undefined, caller: Principal, aor: string): Noted {
  if (uri?.user === undefined || namesNobody(uri)) return WITHHELD;
  // A user may show any number in From, and it is called unseen (security S1). Who rings himself by a transfer is not the one to call back.
  if (caller.kind === 'user' && caller.name !== aor) return { user: caller.name };
  return { uri: own(uri.text), trusted: caller.kind !== 'user' && isTrusted(caller) };
}

type Noted = Exclude<LastCaller, { uri: Uri }> | { readonly uri: string; readonly trusted: boolean };

const WITHHELD: Noted = { withheld: true };
