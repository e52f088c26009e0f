import type { Request } from '../sip/message/message.ts';
import { claimed } from './proxy/principal.ts';
import type { Principal } from './routing/decision.ts';
import type { LastCaller } from './routing/snapshot.ts';
import { isTrusted } from './routing/way.ts';

/** Users of whom it is remembered who called them, at most. */
const MOST = 100_000;

/** Who called whom last, since the daemon began. */
export class LastCallers {
  private readonly callers = new Map<string, LastCaller>();

  /** A call is sent to a phone of `aor`. Who withholds his name is nobody to call back. */
  note(aor: string, request: Request, caller: Principal): void {
    const uri = claimed(request);
    if (uri?.user === undefined || uri.host.endsWith('.invalid') || uri.user === 'anonymous') return;
    if (this.callers.size >= MOST && !this.callers.has(aor)) return;
    this.callers.set(aor, { uri, trusted: isTrusted(caller) });
  }

  of(user: string): LastCaller | undefined {
    return this.callers.get(user);
  }
}
